import EntryModel
import FieldStore

/// `void-envelope [N] [--reason CODE]`.
struct VoidEnvelopeCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "void-envelope", forms: ["[N] [--reason CODE]"],
        summary: "Counts an envelope as void, with every entry that lies in it.",
        details: [
            "The envelope is the one whose turn it is unless its number stands there. Nothing is deleted: `restore` brings an entry back, "
                + "`exception none --envelope N` an empty envelope."
        ],
        examples: ["void-envelope", "void-envelope 7 --reason late"],
        options: [
            .init(
                name: "--reason", value: "CODE", help: "Why, such as unreadable, late, copy or withdrawn.",
                completes: .words(["unreadable", "late", "copy", "withdrawn"]))
        ],
        positionals: 0...1)

    private let envelope: Int64?
    private let reason: String?

    init(_ arguments: CommandArguments) throws {
        envelope = try arguments.positionals.first.map { text in
            guard let number = Int64(text), 1...999_999 ~= number else {
                throw UsageError("The numbers of envelopes are 1 to 999999.")
            }
            return number
        }
        reason = arguments.option("--reason")
        if let reason, !Identifier.isValid(reason) {
            throw UsageError("A reason is a code in small letters without blanks, such as `unreadable`.")
        }
    }

    func run(at desk: Desk) throws -> Report {
        let operatorID = try desk.operatorID()
        let promotion = try desk.promotionInUse().id
        let (label, envelope) = try desk.envelope(envelope)
        let done = try desk.database.voidEnvelope(
            promotion: promotion, label: label, envelope: envelope, reason: reason, by: operatorID)
        desk.keyed(envelope: envelope)
        let what = done.entries == 0 ? "" : ", and so \(done.entries == 1 ? "is its entry" : "are its \(done.entries) entries")"
        return Report(
            [StyledText("\(label) #\(envelope) is void\(what)."), BatchText(done.batch).counts],
            [("envelope", .integer(envelope)), ("entries", .integer(Int64(done.entries))), ("batch", BatchText(done.batch).json)])
    }
}
