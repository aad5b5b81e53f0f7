extension BatchView {
    /// What does not add up, or changed since it was closed, in sentences; empty when there is nothing to say.
    public var problems: [String] {
        var problems: [String] = []
        if differsSinceClosed {
            problems.append(
                isBalanced && voidedSinceClosed == 0
                    ? "It was closed, and other cards or envelopes are in it since; `batch reopen` opens it."
                    : "It was closed, and its figures differ since; `batch reopen` opens it.")
        }
        if voidedSinceClosed > 0 {
            problems.append("Since then \(voidedSinceClosed) \(voidedSinceClosed == 1 ? "entry" : "entries") became void or counts again.")
        }
        if expected == nil {
            problems.append("Nobody said how many envelopes there are: `batch open \(label) --envelopes N` does.")
        }
        if !missing.isEmpty { problems.append("Missing: \(Self.numbers(missing)).") }
        if let expected, opened > expected {
            problems.append("More envelopes were opened than the \(expected) expected: up to #\(opened).")
        }
        if !keyedTwice.isEmpty {
            problems.append("Keyed twice: \(Self.numbers(keyedTwice.map { $0...$0 })); `void` one of the two entries.")
        }
        if !conflicts.isEmpty {
            problems.append("Two stations say different things of it (\(conflicts.joined(separator: ", "))); say it again.")
        }
        return problems
    }

    /// Why the batch cannot be closed, in sentences; `nil` when it can.
    public var refusal: String? {
        guard !isBalanced else { return nil }
        let hint =
            missing.isEmpty
            ? ""
            : " Key them, or say `exception REASON --envelope N` or `void-envelope N`; `batch open LABEL --envelopes N` corrects the number."
        return "Batch \(label) does not add up and stays open. \(problems.joined(separator: " "))\(hint)"
    }

    /// Such as `#3, #7-#9`; the first ten of them.
    private static func numbers(_ ranges: [ClosedRange<Int64>]) -> String {
        let texts = ranges.prefix(10).map { $0.count == 1 ? "#\($0.lowerBound)" : "#\($0.lowerBound)-#\($0.upperBound)" }
        return texts.joined(separator: ", ") + (ranges.count > 10 ? " and more" : "")
    }
}
