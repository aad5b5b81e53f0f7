import Testing
@Test("a place holder runs") func FieldStoreRuns() { #expect(Bool(true)) }
