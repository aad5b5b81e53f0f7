import EntryModel
import NIOCore
import NIOHTTP1

/// Gives a problem's document to the bare status 400 by which the server answers what is no HTTP.
///
/// No route hears of such a request, so `ProblemMiddleware` cannot answer it.
/// - SeeAlso: Protocol/README.md, T2: every status but 200 is a problem.
final class UnreadableRequest: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = Self.unwrapOutboundIn(data), head.status == .badRequest, head.headers["content-length"] == ["0"] else {
            context.write(data, promise: promise)
            return
        }
        let document = ByteBuffer(bytes: Problem(.malformed, "the request is no HTTP that is spoken here").json)
        head.headers.replaceOrAdd(name: "content-length", value: "\(document.readableBytes)")
        head.headers.replaceOrAdd(name: "content-type", value: Problem.mediaType)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(document))), promise: promise)
    }
}

/// Puts `UnreadableRequest` where responses are about to become bytes; the server offers a place only before they get their HTTP/1 form.
final class UnreadableRequestInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
            try pipeline.addHandler(UnreadableRequest(), position: .after(encoder))
        } catch {
            // Without it such a request gets its status all the same.
            context.fireErrorCaught(error)
        }
    }
}
