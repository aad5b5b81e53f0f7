import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that runs beside the test, and that the test may kill.
///
/// What it writes goes into files, so that all that it wrote before it was killed can be read.
final class BackgroundProgram {
    private let process = Process()
    let output: String
    let errors: String

    /// - Parameters:
    ///   - name: Of a built executable, or a path.
    ///   - place: Its output goes into `place.out` and `place.err`, its input is `place.in`.
    init(_ name: String, _ arguments: [String], input: String = "", place: String) throws {
        output = place + ".out"
        errors = place + ".err"
        let standardInput = place + ".in"
        for (path, text) in [(standardInput, input), (output, ""), (errors, "")] { try Data(text.utf8).write(to: URL(filePath: path)) }
        process.executableURL = URL(filePath: name.hasPrefix("/") ? name : Programs.path(name))
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: URL(filePath: standardInput))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// SIGKILL, as by a power cut, and waits until it is gone.
    func kill() {
        signal(SIGKILL)
        process.waitUntilExit()
    }

    func signal(_ number: Int32) {
        if process.isRunning { _ = Foundation.kill(process.processIdentifier, number) }
    }

    /// Waits until it ends by itself.
    /// - Returns: Its exit status; a signal's number plus 128 when one ended it.
    func waitUntilExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }

    /// The whole lines that it has written so far.
    var lines: [String] {
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// What it said went wrong.
    var complaint: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

    deinit {
        kill()
    }
}

/// `central serve` as a background program, and what stands before it, by which stations find it.
struct KillableCentre {
    let data: String
    /// What stations call.
    let url: String
    /// Leads to wherever it listens; `nil` where it always listens on the same port.
    private let proxy: WireProxy?
    private let fixedPort: UInt16
    private let place: String
    private var program: BackgroundProgram?
    private var port: UInt16?
    /// What stands before the program's own path, to run it in another world.
    var launcher: [String]

    init(data: String, place: String, proxy: WireProxy, launcher: [String] = ["/usr/bin/env"]) {
        self.data = data
        self.place = place
        self.proxy = proxy
        url = proxy.url
        fixedPort = 0
        self.launcher = launcher
    }

    /// - Parameters:
    ///   - port: Where it listens each time.
    ///   - url: What stations call.
    init(data: String, place: String, port: UInt16, url: String, launcher: [String]) {
        self.data = data
        self.place = place
        proxy = nil
        self.url = url
        fixedPort = port
        self.launcher = launcher
    }

    var isRunning: Bool { program?.isRunning ?? false }
    var complaint: String { program?.complaint ?? "" }

    /// Starts it and waits until it listens.
    mutating func start() throws {
        let command = launcher + [Programs.path("central"), "serve", "--data", data, "--listen", "127.0.0.1:\(fixedPort)", "--url", url]
        let program = try BackgroundProgram(
            command[0], Array(command.dropFirst()), place: place)
        self.program = program
        let deadline = ContinuousClock.now + .seconds(20)
        // The line that it prints has the proxy's address; its own stands in the log.
        while true {
            if let found = program.complaint.firstMatch(of: /started and listening on 127\.0\.0\.1:([0-9]+)/), let port = UInt16(found.1) {
                proxy?.lead(to: port)
                self.port = port
                return
            }
            guard program.isRunning, ContinuousClock.now < deadline else {
                throw EndToEndError("central did not listen: \(program.complaint)")
            }
            usleep(2000)
        }
    }

    private mutating func leave() {
        if let port { proxy?.leaveOut(port) }
        port = nil
    }

    mutating func kill() {
        leave()
        program?.kill()
    }

    mutating func stop() -> Int32 {
        leave()
        askToStop()
        return waitUntilExit()
    }

    /// Asks it to stop, and does not wait.
    func askToStop() { program?.signal(SIGTERM) }

    func waitUntilExit() -> Int32 { program?.waitUntilExit() ?? 0 }

    /// Runs an administration command on the same data.
    @discardableResult
    func central(_ arguments: String...) throws -> Programs.Outcome { try central(arguments) }

    @discardableResult
    private func central(_ arguments: [String]) throws -> Programs.Outcome {
        let command = launcher + [Programs.path("central")] + arguments + ["--data", data]
        let outcome = try Programs.run(command[0], Array(command.dropFirst()))
        guard outcome.status == 0 else { throw EndToEndError("central \(arguments.joined(separator: " ")): \(outcome.errors)") }
        return outcome
    }

    /// Makes the client and its promotion.
    /// - Parameter vault: The address of its database; `nil` for a file.
    func prepare(vault: String? = nil) throws {
        try central(["client", "add", "brightfizz"] + (vault.map { ["--vault", $0] } ?? []))
        let document = ProjectFolder.file("Samples/promotions/\(LiveJobTests.promotion).json").path(percentEncoded: false)
        try central("promotion", "put", document, "--client", "brightfizz")
    }

    /// The code for a new station.
    func invite(_ name: String) throws -> String {
        try central("station", "invite", "--client", "brightfizz", "--name", name).lines.last ?? ""
    }

    /// Makes a station's file and enrols it.
    /// - Parameter launcher: What stands before the station's program.
    func enrol(_ name: String, file: String, launcher: [String] = ["/usr/bin/env"]) throws {
        let code = try invite(name)
        let command = launcher + [Programs.path("fieldentry"), file, "--enrol", code, "-c", "status"]
        let outcome = try Programs.run(command[0], Array(command.dropFirst()))
        guard outcome.status == 0 else { throw EndToEndError("enrolling \(name): \(outcome.errors)\(outcome.output)") }
    }
}
