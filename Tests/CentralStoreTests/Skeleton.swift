import Testing
@Test("a place holder runs") func CentralStoreRuns() { #expect(Bool(true)) }
