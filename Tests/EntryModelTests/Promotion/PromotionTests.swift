import EntryModel
import Foundation
import TestSupport
import Testing

@Suite struct PromotionTests {
    @Test(
        "every case of promotion.json is taken, or refused with exactly its faults",
        arguments: try Vectors.cases("promotion", in: "documents"))
    func documents(_ vector: JSONValue) throws {
        let name = try #require(vector["name"]?.text)
        let document = try #require(vector["document"])
        #expect(Self.paths { _ = try Promotion(document: document) } == (vector["mustFail"]?.texts ?? []).sorted(), "\(name)")
    }

    @Test(
        "every case of succession in promotion.json may follow, or has exactly its faults",
        arguments: try Vectors.cases("promotion", in: "successors"))
    func successors(_ vector: JSONValue) throws {
        let name = try #require(vector["name"]?.text)
        let previous = try Promotion(document: try #require(vector["previous"]))
        let next = try Promotion(document: try #require(vector["next"]))
        #expect(next.faults(succeeding: previous).map(\.path).sorted() == (vector["mustFail"]?.texts ?? []).sorted(), "\(name)")
    }

    @Test("a sample promotion is read from its file, and again from its line", arguments: SamplePromotion.names)
    func samples(_ name: String) throws {
        let (promotion, line) = try Promotion.read(file: SamplePromotion.file(name))
        #expect(promotion.id == name)
        #expect(!line.contains(UInt8(ascii: "\n")))
        let again = try Promotion(line: line)
        #expect(again.form.map(\.id) == promotion.form.map(\.id))
        #expect(again.formVersion == promotion.formVersion)
        #expect(try JSONValue(line: line, limits: .document).line == line)
    }

    @Test("the samples are one of each kind and of each scope")
    func sampleKinds() throws {
        let samples = try SamplePromotion.names.map { try SamplePromotion.load($0) }
        #expect(Set(samples.map(\.kind)).count == Promotion.Kind.allCases.count)
        #expect(Set(samples.map(\.sharing)).count == Promotion.Sharing.allCases.count)
    }

    @Test("a document's parts arrive in the promotion")
    func parts() throws {
        let promotion = try SamplePromotion.load("brightfizz-summer")
        #expect(promotion.version == 1)
        #expect(promotion.client == "brightfizz")
        #expect(promotion.kind == .clientWithHouseOptIn)
        #expect(promotion.dates.opens == CalendarDate("2026-05-25"))
        #expect(promotion.dates.postmarkedBy == CalendarDate("2026-09-12"))
        #expect(promotion.timeZone == "America/Chicago")
        #expect(promotion.privacyPolicy == Versioned(id: "brightfizz-privacy", version: 2))
        #expect(promotion.minimumAge == 18)
        #expect(promotion.form.first?.id == "given_name")

        let suffix = try #require(promotion.field("suffix"))
        #expect(suffix.kind == .choice)
        #expect(suffix.choices.map(\.value) == ["Jr", "Sr", "II", "III", "IV"])
        #expect(!suffix.required)
        let family = try #require(promotion.field("family_name"))
        #expect(family.required && family.doubleKey && !family.carryForward)
        #expect(family.length?.max == 60 && family.length?.min == nil)
        #expect(family.policy == .latest)
        #expect(promotion.field("postmark_date")?.policy == .first)
        #expect(promotion.field("received_date")?.carryForward == true)
        #expect(promotion.field("no_such_field") == nil)
    }

    @Test("a consent is restrictive unless its document says otherwise, and carries its purpose and wording")
    func consents() throws {
        let promotion = try SamplePromotion.load("brightfizz-summer")
        let consent = try #require(promotion.field("house_opt_in"))
        #expect(consent.policy == .restrictive)
        #expect(consent.purpose == .house)
        #expect(consent.wording?.id == Versioned(id: "brightfizz-card-house", version: 1))
        let latest = try SamplePromotion.with(
            #"{"id":"c","kind":"consent","label":"C","policy":"latest","purpose":"client","wording":{"id":"c","version":1,"text":"Yes."}}"#)
        #expect(latest.field("c")?.policy == .latest)
    }

    @Test("a retired field is there and not asked for")
    func retired() throws {
        let promotion = try SamplePromotion.load("county-fairs")
        #expect(promotion.field("fax")?.retired == true)
        #expect(!promotion.askedFields.contains { $0.id == "fax" })
        #expect(promotion.askedFields.count == promotion.form.count - 1)
    }

    @Test("a pattern matches the whole text or nothing")
    func patterns() throws {
        let pattern = try #require(try SamplePromotion.load("harborline-chowder").field("label_code")?.pattern)
        #expect(pattern.matches("HL204417"))
        #expect(!pattern.matches("HL2044170"))
        #expect(!pattern.matches(" HL204417"))
    }
}

/// What stands around the document: bytes and line breaks.
@Suite struct PromotionBytesTests {
    static let line = #"{"id":"p"}"#

    @Test(
        "a document that is not strict JSON is one fault at the root",
        arguments: ["", "{", #"{"id":"p","id":"q"}"#, #"{"version":1.0}"#, "\u{1}"])
    func broken(_ text: String) {
        #expect(PromotionTests.paths { _ = try Promotion(line: Array(text.utf8)) } == ["$"])
    }

    @Test("a line break within a string is a fault, between tokens it is not")
    func lineBreaks() throws {
        let file = try SamplePromotion.file("county-fairs")
        #expect(file.contains(UInt8(ascii: "\n")))
        #expect(PromotionTests.paths { _ = try Promotion(line: file) } == ["$"])
        let text = String(decoding: file, as: UTF8.self).replacing("\"Which fair\"", with: "\"Which\nfair\"")
        #expect(PromotionTests.paths { _ = try Promotion.read(file: Array(text.utf8)) } == ["$"])
    }

    @Test("an escaped quote does not end its string")
    func escapedQuotes() throws {
        let text = String(decoding: try SamplePromotion.file("county-fairs"), as: UTF8.self)
            .replacing("\"Which fair\"", with: #""Which \"fair\"\\""#)
        let promotion = try Promotion.read(file: Array(text.utf8)).promotion
        #expect(promotion.field("fair")?.label == #"Which "fair"\"#)
    }

    @Test("a file saved by other editors is read: byte order mark, CR and LF")
    func otherEditors() throws {
        let text = String(decoding: try SamplePromotion.file("county-fairs"), as: UTF8.self).replacing("\n", with: "\r\n")
        let (promotion, line) = try Promotion.read(file: [0xEF, 0xBB, 0xBF] + Array(text.utf8))
        #expect(promotion.id == "county-fairs")
        #expect(line == (try Promotion.read(file: SamplePromotion.file("county-fairs")).line))
    }

    @Test("a document over a mebibyte or ten levels is refused")
    func limits() throws {
        let long = "{\"id\":\"\(String(repeating: "p", count: 1 << 20))\"}"
        #expect(PromotionTests.paths { _ = try Promotion(line: Array(long.utf8)) } == ["$"])
        let deep = "{\"more\":\(String(repeating: "[", count: 10))\(String(repeating: "]", count: 10))}"
        #expect(PromotionTests.paths { _ = try Promotion(line: Array(deep.utf8)) } == ["$"])
    }

    @Test("an unknown name stays in the line that is stored")
    func unknownNames() throws {
        let text = String(decoding: try SamplePromotion.file("county-fairs"), as: UTF8.self)
            .replacing("\"version\": 2,", with: "\"version\": 2, \"poster\": {\"colour\": \"red\"},")
        let line = String(decoding: try Promotion.read(file: Array(text.utf8)).line, as: UTF8.self)
        #expect(line.contains(#""poster":{"colour":"red"}"#))
    }

    @Test("faults print one a line, each with its path")
    func printed() {
        let faults = PromotionFaults(faults: [
            PromotionFault(path: "$.id", message: "Missing."), PromotionFault(path: "$.form", message: "Bad."),
        ])
        #expect("\(faults)" == "$.id: Missing.\n$.form: Bad.")
    }
}

extension PromotionTests {
    /// The paths of the faults that `read` throws, sorted; empty when it throws none.
    static func paths(_ read: () throws -> Void) -> [String] {
        do {
            try read()
            return []
        } catch let faults as PromotionFaults {
            return faults.faults.map(\.path).sorted()
        } catch {
            return ["\(error)"]
        }
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var texts: [String]? { if case .array(let elements) = self { elements.compactMap(\.text) } else { nil } }
}
