import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import CentralServer

@Suite("Samples/deploy")
struct DeployTests {
    private func text(_ name: String) throws -> String {
        try String(contentsOf: ProjectFolder.file("Samples/deploy/\(name)"), encoding: .utf8)
    }

    /// Reads a command as `central` would, and fails when there is no such command or flag.
    private func read(_ command: String) throws {
        var words = command.split(separator: " ").map(String.init)
        #expect(words.removeFirst() == "central")
        let settings = Settings(words, environment: [:])
        #expect(throws: Never.self, "\(command)") { _ = try CentralCommand.parseAsRoot(words) }
        for value in settings.values { #expect(value.text != "", "\(command)") }
    }

    @Test("the unit starts and checks the server by commands and flags that there are")
    func unit() throws {
        let lines = try text("field-entry-central.service").split(separator: "\n").map(String.init)
        let commands = lines.filter { $0.hasPrefix("ExecStart") }.map { String($0.split(separator: "=", maxSplits: 1)[1]) }
        #expect(commands.count == 2)
        for command in commands { try read(command.replacing("/usr/local/bin/", with: "")) }
        for line in lines where line.hasPrefix("Environment=") {
            let variable = line.dropFirst("Environment=".count).prefix { $0 != "=" }
            #expect(Setting.all.contains { $0.variable == variable }, "\(line)")
        }
        let exit = try #require(lines.first { $0.hasPrefix("RestartPreventExitStatus=") }).split(separator: "=")[1]
        #expect(CentralCommand.exitCodes.contains { String($0.code) == exit })
    }

    @Test("systemd takes the unit without a complaint, and finds that little of the machine is open to it")
    func systemd() throws {
        let analyze = "/usr/bin/systemd-analyze"
        // Where there is none, the test above has read the unit.
        guard FileManager.default.isExecutableFile(atPath: analyze) else { return }
        let folder = try TemporaryFolder("unit")
        let path = folder.file("field-entry-central.service")
        let central = ProjectFolder.products.appending(path: "central").path(percentEncoded: false)
        let unit = try text("field-entry-central.service").replacing("/usr/local/bin/central", with: central)
        try Data(unit.utf8).write(to: URL(filePath: path))
        for arguments in [["verify", "--man=no", path], ["security", "--offline=true", "--threshold=20", path]] {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: analyze)
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(arguments[0]): \(String(decoding: said.suffix(2000), as: UTF8.self))")
        }
    }

    @Test("the file of settings has no fault, those that it only proposes neither")
    func settings() throws {
        let file = SettingsFile(text: try text("central.conf"), path: "central.conf")
        #expect(file.faults == [])
        #expect(file.lines.map(\.name) == ["listen", "log-format"])
        let proposed = try text("central.conf").split(separator: "\n").filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") }
        #expect(proposed.count >= 3)
        let all = SettingsFile(text: proposed.map { String($0.dropFirst()) }.joined(separator: "\n"), path: "central.conf")
        #expect(all.faults == [])
        let flags = (file.lines + all.lines).map { "--\($0.name)=\($0.value)" }
        #expect(throws: Never.self) { _ = try ServeCommand.parse(flags) }
    }

    @Test("haproxy takes its file without a complaint, and asks for what there is")
    func balancer() async throws {
        let sample = try text("haproxy.cfg")
        #expect(sample.contains("uri /health/ready "))
        for flag in sample.matches(of: /--([a-z-]+)/) { #expect(Setting.all.contains { $0.name == String(flag.1) }, "\(flag.0)") }
        let places = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/opt/homebrew/bin/haproxy"]
        // Where there is none, the lines above are all that can be told; Tests/run.sh installs it.
        guard let haproxy = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return }
        let folder = try TemporaryFolder("haproxy")
        let authority = try TestAuthority("ca", in: folder)
        let certificate = try authority.certificate("centre")
        let both = try [certificate.certificate, certificate.key].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        try Data(both.utf8).write(to: URL(filePath: folder.file("both.pem")))
        let path = folder.file("haproxy.cfg")
        // Its own user need not be here, nor the certificates that it names.
        let lines = sample.split(separator: "\n").filter { !$0.hasPrefix("    user ") && !$0.hasPrefix("    group ") }
        let own = lines.joined(separator: "\n").replacing("/etc/field-entry/centre-and-key.pem", with: folder.file("both.pem"))
            .replacing("/etc/field-entry/ca.pem", with: authority.certificate)
        try Data("\(own)\n".utf8).write(to: URL(filePath: path))
        let process = Process()
        process.executableURL = URL(filePath: haproxy)
        process.arguments = ["-c", "-f", path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(!said.contains("[WARNING]") && !said.contains("[ALERT]"), "\(said)")
    }

    @Test("the container's variables are settings, and its command is one")
    func container() throws {
        let lines = try text("Containerfile").split(separator: "\n").map(String.init)
        let variables = lines.filter { $0.hasPrefix("ENV ") }.flatMap { $0.dropFirst(4).split(separator: " ") }
        var environment: [String: String] = [:]
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1).map(String.init)
            #expect(Setting.all.contains { $0.variable == parts[0] }, "\(variable)")
            environment[parts[0]] = parts[1]
        }
        #expect(environment.count >= 3)
        let command = try #require(lines.first { $0.hasPrefix("CMD ") })
        let words = command.matches(of: /"([^"]+)"/).map { String($0.1) }
        let settings = Settings(words, environment: environment)
        #expect(settings.faults == [])
        #expect(throws: Never.self) { _ = try CentralCommand.parseAsRoot(settings.arguments) }
        #expect(settings.values.filter { $0.text != nil }.count == environment.count)
    }

    @Test("the image is built by a toolchain that is new enough, which the README names too")
    func toolchain() throws {
        let manifest = try String(contentsOf: ProjectFolder.file("Package.swift"), encoding: .utf8)
        let needed = try #require(manifest.firstMatch(of: /swift-tools-version: ([0-9]+)\.([0-9]+)/))
        let used = try #require(try text("Containerfile").firstMatch(of: /ARG SWIFT=([0-9]+)\.([0-9]+)/))
        let numbers = [needed, used].map { [Int($0.1), Int($0.2)].compactMap(\.self) }
        #expect(!numbers[1].lexicographicallyPrecedes(numbers[0]))
        let readme = try String(contentsOf: ProjectFolder.file("README.md"), encoding: .utf8)
        #expect(readme.contains("a Swift \(needed.1).\(needed.2) toolchain or newer"))
    }

    @Test("the commands of the page are commands")
    func page() throws {
        let commands = try text("README.md").matches(of: /central (config check|backup|restore|doctor|status)[^`&\n]*/).map { String($0.0) }
        #expect(commands.count >= 4)
        for command in commands {
            try read(command.replacing("$(date +%F)", with: "today").trimmingCharacters(in: .whitespaces))
        }
    }
}
