import TestSupport
import Testing

@testable import EntryModel

@Suite("Vectors: double keying and what a closing counts")
struct DoubleKeyVectorTests {
    @Test("an entry is one of the sample everywhere or nowhere", arguments: VectorCase.load(try Vectors.load("double-key")))
    func sample(_ vector: VectorCase) throws {
        let place = Promotion.samplePlace(of: try vector.uniqueID("entry"), in: try vector.text("promotion"))
        #expect((place < Int(try vector.integer("sample"))) == (try vector.bool("expected")))
    }

    @Test("the same tray is counted to the same digest, in whatever order", arguments: VectorCase.load(try Vectors.load("counted")))
    func counted(_ vector: VectorCase) throws {
        let entries = try vector.list("entries").map { VectorCase(value: $0) }
        let exceptions = try vector.list("exceptions").map { VectorCase(value: $0) }
        for (entries, exceptions) in [(entries, exceptions), (entries.reversed(), exceptions.reversed())] {
            var count = BatchCount()
            for exception in exceptions { count.add(exception: try exception.text("code"), envelope: try exception.integer("envelope")) }
            for entry in entries {
                count.add(
                    try entry.uniqueID("entry"), envelope: try entry.integer("envelope"), card: try entry.integer("card"),
                    isVoid: try entry.bool("void"))
            }
            #expect(count.digest == (try vector.digest("expected")))
        }
    }

    @Test("a sample of so many in a hundred is about that many of a thousand entries, and all without one")
    func share() throws {
        var random = SeededRandom(seed: 5)
        let entries = (0..<1000).map { _ in UniqueID.version7(milliseconds: 1_790_000_000_000, random: &random) }
        let tenth = try Self.promotion(sample: 10)
        #expect(80...120 ~= entries.count { tenth.isDoubleKeyed($0) })
        let all = try Self.promotion(sample: nil)
        #expect(entries.allSatisfy { all.isDoubleKeyed($0) })
        #expect(all.doubleKeyFields.map(\.id) == ["family_name"])
    }

    private static func promotion(sample: Int?) throws -> Promotion {
        let text = String(decoding: try SamplePromotion.file("brightfizz-summer"), as: UTF8.self)
        let member = sample.map { "\"doubleKeySample\": \($0), " } ?? ""
        return try Promotion.read(file: Array(text.replacing("\"minimumAge\"", with: member + "\"minimumAge\"").utf8)).promotion
    }
}
