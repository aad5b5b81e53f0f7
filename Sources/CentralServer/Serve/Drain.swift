import ServiceLifecycle
import Synchronization

/// The time between the signal to stop and the stop: `/health/ready` says no, and everything else goes on, until whoever spreads the load
/// has noticed and sends nobody any more.
///
/// Stands last in a group of services, because the last is the first to be told to stop, and the next waits until it has ended.
final class Drain: Service {
    private let time: Duration
    private let begun = Atomic<Bool>(false)

    /// - Parameter time: How long whoever spreads the load may take to notice; zero where nobody does.
    init(for time: Duration) {
        self.time = time
    }

    /// Whether the signal has come.
    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    func run() async throws {
        // Cancelled because the server has failed, there is nobody to wait for.
        guard (try? await gracefulShutdown()) != nil else { return }
        begun.store(true, ordering: .releasing)
        try? await Task.sleep(for: time)
    }
}
