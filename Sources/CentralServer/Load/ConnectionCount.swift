import NIOCore
import Synchronization

/// How many connections are open. Past the limit requests are answered that the centre is busy, and their connections end.
final class ConnectionCount: Sendable {
    private let limit: Int
    private let open = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    var isOver: Bool { open.withLock { $0 > limit } }

    fileprivate func change(by number: Int) {
        open.withLock { $0 += number }
    }

    /// Counts the connection that it is put into.
    final class Handler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        private let count: ConnectionCount
        private var isCounted = false

        init(_ count: ConnectionCount) {
            self.count = count
        }

        func handlerAdded(context: ChannelHandlerContext) {
            isCounted = true
            count.change(by: 1)
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            guard isCounted else { return }
            isCounted = false
            count.change(by: -1)
        }
    }
}
