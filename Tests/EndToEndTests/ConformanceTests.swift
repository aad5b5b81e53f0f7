import Foundation
import TestSupport
import Testing

/// The kit that anybody can run against any server, run against ours: Protocol/conformance.
@Suite("Conformance") struct ConformanceTests {
    @Test("the conformance kit finds nothing wrong where every station sees everything, down to the digests of feed and merge")
    func everythingShared() throws {
        let schemas = try Programs.run(ConformanceRun.python, ["-c", "import jsonschema"])
        #expect(schemas.status == 0, "python3-jsonschema is not there, so no traffic is validated; Tests/run.sh installs it")
        let kit = try ConformanceRun(promotions: ["brightfizz-summer"])
        try kit.passes()
        // With one promotion that all see, nothing hides from the kit what it has to work out again.
        for line in ["F2 ok", "M13 ok", "K1 ok", "R1 ok", "M6 ok", "openapi ok", "schemas ok"] {
            #expect(kit.lines.contains(line), "\(line) is missing")
        }
    }

    @Test("the conformance kit finds nothing wrong with promotions of all three sharings in one vault, and nothing crosses vaults")
    func everySharing() throws {
        let kit = try ConformanceRun(promotions: ["harborline-chowder", "county-fairs", "brightfizz-summer"])
        try kit.passes()
        for line in ["F3 ok", "F4 ok", "F12 ok", "N5 ok"] { #expect(kit.lines.contains(line), "\(line) is missing") }
    }

    @Test("a code that is none is told at once, with another exit status than a finding has")
    func noCode() throws {
        let outcome = try Programs.run(
            ConformanceRun.python, [ConformanceRun.program, "--url", "http://127.0.0.1:9", "--code", "fe1_x", "--second-code", "fe1_y"])
        #expect(outcome.status == 2)
        #expect(!outcome.errors.contains("Traceback"), "\(outcome.errors)")
    }
}

/// One run of the kit against a centre of its own.
private struct ConformanceRun {
    /// The system's own: the packages that the kit uses belong to it.
    static let python = "/usr/bin/python3"
    static let program = ProjectFolder.file("Protocol/conformance/run.py").path(percentEncoded: false)

    let outcome: Programs.Outcome

    var lines: Set<String> { Set(outcome.lines) }

    /// - Parameter promotions: Of Samples; all are put for one client.
    init(promotions: [String]) throws {
        let client = "brightfizz"
        let other = "harborline"
        let folder = try TemporaryFolder("conformance")
        let centre = try LiveCentre(data: folder.file("centre"))
        for (client, promotions) in [(client, promotions), (other, ["county-fairs"])] {
            try centre.central("client", "add", client)
            for promotion in promotions {
                let file = folder.file("\(client)-\(promotion).json")
                try Data(Self.document(promotion, of: client).utf8).write(to: URL(filePath: file))
                try centre.central("promotion", "put", file, "--client", client)
            }
        }
        let codes = try [(client, promotions), (client, promotions), (other, ["county-fairs"])].map { client, promotions in
            let invitation = ["station", "invite", "--client", client, "--name", "kit", "--data", centre.data, "--promotion"]
            return try #require(Programs.run("central", invitation + promotions).lines.last)
        }
        let central = { (command: String) in "'\(Programs.path("central"))' \(command) --data '\(centre.data)'" }
        outcome = try Programs.run(
            Self.python,
            [
                Self.program, "--url", centre.url, "--code", codes[0], "--second-code", codes[1], "--other-vault-code", codes[2],
                "--put", central("promotion put {file} --client \(client)"),
                "--assign", central("station assign {station} --promotion {promotion} --client \(client)"),
                "--revoke", central("station revoke {station} --yes --client \(client)"),
                "--conflicts", central("conflict list --client \(client) --limit 10000 --json"),
                "--comparison", central("status --client \(client) --digests --json"),
            ])
        #expect(centre.stop() == 0)
    }

    func passes() throws {
        let findings = outcome.lines.filter { $0.contains(" FAILED") || $0.contains("no check of this kit") }
        #expect(findings == [])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// A sample, as if it were the client's own.
    private static func document(_ name: String, of client: String) throws -> String {
        let text = try String(contentsOf: ProjectFolder.file("Samples/promotions/\(name).json"), encoding: .utf8)
        var changes = ["harborline", "house"].map { ("\"client\": \"\($0)\"", "\"client\": \"\(client)\"") }
        // Only the agency itself has promotions of its own kind.
        if text.contains("\"kind\": \"house\"") {
            changes += ["kind", "purpose"].map { ("\"\($0)\": \"house\"", "\"\($0)\": \"client\"") }
        }
        return changes.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }
}
