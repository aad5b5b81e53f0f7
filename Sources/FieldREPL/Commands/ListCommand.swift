import EntryModel
import FieldStore

/// `list`.
struct ListCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "list", forms: ["[--batch LABEL] [--void] [--limit N] [--after ID]"],
        summary: "Lists the entries of the promotion in use, a page at a time.",
        details: ["Entries stand in the order in which they came to this station. Void ones are left out unless --void is given."],
        examples: ["list --batch MB-0001", "list --limit 100 --after 1f3a09c2"],
        options: [
            .init(name: "--batch", value: "LABEL", help: "Only what lies in that batch.", completes: .batch),
            .init(name: "--void", value: nil, help: "Void entries too."),
            .init(name: "--limit", value: "N", help: "Entries a page; 20 unless said."),
            .init(name: "--after", value: "ID", help: "Go on behind that entry.", completes: .entry),
        ])

    private let batch: String?
    private let includesVoid: Bool
    private let limit: Int
    private let after: String?

    init(_ arguments: CommandArguments) throws {
        batch = arguments.option("--batch")
        includesVoid = arguments.has("--void")
        limit = Int(try arguments.number("--limit", in: 1...10_000) ?? 20)
        after = arguments.option("--after")
    }

    func run(at desk: Desk) throws -> Report {
        let promotion = try desk.promotionInUse()
        let cursor = try after.map { try desk.entry($0).cursor }
        // One more than is shown tells whether there is a next page.
        let found = try desk.database.entries(
            promotion: promotion.id, batch: batch, after: cursor, limit: limit + 1, includingVoid: includesVoid)
        let page = Array(found.prefix(limit))
        var members: [(name: String, value: JSONValue)] = [
            ("entries", try desk.json(of: page)), ("more", .bool(found.count > limit)),
        ]
        guard let last = page.last else { return Report(after == nil ? "There is no entry." : "There is no further entry.", members) }
        var lines = try desk.table(of: page)
        if found.count > limit {
            let filter = (batch.map { " --batch \($0)" } ?? "") + (includesVoid ? " --void" : "")
            lines.append(StyledText("More: list\(filter) --limit \(limit) --after \(EntryReference.short(last.id))", .dim))
            members.append(("after", .string(last.id.description)))
        }
        return Report(lines, members)
    }
}
