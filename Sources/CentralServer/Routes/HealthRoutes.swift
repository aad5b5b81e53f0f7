import CentralStore
import EntryModel
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Whether this server works; says nothing of clients.
///
/// `GET /health` is the protocol's. `GET /health/live` says that the process answers: whoever supervises it starts it anew when it does not.
/// `GET /health/ready` says whether it should get work: not while it stops, while its catalog cannot be reached, or while its disk is full.
struct HealthRoutes {
    static let path = "/health"
    /// Below this much room in the centre's folder the disk counts as full: a push and what SQLite keeps beside a file have to fit.
    static let roomBytes: Int64 = 64 << 20

    /// Whether an address is one of those that say how the server is.
    static func isHealth(_ path: String) -> Bool { path == Self.path || path.hasPrefix(Self.path + "/") }

    var centre: Centre
    var surroundings: Surroundings
    /// Tells whether the server is about to stop; `nil` when nobody stops it by a signal.
    var drain: Drain?
    /// How much room the folder's disk has, bytes; `nil` when nobody can tell.
    var room: @Sendable (String) -> Int64? = { folder in
        (try? FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber)?.int64Value
    }

    /// The methods that a path of these takes; `nil` when it is none of them.
    static func allowed(_ parts: [Substring]) -> String? {
        guard parts.first == "health", parts.count == 1 || parts.count == 2 && ["live", "ready"].contains(parts[1]) else { return nil }
        return "GET, HEAD"
    }

    func add(to router: Router<CentreRequestContext>) {
        add(Self.path, to: router) {
            // Reading the catalog is the proof: a server whose disk is gone still accepts connections.
            _ = try await centre.recordedAddress()
            return ok()
        }
        add("\(Self.path)/live", to: router) { ok() }
        add("\(Self.path)/ready", to: router) { try await ready() }
    }

    private func add(
        _ path: String, to router: Router<CentreRequestContext>, _ answer: @escaping @Sendable () async throws -> Response
    ) {
        router.get(RouterPath(path)) { _, _ in try await answer() }
        router.head(RouterPath(path)) { _, _ in try await answer().createHeadResponse() }
    }

    private func ready() async throws -> Response {
        if Task.isShuttingDownGracefully || drain?.hasBegun ?? false { throw Problem(.busy, "the centre is stopping") }
        if let room = room(centre.directory), room < Self.roomBytes {
            throw Problem(.storageFull, "the disk of the centre's folder is full")
        }
        do {
            _ = try await centre.recordedAddress()
        } catch {
            // What the database says may name machines; whoever asks here only has to know that it is not ready.
            throw Problem(.busy, "the catalog cannot be reached")
        }
        return ok()
    }

    private func ok() -> Response {
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
