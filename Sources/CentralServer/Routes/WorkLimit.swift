import EntryModel
import Synchronization

/// How much may go on at once, so that memory stays bounded however many stations call.
final class WorkLimit: Sendable {
    private let limit: Int
    private let inWork = Mutex(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    /// - Throws: `Problem` `busy` when the limit is reached; then `leave` is not due.
    func enter() throws(Problem) {
        let entered = inWork.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard entered else { throw Problem(.busy, "\(limit) messages are in hand") }
    }

    func leave() {
        inWork.withLock { $0 -= 1 }
    }

    /// A place that is given back when nobody holds it any more.
    /// - Throws: `Problem` `busy` when the limit is reached.
    func place() throws(Problem) -> Place {
        try enter()
        return Place(self)
    }

    final class Place: Sendable {
        private let limit: WorkLimit

        fileprivate init(_ limit: WorkLimit) {
            self.limit = limit
        }

        deinit {
            limit.leave()
        }
    }
}
