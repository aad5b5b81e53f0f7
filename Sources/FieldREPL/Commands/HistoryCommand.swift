import EntryModel
import FieldStore

/// `history ID`.
struct HistoryCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "history", forms: ["ID"], summary: "Tells an entry's changes one by one: when, who, where, and what each replaced.",
        examples: ["history 1f3a09c2"], positionals: 1...1, completes: [.entry])

    private let id: String

    init(_ arguments: CommandArguments) {
        id = arguments.positionals[0]
    }

    func run(at desk: Desk) throws -> Report {
        let entry = try desk.entry(id)
        let history = try desk.database.history(entry.id)
        let promotion = try desk.database.promotion(entry.promotion)
        var lines: [StyledText] = [StyledText("Entry \(entry.id)", .strong)]
        for item in history { lines += text(item, promotion) }
        return Report(lines, [("entry", .string(entry.id.description)), ("history", .array(history.map(json)))])
    }

    private func text(_ item: HistoryItem, _ promotion: Promotion?) -> [StyledText] {
        let isCapture = item.kind == .set && item.fields.contains { $0.field == "$channel" && $0.old.isEmpty }
        let what = isCapture ? "keyed" : item.kind == .set ? "changed" : item.kind == .verify ? "keyed again" : item.kind.rawValue
        var heading = StyledText(Moment.text(item.stamp)) + StyledText("  \(what)", .strong) + StyledText("  by \(Maker.text(item))")
        if let reason = item.reason { heading += StyledText("  (\(reason))") }
        if let problem = item.quarantined { heading += StyledText("  quarantined: \(problem)", .error) }
        if !item.isSent { heading += StyledText("  unsent", .dim) }
        if item.isBodyGone { heading += StyledText("  erased", .dim) }
        var table = Table("", "")
        for change in item.fields where change.field != "$void" {
            let label = EntryText.label(change.field, of: promotion)
            var value: StyledText = ""
            let old = change.old.map { StyledText(Self.quoted($0.value), .dim) }
            if !old.isEmpty { value += old.joined(" | ") + " → " }
            value += StyledText(Self.quoted(change.new.value))
            if let flag = change.new.flag { value += StyledText(" \(flag)", .warning) }
            // A capture's blank fields say nothing.
            if !isCapture || !change.new.value.isNull || change.new.flag != nil {
                table.add([StyledText("    " + label, .dim), value])
            }
        }
        for verification in item.verifications {
            table.add([StyledText("    " + EntryText.label(verification.field, of: promotion), .dim), Self.text(verification)])
        }
        return [heading] + table.lines
    }

    private static func text(_ verification: HistoryItem.FieldVerification) -> StyledText {
        var text =
            verification.differed
            ? StyledText("differed, and was decided") : verification.agrees ? StyledText("agrees") : StyledText("doubted", .warning)
        if verification.peeked { text += StyledText(", after a look at the first keying", .warning) }
        if !verification.counts { text += StyledText(", does not count any more", .dim) }
        return text
    }

    private static func quoted(_ value: Scalar) -> String { value.isNull ? "blank" : value.description }

    private func json(_ item: HistoryItem) -> JSONValue {
        .object([
            ("change", .string(item.change.hex)), ("stamp", .integer(item.stamp)), ("kind", .string(item.kind.rawValue)),
            ("operator", .string(item.operatorID)), ("station", .string(item.station)), ("own", .bool(item.isOwn)),
            ("sent", .bool(item.isSent)), ("reason", item.reason.map { .string($0) } ?? .null),
            ("quarantined", item.quarantined.map { .string($0) } ?? .null),
            (
                "verified",
                .array(
                    item.verifications.map { verification in
                        .object([
                            ("field", .string(verification.field)), ("agrees", .bool(verification.agrees)),
                            ("peeked", .bool(verification.peeked)), ("differed", .bool(verification.differed)),
                            ("counts", .bool(verification.counts)),
                        ])
                    })
            ),
            (
                "fields",
                .array(
                    item.fields.map { change in
                        .object([
                            ("field", .string(change.field)), ("old", .array(change.old.map { JSONValue($0.value) })),
                            ("new", JSONValue(change.new.value)), ("flag", change.new.flag.map { .string($0) } ?? .null),
                        ])
                    })
            ),
        ])
    }
}

/// Who made a change, and where, for people.
enum Maker {
    static func text(_ item: HistoryItem) -> String {
        text(name: item.operatorName, id: item.operatorID, station: item.station, isOwn: item.isOwn)
    }

    static func text(_ head: ConflictView.Head) -> String {
        text(name: head.operatorName, id: head.operatorID, station: head.station, isOwn: head.isOwn)
    }

    static func text(name: String?, id: String, station: String, isOwn: Bool) -> String {
        let place = isOwn ? "here" : station == ChangeHeader.central ? "at the centre" : "at station \(station.suffix(8))"
        return "\(name ?? id) \(place)"
    }
}
