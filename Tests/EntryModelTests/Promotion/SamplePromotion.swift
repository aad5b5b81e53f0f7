import EntryModel
import Foundation
import TestSupport

/// The promotions in `Samples/promotions`, and small ones made for one test.
enum SamplePromotion {
    static let names = ["brightfizz-summer", "harborline-chowder", "county-fairs"]

    static func file(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: ProjectFolder.file("Samples/promotions/\(name).json")))
    }

    static func load(_ name: String) throws -> Promotion {
        try Promotion.read(file: file(name)).promotion
    }

    /// A promotion of June 2026 with these fields, written as JSON.
    static func with(_ fields: String, more: String = "") throws -> Promotion {
        let document = """
            {"id":"p","version":1,"client":"acme","name":"P","kind":"clientWithHouseOptIn","dates":{"opens":"2026-06-01",\
            "closes":"2026-06-30","postmarkedBy":"2026-06-30","receivedBy":"2026-07-07","concludes":"2026-08-01"},\
            "timeZone":"America/Chicago","sharing":"all","privacyPolicy":"privacy/1"\(more),"form":{"fields":[\(fields),\
            {"id":"house","kind":"consent","label":"House","purpose":"house","wording":{"id":"house","version":4,"text":"Write to me."}}]}}
            """
        return try Promotion(line: Array(document.utf8))
    }
}
