import Testing
@Test("a place holder runs") func EntryModelRuns() { #expect(Bool(true)) }
