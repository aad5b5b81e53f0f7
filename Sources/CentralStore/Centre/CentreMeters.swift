import EntryModel
public import Metrics

/// What the centre counts and measures of the messages that it answers. The names are those that are exposed.
///
/// Labels take few values: kinds of messages, outcomes, codes of problems, and the ids of clients, which staff give. Never anything that a
/// sender chooses, and never a station: there are too many, and which one is in trouble `central station list` tells.
public struct CentreMeters: Sendable {
    public static let messages = "field_entry_messages_total"
    public static let messageSeconds = "field_entry_message_seconds"
    public static let changes = "field_entry_changes_total"
    public static let rows = "field_entry_pulled_rows_total"
    public static let changeAge = "field_entry_change_age_seconds"

    let factory: any MetricsFactory

    /// - Parameter factory: Where the numbers go; `nil` for nowhere.
    public init(_ factory: (any MetricsFactory)?) {
        self.factory = factory ?? NOOPMetricsHandler.instance
    }

    /// A message was answered.
    ///
    /// - Parameter outcome: The answer's outcome, or the code of the problem.
    func answered(_ kind: MessageKind, _ outcome: String, _ took: Duration) {
        Counter(label: Self.messages, dimensions: [("kind", kind.rawValue), ("outcome", outcome)], factory: factory).increment()
        let (seconds, attoseconds) = took.components
        Timer(label: Self.messageSeconds, dimensions: [("kind", kind.rawValue)], factory: factory)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// A push was taken: how many changes of what result, and how old they were when they came.
    func pushed(client: String, _ changes: [IncomingChange], _ answer: PushAnswer, now: Int64) {
        guard answer.answer.outcome == .accepted else { return }
        var results: [String: Int] = [:]
        for exception in answer.exceptions { results[exception.state.rawValue, default: 0] += 1 }
        results["accepted"] = max(0, changes.count - answer.exceptions.count)
        for (result, count) in results where count > 0 {
            Counter(label: Self.changes, dimensions: [("client", client), ("result", result)], factory: factory).increment(by: count)
        }
        let ages = Recorder(label: Self.changeAge, dimensions: [], aggregate: true, factory: factory)
        for change in changes {
            guard case .change(let read) = change.content else { continue }
            // By the station's clock, put right by what it knew of its own error; a clock that is ahead makes no negative age.
            let (age, overflow) = now.subtractingReportingOverflow(read.change.header.orderingTime)
            if !overflow { ages.record(Double(max(0, age)) / 1000) }
        }
    }

    /// A pull was answered.
    func pulled(client: String, rows: Int) {
        guard rows > 0 else { return }
        Counter(label: Self.rows, dimensions: [("client", client)], factory: factory).increment(by: rows)
    }
}
