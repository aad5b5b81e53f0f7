import Foundation

/// One command, as it goes to the server: `POST /admin/v1/command`, JSON.
struct RemoteCall: Codable, Equatable, Sendable {
    static let path = "/admin/v1/command"
    /// A promotion's document and what stands around it.
    static let greatestBytes = 4 << 20

    /// As they would be typed behind `central`.
    var arguments: [String]
    /// The contents of files that the arguments name.
    var files: [String: String]?
}

/// What came of it.
struct RemoteOutcome: Codable, Equatable, Sendable {
    /// More than that is not carried; the export of a large promotion belongs on the centre's own machine.
    static let greatestBytes = 64 << 20

    /// The command's exit code.
    var exit: Int32
    /// What it wrote to standard output.
    var output: String
    /// What it wrote to standard error.
    var remarks: String
}
