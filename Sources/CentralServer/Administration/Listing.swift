import ArgumentParser
import EntryModel
import Foundation

/// `--json`, which every listing takes: one object a line, for programs.
struct ListingOptions: ParsableArguments {
    @Flag(help: "Print one JSON object a line instead of a table.")
    var json = false
}

extension ListingOptions {
    /// Tells what a command did: one object for programs, or sentences for people.
    func report(_ members: [(name: String, value: JSONValue)], _ sentences: String...) throws {
        if json { return try printJSON(members) }
        for sentence in sentences where !sentence.isEmpty { try Output.hint(sentence) }
    }
}

/// Prints items one by one as JSON, or all of them as a table for people.
struct Listing<Item> {
    var columns: [(title: String, alignment: Table.Alignment)]
    var cells: (Item) -> [String]
    var json: (Item) -> [(name: String, value: JSONValue)]
    /// Said instead of an empty table.
    var none: String

    func print(_ items: [Item], _ options: ListingOptions) throws {
        if options.json {
            for item in items { try printJSON(json(item)) }
            return
        }
        guard !items.isEmpty else { return try Output.hint(none) }
        var table = Table(columns)
        for item in items { table.add(cells(item)) }
        try Output.current.result(table.text)
    }
}

func printJSON(_ members: [(name: String, value: JSONValue)]) throws {
    try Output.line(String(decoding: JSONValue.object(members).line, as: UTF8.self))
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }
    static func count(_ number: Int) -> JSONValue { .integer(Int64(number)) }
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    init(_ scalar: Scalar) {
        switch scalar {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .text(let text): self = .string(text)
        }
    }
}

/// A time for people, in UTC: `2026-03-01 09:30:00Z`; nothing when there is none.
func moment(_ milliseconds: Int64?) -> String {
    guard let milliseconds else { return "" }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601.dateTimeSeparator(.space))
}
