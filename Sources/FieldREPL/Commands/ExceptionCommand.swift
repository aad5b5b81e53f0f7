import EntryModel
import FieldStore

/// `exception REASON [--envelope N]`.
struct ExceptionCommand: DeskCommand {
    private nonisolated static let reasons = ["empty", "foreign", "not-an-entry", "damaged", "returned"]
    private nonisolated static let takenBack = "none"

    static let usage = CommandUsage(
        name: "exception", forms: ["REASON [--envelope N]", "none --envelope N"],
        summary: "Puts an envelope aside that holds no entry, and says why.",
        details: [
            "The envelope is the one whose turn it is, and the next one's turn comes. A reason is one of \(reasons.joined(separator: ", ")), "
                + "or another short code in small letters; its first letters are enough for the five.",
            "`none` takes it back; so does a card that is keyed of the envelope.",
        ],
        examples: ["exception empty", "exception foreign --envelope 7", "exception none --envelope 7"],
        options: [.init(name: "--envelope", value: "N", help: "Another envelope than the one whose turn it is.")],
        positionals: 1...1, completes: [.words(reasons + [takenBack])])

    private let code: String?
    private let envelope: Int64?

    init(_ arguments: CommandArguments) throws {
        let word = arguments.positionals[0]
        let begun = (Self.reasons + [Self.takenBack]).filter { $0.hasPrefix(word) }
        let reason = begun.count == 1 ? begun[0] : word
        guard Identifier.isValid(reason), reason != "void" else {
            throw UsageError(
                "A reason is one of \(Self.reasons.joined(separator: ", ")), or a code of small letters, digits and hyphens. "
                    + "`void-envelope` makes an envelope void.")
        }
        code = reason == Self.takenBack ? nil : reason
        envelope = try arguments.number("--envelope", in: 1...999_999)
        if code == nil, envelope == nil { throw UsageError("`exception none` needs `--envelope N`: the one to be taken back.") }
    }

    func run(at desk: Desk) throws -> Report {
        let operatorID = try desk.operatorID()
        let promotion = try desk.promotionInUse().id
        let (label, envelope) = try desk.envelope(envelope)
        let counting = try desk.database.entries(promotion: promotion, label: label, envelope: envelope).filter { !$0.isVoid }
        if code != nil, let entry = counting.first {
            throw CommandFailure(
                "\(label) #\(envelope) holds entry \(EntryReference.short(entry.id)), so it is no exception. Nothing was changed. "
                    + "`void-envelope \(envelope)` makes it void with all that lies in it.")
        }
        let batch = try desk.database.setException(promotion: promotion, label: label, envelope: envelope, code: code, by: operatorID)
        if code != nil { desk.keyed(envelope: envelope) }
        let line = code.map { "\(label) #\(envelope) put aside: \($0)." } ?? "\(label) #\(envelope) is no exception any more."
        return Report([StyledText(line), BatchText(batch).counts], [("envelope", .integer(envelope)), ("batch", BatchText(batch).json)])
    }
}

extension Desk {
    /// An envelope of the batch that is being keyed: the one said, or the one whose turn it is.
    /// - Throws: `CommandFailure` outside a batch.
    func envelope(_ number: Int64?) throws -> (label: String, number: Int64) {
        guard let batch else { throw CommandFailure("No batch is being keyed, so there is no envelope. `batch open LABEL` opens one.") }
        return (batch.label, number ?? batch.envelope)
    }
}
