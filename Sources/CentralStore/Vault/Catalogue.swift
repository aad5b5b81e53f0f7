import EntryModel

/// The promotions of a vault, parsed, as of one revision.
struct Catalogue: Sendable {
    /// One version of a promotion's document. An object: it is large, and looked at for every change.
    final class Document: Sendable {
        let promotion: Promotion
        /// In the form's order.
        private let fields: [String]

        init(_ promotion: Promotion) {
            self.promotion = promotion
            fields = promotion.form.map(\.id)
        }

        /// - Parameter place: Where in the form the last field was found. A change names its fields in the form's order, so the next one
        ///   is found a step or two further on.
        func hasField(_ id: String, from place: inout Int) -> Bool {
            var index = place
            for _ in fields.indices {
                if index >= fields.count { index = 0 }
                if fields[index] == id {
                    place = index + 1
                    return true
                }
                index += 1
            }
            return false
        }
    }

    final class Item: Sendable {
        let number: Int64
        /// By version; never empty.
        let versions: [Int64: Document]
        let newest: Promotion
        let sharing: Promotion.Sharing

        /// - Parameter promotions: At least one, oldest first.
        init?(number: Int64, _ promotions: [Promotion]) {
            guard let newest = promotions.last else { return nil }
            self.number = number
            self.newest = newest
            sharing = newest.sharing
            versions = Dictionary(promotions.map { ($0.version, Document($0)) }, uniquingKeysWith: { first, _ in first })
        }
    }

    let revision: Int64
    /// By id.
    let promotions: [String: Item]

    static let empty = Catalogue(revision: -1, promotions: [:])

    private init(revision: Int64, promotions: [String: Item]) {
        self.revision = revision
        self.promotions = promotions
    }

    init(_ sql: any SQLTransaction, revision: Int64) throws {
        let lines = try sql.map(
            "SELECT p.number, d.line FROM document d JOIN promotion p ON p.number = d.promotion ORDER BY p.number, d.version"
        ) { ($0.integer(0), $0.blob(1)) }
        var documents: [Int64: [Promotion]] = [:]
        for (number, line) in lines {
            do throws(PromotionFaults) {
                documents[number, default: []].append(try Promotion(line: line))
            } catch {
                throw SQLFailure(.damaged, "a stored document cannot be read")
            }
        }
        let items = documents.compactMap { Item(number: $0, $1) }
        self.init(revision: revision, promotions: Dictionary(items.map { ($0.newest.id, $0) }, uniquingKeysWith: { first, _ in first }))
    }
}
