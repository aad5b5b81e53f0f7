import Testing
@Test("a place holder runs") func FieldSyncRuns() { #expect(Bool(true)) }
