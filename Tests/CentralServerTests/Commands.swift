import ArgumentParser
import EntryModel
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CentralServer

/// Runs commands as they are typed, against a data folder, and catches what they write.
struct Commands {
    let data: String

    struct Outcome {
        /// Standard output.
        var result: String
        /// Standard error, without the message of an error thrown.
        var remarks: String

        var lines: [String] { result.split(separator: "\n").map(String.init) }
        /// One JSON object a line.
        var objects: [JSONValue] {
            get throws { try lines.map { try JSONValue(line: Array($0.utf8), limits: .document) } }
        }
    }

    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> Outcome {
        try await run(arguments)
    }

    func run(_ arguments: [String]) async throws -> Outcome {
        let result = Mutex("")
        let remarks = Mutex("")
        var command = try CentralCommand.parseAsRoot(arguments + ["--data", data])
        let output = Output(
            result: { text in result.withLock { $0 += text } }, remark: { text in remarks.withLock { $0 += text } })
        try await Output.$current.withValue(output) {
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        }
        return Outcome(result: result.withLock { $0 }, remarks: remarks.withLock { $0 })
    }

    /// The message and the exit code of a command that has to be refused.
    func refusal(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async -> (message: String, code: Int32) {
        do {
            let outcome = try await run(arguments)
            Issue.record("was not refused: \(arguments.joined(separator: " ")): \(outcome)", sourceLocation: sourceLocation)
            return ("", 0)
        } catch {
            return (CentralCommand.fullMessage(for: error), CentralCommand.exitCode(for: error).rawValue)
        }
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var truth: Bool? { if case .bool(let truth) = self { truth } else { nil } }
    var number: Int64? { if case .integer(let number) = self { number } else { nil } }
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
}
