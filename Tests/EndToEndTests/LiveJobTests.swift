import EntryModel
import FieldStore
import FieldSync
import Foundation
import TestSupport
import Testing

/// The main job against a live server: real files, real HTTP, real processes.
@Suite("The main job, live") struct LiveJobTests {
    static let promotion = "brightfizz-summer"

    @Test("2,400 cards imported at one station, edits made apart, and all three replicas end with the same heads")
    func mainJob() async throws {
        let folder = try TemporaryFolder("live")
        let centre = try Self.centre(folder)
        let files = [folder.file("first.fieldentry"), folder.file("second.fieldentry")]
        try centre.enrol("first", client: "brightfizz", file: files[0])
        try centre.enrol("second", client: "brightfizz", file: files[1])
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let imported = try Programs.run(
            "fieldentry", [files[0], "--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "import \(cards)"])
        #expect(imported.status == 0, "\(imported.errors)")

        let first = try LiveStation(files[0])
        let second = try LiveStation(files[1])
        try await first.sync()
        try await second.sync()
        #expect(try second.database.comparison(promotion: Self.promotion).entries == 2400)

        let cases = try Self.editApart(first, second)
        for station in [first, second, first] { try await station.sync() }
        for station in [first, second] { #expect(try station.conflicts() == cases.expected) }
        let listed = try centre.central("conflict", "list", "--client", "brightfizz", "--json")
        #expect(listed.lines.count == cases.expected.count, "\(listed.output)")
        // Different fields merge without anybody's help.
        let merged = try #require(try first.database.entry(cases.differentFields))
        #expect(merged.value(of: "street")?.value == .text("1 First Street"))
        #expect(merged.value(of: "unit")?.value == .text("Apt 2"))

        try Self.settle(first, second, centre, cases)
        for station in [first, second, first] { try await station.sync() }
        for station in [first, second] { #expect(try station.conflicts() == []) }
        let digests = try [first, second].map { try $0.database.comparison(promotion: Self.promotion).digest.hex }
        #expect(digests[0] == digests[1])
        let status = try centre.central("status", "--digests", "--json")
        #expect(status.output.contains(digests[0]), "\(status.output)")
        for station in [first, second] { try await station.close() }
        #expect(centre.stop() == 0)
    }

    @Test("importing the same file again adds nothing here, and at the other station no entry and no conflict, even after edits")
    func importAgain() async throws {
        let folder = try TemporaryFolder("again")
        let centre = try Self.centre(folder)
        let files = [folder.file("first.fieldentry"), folder.file("second.fieldentry")]
        try centre.enrol("first", client: "brightfizz", file: files[0])
        try centre.enrol("second", client: "brightfizz", file: files[1])
        let cards = ProjectFolder.file("Samples/cards.csv").path(percentEncoded: false)
        let commands = ["--operator", "Ann", "-c", "use \(Self.promotion)", "-c", "import \(cards) --limit 300"]
        for file in [files[0], files[0]] { #expect(try Programs.run("fieldentry", [file] + commands).status == 0) }

        let first = try LiveStation(files[0])
        #expect(try first.database.status().changes(besides: 1) == 300)
        for entry in try first.database.entries(promotion: Self.promotion, limit: 20) {
            _ = try first.database.edit(entry.id, [("street", Keyed(text: "7 Corrected Lane"))], by: first.keyer)
        }
        try await first.sync()
        // The other station has not pulled yet: it makes the same 300 captures by itself.
        #expect(try Programs.run("fieldentry", [files[1]] + commands).status == 0)
        let second = try LiveStation(files[1])
        for station in [second, first, second] { try await station.sync() }
        for station in [first, second] {
            #expect(try station.database.comparison(promotion: Self.promotion).entries == 300)
            #expect(try station.conflicts() == [])
        }
        #expect(
            try first.database.comparison(promotion: Self.promotion).digest
                == second.database.comparison(promotion: Self.promotion).digest)
        for station in [first, second] { try await station.close() }
    }

    @Test("a program that embeds the library enrols, captures and syncs without the REPL")
    func embedded() throws {
        let folder = try TemporaryFolder("embedded")
        let centre = try Self.centre(folder)
        let code = try #require(try centre.central("station", "invite", "--client", "brightfizz", "--name", "lobby").lines.last)
        let outcome = try Programs.run("EmbedFieldEntry", [folder.file("lobby.fieldentry"), code])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("3 entries of \(Self.promotion), 0 changes unsent"), "\(outcome.output)")
        let listed = try centre.central("entry", "list", "--client", "brightfizz", "--json")
        #expect(listed.lines.count == 3, "\(listed.output)")
    }

    @Test("the server stops by itself when it is told to, and the administration commands work without it")
    func stops() throws {
        let folder = try TemporaryFolder("stops")
        let centre = try Self.centre(folder)
        #expect(centre.stop() == 0)
        #expect(try centre.central("promotion", "list", "--json").lines.count == 1)
    }

    /// A centre with one client and its promotion.
    static func centre(_ folder: TemporaryFolder) throws -> LiveCentre {
        let centre = try LiveCentre(data: folder.file("centre"))
        try centre.central("client", "add", "brightfizz")
        let document = ProjectFolder.file("Samples/promotions/\(promotion).json").path(percentEncoded: false)
        try centre.central("promotion", "put", document, "--client", "brightfizz")
        return centre
    }

    /// The entries that both stations change before they hear of each other.
    struct Cases {
        var differentFields: UniqueID
        var sameField: UniqueID
        var voided: UniqueID
        var consent: UniqueID

        var expected: Set<String> { ["\(sameField) family_name", "\(voided) $void", "\(consent) client_opt_in"] }
    }

    private static func editApart(_ first: LiveStation, _ second: LiveStation) throws -> Cases {
        let entries = try first.database.entries(promotion: promotion, limit: 40).map(\.id)
        let cases = Cases(differentFields: entries[3], sameField: entries[11], voided: entries[19], consent: entries[27])
        _ = try first.database.edit(cases.differentFields, [("street", Keyed(text: "1 First Street"))], by: first.keyer)
        _ = try second.database.edit(cases.differentFields, [("unit", Keyed(text: "Apt 2"))], by: second.keyer)
        _ = try first.database.edit(cases.sameField, [("family_name", Keyed(text: "Marlowe"))], by: first.keyer)
        _ = try second.database.edit(cases.sameField, [("family_name", Keyed(text: "Harlow"))], by: second.keyer)
        _ = try first.database.void(cases.voided, reason: "duplicate", by: first.keyer)
        _ = try second.database.edit(cases.voided, [("phone", Keyed(text: "312-555-0188"))], by: second.keyer)
        // Both settle an answer that was blank or different before: yes here, no there.
        _ = try first.database.edit(cases.consent, [("client_opt_in", Keyed(text: ""))], by: first.keyer)
        _ = try first.database.edit(cases.consent, [("client_opt_in", Keyed(text: "yes"))], by: first.keyer)
        _ = try second.database.edit(cases.consent, [("client_opt_in", Keyed(text: ""))], by: second.keyer)
        _ = try second.database.edit(cases.consent, [("client_opt_in", Keyed(text: "no"))], by: second.keyer)
        return cases
    }

    /// One conflict at each side and one at the centre.
    private static func settle(_ first: LiveStation, _ second: LiveStation, _ centre: LiveCentre, _ cases: Cases) throws {
        let consent = try #require(try first.database.entry(cases.consent))
        #expect(consent.value(of: "client_opt_in")?.value == .bool(false), "until it is settled, a no beats a yes")
        let heads = try #require(try first.database.conflicts(limit: 10).first { $0.entry == cases.sameField }).heads
        _ = try first.database.resolve(cases.sameField, field: "family_name", .head(heads[0].change), by: first.keyer)
        _ = try second.database.resolve(cases.voided, field: "$void", .keep, by: second.keyer)
        try centre.central(
            "conflict", "resolve", cases.consent.description, "client_opt_in", "--value", "no", "--client", "brightfizz")
    }
}

/// A station's file, worked on by this process, synced over real HTTP.
struct LiveStation {
    let database: FieldDatabase
    let transport: HTTPTransport
    let keyer: String

    init(_ file: String) throws {
        database = try FieldDatabase(path: file)
        transport = HTTPTransport(url: try #require(try database.identity).url)
        keyer = try database.operatorID(named: "Bo")
    }

    func sync() async throws {
        let summary = await SyncEngine(database: database, transport: transport).synchronize()
        #expect(summary.outcome == .complete, "\(summary.message)")
    }

    /// Entry and field of every conflict.
    func conflicts() throws -> Set<String> {
        Set(try database.conflicts(limit: 100).map { "\($0.entry) \($0.field)" })
    }

    func close() async throws {
        try await transport.close()
        try database.close()
    }
}

extension StationStatus {
    /// Changes in the log, less those that brought documents.
    func changes(besides documents: Int) -> Int { changes - documents }
}
