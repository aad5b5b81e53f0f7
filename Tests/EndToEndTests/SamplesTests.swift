import EntryModel
import Foundation
import TestSupport
import Testing

/// What a newcomer runs first, run by the tests as well, so that it stays true.
@Suite("Samples and benchmarks", .serialized) struct SamplesTests {
    @Test("the quickstart does the main job within 15 seconds and leaves nothing running")
    func quickstart() throws {
        let folder = try TemporaryFolder("quickstart")
        let start = ContinuousClock.now
        let outcome = try Programs.run(
            "/bin/bash", [ProjectFolder.file("Samples/quickstart.sh").path(percentEncoded: false)],
            environment: ["FIELD_ENTRY_PRODUCTS": Programs.folder.path(percentEncoded: false), "TMPDIR": folder.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.lines.last?.hasPrefix("quickstart passed") == true)
        // On two busy cores the tests themselves take their part of the time.
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "its folder is gone, and so is its server")
    }

    @Test("the sample script keys its cards without a terminal")
    func keyingScript() throws {
        let folder = try TemporaryFolder("script")
        let centre = try LiveJobTests.centre(folder)
        let file = folder.file("desk.fieldentry")
        try centre.enrol("desk", client: "brightfizz", file: file)
        let script = try String(contentsOf: ProjectFolder.file("Samples/keying.repl"), encoding: .utf8)
        let outcome = try Programs.run("fieldentry", [file], input: script)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let failing = try Programs.run("fieldentry", [file], input: "status\nnonsense\nstatus\n")
        #expect(failing.status == 1)
        #expect(failing.errors.contains("line 2"))
    }

    @Test("every benchmark runs on little data and reports each of its figures")
    func benchmarks() throws {
        let folder = try TemporaryFolder("benchmarks")
        let outcome = try Programs.run(
            "Benchmarks", ["--small", "--json", folder.file("report.json")], environment: ["TMPDIR": folder.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let report = try Data(contentsOf: URL(filePath: folder.file("report.json")))
        let document = try #require(try JSONSerialization.jsonObject(with: report) as? [String: Any])
        let figures = try #require(document["figures"] as? [[String: Any]])
        let names = figures.compactMap { $0["name"] as? String }
        for part in [
            "codec: read", "capture, one", "capture, 1,000", "push of", "pull of", "peak memory, pushing", "idle sync", "sync of 10",
            "start to the first prompt", "`new` to the first field", "Enter to the next field", "Enter behind the last field", "`show`",
            "`find`",
            "taking names in",
        ] {
            #expect(names.contains { $0.hasPrefix(part) }, "\(part) is missing of \(names)")
        }
    }
}
