/// Where things are: few folders on top, a test for every vectors file, no type that hides its module.
enum LayoutRules {
    static let topLevel: Set<String> = [
        "CHANGELOG.md", "LICENSE", "Package.resolved", "Package.swift", "Protocol", "README.md", "Samples", "Sources", "Tests",
    ]

    static func faults(inTopLevel names: [String]) -> [Fault] {
        names.filter { !$0.hasPrefix(".") && !topLevel.contains($0) }.map {
            Fault(path: $0, line: nil, message: "does not belong on the top level")
        }
    }

    /// A vectors file that no test loads would rot. A test loads it through `Vectors`, by its name.
    static func faults(inVectors names: [String], swift: [SwiftSource]) -> [Fault] {
        let loaders = swift.filter { $0.isTest && $0.text.contains("Vectors.") }
        return names.filter { name in !loaders.contains { $0.text.contains("\"\(name)\"") } }.map {
            Fault(path: "Protocol/vectors/\($0).json", line: nil, message: "no test loads it")
        }
    }

    /// A type that is called like a module hides it: `FieldStore.Entry` would look for a member of the type.
    static func faults(inTypesOf source: SwiftSource, modules: Set<String>) -> [Fault] {
        TypeDeclaration.list(source).filter { modules.contains($0.name) }.map {
            source.fault(at: $0.line, "the type \($0.name) is called like a module")
        }
    }

    /// A test that cannot fail proves nothing.
    static func emptyExpectations(in source: SwiftSource) -> [Fault] {
        source.code.enumerated().filter { _, line in
            ["#expect(true)", "#expect(Bool(true))", "#require(true)", "#require(Bool(true))"].contains { line.contains($0) }
        }.map { source.fault(at: $0.offset, "an expectation that cannot fail") }
    }
}
