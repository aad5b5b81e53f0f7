import EntryModel
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listener on a free loopback port that answers as a test says: with any bytes, late, in part, or not at all.
///
/// Real servers are well-behaved; what a transport has to withstand is the others.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// The request line and the headers, in lower case.
        var head: String
        var body: [UInt8]
    }

    enum Reply: Sendable {
        case bytes([UInt8])
        /// The parts, with a pause before each.
        case slowly([[UInt8]], pauseMilliseconds: Int)
        /// The connection stays open and nothing comes.
        case silence
        case close
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let connections = Mutex<[Int32]>([])

    var address: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { seen.withLock { $0 } }

    /// - Parameters:
    ///   - greeting: Sent on every new connection, before any request.
    ///   - reply: Given the number of requests before this one.
    init(greeting: [UInt8] = [], _ reply: @escaping @Sendable (Int, Request) -> Reply) throws {
        listener = try Self.listen()
        port = Self.port(of: listener)
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                self.connections.withLock { $0.append(connection) }
                Self.write(greeting, to: connection)
                Thread.detachNewThread { self.serve(connection, reply) }
            }
        }
    }

    /// Ends all connections.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Self.end(listener)
        connections.withLock { list in
            for connection in list { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    /// An address at which nothing listens.
    static func deadAddress() throws -> String {
        let socket = try listen()
        defer { end(socket) }
        return "http://127.0.0.1:\(port(of: socket))"
    }

    // MARK: Sockets

    private static func listen() throws -> Int32 {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0, Foundation.listen(descriptor, 16) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func end(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #else
            _ = Darwin.close(descriptor)
        #endif
    }

    private func serve(_ connection: Int32, _ reply: @Sendable (Int, Request) -> Reply) {
        defer {
            // The number is free for another connection once this one has ended; `close` must not know it any more.
            connections.withLock { list in
                list.removeAll { $0 == connection }
                Self.end(connection)
            }
        }
        while let request = Self.read(connection) {
            let before = seen.withLock { requests in
                requests.append(request)
                return requests.count - 1
            }
            switch reply(before, request) {
            case .bytes(let bytes): Self.write(bytes, to: connection)
            case .slowly(let parts, let pause):
                for part in parts {
                    usleep(UInt32(pause) * 1000)
                    Self.write(part, to: connection)
                }
            case .silence: _ = Self.read(connection)
            case .close: return
            }
        }
    }

    private static func write(_ bytes: [UInt8], to connection: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { send(connection, $0.baseAddress.map { $0 + offset }, bytes.count - offset, noSignal) }
            guard count > 0 else { return }
            offset += count
        }
    }

    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let noSignal: Int32 = 0
    #endif

    /// One request with its `Content-Length`; `nil` at the end of the connection.
    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if let end = headEnd(bytes) {
                let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
                let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }
                let total = end + 4 + (length ?? 0)
                if bytes.count >= total { return Request(head: head, body: Array(bytes[(end + 4)..<total])) }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0] == 13 && Array(bytes[$0..<($0 + 4)]) == mark }
    }
}

extension ScriptedServer.Reply {
    /// A whole answer.
    static func answer(_ status: Int, _ headers: [String: String] = [:], _ body: [UInt8] = []) -> Self {
        .bytes(head(status, headers, length: body.count) + body)
    }

    /// A message as the centre sends it, packed.
    static func message(_ body: [UInt8], _ headers: [String: String] = [:]) -> Self {
        let all = ["content-type": Envelope.mediaType, "content-encoding": "gzip"].merging(headers) { $1 }
        return .answer(200, all, Gzip.compress(body))
    }

    static func problem(_ problem: Problem, _ headers: [String: String] = [:]) -> Self {
        .answer(problem.code.status, ["content-type": Problem.mediaType].merging(headers) { $1 }, problem.json)
    }

    static func head(_ status: Int, _ headers: [String: String], length: Int) -> [UInt8] {
        let lines = ["HTTP/1.1 \(status) X", "content-length: \(length)"] + headers.map { "\($0.key): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
