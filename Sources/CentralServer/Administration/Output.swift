import Foundation

/// Where commands write: results to standard output, remarks for people to standard error.
struct Output: Sendable {
    /// Takes text as it is, line breaks included.
    var result: @Sendable (String) throws -> Void
    var remark: @Sendable (String) throws -> Void

    /// The process's own. Nothing is held back in a buffer, so that whoever waits for a line gets it.
    static let standard = Output(
        result: { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
        remark: { try FileHandle.standardError.write(contentsOf: Data($0.utf8)) })

    /// What commands of this task write to; tests put one of their own here.
    @TaskLocal static var current = standard

    static func line(_ text: String) throws {
        try current.result(text + "\n")
    }

    static func hint(_ text: String) throws {
        try current.remark(text + "\n")
    }
}
