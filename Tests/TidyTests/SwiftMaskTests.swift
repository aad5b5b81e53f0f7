import Testing

@Suite struct SwiftMaskTests {
    @Test(
        "comments and literals are blanked, code stays, and nothing moves",
        arguments: [
            ("a // b \"c\"", "a         "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("a \"b\" c", "a     c"),
            ("a \"b \\\" c\" d", "a          d"),
            ("a \"b \\(c(\")\")) d\" e", "a                 e"),
            ("a #\"b \" \\(c) d\"# e", "a                e"),
            ("a #\"b \\#(c(\"x\")) d\"# e", "a                    e"),
            ("a \"\"\"\nb \" c\n\"\"\" d", "a    \n     \n    d"),
            ("a(/b\"c/) + d", "a(     ) + d"),
            ("a = #/b\"c/# + d", "a =         + d"),
            ("a / b / \"c\"", "a / b /    "),
            ("#if a", "#if a"),
            ("\"a // b\" c", "         c"),
        ])
    func masks(text: String, code: String) {
        let mask = SwiftMask(text)
        #expect(String(decoding: mask.code, as: UTF8.self) == code)
        #expect(mask.comments.count == text.utf8.count)
    }

    @Test("the comments are kept apart")
    func comments() {
        #expect(String(decoding: SwiftMask("a // b\n\"// c\"").comments, as: UTF8.self) == "  // b\n      ")
    }

    @Test("the mask of every file of the project has its lines", arguments: ProjectSources.here.swift.map(\.path))
    func lines(path: String) throws {
        let source = try #require(ProjectSources.here.swift.first { $0.path == path })
        let lines = source.text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        #expect(source.code.count == lines)
        #expect(source.comments.count == lines)
    }

    @Test("braces balance in the code of every file of the project")
    func braces() {
        for source in ProjectSources.here.swift {
            let code = source.code.joined(separator: "\n").utf8
            let open = code.count { $0 == UInt8(ascii: "{") }
            let closed = code.count { $0 == UInt8(ascii: "}") }
            #expect(open == closed, "\(source.path)")
        }
    }
}
