import EntryModel
import FieldStore

/// An entry as it is shown and as JSON.
struct EntryText {
    let entry: EntryView
    /// `nil` when the promotion's document is not here; then fields go by their ids.
    let promotion: Promotion?

    /// Where the card lies, such as `MB-0001 #12`, with the card's number where it is not the only one.
    static func place(_ place: CardPlace?) -> String {
        guard let place else { return "" }
        return "\(place.batch) #\(place.envelope)" + (place.card == 1 ? "" : " card \(place.card)")
    }

    /// The entry in one line of a list: id, place, person, town, and what is special.
    var row: [StyledText] {
        [
            StyledText(EntryReference.short(entry.id), .strong), StyledText(Self.place(entry.place)), StyledText(person), StyledText(town),
            marks,
        ]
    }

    static let columns = Table("ID", "PLACE", "NAME", "TOWN", "")

    /// All of it, field by field.
    var lines: [StyledText] {
        var heading = StyledText("Entry \(entry.id)", .strong) + StyledText("  \(entry.promotion)")
        if entry.place != nil { heading += StyledText("  \(Self.place(entry.place))") }
        if let channel = entry.channel { heading += StyledText("  \(channel.rawValue)") }
        if !marks.spans.isEmpty { heading += "  " + marks }
        var table = Table("", "", "")
        for assignment in entry.shown where !assignment.field.hasPrefix("$") {
            table.add([StyledText("  " + label(assignment.field), .dim), StyledText(assignment.value.description), remarks(assignment)])
        }
        return [heading] + table.lines
    }

    /// The entry for programs; values by field id, text as its normal form.
    var json: JSONValue {
        let values = entry.shown.filter { !$0.field.hasPrefix("$") }
        var members: [(name: String, value: JSONValue)] = [
            ("id", .string(entry.id.description)), ("promotion", .string(entry.promotion)),
            ("channel", entry.channel.map { .string($0.rawValue) } ?? .null),
        ]
        if let place = entry.place {
            members += [("batch", .string(place.batch)), ("envelope", .integer(place.envelope)), ("card", .integer(place.card))]
        }
        members += [
            ("void", .bool(entry.isVoid)), ("conflicts", .array(entry.conflicts.map { .string($0) })),
            ("changes", .integer(Int64(entry.changeCount))), ("unsent", .integer(Int64(entry.unsentCount))),
            ("values", .object(values.map { ($0.field, JSONValue($0.value)) })),
            ("verified", .object(entry.verified.map { ($0.field, .string($0.operatorID)) })),
            ("flags", .object(entry.flags.map { ($0.field, .string($0.flag)) })),
        ]
        return .object(members)
    }

    private func label(_ field: String) -> String { Self.label(field, of: promotion) }

    /// What people call a field; the reserved ones go by their plain names.
    static func label(_ field: String, of promotion: Promotion?) -> String {
        if let label = promotion?.field(field)?.label { return label }
        return field.hasPrefix("$") ? field.dropFirst().prefix(1).uppercased() + field.dropFirst(2) : field
    }

    private func remarks(_ assignment: Assignment) -> StyledText {
        var remarks: [StyledText] = []
        if entry.conflicts.contains(assignment.field) { remarks.append(StyledText("conflict", .error)) }
        if let flag = assignment.flag { remarks.append(StyledText(flag, .warning)) }
        if let verified = entry.verified.first(where: { $0.field == assignment.field }) {
            let person = Maker.text(
                name: verified.operatorName, id: verified.operatorID, station: verified.station, isOwn: verified.isOwn)
            remarks.append(StyledText("verified by \(person)\(verified.peeked ? " after a look" : "")", .good))
        }
        if let keyed = assignment.keyed { remarks.append(StyledText("typed: \(keyed)", .dim)) }
        return remarks.joined(", ")
    }

    private var person: String { values(of: .personName) }
    private var town: String {
        [values(of: .city), values(of: .region), values(of: .postalCode)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func values(of kind: Field.Kind) -> String {
        entry.shown.filter { promotion?.field($0.field)?.kind == kind }
            .map(\.value.description).filter { !$0.isEmpty }.joined(separator: " ")
    }

    private var marks: StyledText {
        var marks: [StyledText] = []
        if entry.isErased { marks.append(StyledText("erased", .dim)) }
        if entry.isVoid { marks.append(StyledText("void", .dim)) }
        if !entry.conflicts.isEmpty { marks.append(StyledText(Plural.of(entry.conflicts.count, "conflict"), .error)) }
        if !entry.flags.isEmpty { marks.append(StyledText(Plural.of(entry.flags.count, "flag"), .warning)) }
        if entry.quarantinedCount > 0 { marks.append(StyledText("quarantined", .error)) }
        if entry.unsentCount > 0 { marks.append(StyledText("unsent", .dim)) }
        return marks.joined(", ")
    }
}

extension Desk {
    func text(of entry: EntryView) throws -> EntryText {
        EntryText(entry: entry, promotion: try database.promotion(entry.promotion))
    }

    /// Entries below each other.
    func table(of entries: [EntryView]) throws -> [StyledText] {
        var table = EntryText.columns
        for entry in entries { table.add(try text(of: entry).row) }
        return table.lines
    }

    func json(of entries: [EntryView]) throws -> JSONValue {
        .array(try entries.map { try text(of: $0).json })
    }
}

extension JSONValue {
    init(_ scalar: Scalar) {
        self =
            switch scalar {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .text(let text): .string(text)
            }
    }
}

extension [StyledText] {
    func joined(_ separator: StyledText) -> StyledText {
        guard let first else { return "" }
        return dropFirst().reduce(first) { $0 + separator + $1 }
    }
}

/// Counted nouns.
enum Plural {
    static func of(_ count: Int, _ noun: String) -> String { "\(count) \(count == 1 ? noun : plural(noun))" }

    private static func plural(_ noun: String) -> String {
        noun.hasSuffix("y") ? noun.dropLast() + "ies" : noun + "s"
    }
}
