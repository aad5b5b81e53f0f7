import EntryModel
import FieldStore
import FieldSync
import TestSupport

@testable import FieldREPL

/// A desk over one station of a fleet.
@MainActor
final class StationDesk {
    let station: Station
    private(set) var desk: Desk!
    private(set) var out = ""
    private(set) var errors = ""
    /// What was said while somebody may have been typing.
    private(set) var announced: [String] = []

    init(_ station: Station, reader: (any LineReading)? = nil) throws {
        self.station = station
        let output = Output(
            form: .plain, standard: { [unowned self] text in MainActor.assumeIsolated { out += text } },
            failure: { [unowned self] text in MainActor.assumeIsolated { errors += text } })
        desk = Desk(
            database: station.database, surroundings: station.surroundings, output: output, reader: reader,
            postal: try PostalTable.installed(), connect: { _ in CentreConnection(transport: station.transport) {} })
        desk.announcer = { [unowned self] text in announced.append(text.plain) }
        desk.become(try station.database.signIn("Operator of \(station.name)", pin: nil))
    }

    func run(_ line: String) async -> (out: String, ok: Bool) {
        out = ""
        let succeeded = await CommandRunner(desk: desk).run(line)
        return (out, succeeded)
    }
}
