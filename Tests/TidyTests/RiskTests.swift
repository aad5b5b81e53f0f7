import Testing

@Suite struct RiskTests {
    @Test("the project's sources force nothing and drop no error without a reason")
    func project() {
        for source in ProjectSources.here.swift {
            for fault in RiskRules.faults(in: source) { Issue.record("\(fault)") }
        }
    }

    static let risks = [
        "let a = try! b()", "let a = b as! C", "let a = b!", "a!.c()", "let a = b[0]!", "let a = b()!", "var a: Int!", "let a = b!.c!.d",
        "fatalError()", "fatalError(\"x\")", "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1",
        "unsafeBitCast(a, to: B.self)", "Task.detached { a() }", "do { try a() } catch {}", "do { try a() } catch {\n}",
        "do { try a() } catch is B {\n\n}",
    ]

    @Test("a risk is found", arguments: risks)
    func found(text: String) {
        #expect(!faults(text).isEmpty)
    }

    @Test("a reason beside it or above it allows it", arguments: risks)
    func allowed(text: String) {
        #expect(faults("// The queue guards it.\n\(text)").isEmpty)
        #expect(faults(text.replacing("\n", with: " // The queue guards it.\n", maxReplacements: 1) + " // The queue guards it.").isEmpty)
    }

    @Test("neither a doc comment, nor a single word, nor a remark further up is a reason", arguments: risks)
    func noReason(text: String) {
        #expect(!faults("/// The queue guards it.\n\(text)").isEmpty)
        #expect(!faults("// Safe.\n\(text)").isEmpty)
        #expect(!faults("// The queue guards it.\n\n\(text)").isEmpty)
    }

    @Test(
        "what only looks like a risk is left alone",
        arguments: [
            "if a != b {}", "if !a {}", "let a = !b", "let a = (!b)", "print(\"oh!\")", "// b!", "let a = [!b, !c]", "a(!b)", "#if !DEBUG",
            "do { try a() } catch { throw b }", "do { try a() } catch {\n    b()\n}",
            "do { try a() } catch {\n    // It is gone anyway.\n}",
            "let a = b?.c ?? d",
        ])
    func harmless(text: String) {
        #expect(faults(text).isEmpty)
    }

    @Test("tests may force what they made themselves")
    func tests() {
        #expect(RiskRules.faults(in: SwiftSource(path: "Tests/FieldStoreTests/A.swift", text: "let a = b!")).isEmpty)
    }

    private func faults(_ text: String) -> [Fault] {
        RiskRules.faults(in: SwiftSource(path: "Sources/FieldStore/A.swift", text: text))
    }
}
