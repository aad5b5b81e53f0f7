import Testing

@Suite struct SizeTests {
    @Test("no file and no function of the project is too long")
    func project() {
        for source in ProjectSources.here.swift {
            for fault in SizeRules.faults(in: source) { Issue.record("\(fault)") }
        }
    }

    @Test(
        "a file may have 400 lines, a test file 600, and not one more",
        arguments: [("Sources/FieldStore/A.swift", 400), ("Samples/EmbedFieldEntry/A.swift", 400), ("Tests/FieldStoreTests/A.swift", 600)])
    func fileLines(path: String, limit: Int) {
        #expect(SizeRules.faults(in: SwiftSource(path: path, text: String(repeating: "\n", count: limit))).isEmpty)
        let faults = SizeRules.faults(in: SwiftSource(path: path, text: String(repeating: "\n", count: limit + 1)))
        #expect(faults.map(\.message) == ["\(limit + 1) lines, more than \(limit)"])
    }

    @Test("a function may have 70 lines and not one more")
    func functionLines() {
        func sample(_ inside: Int) -> SwiftSource { source("func f() {\n" + String(repeating: "    g()\n", count: inside) + "}\n") }
        #expect(SizeRules.faults(in: sample(68)).isEmpty)
        #expect(SizeRules.faults(in: sample(69)) == [Fault(path: "Sources/A/A.swift", line: 1, message: "f has 71 lines, more than 70")])
    }

    @Test(
        "the function ends at its own closing brace",
        arguments: [
            ("func f() {\n  g()\n}", "f", 3),
            ("func f(\n  a: Int\n) async throws(E) -> [Int: (Int) -> Void]\nwhere A: B,\n  C: D\n{\n}", "f", 7),
            ("func f() -> Int\n{\n  if x { y }\n  else { z }\n}", "f", 5),
            ("func f() {\n  let a = \"}\"\n  // }\n  /* } */\n  let b = #\"}\"#\n  let c = \"\"\"\n  }\n  \"\"\"\n}", "f", 9),
            ("func f() {\n  let a = \"\\(g { \"}\" })\"\n  let b = /}/\n}", "f", 4),
            ("static func == (a: A, b: A) -> Bool {\n  true\n}", "==", 3),
            ("init?(a: Int) {\n  self.init(b: a)\n}", "init", 3),
            ("deinit {\n  close()\n}", "deinit", 3),
            ("subscript(name: String) -> Int? {\n  1\n}", "subscript", 3),
            ("var size: Int {\n  1\n}", "size", 3),
            ("var size: Int { 1 }", "size", 1),
            ("func f(a: () -> Void = {}) {\n  a()\n}", "f", 3),
        ])
    func extent(text: String, name: String, lines: Int) {
        #expect(SizeRules.functions(in: source(text)) == [SizeRules.Function(name: name, first: 0, lines: lines)])
    }

    @Test("a requirement of a protocol has no body, whatever follows it")
    func requirements() {
        let text = """
            protocol P {
                func f(a: Int) throws -> Int
                func g()
                    async
                var x: Int { get }
                init()
            }
            struct S {
                var stored = [1].map { $0 + 1 }
            }
            """
        #expect(SizeRules.functions(in: source(text)).map(\.name) == ["x"])
    }

    private func source(_ text: String) -> SwiftSource {
        SwiftSource(path: "Sources/A/A.swift", text: text)
    }
}
