import EntryModel
import GRDB

/// A row of `entry`: what the merge made of the entry's changes, without anything that a person wrote.
struct EntryRecord {
    /// Bits of `flags`.
    enum Flag {
        static let void: Int64 = 1
        static let contested: Int64 = 2
        static let erased: Int64 = 4
        /// Out of what the station is entitled to as far as the centre has decided, but own changes of it are unsent or a capture made here
        /// waits in quarantine; shown until that is settled.
        static let leaving: Int64 = 8
        /// Out of what the station is entitled to, kept only until the centre's copy is safe for good; not shown.
        static let hidden: Int64 = 16
    }

    var number: Int64
    var id: UniqueID
    /// Rows.
    var promotion: Int64
    var batch: Int64?
    var flags: Int64
    var conflicts: Int64
    var changes: Int64

    var isErased: Bool { flags & Flag.erased != 0 }
    var isHidden: Bool { flags & Flag.hidden != 0 }

    static let columns = "number, id, promotion, batch, flags, conflicts, changes"

    init(_ row: SQLRow) throws {
        number = row.integer(0)
        id = try row.id(1)
        promotion = row.integer(2)
        batch = row.optionalInteger(3)
        flags = row.integer(4)
        conflicts = row.integer(5)
        changes = row.integer(6)
    }

    static func find(_ id: UniqueID, _ database: Database) throws -> EntryRecord? {
        try database.first("SELECT \(columns) FROM entry WHERE id = ?", [.id(id)]) { try EntryRecord($0) }
    }

    static func find(_ number: Int64, _ database: Database) throws -> EntryRecord? {
        try database.first("SELECT \(columns) FROM entry WHERE number = ?", [.integer(number)]) { try EntryRecord($0) }
    }
}

/// Where a card lies and how it came in, read off an entry's reserved fields; the columns of its row.
struct EntryPlacing {
    var batch: String?
    var envelope: Int64?
    var card: Int64?
    var channel: String?

    /// What a state shows of it.
    init(_ state: EntryState) {
        func shown(_ field: String) -> Scalar? { state[field]?.shown(by: .latest)?.assignment.value }
        self.init(batch: shown("$batch"), envelope: shown("$envelope"), card: shown("$card"), channel: shown("$channel"))
    }

    /// What a capture sets of it.
    init(_ set: [Assignment]) {
        self.init(batch: nil, envelope: nil, card: nil, channel: nil)
        // Capture writes the reserved fields last.
        for assignment in set.reversed() {
            guard assignment.field.utf8.first == UInt8(ascii: "$") else { continue }
            switch assignment.field {
            case "$batch": batch = Self.label(assignment.value)
            case "$envelope": envelope = assignment.value.integer
            case "$card": card = assignment.value.integer
            case "$channel": channel = assignment.value.text
            default: continue
            }
        }
    }

    private init(batch: Scalar?, envelope: Scalar?, card: Scalar?, channel: Scalar?) {
        self.batch = batch.flatMap(Self.label)
        self.envelope = envelope?.integer
        self.card = card?.integer
        self.channel = channel?.text
    }

    private static func label(_ value: Scalar) -> String? {
        value.text.flatMap { Identifier.isBatchLabel($0) ? $0 : nil }
    }

    var cardPlace: CardPlace? {
        guard let batch, let envelope else { return nil }
        return CardPlace(batch: batch, envelope: envelope, card: card ?? 1)
    }
}
