import EntryModel
import GRDB
import TestSupport
import Testing

@testable import FieldStore

@Suite("Find")
struct FindTests {
    private func station() throws -> (StationFixture, UniqueID) {
        let station = try StationFixture()
        _ = try station.database.capture(try Cards.captures(300), by: station.operatorID)
        let entry = try station.capture([
            "given_name": "José", "family_name": "O'Zebrien Dương", "email": "Jose.Brien@Example.org", "phone": "(202) 418-7711",
            "zip": "41649-1234",
        ]).entry
        return (station, entry)
    }

    @Test(
        "an entry is found by a name's words, with and without marks, by e-mail, phone, ZIP and the beginning of its id",
        arguments: [
            "josé", "JOSE", "o'zebrien", "Duong jose", "jose.brien@example.ORG", "202-418-7711", "+1 202 418 7711",
            "o'zebrien 41649", "2024187711 jos",
        ])
    func finds(question: String) throws {
        let (station, entry) = try station()
        #expect(try station.database.find(question, limit: 50).map(\.id) == [entry])
    }

    @Test("by a ZIP code come all of it, and by the beginning of an id the one")
    func zipAndID() throws {
        let (station, entry) = try station()
        let byZIP = try station.database.find("41649", limit: 50)
        #expect(byZIP.map(\.id).contains(entry))
        #expect(byZIP.allSatisfy { $0.value(of: "zip")?.value.text?.hasPrefix("41649") == true })
        #expect(try station.database.find(String(entry.description.prefix(20)), limit: 50).map(\.id) == [entry])
        #expect(try station.database.entryIDs(withPrefix: String(entry.description.prefix(20)), limit: 5) == [entry])
        #expect(try station.database.entryIDs(withSuffix: String(entry.description.suffix(8)), limit: 5) == [entry])
        #expect(try station.database.entryIDs(withPrefix: "xyz", limit: 5).isEmpty)
        #expect(try station.database.entryIDs(withPrefix: "", limit: 5).isEmpty)
    }

    @Test("the end of an id finds the entry however long it is, while entries come, and after they were taken in")
    func ends() throws {
        let (station, _) = try station()
        let database = station.database
        func check() throws {
            let ids = try database.entries(promotion: "brightfizz-summer", limit: 5000).map(\.id)
            for (number, id) in ids.enumerated() where number.isMultiple(of: 37) {
                let digits = id.description.filter { $0 != "-" }
                for length in [1, 3, 4, 7, 8, 9, 20, 32] {
                    let end = String(digits.suffix(length))
                    let expected = ids.filter { $0.description.filter { $0 != "-" }.hasSuffix(end) }.sorted { "\($0)" < "\($1)" }
                    #expect(try database.entryIDs(withSuffix: end, limit: 5000) == expected, "\(end)")
                }
            }
        }
        try check()
        let more = try Cards.captures(2400).dropFirst(300)
        _ = try database.capture(Array(more), by: station.operatorID)
        #expect(try database.queue.inDatabase { try EntryEnds($0).isDue })
        try check()
        #expect(try !database.queue.inDatabase { try EntryEnds($0).isDue })
        let last = try station.capture(["given_name": "Wanda"]).entry
        #expect(try database.entryIDs(withSuffix: String(last.description.suffix(8)), limit: 5) == [last])
        #expect(try database.find(String(last.description.suffix(8)), limit: 5).map(\.id) == [last])
    }

    @Test("parts of words other than the first three letters find nothing, and neither does a question that only half fits")
    func wholeWords() throws {
        let (station, _) = try station()
        for part in ["jo", "ose", "os"] { #expect(try station.database.find(part, limit: 50).isEmpty, "\(part)") }
        #expect(
            try station.database.find("jos", limit: 50).contains { $0.value(of: "given_name")?.value.description.hasPrefix("Jos") == true })
        #expect(try station.database.find("jose nobody", limit: 50).isEmpty)
        #expect(try station.database.find("", limit: 50).isEmpty)
        #expect(try station.database.find("josé", promotion: "county-fairs", limit: 50).isEmpty)
    }

    @Test("after an edit the old word finds nothing and the new one does")
    func edited() throws {
        let (station, entry) = try station()
        #expect(try station.database.find("josé", limit: 50).count == 1)
        try station.edit(entry, ["given_name": "Zebulon"])
        #expect(try station.database.find("josé", limit: 50).isEmpty)
        #expect(try station.database.find("zebulon", limit: 50).map(\.id) == [entry])
    }

    @Test("every card is found by its family name, before and after more come")
    func everyCard() throws {
        let station = try StationFixture()
        let cards = try Cards.captures(400)
        for half in [cards.prefix(200), cards.suffix(200)] {
            let captured = try station.database.capture(Array(half), by: station.operatorID)
            for (card, captured) in zip(half, captured).prefix(40) {
                guard let name = card.values.first(where: { $0.field == "family_name" })?.keyed.text, !name.isEmpty else { continue }
                #expect(try station.database.find(name, limit: 400).contains { $0.id == captured.entry })
            }
        }
    }

    @Test("nowhere but in changes does the file hold what was keyed, and the look-ups hold numbers only")
    func noClearWords() throws {
        let (station, _) = try station()
        try station.database.indexLookUps()
        try station.database.queue.inDatabase { database in
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM look_up WHERE typeof(word) <> 'integer'") == 0)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM look_up") ?? 0 > 1000)
            for table in ["station", "enrolment", "promotion", "batch", "entry", "feed_key", "holding", "look_up", "draft"] {
                for row in try Row.fetchAll(database, sql: "SELECT * FROM \(table)") {
                    let bytes = row.databaseValues.flatMap { $0.storage.bytes }
                    let text = String(decoding: bytes, as: UTF8.self).lowercased()
                    for word in ["jos", "brien", "ương", "example.org", "4187711", "41649"] { #expect(!text.contains(word)) }
                }
            }
        }
    }

    @Test("two files give one word different numbers")
    func keyed() throws {
        let words = try [1, 2].map { seed -> Set<Int64> in
            let station = try StationFixture(seed: UInt64(seed))
            try station.capture(["given_name": "Sandra", "family_name": "Griffin"])
            try station.database.indexLookUps()
            return try station.database.queue.inDatabase { Set(try Int64.fetchAll($0, sql: "SELECT word FROM look_up")) }
        }
        // Each name whole, and its first three letters.
        #expect(words[0].count == 4)
        #expect(words[0].isDisjoint(with: words[1]))
    }
}

extension DatabaseValue.Storage {
    fileprivate var bytes: [UInt8] {
        switch self {
        case .string(let text): Array(text.utf8)
        case .blob(let bytes): Array(bytes)
        default: []
        }
    }
}
