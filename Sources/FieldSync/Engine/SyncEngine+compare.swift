public import EntryModel
import FieldStore

/// A key of which the station and the centre hold different things.
public struct KeyDifference: Sendable, Equatable {
    public var key: FeedKey
    /// Entries and batches at either side.
    public var here: Int64
    public var there: Int64
    /// Entries' ids and `batch/P/LABEL`, sorted; only the first of many.
    public var subjects: [String]
}

/// How a station's file stands to the centre.
public struct CentreComparison: Sendable {
    /// How the sync that comes first ended, or the comparison itself; the rest holds only when it is complete.
    public var outcome: SyncOutcome
    /// Keys that were compared.
    public var compared = 0
    public var differences: [KeyDifference] = []
    /// Keys of which the centre sent no sums, or to which others were writing all the time.
    public var skipped: [FeedKey] = []
}

extension SyncEngine {
    /// Syncs, and then compares key by key what is held here with what the centre holds; names what differs.
    ///
    /// Takes about 20 µs an entry at either side, so it is for when somebody asks, and once a day at most.
    /// - Parameter repairs: Reads the keys that differ again from their beginning, and compares them once more: what is left then in
    ///   `differences` could not be put right so.
    /// - SeeAlso: Protocol/README.md, "Comparison".
    public func compare(repairs: Bool = false) async -> CentreComparison {
        var comparison = await compareOnce()
        guard repairs, comparison.outcome == .complete, !comparison.differences.isEmpty else { return comparison }
        do {
            try database.readAgain(comparison.differences.map(\.key))
        } catch {
            comparison.outcome = .store(SyncPerformer.text(of: error))
            return comparison
        }
        return await compareOnce()
    }

    private func compareOnce() async -> CentreComparison {
        var comparison = CentreComparison(outcome: await synchronize().outcome)
        guard comparison.outcome == .complete else { return comparison }
        do {
            for name in try database.cursors().keys.sorted() {
                guard let key = FeedKey(name) else { continue }
                if case .documents = key { continue }
                try await compare(key, &comparison)
            }
        } catch let failure as ComparisonFailure {
            comparison.outcome = failure.outcome
        } catch {
            comparison.outcome = .store(SyncPerformer.text(of: error))
        }
        return comparison
    }

    private func compare(_ key: FeedKey, _ comparison: inout CentreComparison) async throws {
        guard let (ours, theirs) = try await sums(KeyComparison.Request(key: key)) else { return comparison.skipped.append(key) }
        comparison.compared += 1
        guard ours.digest != theirs.digest || ours.subjects != theirs.subjects else { return }
        var subjects: [String] = []
        for part in ours.differences(from: theirs).prefix(Self.partsToName) {
            let request = KeyComparison.Request(key: key, part: Hex.decode(part)?.first)
            guard let (ours, theirs) = try await sums(request) else { continue }
            subjects += ours.differences(from: theirs)
        }
        comparison.differences.append(
            KeyDifference(
                key: key, here: ours.subjects, there: theirs.subjects, subjects: Array(subjects.sorted().prefix(Self.subjectsToName))))
    }

    /// More would only be read by nobody.
    private static let partsToName = 8
    private static let subjectsToName = 20

    /// What both sides hold at one moment; `nil` when there was none, or the centre does not say.
    private func sums(_ request: KeyComparison.Request) async throws -> (ours: KeyComparison, theirs: KeyComparison)? {
        for _ in 0..<3 {
            let (answer, cursors) = try await ask(request)
            guard let theirs = answer.comparison, theirs.request == request else { return nil }
            let page = answer.pages.first { $0.key == request.key }
            if let page, page.rows.isEmpty, !page.more, page.from == cursors[request.key.description]?.at.position {
                return (try database.comparison(request), theirs)
            }
            // Somebody wrote to the key meanwhile: read that first.
            let outcome = await synchronize().outcome
            guard outcome == .complete else { throw ComparisonFailure(outcome: outcome) }
        }
        return nil
    }

    private func ask(_ request: KeyComparison.Request) async throws -> (PullAnswer, [String: RequestLine.Cursor]) {
        guard !isRunning, let identity = try database.identity else { throw ComparisonFailure(outcome: .alreadyRunning) }
        isRunning = true
        defer { isRunning = false }
        let performer = SyncPerformer(
            database: database, transport: transport, surroundings: surroundings, sleep: sleep, identity: identity, version: version,
            skewMilliseconds: database.skewMilliseconds)
        let cursors = try database.cursors()
        guard case .prepared(let message) = try performer.pull(cursors, compare: request) else {
            throw ComparisonFailure(outcome: .cancelled)
        }
        switch await performer.send(message) {
        case .pullAnswered(let answer, _) where answer.answer.outcome == .accepted: return (answer, cursors)
        // What is wrong with the chain or the clock is seen to by the next sync.
        case .pullAnswered: throw ComparisonFailure(outcome: .cancelled)
        case .refused(_, let problem?, _, _): throw ComparisonFailure(outcome: .refused(problem))
        case .refused(_, nil, let status, _): throw ComparisonFailure(outcome: .unavailable(nil, status: status))
        case .transportFailed(_, let failure): throw ComparisonFailure(outcome: .unreachable(failure))
        case .untrusted(_, let fault): throw ComparisonFailure(outcome: .untrusted(fault))
        case .storeFailed(let text): throw ComparisonFailure(outcome: .store(text))
        default: throw ComparisonFailure(outcome: .cancelled)
        }
    }
}

private struct ComparisonFailure: Error {
    var outcome: SyncOutcome
}
