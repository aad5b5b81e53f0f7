import Foundation
import TestSupport
import Testing

@testable import EntryModel

@Suite struct PostalTableTests {
    static let header = "zip,type,city,acceptable_cities,state,active\n"

    static func table(_ lines: String...) throws -> PostalTable {
        try PostalTable(bytes: Array((header + lines.joined(separator: "\n")).utf8))
    }

    static func saintLouis() throws -> PostalTable {
        try table("00501,UNIQUE,Holtsville,,NY,1", "63101,STANDARD,Saint Louis,Bay View|Mt Airy|O Fallon,MO,0", "")
    }

    @Test("the installed table has every ZIP code and their places")
    func installed() throws {
        let table = try PostalTable.installed()
        #expect(table.count == 42_789)
        #expect(table.choices(zip: "41649") == PostalPlace(state: "KY", city: "Martin", otherCities: ["Hite", "Risner"], isActive: true))
        let place = try #require(table.choices(zip: "33406-1234"))
        #expect(place.state == "FL")
        #expect(place.cities.first == "West Palm Beach")
        #expect(place.cities.count == 7)
        #expect(place.otherCities.contains("Lake Clarke Shores"))
        #expect(table.choices(zip: "00501")?.city == "Holtsville")
        #expect(table.choices(zip: "99950") != nil)
        #expect(table.choices(zip: "00000") == nil)
    }

    @Test("what is no ZIP code has no place", arguments: ["", "0050", "0050a", "A0501", "００501"])
    func noCode(_ zip: String) throws {
        #expect(try Self.saintLouis().choices(zip: zip) == nil)
    }

    @Test(
        "a city agrees by any of its names, in any case, abbreviated or not",
        arguments: [
            "Saint Louis", "SAINT LOUIS", "St Louis", "St. Louis", "st.louis", "Saint-Louis", "Bay View", "BAY VIEW", "Mount Airy",
            "mt. airy",
            "O Fallon", "O'Fallon", "Ofallon", "",
        ])
    func agrees(_ city: String) throws {
        #expect(try Self.saintLouis().match(zip: "63101", city: city, state: "MO") == .agrees)
    }

    @Test(
        "another city is another city", arguments: ["Saint Lous", "Louis", "Saint Louis Park", "Bay", "Street Louis", "Sãint Louis", " "])
    func otherCity(_ city: String) throws {
        #expect(try Self.saintLouis().match(zip: "63101-2000", city: city, state: "MO") == .otherCity)
    }

    @Test("the state is looked at first, and an unknown code before all")
    func order() throws {
        let table = try Self.saintLouis()
        #expect(table.match(zip: "63101", city: "Nowhere", state: "IL") == .otherState)
        #expect(table.match(zip: "63101", city: "Saint Louis", state: "") == .agrees)
        #expect(table.match(zip: "63102", city: "Saint Louis", state: "MO") == .unknown)
    }

    @Test("a place out of use says so, and the last line needs no line break")
    func columns() throws {
        let table = try Self.table("63101,STANDARD,Saint Louis,Bay View,MO,0", "63102,STANDARD,Saint Louis,,MO,1")
        #expect(table.count == 2)
        #expect(table.choices(zip: "63101") == PostalPlace(state: "MO", city: "Saint Louis", otherCities: ["Bay View"], isActive: false))
        #expect(table.choices(zip: "63102")?.isActive == true)
    }

    @Test(
        "a damaged line is named by its number",
        arguments: [("63101,STANDARD,Saint Louis,MO,1", 2), ("6310,STANDARD,Saint Louis,,MO,1", 2), ("63101,S,X,,MO,1\n63102", 3)])
    func damaged(_ lines: String, _ number: Int) {
        #expect(throws: PostalTableError.malformed(line: number)) { try Self.table(lines) }
    }

    @Test("a file with another header is refused")
    func header() {
        #expect(throws: PostalTableError.malformed(line: 1)) { try PostalTable(bytes: Array("zip,city\n63101,Saint Louis\n".utf8)) }
        #expect(throws: PostalTableError.malformed(line: 1)) { try PostalTable(bytes: []) }
    }

    @Test("a missing table says where it was looked for and what to do")
    func missing() throws {
        let error = try #require(throws: PostalTableError.self) {
            try PostalTable.load(from: [URL(filePath: "/nowhere/entry/us-zipcodes.csv")])
        }
        #expect(error == .missing(lookedIn: ["/nowhere/entry"]))
        #expect(error.description.contains("/nowhere/entry") && error.description.contains("beside the program"))
    }
}
