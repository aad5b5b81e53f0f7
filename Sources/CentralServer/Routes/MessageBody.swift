import EntryModel
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Reads and unpacks the body of a request under the limits of a message, whatever its headers claim.
struct MessageBody {
    /// Bounds of one request. Source: Protocol/README.md, "Limits".
    struct Limits: Sendable {
        /// As it comes in. A sender whose message does not shrink sends it unpacked.
        var packedBytes = Envelope.Limits.bytes
        /// Unpacked.
        var bytes = Envelope.Limits.bytes
        /// From the end of the head to the end of the body.
        var arrival = Duration.seconds(60)
        /// The same once the server was told to stop.
        var arrivalAfterStop = Duration.seconds(2)
    }

    var limits = Limits()

    /// Reads a request to its end.
    ///
    /// - Returns: The message, unpacked.
    /// - Throws: `Problem`: `unsupported-media` for another media type or coding, `too-large` past a limit, `malformed` for broken
    ///   gzip and when the connection breaks, `busy` when the body does not arrive in time or the server is to stop.
    func read(_ request: Request) async throws -> [UInt8] {
        guard mediaType(request.headers[.contentType]) == Envelope.mediaType else {
            throw Problem(.unsupportedMedia, "the content type is not \(Envelope.mediaType)")
        }
        guard let coding = ContentCoding(contentEncoding: request.headers[.contentEncoding]) else {
            throw Problem(.unsupportedMedia, "the content encoding is neither gzip nor identity")
        }
        let limit = coding == .gzip ? limits.packedBytes : limits.bytes
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge(limit) }
        let packed = try await collect(request.body, limit: limit)
        return coding == .gzip ? try unpack(packed) : packed
    }

    private func collect(_ body: RequestBody, limit: Int) async throws -> [UInt8] {
        let arrival = limits.arrival
        let afterStop = limits.arrivalAfterStop
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await join(body, limit: limit) }
            group.addTask {
                try await Task.sleep(for: arrival)
                throw Problem(.busy, "the request did not arrive within \(arrival.components.seconds) s")
            }
            group.addTask {
                // Whoever stops the server waits for what it has begun, but not for a body that trickles in.
                try await gracefulShutdown()
                try await Task.sleep(for: afterStop)
                throw Problem(.busy, "the centre is stopping")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private func join(_ body: RequestBody, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge(limit) }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch let error where !(error is Problem || error is CancellationError) {
            // The connection broke, or what came over it is no HTTP.
            throw Problem(.malformed, "the body did not come to its end")
        }
        return bytes
    }

    private func unpack(_ packed: [UInt8]) throws -> [UInt8] {
        do {
            return try Gzip.inflate(packed, limit: limits.bytes)
        } catch .tooLarge(let limit) {
            throw tooLarge(limit)
        } catch {
            throw Problem(.malformed, "\(error)")
        }
    }

    private func tooLarge(_ limit: Int) -> Problem {
        Problem(.tooLarge, "more than \(limit) bytes")
    }
}
