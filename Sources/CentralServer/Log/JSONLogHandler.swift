import EntryModel
import Foundation
import Logging

/// Writes each line of the log as one JSON object, for programs that collect logs.
///
/// The names are stable: `time` (RFC 3339, UTC), `level`, `label`, `message`, `request` where the line is about a request, and `metadata`
/// with all else, as texts. What is logged is chosen where it is logged: nothing there is personal data.
struct JSONLogHandler: LogHandler {
    let label: String
    /// Milliseconds since 1970 UTC.
    let now: @Sendable () -> Int64
    /// Takes one whole line.
    let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(
        label: String, now: @escaping @Sendable () -> Int64 = Surroundings.system.now,
        write: @escaping @Sendable ([UInt8]) -> Void = JSONLogHandler.standardError
    ) {
        self.label = label
        self.now = now
        self.write = write
    }

    /// One write a line, so that lines of several threads, and of several processes with one log, do not run into each other.
    static let standardError: @Sendable ([UInt8]) -> Void = { line in
        // A log that cannot be written must not stop what is logged.
        try? FileHandle.standardError.write(contentsOf: Data(line))
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        var members: [(name: String, value: JSONValue)] = [
            ("time", .string(Self.time(now()))), ("level", .string(event.level.rawValue)), ("label", .string(label)),
            ("message", Self.text(event.message.description)),
        ]
        if let request = all.removeValue(forKey: RequestLog.idKey) { members.append(("request", Self.text(request.description))) }
        if let error = event.error { members.append(("error", .string("\(type(of: error))"))) }
        members.append(("metadata", .object(all.sorted { $0.key < $1.key }.map { ($0.key, Self.text($0.value.description)) })))
        write(JSONValue.object(members).line + [UInt8(ascii: "\n")])
    }

    /// Strict readers refuse the character 0, however it is written.
    private static func text(_ text: String) -> JSONValue { .string(text.replacing("\0", with: "\u{FFFD}")) }

    private static func time(_ milliseconds: Int64) -> String {
        // Half a millisecond more: what is behind the thousandths is cut off, and a thousandth is none of a double's numbers.
        Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
