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
        return lines + problems.map { StyledText($0, .warning) }
    }

    /// Why the batch cannot be closed, in sentences; `nil` when it can.
    var refusal: String? {
        guard !batch.isBalanced else { return nil }
        let hint =
            batch.missing.isEmpty
            ? ""
            : " Key them, or say `exception REASON --envelope N` or `void-envelope N`; `batch open LABEL --envelopes N` corrects the number."
        return "Batch \(batch.label) does not add up and stays open. \(problems.joined(separator: " "))\(hint)"
    }

    /// What does not add up.
    private var problems: [String] {
        var problems: [String] = []
        if batch.differsSinceClosed { problems.append("It was closed, and its figures differ since; `batch reopen` opens it.") }
        if batch.voidedSinceClosed > 0 {
            problems.append("Since then \(Plural.of(batch.voidedSinceClosed, "entry")) became void or counts again.")
        }
        if batch.expected == nil {
            problems.append("Nobody said how many envelopes there are: `batch open \(batch.label) --envelopes N` does.")
        }
        if !batch.missing.isEmpty { problems.append("Missing: \(Self.numbers(batch.missing)).") }
        if let expected = batch.expected, batch.opened > expected {
            problems.append("More envelopes were opened than the \(expected) expected: up to #\(batch.opened).")
        }
        if !batch.keyedTwice.isEmpty {
            problems.append("Keyed twice: \(Self.numbers(batch.keyedTwice.map { $0...$0 })); `void` one of the two entries.")
        }
        if !batch.conflicts.isEmpty {
            problems.append("Two stations say different things of it (\(batch.conflicts.joined(separator: ", "))); say it again.")
        }
        return problems
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

    /// Such as `#3, #7-#9`; the first ten of them.
    private static func numbers(_ ranges: [ClosedRange<Int64>]) -> String {
        let texts = ranges.prefix(10).map { $0.count == 1 ? "#\($0.lowerBound)" : "#\($0.lowerBound)-#\($0.upperBound)" }
        return texts.joined(separator: ", ") + (ranges.count > 10 ? " and more" : "")
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
