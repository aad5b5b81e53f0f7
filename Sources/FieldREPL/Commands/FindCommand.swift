import EntryModel
import FieldStore

/// `find TEXT`.
struct FindCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "find", forms: ["TEXT [--all] [--limit N]"], summary: "Finds entries by name, e-mail, telephone number, ZIP code or id.",
        details: [
            "A name is found by whole words of it or the first three letters of one, in capitals or not, with marks or without; an e-mail "
                + "address, a number or a ZIP code is given whole, an id by its beginning or end.",
            "The line is not kept in the history.",
        ],
        examples: ["find duong", "find sandra 41649"],
        options: [
            .init(name: "--all", value: nil, help: "Look in all promotions, not only in the one in use."),
            .init(name: "--limit", value: "N", help: "At most so many entries; 50 unless said."),
        ],
        positionals: 1...16, positionalsArePersonal: true)

    private let text: String
    private let limit: Int
    private let inAll: Bool

    init(_ arguments: CommandArguments) throws {
        text = arguments.positionals.joined(separator: " ")
        limit = Int(try arguments.number("--limit", in: 1...1000) ?? 50)
        inAll = arguments.has("--all")
    }

    func run(at desk: Desk) throws -> Report {
        let found = try desk.database.find(text, promotion: inAll ? nil : desk.promotion?.id, limit: limit)
        guard !found.isEmpty else {
            return Report(
                "Nothing found. Names are found by whole words or three letters, numbers and addresses by all of them.",
                [("entries", .array([]))])
        }
        var lines = try desk.table(of: found)
        if found.count == limit { lines.append(StyledText("There may be more; `--limit` shows more.", .dim)) }
        return Report(lines, [("entries", try desk.json(of: found))])
    }
}
