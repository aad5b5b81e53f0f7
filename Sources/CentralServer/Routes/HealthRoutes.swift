import CentralStore
import EntryModel
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /health`: whether this server and its catalog work. Says nothing of clients.
struct HealthRoutes {
    static let path = "/health"

    var centre: Centre
    var surroundings: Surroundings

    func add(to router: Router<CentreRequestContext>) {
        router.get(RouterPath(Self.path)) { _, _ in try await health() }
        router.head(RouterPath(Self.path)) { _, _ in try await health().createHeadResponse() }
    }

    private func health() async throws -> Response {
        // Reading the catalog is the proof: a server whose disk is gone still accepts connections.
        _ = try await centre.clients()
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("status")
        writer.string("ok")
        writer.name("protocol")
        writer.integer(Wire.version)
        writer.name("time")
        writer.integer(surroundings.now())
        writer.endObject()
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }
}
