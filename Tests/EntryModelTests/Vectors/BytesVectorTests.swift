import EntryModel
import TestSupport
import Testing

@Suite("Vectors: bytes")
struct BytesVectorTests {
    @Test(
        "a line is read to the same value everywhere, or refused for the same reason", arguments: VectorCase.load(try Vectors.load("json")))
    func line(_ vector: VectorCase) throws {
        let line = try Self.line(of: vector)
        let limits: LineLimits = vector.has("document") ? .document : .line
        if let reason = vector.mustFail {
            let error = #expect(throws: JSONError.self) { try JSONValue(line: line, limits: limits) }
            #expect(error?.reason.rawValue == reason)
            let skipped = #expect(throws: JSONError.self) {
                try JSONReader.read(line, limits: limits) { reader throws(JSONError) in try reader.skip() }
            }
            #expect(skipped?.reason.rawValue == reason)
        } else {
            let compact = try JSONValue(line: line, limits: limits).line
            let expected = try vector.text("expected")
            #expect(vector.has("parts") ? Hash.line(compact).hex == expected : compact == Array(expected.utf8))
        }
    }

    /// The line in whichever of its three spellings the case has it.
    private static func line(of vector: VectorCase) throws -> [UInt8] {
        if vector.has("hex") { return try vector.bytes("hex") }
        guard vector.has("parts") else { return Array(try vector.text("text").utf8) }
        return try vector.list("parts").flatMap { part -> [UInt8] in
            guard case .array(let pair) = part, pair.count == 2, case .string(let text) = pair[0], case .integer(let times) = pair[1]
            else { throw VectorCase.Missing(path: ["parts"], kind: "pairs of a text and a number") }
            return Array(repeatElement(Array(text.utf8), count: Int(times)).joined())
        }
    }

    @Test("ids are read in one form only, and a card has one id", arguments: VectorCase.load(try Vectors.load("uniqueid")))
    func uniqueID(_ vector: VectorCase) throws {
        if vector.has("card") {
            let id = UniqueID.card(
                promotion: try vector.text("card", "promotion"), batch: try vector.text("card", "batch"),
                envelope: try vector.integer("card", "envelope"), card: try vector.integer("card", "card"))
            #expect(id.description == (try vector.text("expected")))
            #expect(id.version == 8)
        } else if vector.mustFail == nil {
            let id = try #require(UniqueID(try vector.text("text")))
            #expect(Hex.encode(id.bytes) == (try vector.text("expected")))
            #expect(id.description == (try vector.text("text")))
            #expect(UniqueID(bytes: id.bytes) == id)
        } else {
            #expect(UniqueID(try vector.text("text")) == nil)
        }
    }

    @Test("names that machines compare have their forms", arguments: VectorCase.load(try Vectors.load("identifiers")))
    func identifier(_ vector: VectorCase) throws {
        let text = try vector.text("text")
        let known =
            switch try vector.text("form") {
            case "id": Identifier.isValid(text)
            case "field": Identifier.isField(text)
            case "label": Identifier.isBatchLabel(text)
            case "versioned": Versioned(text)?.description == text
            case "key": FeedKey(text)?.description == text
            default: throw VectorCase.Missing(path: ["form"], kind: "a known form")
            }
        #expect(known == (vector.mustFail == nil))
    }
}
