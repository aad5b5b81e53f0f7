public import CentralStore
import FieldStore
public import FieldSync
import Foundation

/// Files that somebody carries between a station and the centre.
extension Fleet {
    /// A path for a new file.
    public func file(_ name: String = "bundle") -> String {
        folder.file("\(name)-\(UUID().uuidString)")
    }

    /// Writes a station's bundle.
    /// - Returns: Its path.
    public func export(_ station: Station, onlyNew: Bool = false) throws -> String {
        let path = file("\(station.name)-to-centre")
        try station.exchange.export(to: path, onlyNew: onlyNew)
        return path
    }

    /// Writes the centre's bundle for a station.
    /// - Returns: Its path.
    public func receipts(for station: Station) async throws -> String {
        let path = file("centre-to-\(station.name)")
        guard let id = try station.database.identity?.station else { throw FleetError.noVault }
        _ = try await centre.exportBundle(for: id, of: vault, to: path)
        return path
    }

    /// One whole exchange by file: the station's bundle to the centre, and the answer back.
    @discardableResult
    public func carry(_ station: Station) async throws -> (receipt: BundleReceipt, summary: BundleSummary) {
        let receipt = try await centre.importBundle(try export(station))
        return (receipt, try station.exchange.take(from: try await receipts(for: station)))
    }
}

extension Station {
    /// The road by files.
    public var exchange: BundleExchange { BundleExchange(database: database, surroundings: surroundings) }

    /// Own changes that the centre is not known to have.
    public var unsent: Int {
        get throws { try database.unsentCount() }
    }
}
