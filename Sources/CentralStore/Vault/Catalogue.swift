import EntryModel

/// The promotions of a vault, parsed, as of one revision.
struct Catalogue: Sendable {
    struct Item: Sendable {
        var number: Int64
        /// By version; never empty.
        var versions: [Int64: Promotion]
        var newest: Promotion
    }

    var revision: Int64
    /// By id.
    var promotions: [String: Item]

    static let empty = Catalogue(revision: -1, promotions: [:])

    private init(revision: Int64, promotions: [String: Item]) {
        self.revision = revision
        self.promotions = promotions
    }

    init(_ sql: any SQLTransaction, revision: Int64) throws {
        var promotions: [String: Item] = [:]
        let documents = try sql.map(
            "SELECT p.number, d.line FROM document d JOIN promotion p ON p.number = d.promotion ORDER BY p.number, d.version"
        ) { ($0.integer(0), $0.blob(1)) }
        for (number, line) in documents {
            let promotion: Promotion
            do { promotion = try Promotion(line: line) } catch { throw SQLFailure(.damaged, "a stored document cannot be read") }
            promotions[promotion.id, default: Item(number: number, versions: [:], newest: promotion)].add(promotion)
        }
        self.init(revision: revision, promotions: promotions)
    }

    /// The promotion of a number.
    func promotion(_ number: Int64) -> Item? {
        promotions.values.first { $0.number == number }
    }
}

extension Catalogue.Item {
    fileprivate mutating func add(_ promotion: Promotion) {
        versions[promotion.version] = promotion
        if promotion.version > newest.version { newest = promotion }
    }

    var sharing: Promotion.Sharing { newest.sharing }
}
