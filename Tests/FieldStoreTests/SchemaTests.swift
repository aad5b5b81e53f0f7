import EntryModel
import FieldStore
import Foundation
import TestSupport
import Testing

/// Files as shipped versions of the program wrote them; each is opened by the newest.
@Suite("Files of earlier versions")
struct SchemaTests {
    @Test("a file of an earlier schema opens with everything that was in it", arguments: ["v1", "v9", "v10"])
    func opens(version: String) throws {
        let folder = try TemporaryFolder("schema")
        let path = folder.file("station.sqlite")
        try FileManager.default.copyItem(at: ProjectFolder.file("Tests/FieldStoreTests/Schemas/\(version).sqlite"), to: URL(filePath: path))
        let database = try FieldDatabase(path: path)
        #expect(try database.identity?.station == StationFixture.id("a"))
        #expect(try database.promotions().map(\.id) == ["brightfizz-summer"])
        #expect(try database.status().entries == 5)
        #expect(try database.status().unsent == 4)
        #expect(try database.find("Alexandra", limit: 9).count == 1)
        #expect(try database.batches(promotion: "brightfizz-summer").map(\.entries) == [5])
        #expect(
            try database.comparison(promotion: "brightfizz-summer").digest.hex
                == "146e495afc0c1baa5d41d5831dfa585da8941cc0d59de8a9963933a05c4275df")
        let operatorID = try database.operatorID(named: "Operator a")
        #expect(try database.capture(try Cards.captures(6), by: operatorID).map(\.isNew) == [false, false, false, false, false, true])
        #expect(try database.undo(by: operatorID).wasCapture)
    }

    /// Writes such a file; run by hand once a schema is about to be shipped, with the path in this variable.
    @Test(
        "writing a file of this version for later ones",
        .enabled(if: ProcessInfo.processInfo.environment["FIELD_ENTRY_WRITE_SCHEMA"] != nil, "only on request"))
    func writes() throws {
        let path = try #require(ProcessInfo.processInfo.environment["FIELD_ENTRY_WRITE_SCHEMA"])
        let station = try StationFixture(path: path)
        let captured = try station.database.capture(try Cards.captures(5), by: station.operatorID)
        try station.edit(captured[0].entry, ["given_name": "Alexandra"])
        let third = try #require(try station.database.chain(at: 3))
        #expect(try station.database.acknowledge(through: 3, chain: third, exceptions: [], durable: 0))
        _ = try station.database.void(captured[1].entry, by: station.operatorID)
        try station.database.indexLookUps()
        print("digest", try station.database.comparison(promotion: "brightfizz-summer").digest.hex)
    }
}
