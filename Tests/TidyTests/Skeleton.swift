import Testing
@Test("a place holder runs") func TidyRuns() { #expect(Bool(true)) }
