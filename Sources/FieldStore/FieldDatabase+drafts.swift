public import EntryModel
import GRDB

extension FieldDatabase {
    /// Keeps what is keyed of an entry that is not captured yet, so that it survives the program's end; one a promotion.
    public func saveDraft(_ draft: [(field: String, keyed: Keyed)], promotion: String) throws {
        var writer = JSONWriter()
        writer.beginObject()
        for (field, keyed) in draft {
            writer.name(field)
            writer.beginArray()
            // No line may hold it, and no value does.
            writer.string(keyed.text.replacing("\0", with: ""))
            if let flag = keyed.flag { writer.string(flag) }
            writer.endArray()
        }
        writer.endObject()
        let body = values.seal(writer.bytes)
        _ = try write { database in
            try database.run(
                "INSERT INTO draft (promotion, body) VALUES (?1, ?2) ON CONFLICT (promotion) DO UPDATE SET body = ?2",
                [.text(promotion), .blob(body)])
        }
    }

    /// The draft of a promotion; `nil` when there is none.
    public func draft(promotion: String) throws -> [(field: String, keyed: Keyed)]? {
        let stored = try read { try $0.first("SELECT body FROM draft WHERE promotion = ?", [.text(promotion)]) { $0.blob(0) } }
        guard let stored else { return nil }
        guard case .object(let members)? = try? JSONValue(line: values.open(stored), limits: .document)
        else { throw FieldStoreError.damaged(path) }
        return members.compactMap { field, value in
            guard case .array(let parts) = value, case .string(let text)? = parts.first else { return nil }
            guard parts.count > 1, case .string(let flag) = parts[1] else { return (field, Keyed(text: text)) }
            return (field, Keyed(text: text, flag: flag))
        }
    }

    public func discardDraft(promotion: String) throws {
        _ = try write { try $0.run("DELETE FROM draft WHERE promotion = ?", [.text(promotion)]) }
    }
}
