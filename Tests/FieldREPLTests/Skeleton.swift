import Testing
@Test("a place holder runs") func FieldREPLRuns() { #expect(Bool(true)) }
