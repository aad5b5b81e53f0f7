import Hummingbird
import Logging
import NIOCore

/// What a request carries through the middleware: Hummingbird's own part, with the request's id in its logger, and the connection.
struct CentreRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel
    /// Where the connection comes from.
    let peer: SocketAddress?

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        peer = source.channel.remoteAddress
    }

    /// Closes the connection in a few seconds: enough for the sender to read the answer, too little to go on sending for long.
    func closeSoon() {
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
    }
}
