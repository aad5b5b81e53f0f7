import Testing

@Suite struct ImportTests {
    @Test("every import follows the arrows")
    func project() {
        for source in ProjectSources.here.swift {
            for fault in ImportRules.faults(in: source) { Issue.record("\(fault)") }
        }
    }

    @Test("the manifest lists targets bottom-up and with the same arrows")
    func manifest() throws {
        let text = try #require(ProjectSources.here.manifest)
        #expect(ManifestTarget.list(text).count > ImportRules.allowed.count)
        for fault in ImportRules.faults(inManifest: text) { Issue.record("\(fault)") }
    }

    @Test("Field and Central never know each other, nor anything its model")
    func arrows() {
        for rule in ImportRules.allowed where rule.target != "TestSupport" {
            if rule.target.hasPrefix("Field") { #expect(!rule.own.contains { $0.hasPrefix("Central") }) }
            if rule.target.hasPrefix("Central") { #expect(!rule.own.contains { $0.hasPrefix("Field") }) }
        }
    }

    @Test(
        "each way to write an import is seen",
        arguments: [
            ("import GRDB", "GRDB"), ("public import GRDB", "GRDB"), ("@testable import GRDB", "GRDB"),
            ("@preconcurrency internal import GRDB", "GRDB"), ("import struct GRDB.Row", "GRDB"), ("import GRDB.Sub", "GRDB"),
            ("  import GRDB // why", "GRDB"), ("import Foundation; import GRDB", "GRDB"),
        ])
    func forms(line: String, module: String) {
        let source = SwiftSource(path: "Sources/EntryModel/A.swift", text: "#if x\n\(line)\n#endif\n")
        #expect(ImportRules.faults(in: source) == [Fault(path: source.path, line: 2, message: "EntryModel may not import \(module)")])
    }

    @Test(
        "a comment, a string and a condition are no imports",
        arguments: ["// import GRDB", "let a = \"import GRDB\"", "#if canImport(GRDB)"])
    func others(line: String) {
        #expect(ImportRules.faults(in: SwiftSource(path: "Sources/EntryModel/A.swift", text: line)).isEmpty)
    }

    @Test(
        "an import against an arrow is found",
        arguments: [
            ("FieldStore", "CentralStore"), ("FieldSync", "CentralServer"), ("CentralStore", "FieldStore"), ("CentralServer", "FieldSync"),
            ("FieldStore", "FieldSync"), ("EntryModel", "FieldStore"), ("FieldSync", "CReadline"), ("FieldStore", "CPostgres"),
            ("FieldStore", "AsyncHTTPClient"), ("CentralServer", "GRDB"), ("FieldREPL", "Hummingbird"), ("FieldREPL", "GRDB"),
            ("EntryModel", "Dispatch"), ("FieldStore", "CZlib"), ("EmbedFieldEntry", "FieldREPL"),
        ])
    func against(target: String, module: String) {
        let source = SwiftSource(path: "Sources/\(target)/A.swift", text: "import \(module)\n")
        #expect(ImportRules.faults(in: source).map(\.line) == [1])
    }

    @Test("a new target needs a rule of its own")
    func unknown() {
        #expect(ImportRules.faults(in: SwiftSource(path: "Sources/FieldSomething/A.swift", text: "")).count == 1)
    }

    @Test("a manifest in the wrong order, or with a wrong arrow, is found")
    func badManifest() {
        let upsideDown = manifest(#".target(name: "FieldStore", dependencies: ["EntryModel"])"#, #".target(name: "EntryModel")"#)
        #expect(ImportRules.faults(inManifest: upsideDown).map(\.message) == ["FieldStore stands above EntryModel, which it uses"])

        let crossed = manifest(
            #".target(name: "CentralStore")"#, #".target(name: "FieldStore", dependencies: [.target(name: "CentralStore")])"#)
        #expect(ImportRules.faults(inManifest: crossed).map(\.message) == ["FieldStore may not depend on CentralStore"])

        let right = manifest(#".target(name: "EntryModel")"#, #".target(name: "FieldStore", dependencies: ["EntryModel"])"#)
        #expect(ImportRules.faults(inManifest: right).isEmpty)
        #expect(ManifestTarget.list(right).map(\.name) == ["EntryModel", "FieldStore"])
    }

    private func manifest(_ declarations: String...) -> String {
        "let package = Package(\n    targets: [\n        \(declarations.joined(separator: ",\n        "))\n    ]\n)\n"
    }
}
