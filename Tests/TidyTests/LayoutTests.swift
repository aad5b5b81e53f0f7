import Testing

@Suite struct LayoutTests {
    private let project = ProjectSources.here

    @Test("the project is where these tests look for it")
    func found() {
        #expect(project.topLevel.contains("Package.swift"))
        #expect(project.swift.contains { $0.path == "Tests/TidyTests/LayoutTests.swift" })
        #expect(project.swift.contains { $0.path.hasPrefix("Sources/EntryModel/") })
    }

    @Test("the top level holds only what belongs there")
    func topLevel() {
        for fault in LayoutRules.faults(inTopLevel: project.topLevel) { Issue.record("\(fault)") }
    }

    @Test("every vectors file is loaded by a test")
    func vectors() {
        for fault in LayoutRules.faults(inVectors: project.vectors, swift: project.swift) { Issue.record("\(fault)") }
    }

    @Test("no type is called like a module")
    func types() throws {
        let modules = Set(ManifestTarget.list(try #require(project.manifest)).map(\.name))
        #expect(modules.contains("EntryModel"))
        for source in project.swift {
            for fault in LayoutRules.faults(inTypesOf: source, modules: modules) { Issue.record("\(fault)") }
        }
    }

    @Test("every expectation can fail")
    func expectations() {
        for source in project.swift where source.isTest {
            for fault in LayoutRules.emptyExpectations(in: source) { Issue.record("\(fault)") }
        }
    }

    @Test("another file or folder on the top level is found; a dot file is none")
    func otherTopLevel() {
        #expect(LayoutRules.faults(inTopLevel: ["Scripts", "notes.txt", ".ci", "Sources"]).map(\.path) == ["Scripts", "notes.txt"])
    }

    @Test("a vectors file that only a comment or a source names is found")
    func unloadedVectors() {
        let sources = [
            SwiftSource(path: "Tests/EntryModelTests/A.swift", text: "try Vectors.load(\"merge\")"),
            SwiftSource(path: "Tests/EntryModelTests/B.swift", text: "let name = \"chain\""),
            SwiftSource(path: "Sources/EntryModel/C.swift", text: "Vectors.load(\"json\")"),
        ]
        let faults = LayoutRules.faults(inVectors: ["chain", "json", "merge"], swift: sources)
        #expect(faults.map(\.path) == ["Protocol/vectors/chain.json", "Protocol/vectors/json.json"])
    }

    @Test("a type called like a module is found, a longer name is not")
    func typesLikeModules() {
        let text = "public struct FieldStore {}\nstruct FieldStoreError {}\nextension FieldStore {}\n"
        let faults = LayoutRules.faults(inTypesOf: SwiftSource(path: "Sources/FieldStore/A.swift", text: text), modules: ["FieldStore"])
        #expect(faults.map(\.line) == [1])
    }

    @Test("an expectation that cannot fail is found")
    func emptyExpectations() {
        let text = "#expect(Bool(true))\n#expect(true)\n#expect(a)\n"
        let source = SwiftSource(path: "Tests/A/A.swift", text: text)
        #expect(LayoutRules.emptyExpectations(in: source).map(\.line) == [1, 2])
    }
}
