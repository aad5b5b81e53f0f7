import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// Puts TLS under a connection's HTTP, with the certificate that is current when the connection comes.
///
/// `TLSChannel` of HummingbirdTLS keeps the one that it was made with; there a new certificate needs a restart.
struct SecuredChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    var base: Base
    var certificate: ServerCertificate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
