import EntryModel
import FieldStore

/// `edit ID field=value …` or `edit ID FIELD`.
struct EditCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "edit", forms: ["ID", "ID FIELD", "ID field=value …"], summary: "Corrects fields of an entry.",
        details: [
            "It asks field by field, or for the one that is named, the old value standing in the line: Enter keeps it, an emptied line clears "
                + "the field. `.` stops and stores what was changed by then, Ctrl-C stores nothing.",
            "A line with values is not kept in the history.",
        ],
        examples: ["edit 1f3a09c2 street=\"2829 Main Ave\" unit=", "edit 1f3a09c2 family_name"],
        options: [
            .init(
                name: "--illegible", value: "FIELD[,FIELD]", help: "Mark these fields as illegible.", completes: .field)
        ],
        positionals: 1...2, completes: [.entry, .field], takesValues: true)

    private let id: String
    private let field: String?
    private let values: [(field: String, text: String)]
    private let illegible: [String]

    init(_ arguments: CommandArguments) throws {
        id = arguments.positionals[0]
        field = arguments.positionals.dropFirst().first
        values = arguments.values
        illegible = KeyedValues.fields(arguments.option("--illegible"))
        guard field == nil || values.isEmpty && illegible.isEmpty else {
            throw UsageError("`edit` takes a field's name to ask for its value, or `field=value`, and not both.")
        }
    }

    func run(at desk: Desk) async throws -> Report {
        let operatorID = try desk.operatorID()
        let entry = try desk.entry(id)
        guard let promotion = try desk.database.promotion(entry.promotion) else {
            throw CommandFailure(
                "The document of promotion \(entry.promotion) is not here. `sync` fetches it; then the entry can be edited.")
        }
        var keyed = try KeyedValues.keyed(values, illegible: illegible, promotion: promotion) { entry.value(of: $0)?.value.description }
        if let name = field {
            guard let answer = try await ask(try KeyedValues.field(name, of: promotion), entry, desk) else {
                return Report("Nothing was changed.", [("entry", .string(entry.id.description)), ("changed", .bool(false))])
            }
            keyed = [(name, answer)]
        } else if keyed.isEmpty {
            keyed = try await walk(entry, promotion, desk)
        }
        let edited = try desk.database.edit(entry.id, keyed, by: operatorID)
        return EditReport.report(edited, promotion: promotion)
    }

    /// Asks for one field after the other.
    /// - Returns: What was changed; empty when the person gave up.
    private func walk(_ entry: EntryView, _ promotion: Promotion, _ desk: Desk) async throws -> [(field: String, keyed: Keyed)] {
        var changed: [(field: String, keyed: Keyed)] = []
        for field in promotion.askedFields {
            guard let answer = try await ask(field, entry, desk) else { return [] }
            if answer.text.trimmed == "." { break }
            // A consent's line begins empty, so an empty answer leaves what was consented to.
            let old = field.kind == .consent ? "" : Self.standing(entry.value(of: field.id))
            if answer.text != old { changed.append((field.id, answer)) }
        }
        return changed
    }

    private static func standing(_ old: Assignment?) -> String { old?.keyed ?? old?.value.description ?? "" }

    private func ask(_ field: Field, _ entry: EntryView, _ desk: Desk) async throws -> Keyed? {
        let reader = try desk.asking(instead: "In a script, write `edit \(id) \(field.id)=value`.")
        let old = entry.value(of: field.id)
        // A consent is given again or not at all: it never stands in the line to be taken by Enter.
        let initial = field.kind == .consent ? "" : Self.standing(old)
        let prompt = StyledText(field.label, .strong) + StyledText(FieldHint.text(field).map { " (\($0))" } ?? "", .dim) + ": "
        let input = await reader.answer(LineRequest(prompt: prompt, initial: initial, completion: FieldHint.completion(field)))
        guard case .line(let text) = input else { return nil }
        return Keyed(text: text)
    }
}

/// What an edit did, for people and programs.
enum EditReport {
    static func report(_ edited: Edited, promotion: Promotion) -> Report {
        let short = EntryReference.short(edited.entry)
        let labels = edited.fields.map { promotion.field($0)?.label ?? $0 }
        let line =
            edited.change == nil
            ? "Entry \(short) says that already; nothing was changed." : "Changed in \(short): \(labels.joined(separator: ", "))."
        return Report([StyledText(line)] + FindingText.lines(edited.findings, promotion: promotion), members(edited))
    }

    static func members(_ edited: Edited) -> [(name: String, value: JSONValue)] {
        [
            ("entry", .string(edited.entry.description)), ("changed", .bool(edited.change != nil)),
            ("fields", .array(edited.fields.map { .string($0) })), ("findings", FindingText.json(edited.findings)),
        ]
    }
}
