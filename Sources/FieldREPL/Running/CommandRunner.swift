import EntryModel
import FieldStore
import FieldSync
import Foundation

/// Runs command lines at a desk, one after the other, and reports each.
@MainActor
struct CommandRunner {
    let desk: Desk

    /// - Parameter lineNumber: Of the script; `nil` where a person types.
    /// - Returns: Whether the command did what it was asked for; a line with nothing in it does.
    func run(_ line: String, lineNumber: Int? = nil) async -> Bool {
        var name: String?
        do {
            guard let command = try CommandCatalogue.parse(line, name: &name) else { return true }
            try desk.checkAccess(command.leastRole, to: type(of: command).usage.name)
            let report = try await command.run(at: desk)
            desk.output.report(report, command: type(of: command).usage.name)
            return true
        } catch {
            desk.output.failed(Self.text(of: error), command: name, lineNumber: lineNumber)
            return false
        }
    }

    /// Runs a script to its end, to `quit`, or to the first command that fails.
    ///
    /// - Parameter next: The next line without its line break; `nil` at the end.
    /// - Returns: Whether all of them did what they were asked for.
    func run(script next: () -> String?) async -> Bool {
        var number = 0
        while !desk.isLeaving, let line = next() {
            number += 1
            // Some editors put a byte order mark before the first line.
            let text = number == 1 && line.hasPrefix("\u{FEFF}") ? String(line.dropFirst()) : line
            guard await run(text, lineNumber: number) else { return false }
        }
        return true
    }

    /// An error in a person's words.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as FieldStoreError: error.message
        case let error as CommandFailure: error.description
        case let error as UsageError: error.description
        case let error as CommandWordError: error.description
        case let error as TransportFailure: error.description
        case let error as EnrolmentError: error.description
        case let error as BundleFault: error.description
        case let error as Problem: "\(error)"
        case is CancellationError: "Stopped."
        case let error as CertificateFault: error.description
        case let error as PostalTableError: "\(error)"
        default: (error as NSError).localizedDescription
        }
    }
}
