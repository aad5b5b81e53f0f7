import EntryModel
import FieldStore

/// Brings the lines of a file of cards into the station's file, so many a transaction.
///
/// Each card's id comes from its promotion, batch, envelope and card. Importing a file again therefore adds nothing, here or elsewhere.
@MainActor
struct CardImport {
    /// Captures a transaction: enough to be fast, and few enough to be stopped soon.
    static let transactionLines = 500

    struct Result {
        var lines = 0
        var new = 0
        var held = 0
        /// In the order of their lines.
        var notTaken: [(line: Int, fault: LineFault)] = []
        /// Whether it was stopped before the end of the file.
        var wasStopped = false
    }

    private let database: FieldDatabase
    private let operatorID: String
    /// Whether nothing is written: only what would come of it is found out.
    private let isDryRun: Bool
    private var pending: [(line: Int, capture: Capture)] = []
    /// Where each card stood, to tell apart what is repeated in the file from what was imported before.
    private var lines: [UniqueID: Int] = [:]
    /// By label, so that a tray is looked up once.
    private var closed: [String: Bool] = [:]
    private(set) var result = Result()

    init(database: FieldDatabase, operatorID: String, isDryRun: Bool = false) {
        self.database = database
        self.operatorID = operatorID
        self.isDryRun = isDryRun
    }

    /// Takes one card; every `transactionLines` of them are written.
    /// - Throws: `FieldStoreError` when the file cannot be written; what was written before stays.
    mutating func take(_ card: CardFile.Card) throws {
        result.lines += 1
        do throws(LineFault) {
            let capture = try card.capture.get()
            if let id = capture.entry {
                if let earlier = lines[id] { throw .repeated(line: earlier) }
                lines[id] = card.line
            }
            pending.append((card.line, capture))
        } catch {
            result.notTaken.append((card.line, error))
        }
        if pending.count >= Self.transactionLines { try write() }
    }

    /// Writes what is still waiting.
    mutating func finish() throws -> Result {
        try write()
        result.notTaken.sort { $0.line < $1.line }
        return result
    }

    mutating func stop() {
        pending = []
        result.wasStopped = true
    }

    private mutating func write() throws {
        defer { pending = [] }
        guard !pending.isEmpty else { return }
        guard !isDryRun else { return try look() }
        do {
            for captured in try database.capture(pending.map(\.capture), by: operatorID) { count(captured) }
        } catch let error as FieldStoreError where Self.concernsOneLine(error) {
            // Nothing of the transaction was kept: one by one, so that a single bad line does not cost the others.
            for (line, capture) in pending {
                do {
                    count(try database.capture(capture, by: operatorID))
                } catch let error as FieldStoreError where Self.concernsOneLine(error) {
                    result.notTaken.append((line, .refused(error.message)))
                }
            }
        }
    }

    /// What writing would have come to: which cards are here already, and which lie in a batch that is closed.
    private mutating func look() throws {
        for (line, capture) in pending {
            if let id = capture.entry, try database.entry(id) != nil {
                result.held += 1
            } else if let place = capture.place, try isClosed(place.batch, capture.promotion) {
                result.notTaken.append((line, .refused("Batch \(place.batch) is closed. `batch reopen \(place.batch)` opens it.")))
            } else {
                result.new += 1
            }
        }
    }

    private mutating func isClosed(_ label: String, _ promotion: String) throws -> Bool {
        if let known = closed[label] { return known }
        let isClosed = try database.batch(promotion: promotion, label: label)?.state == .closed
        closed[label] = isClosed
        return isClosed
    }

    private mutating func count(_ captured: Captured) {
        if captured.isNew { result.new += 1 } else { result.held += 1 }
    }

    /// Whether another line might still be taken.
    private static func concernsOneLine(_ error: FieldStoreError) -> Bool {
        switch error.code {
        case .limit, .invalid, .closedBatch, .erased, .unknownField: true
        default: false
        }
    }
}
