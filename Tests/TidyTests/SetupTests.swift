import Foundation
import Testing

/// Runs `install_missing` of Samples/setup.sh with commands of our own in place of apt-get, sudo and id, so that nothing is installed.
@Suite struct SetupTests {
    @Test("when nothing is missing, nothing is asked, installed or looked up")
    func complete() throws {
        let run = try Setup(missing: []).run()
        #expect(run == Outcome(code: 0, output: "", calls: []))
    }

    @Test("root is not asked: the lists are fetched, then only what is missing is installed")
    func root() throws {
        let run = try Setup(missing: ["libpq-dev", "zlib1g-dev"], user: 0).run()
        #expect(run.code == 0)
        #expect(run.calls == ["apt-get update -q", "apt-get install -q -y libpq-dev zlib1g-dev (noninteractive)"])
    }

    @Test("without a terminal nobody is asked: one command is printed, nothing is done", arguments: [true, false])
    func noTerminal(hasSudo: Bool) throws {
        let run = try Setup(missing: ["zlib1g-dev"], user: 1000, hasSudo: hasSudo).run()
        #expect(run.code == 1)
        #expect(run.calls == [])
        let commands = run.output.split(separator: "\n").filter { $0.contains("apt-get") }
        #expect(commands == ["sudo apt-get update && sudo apt-get install -y zlib1g-dev"])
    }

    @Test("a failing apt-get ends it", arguments: ["update", "install"])
    func failure(part: String) throws {
        let run = try Setup(missing: ["zlib1g-dev"], user: 0, failing: part).run()
        #expect(run.code == 1)
        #expect(run.calls.last?.hasPrefix("apt-get \(part)") == true)
        #expect(run.output.contains("apt-get failed"))
    }

    #if os(Linux)
        // `script` gives a terminal; its arguments differ elsewhere.
        @Test(
            "at a terminal sudo is used after a yes, and only then",
            arguments: [("y\n", true), ("Yes\n", true), ("n\n", false), ("\n", false), ("nay\n", false)])
        func terminal(answer: String, agrees: Bool) throws {
            let run = try Setup(missing: ["zlib1g-dev"], user: 1000, hasSudo: true).run(typing: answer)
            #expect(run.output.contains("Install them now with sudo"))
            #expect(run.code == (agrees ? 0 : 1))
            #expect(run.calls.filter { $0.hasPrefix("sudo") }.count == (agrees ? 2 : 0))
            #expect(run.calls.contains("apt-get install -q -y zlib1g-dev (noninteractive)") == agrees)
        }

        @Test("at a terminal without sudo the command is printed, and nobody is asked")
        func terminalWithoutSudo() throws {
            let run = try Setup(missing: ["zlib1g-dev"], user: 1000).run(typing: "y\n")
            #expect(run.code == 1)
            #expect(run.calls == [])
            #expect(run.output.contains("sudo apt-get update && sudo apt-get install -y zlib1g-dev"))
            #expect(!run.output.contains("[y/N]"))
        }
    #endif

    @Test("the scripts are sound bash", arguments: ["Samples/setup.sh", "Samples/quickstart.sh", "Tests/run.sh", ".ci/run"])
    func syntax(path: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-n", ProjectSources.here.root.appending(path: path).path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

struct Outcome: Equatable {
    var code: Int32
    var output: String
    /// What the stand-ins were called with, in order.
    var calls: [String]
}

/// A system with stand-ins for the commands that look at it or change it.
private struct Setup {
    var missing: [String]
    var user = 1000
    var hasSudo = false
    /// The part of apt-get that fails.
    var failing = "none"

    /// - Parameter answer: What a person types at the terminal; `nil` for no terminal and no standard input.
    func run(typing answer: String? = nil) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fieldentry-setup-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try install(in: folder)

        let process = Process()
        let output = Pipe()
        let input = Pipe()
        let script = folder.appending(path: "run.sh").path
        process.executableURL = URL(filePath: answer == nil ? "/bin/bash" : "/usr/bin/script")
        process.arguments = answer == nil ? [script] : ["-qec", "/bin/bash \(script)", "/dev/null"]
        process.standardInput = answer == nil ? FileHandle.nullDevice : input
        process.standardOutput = output
        process.standardError = output
        // In the environment, so that what the script starts looks there too and can never reach the system's own apt-get.
        process.environment = ["SHELL": "/bin/bash", "TERM": "dumb", "PATH": folder.appending(path: "commands").path]
        try process.run()
        if let answer { try input.fileHandleForWriting.write(contentsOf: Data(answer.utf8)) }
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let calls = (try? String(contentsOf: folder.appending(path: "calls"), encoding: .utf8)) ?? ""
        return Outcome(
            code: process.terminationStatus, output: printed.replacing("\r\n", with: "\n"),
            calls: calls.split(separator: "\n").map(String.init))
    }

    private func install(in folder: URL) throws {
        let calls = folder.appending(path: "calls").path
        let commands = folder.appending(path: "commands")
        try FileManager.default.createDirectory(at: commands, withIntermediateDirectories: true)
        func stand(in name: String, _ lines: String) throws {
            let file = commands.appending(path: name)
            try Data("#!/bin/bash\n\(lines)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        try stand(in: "id", "echo \(user)")
        try stand(in: "apt-get", "echo apt-get \"$@\" ${DEBIAN_FRONTEND:+\"($DEBIAN_FRONTEND)\"} >>'\(calls)'; [ \"$1\" != \(failing) ]")
        try stand(in: "env", "exec /usr/bin/env \"$@\"")
        if hasSudo { try stand(in: "sudo", "echo sudo \"$@\" >>'\(calls)'; exec \"$@\"") }

        let setup = ProjectSources.here.root.appending(path: "Samples/setup.sh").path
        let script = """
            . '\(setup)'
            is_present() { case ' \(missing.joined(separator: " ")) ' in *" $1 "*) return 1 ;; esac; }
            install_missing "${build_packages[@]}" || exit 1
            """
        try Data(script.utf8).write(to: folder.appending(path: "run.sh"))
    }
}
