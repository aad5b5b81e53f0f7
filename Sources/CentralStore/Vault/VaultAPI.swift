public import EntryModel

extension Vault {
    // MARK: Promotions

    /// Puts a promotion's document: a new promotion, or a newer version of one.
    ///
    /// The document becomes a `document` change by the centre, in the log and in the feed; changes that waited for it go on.
    /// - Parameter line: As `Promotion.read(file:)` gives it.
    /// - Throws: `CentreError.document` with every fault.
    @discardableResult
    public func putPromotion(_ line: [UInt8], by operatorID: String = "staff") async throws -> DocumentReceipt {
        throw CentreError.unknownClient(client)
    }

    /// The newest document of every promotion, by id.
    public func promotions() async throws -> [PromotionRecord] { [] }

    // MARK: Stations

    /// All stations ever enrolled, in the order of their enrolment.
    public func stations() async throws -> [StationRecord] { [] }

    /// Sets which promotions a station works on; what it is no longer assigned is withdrawn at its next pull.
    public func assign(_ station: UniqueID, _ promotions: [String]) async throws {
        throw CentreError.unknownStation(station)
    }

    /// Stops a station at once. Its unsent work stays in its file.
    public func revoke(_ station: UniqueID) async throws {
        throw CentreError.unknownStation(station)
    }

    // MARK: Entries

    /// A page of a promotion's entries in the order in which the centre took them.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - after: `VaultEntry.number` of the last page's last entry; 0 for the first page.
    public func entries(promotion: String? = nil, after: Int64 = 0, limit: Int = 100) async throws -> [VaultEntry] { [] }

    /// One entry; `nil` when the vault has none of that id.
    public func entry(_ id: UniqueID) async throws -> VaultEntry? { nil }

    /// All changes of an entry, in the log's order.
    public func history(_ id: UniqueID) async throws -> [VaultChange] { [] }

    /// Calls `each` for every entry of a promotion, a page at a time, so that memory does not grow with their number.
    public func export(_ promotion: String, each: (VaultEntry) async throws -> Void) async throws {}

    /// Counts a promotion's entries and sums their comparison digests, batches included.
    public func comparison(_ promotion: String) async throws -> Comparison { Comparison(entries: 0, digest: .zero) }

    // MARK: Conflicts, quarantine, status

    /// Fields in conflict, entry by entry.
    public func conflicts(promotion: String? = nil, after: Int64 = 0, limit: Int = 100) async throws -> [VaultConflict] { [] }

    /// Decides a conflict: a change by the centre whose base lists all heads, so that it reaches everyone.
    ///
    /// - Returns: The change's id.
    @discardableResult
    public func resolve(
        _ entry: UniqueID, field: String, _ choice: ConflictChoice, by operatorID: String = "staff"
    ) async throws -> Digest {
        throw CentreError.unknownEntry(entry)
    }

    /// Changes in quarantine, oldest first.
    public func quarantine(after: Int64 = 0, limit: Int = 100) async throws -> [QuarantinedChange] { [] }

    public func status() async throws -> VaultStatus { throw CentreError.unknownClient(client) }
}
