import CentralStore
import EntryModel
import TestSupport
import Testing

@Suite("Conflicts at the centre", .everyStore)
struct ConflictTests {
    private struct Contest {
        var bench: TestBench
        var first: HandMadeStation
        var second: HandMadeStation
        var entry: UniqueID
    }

    /// One entry, edited at two stations apart.
    private func contest(
        _ mine: (HandMadeStation, UniqueID, Change) throws -> Void, _ theirs: (HandMadeStation, UniqueID, Change) throws -> Void
    ) async throws -> Contest {
        let bench = try await TestBench()
        let first = try await bench.station("one")
        let second = try await bench.station("two")
        let (entry, capture) = try first.capture()
        try await first.push()
        try mine(first, entry, capture)
        try theirs(second, entry, capture)
        try await first.push(after: 1)
        try await second.push()
        return Contest(bench: bench, first: first, second: second, entry: entry)
    }

    private func edits(_ field: String, _ mine: Scalar, _ theirs: Scalar) async throws -> Contest {
        try await contest(
            { try $0.add(.set, .entry($1), [field: mine], base: [HandMadeStation.base($2, field)]) },
            { try $0.add(.set, .entry($1), [field: theirs], base: [HandMadeStation.base($2, field)]) })
    }

    /// Both stations, after a pull, hold what the centre holds.
    private func expectSame(_ contest: Contest) async throws {
        let state = try #require(try await contest.bench.vault.entry(contest.entry)?.state)
        try await contest.first.pull(after: 0)
        try await contest.second.pull(after: 0)
        #expect(try contest.first.state(of: contest.entry) == state)
        #expect(try contest.second.state(of: contest.entry) == state)
        #expect(
            try await contest.bench.vault.comparison("summer").digest == state.comparisonDigest(subject: contest.entry.description))
    }

    @Test("taking a head replaces all of them, everywhere")
    func takeHead() async throws {
        let contest = try await edits("name", .text("Anna"), .text("Anne"))
        let vault = contest.bench.vault
        let conflict = try #require(try await vault.conflicts().first)
        let head = try #require(conflict.heads.first { $0.assignment.value == .text("Anne") })
        let id = try await vault.resolve(contest.entry, field: "name", .head(head.change))
        let state = try #require(try await vault.entry(contest.entry)?.state)
        #expect(state["name"]?.heads.map(\.change) == [id])
        #expect(state["name"]?.heads.first?.assignment.value == .text("Anne"))
        #expect(try await vault.conflicts().isEmpty)
        try await expectSame(contest)
    }

    @Test("another value may be typed, and gets its normal form")
    func typed() async throws {
        let contest = try await edits("phone", .text("+13125550100"), .text("+13125550101"))
        try await contest.bench.vault.resolve(contest.entry, field: "phone", .keyed(Keyed(text: "(312) 555-0123")))
        let head = try #require(try await contest.bench.vault.entry(contest.entry)?.state["phone"]?.heads.first)
        #expect(head.assignment.value == .text("+13125550123"))
        #expect(head.assignment.keyed == "(312) 555-0123")
        try await expectSame(contest)
    }

    @Test("while nobody has decided, a consent shows the no")
    func consent() async throws {
        let contest = try await edits("optin", .bool(true), .bool(false))
        let entry = try #require(try await contest.bench.vault.entry(contest.entry))
        let promotion = try #require(try await contest.bench.vault.promotions().first?.promotion)
        #expect(entry.state.conflicts == ["optin"])
        #expect(entry.shown("optin", in: promotion)?.value == .bool(false))
        try await expectSame(contest)
    }

    @Test("a void against an edit is contested, and is decided either way", arguments: [ConflictChoice.void, .keep])
    func void(choice: ConflictChoice) async throws {
        let contest = try await contest(
            { try $0.add(.void, .entry($1), ["$void": .bool(true)], seen: [$2.id]) },
            { try $0.add(.set, .entry($1), ["name": .text("Anne")], base: [HandMadeStation.base($2, "name")]) })
        let vault = contest.bench.vault
        #expect(try await vault.entry(contest.entry)?.state.void == .contested)
        #expect(try await vault.status().contested == 1)
        #expect(try await vault.conflicts().map(\.field) == ["$void"])
        await #expect(throws: CentreError.self) { try await vault.resolve(contest.entry, field: "$void", .keyed(Keyed(text: "yes"))) }
        try await vault.resolve(contest.entry, field: "$void", choice)
        #expect(try await vault.entry(contest.entry)?.state.void == (choice == .void ? .void : .no))
        #expect(try await vault.conflicts().isEmpty)
        #expect(try await vault.status().contested == 0)
        try await expectSame(contest)
    }

    @Test("what cannot be decided is refused, and nothing is written")
    func refused() async throws {
        let contest = try await edits("name", .text("Anna"), .text("Anne"))
        let vault = contest.bench.vault
        let before = try await vault.status()
        func refusal(_ body: () async throws -> Void) async -> String {
            do { try await body() } catch { return "\(error)" }
            return ""
        }
        let entry = contest.entry
        #expect(await refusal { try await vault.resolve(entry, field: "phone", .keyed(Keyed(text: "1"))) }.contains("no conflict"))
        #expect(await refusal { try await vault.resolve(entry, field: "name", .head(.zero)) }.contains("not one of the values"))
        #expect(await refusal { try await vault.resolve(entry, field: "name", .keep) }.contains("Take one of the values"))
        let nobody = Surroundings.system.newID()
        #expect(await refusal { try await vault.resolve(nobody, field: "name", .keep) }.contains("no entry"))
        #expect(try await vault.status() == before)
    }
}
