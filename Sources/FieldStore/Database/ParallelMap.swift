import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// Below this many, sharing out costs more than it gains.
    private static var fewest: Int { 64 }
    /// As many processors as every machine has; with more the file or the network is what takes the time.
    private static var workers: Int { 2 }

    /// As `map`, on two processors where the list is long enough to gain by it. Blocks until both are done.
    ///
    /// Meant for what takes only the processor: checking, reading and hashing changes.
    /// - Returns: One for each element, in their order.
    /// - Throws: What `body` throws first, in the order of the list.
    func mapInParallel<Mapped: Sendable, Failure: Error>(
        _ body: @Sendable (Element) throws(Failure) -> Mapped
    ) throws(Failure) -> [Mapped] {
        guard count >= Self.fewest else { return try map(body) }
        let share = (count + Self.workers - 1) / Self.workers
        let parts = Mutex([Result<[Mapped], Failure>?](repeating: nil, count: Self.workers))
        DispatchQueue.concurrentPerform(iterations: Self.workers) { worker in
            let range = Swift.min(worker * share, count)..<Swift.min((worker + 1) * share, count)
            let part = Result { () throws(Failure) in try self[range].map(body) }
            parts.withLock { $0[worker] = part }
        }
        var mapped: [Mapped] = []
        mapped.reserveCapacity(count)
        for part in parts.withLock({ $0 }) { mapped += try part?.get() ?? [] }
        return mapped
    }
}
