import EntryModel
import FieldStore

/// A batch as it is shown: its control figures, all of them in envelopes, and as JSON.
struct BatchText {
    let batch: BatchView

    /// Says by its id who did something.
    let person: (String) -> String

    init(_ batch: BatchView, person: @escaping (String) -> String = { $0 }) {
        self.batch = batch
        self.person = person
    }

    /// The columns of `row`.
    static let table = Table([
        ("BATCH", .left), ("STATE", .left), ("EXPECTED", .right), ("OPENED", .right), ("KEYED", .right), ("VOID", .right),
        ("EXCEPTIONS", .right), ("", .left),
    ])

    var row: [StyledText] {
        [
            StyledText(batch.label, .strong), StyledText(batch.state.rawValue), StyledText(batch.expected.map(String.init) ?? "?"),
            StyledText(String(batch.opened)), StyledText(String(batch.keyed)), StyledText(String(batch.void)),
            StyledText(String(batch.exceptions.count)), mark,
        ]
    }

    /// All figures in one line.
    var counts: StyledText {
        let expected = batch.expected.map { "\($0) expected, " } ?? ""
        let figures =
            "\(expected)\(batch.opened) opened: \(batch.keyed) keyed + \(batch.void) void + \(Plural.of(batch.exceptions.count, "exception"))"
            + "; \(Plural.of(Int(batch.entries), "entry")). "
        return StyledText(figures) + mark
    }

    /// The control screen: the figures, and each envelope that holds the batch up.
    var screen: [StyledText] {
        var table = Self.table
        table.add(row)
        var lines = table.lines
        lines.append(StyledText("\(Plural.of(Int(batch.entries), "entry"))."))
        if !batch.exceptions.isEmpty {
            let exceptions = batch.exceptions.prefix(20).map { "#\($0.envelope) \($0.code)" }.joined(separator: ", ")
            lines.append(StyledText("Exceptions: \(exceptions)\(batch.exceptions.count > 20 ? " …" : "")"))
        }
        for turn in batch.turns.suffix(10) {
            let what = turn.state == .closed ? "Closed" : "Opened again"
            lines.append(StyledText("\(what) \(Moment.text(turn.stamp)) by \(person(turn.operatorID)).", .dim))
        }
        return lines + batch.problems.map { StyledText($0, .warning) }
    }

    /// What is special, in a word or two.
    var mark: StyledText {
        if batch.differsSinceClosed { return StyledText("differs since closed", .error) }
        if !batch.conflicts.isEmpty { return StyledText("conflict", .error) }
        if !batch.keyedTwice.isEmpty { return StyledText("\(batch.keyedTwice.count) keyed twice", .error) }
        if let expected = batch.expected, batch.opened > expected {
            return StyledText("\(batch.opened - expected) too many", .warning)
        }
        if batch.missingCount > 0 { return StyledText("\(batch.missingCount) missing", .warning) }
        return batch.isComplete == true ? StyledText("complete", .good) : ""
    }

    var json: JSONValue {
        let missing = batch.missing.map { JSONValue.array([.integer($0.lowerBound), .integer($0.upperBound)]) }
        return .object([
            ("label", .string(batch.label)), ("promotion", .string(batch.promotion)), ("state", .string(batch.state.rawValue)),
            ("expected", batch.expected.map { .integer($0) } ?? .null), ("opened", .integer(batch.opened)),
            ("keyed", .integer(batch.keyed)), ("void", .integer(batch.void)), ("exceptions", .integer(Int64(batch.exceptions.count))),
            ("entries", .integer(batch.entries)), ("lastEnvelope", .integer(batch.lastEnvelope)), ("missing", .array(missing)),
            ("keyedTwice", .array(batch.keyedTwice.map { .integer($0) })), ("complete", batch.isComplete.map { .bool($0) } ?? .null),
            ("differsSinceClosed", .bool(batch.differsSinceClosed)),
            ("reopened", .integer(Int64(batch.turns.count { $0.state == .open }))),
        ])
    }
}
