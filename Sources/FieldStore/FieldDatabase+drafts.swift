import EntryModel
import GRDB

extension FieldDatabase {
    /// Keeps what is keyed of an entry that is not captured yet, instead of the promotion's draft before it.
    ///
    /// On disk when this returns. `capture(_:by:endsDraft:)` takes it away together with storing the entry.
    public func saveDraft(_ draft: Draft) throws {
        try checkLock()
        let body = values.seal(draft.line)
        _ = try write { database in
            try database.run(
                "INSERT INTO draft (promotion, body) VALUES (?1, ?2) ON CONFLICT (promotion) DO UPDATE SET body = ?2",
                [.text(draft.promotion), .blob(body)])
        }
    }

    /// The draft of a promotion; `nil` when there is none.
    public func draft(promotion: String) throws -> Draft? {
        try drafts().first { $0.promotion == promotion }
    }

    /// All cards that were begun and not finished, by promotion.
    public func drafts() throws -> [Draft] {
        try checkLock()
        let stored = try read { database in
            try database.list("SELECT promotion, body FROM draft ORDER BY promotion") { ($0.text(0), $0.blob(1)) }
        }
        return try stored.map { promotion, body in
            guard let draft = Draft(line: values.open(body), promotion: promotion) else { throw FieldStoreError.damaged(path) }
            return draft
        }
    }

    public func discardDraft(promotion: String) throws {
        _ = try write { try $0.run("DELETE FROM draft WHERE promotion = ?", [.text(promotion)]) }
    }
}
