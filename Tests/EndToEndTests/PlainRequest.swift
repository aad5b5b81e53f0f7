import EntryModel
import TestSupport

/// One HTTP request over a connection of its own, on the calling thread.
enum PlainRequest {
    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    /// - Parameter body: A message of the protocol, which is posted; `nil` asks by GET.
    /// - Returns: `nil` when nobody answered, or not to the end.
    static func send(_ path: String, _ body: [UInt8]? = nil, port: UInt16) -> Answer? {
        guard let connection = try? LoopbackSocket.connection(port: port, timeoutSeconds: 60) else { return nil }
        var head = "\(body == nil ? "GET" : "POST") \(path) HTTP/1.1\r\nHost: centre\r\nConnection: close\r\n"
        if let body { head += "Content-Type: \(Envelope.mediaType)\r\nContent-Length: \(body.count)\r\n" }
        guard connection.send(Array("\(head)\r\n".utf8) + (body ?? [])) else { return nil }
        var bytes: [UInt8] = []
        while case .bytes(let more) = connection.receive() { bytes += more }
        return answer(bytes)
    }

    private static func answer(_ bytes: [UInt8]) -> Answer? {
        let pause = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: pause) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        let lengths = lines.filter { $0.lowercased().hasPrefix("content-length:") }.compactMap { line in
            line.split(separator: " ").last.flatMap { Int($0) }
        }
        let body = Array(bytes[end.upperBound...])
        guard words.count > 1, let status = Int(words[1]), lengths.allSatisfy({ $0 == body.count }) else { return nil }
        return Answer(status: status, body: body)
    }
}
