import Testing

/// What a shell completes on its own command line.
@Suite("Completion for shells") struct ShellCompletionTests {
    @Test("both programs print a completion script for each shell", arguments: ["fieldentry", "central"], ["bash", "zsh", "fish"])
    func scripts(program: String, shell: String) throws {
        let outcome = try Programs.run(program, ["--generate-completion-script", shell])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains(program))
        #expect(outcome.output.contains(program == "central" ? "promotion" : "enrol"))
    }
}
