import Foundation
import TestSupport

/// The programs as they were built, run as a person would run them.
enum Programs {
    /// The folder of the built executables: beside the test bundle.
    static let folder: URL = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()

    static func path(_ name: String) -> String {
        folder.appending(path: name).path(percentEncoded: false)
    }

    /// What a program said, and how it ended.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - name: Of a built executable, or a path.
    ///   - input: Its standard input; empty unless given.
    @discardableResult
    static func run(
        _ name: String, _ arguments: [String], input: String = "", environment: [String: String] = [:], in directory: URL? = nil
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: name.hasPrefix("/") ? name : path(name))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = directory
        // Files, not pipes: a pipe that nobody drains stops the program when it is full.
        let folder = try TemporaryFolder("run")
        let files = try ["in", "out", "err"].map { name in
            let path = folder.file(name)
            try Data(name == "in" ? Array(input.utf8) : []).write(to: URL(filePath: path))
            return path
        }
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: files[0]))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: files[1]))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: files[2]))
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOfFile: files[1], encoding: .utf8),
            errors: try String(contentsOfFile: files[2], encoding: .utf8))
    }
}

/// A centre that really listens, on a free port of the loopback, for as long as this object lives.
final class LiveCentre {
    let url: String
    let data: String
    private let process: Process

    /// Starts `central serve` and waits until it says where it listens.
    init(data: String) throws {
        self.data = data
        process = Process()
        process.executableURL = URL(filePath: Programs.path("central"))
        process.arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        while !text.contains("\n") {
            let chunk = output.fileHandleForReading.availableData
            guard !chunk.isEmpty else { throw EndToEndError("central ended before it listened: \(text)") }
            text += String(decoding: chunk, as: UTF8.self)
        }
        guard let address = text.firstMatch(of: /http:\/\/[0-9.]+:[0-9]+/) else { throw EndToEndError("no address in: \(text)") }
        url = String(address.0)
    }

    /// Asks it to stop and waits until it has.
    /// - Returns: Its exit status.
    @discardableResult
    func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs an administration command on the same data while the server runs.
    @discardableResult
    func central(_ arguments: String...) throws -> Programs.Outcome {
        let outcome = try Programs.run("central", arguments + ["--data", data])
        guard outcome.status == 0 else { throw EndToEndError("central \(arguments.joined(separator: " ")): \(outcome.errors)") }
        return outcome
    }

    /// Invites a station and enrols a new file with the code.
    ///
    /// - Parameter operatorName: The file's first operator, without a PIN, so that a terminal does not offer one; `nil` for none.
    func enrol(_ name: String, client: String, file: String, operatorName: String? = "Ann") throws {
        let invited = try central("station", "invite", "--client", client, "--name", name)
        let code = invited.lines.last ?? ""
        let person = operatorName.map { ["--operator", $0] } ?? []
        let outcome = try Programs.run("fieldentry", [file, "--enrol", code] + person + ["-c", "status"])
        guard outcome.status == 0 else { throw EndToEndError("enrolling \(name): \(outcome.errors)\(outcome.output)") }
    }

    deinit {
        stop()
    }
}

struct EndToEndError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
