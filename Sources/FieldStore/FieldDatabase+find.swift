import EntryModel
import GRDB

extension FieldDatabase {
    /// Finds entries by whole words of names or their first three letters, by e-mail address, telephone number or ZIP code, or by the beginning
    /// or the end of an id.
    ///
    /// All words of the question have to be in the entry, values in conflict included. Void entries are found too.
    ///
    /// - Parameters:
    ///   - promotion: `nil` for all.
    ///   - limit: Entries at most; newest here first.
    public func find(_ text: String, promotion: String? = nil, limit: Int) throws -> [EntryView] {
        try checkLock()
        guard limit > 0 else { return [] }
        try indexLookUps()
        let words = LookUpWords.query(text)
        var found = try read { database in
            let reader = try EntryReader(database, self)
            var views: [EntryView] = []
            // Reading an entry runs statements of its own, so the numbers are taken down first, a bounded number of them.
            var candidates: [Int64] = []
            try database.entries(with: words.map { values.number(of: $0) }) {
                candidates.append($0)
                return candidates.count < 10_000
            }
            for number in candidates where views.count < limit {
                guard let record = try EntryRecord.find(number, database), !record.isHidden else { continue }
                let view = try reader.view(record)
                guard promotion == nil || view.promotion == promotion, let form = current.promotions[view.promotion]?.promotion,
                    Set(words).isSubset(of: LookUps.words(of: view.state, in: form))
                else { continue }
                views.append(view)
            }
            return views
        }
        guard text.utf8.count >= 4 else { return found }
        for id in try entryIDs(withPrefix: text, limit: limit) + entryIDs(withSuffix: text, limit: limit) where found.count < limit {
            guard !found.contains(where: { $0.id == id }), let view = try entry(id), promotion == nil || view.promotion == promotion
            else { continue }
            found.append(view)
        }
        return found
    }

    /// Takes into the look-ups what came since the last search. `find` does so by itself; a program with nothing to do may call this
    /// before, so that the first search after a large sync does not have to wait.
    public func indexLookUps() throws {
        while try !indexLookUps(portion: LookUps.portion) {}
    }

    /// Takes in some of what came since the last search, so that whoever writes at the same time waits for these only.
    /// - Parameter portion: Entries at most; many at once cost less each.
    /// - Returns: Whether all are in.
    public func indexLookUps(portion: Int) throws -> Bool {
        let promotions = current.promotions
        guard try read({ try Self.isLookUpDue($0) }) else { return true }
        return try write { try LookUps($0, values, promotions).catchUp(portion: portion) }
    }

    /// How many entries came or changed since the look-ups were last brought up to date.
    public func dueLookUps() throws -> Int {
        try read { database in
            let new = try database.integer("SELECT count(*) FROM entry WHERE number > (SELECT indexed FROM station)")
            return Int(new + (try database.integer("SELECT count(*) FROM look_up_due")))
        }
    }

    private static func isLookUpDue(_ database: Database) throws -> Bool {
        try database.integer(
            """
            SELECT EXISTS (SELECT 1 FROM look_up_due) OR
                EXISTS (SELECT 1 FROM entry WHERE number > (SELECT indexed FROM station))
            """) != 0
    }
}
