import NIOCore
import NIOHTTP1

/// Ends a connection whose other side takes too long: to send its first request's head, or to go through a whole request, from its head to the
/// last byte of the answer. A client that trickles, or that does not read what it is answered, holds its memory no longer than that.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let firstHead: TimeAmount
    private let request: TimeAmount
    private var unanswered = 0
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - firstHead: From the connection, and before what secures it, to a whole head.
    ///   - request: From a head to the end of its answer.
    init(firstHead: TimeAmount, request: TimeAmount) {
        self.firstHead = firstHead
        self.request = request
    }

    func handlerAdded(context: ChannelHandlerContext) {
        set(firstHead, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = Self.unwrapInboundIn(data) {
            unanswered += 1
            if unanswered == 1 { set(request, context) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = Self.unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        // Done when the last byte has left, not when it was handed over.
        let written = promise ?? context.eventLoop.makePromise()
        let place = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (handler, context) = place.value
            handler.answered(context)
        }
        context.write(data, promise: written)
    }

    private func answered(_ context: ChannelHandlerContext) {
        unanswered = max(0, unanswered - 1)
        timer?.cancel()
        timer = nil
        // The next one came while this one was answered, so its time begins now.
        if unanswered > 0 { set(request, context) }
    }

    private func set(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}

/// Puts `RequestDeadline` and the count of connections where requests have just been read; the server offers a place only behind the one where
/// they have got another form.
final class ConnectionBounds: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let limits: CentreApplication.Limits
    private let count: ConnectionCount

    init(_ limits: CentreApplication.Limits, _ count: ConnectionCount) {
        self.limits = limits
        self.count = count
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandlers(
                [RequestDeadline(firstHead: limits.firstHead, request: limits.request), ConnectionCount.Handler(count)],
                position: .after(decoder))
        } catch {
            // Without its bounds no connection is served.
            context.close(promise: nil)
        }
    }
}
