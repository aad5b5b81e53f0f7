import Foundation
import TestSupport

/// Sends any bytes to a server as one request and reads one answer, within a bounded time.
enum FuzzConnection {
    struct Reply {
        var status: Int
        /// Names in lower case; of a name that stands there twice the last.
        var headers: [String: String]
        var body: [UInt8]
        /// Whether all that was announced has come.
        var isWhole: Bool
    }

    enum Outcome {
        case reply(Reply)
        /// The connection was closed without a byte.
        case closed
        /// What came is no answer in HTTP.
        case notHTTP([UInt8])
        /// Nothing came, or not all of it, within the time.
        case timeout
        /// Nobody listens there.
        case noConnection
    }

    static let timeoutSeconds = 20

    /// - Parameters:
    ///   - endsThere: Whether the server is told that nothing more will come.
    ///   - isHead: Whether the answer has no body, whatever it announces.
    static func exchange(_ bytes: [UInt8], port: UInt16, endsThere: Bool, isHead: Bool) -> Outcome {
        guard let connection = try? LoopbackSocket.connection(port: port, timeoutSeconds: timeoutSeconds) else { return .noConnection }
        // The answer may come before all was sent; then the rest is not wanted.
        connection.send(bytes)
        if endsThere { connection.endSending() }
        return readReply(connection, isHead: isHead)
    }

    private static func readReply(_ connection: LoopbackSocket, isHead: Bool) -> Outcome {
        var bytes: [UInt8] = []
        var head: (reply: Reply, end: Int, total: Int)?
        while true {
            if head == nil, let end = headEnd(bytes) {
                guard let reply = readHead(Array(bytes[..<end])) else { return .notHTTP(bytes) }
                head = (reply, end, end + (isHead ? 0 : Int(reply.headers["content-length"] ?? "") ?? 0))
            }
            if let (start, end, total) = head, bytes.count >= total {
                var reply = start
                reply.body = Array(bytes[end..<total])
                reply.isWhole = true
                return .reply(reply)
            }
            switch connection.receive() {
            case .bytes(let more): bytes += more
            case .timeout: return .timeout
            case .end:
                guard let (reply, _, _) = head else { return bytes.isEmpty ? .closed : .notHTTP(bytes) }
                return .reply(reply)
            }
        }
    }

    private static func readHead(_ bytes: [UInt8]) -> Reply? {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1."), let status = Int(first.dropFirst(9).prefix(3)) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Reply(status: status, headers: headers, body: [], isWhole: false)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        let start = (0...(bytes.count - 4)).first { bytes[$0] == 13 && bytes[$0 + 2] == 13 && Array(bytes[$0..<($0 + 4)]) == mark }
        return start.map { $0 + 4 }
    }
}
