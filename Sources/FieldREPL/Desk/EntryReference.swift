import EntryModel
import FieldStore

/// How people name an entry: by the end of its id, which differs even where entries were made within the same minute.
enum EntryReference {
    static let shownCharacters = 8
    static let leastCharacters = 4
    /// Stands for the entry last keyed, changed or shown; scripts cannot know its id.
    static let last = "last"

    /// The last characters of the id, by which it is shown.
    static func short(_ id: UniqueID) -> String { String(id.description.suffix(shownCharacters)) }
}

extension Desk {
    /// The entry whose id is, begins or ends with the text, or the `last` one.
    /// - Throws: `CommandFailure` when none does, or more than one.
    func entryID(_ text: String) throws -> UniqueID {
        let text = text.lowercased()
        if text == EntryReference.last {
            guard let lastEntry else { throw CommandFailure("No entry was keyed or shown yet, so there is no last one.") }
            return lastEntry
        }
        let id = try UniqueID(text) ?? onlyID(text)
        lastEntry = id
        return id
    }

    private func onlyID(_ text: String) throws -> UniqueID {
        guard text.count >= EntryReference.leastCharacters, text.allSatisfy({ $0.isHexDigit || $0 == "-" }) else {
            throw CommandFailure(
                "That is no entry's id. An id is given whole, or by \(EntryReference.leastCharacters) or more characters of its end."
            )
        }
        let found = try entryIDs(matching: text, limit: 3)
        guard let id = found.first else { throw CommandFailure("No entry here has an id that ends or begins with `\(text)`.") }
        guard found.count == 1 else { throw CommandFailure("More than one entry's id ends or begins with `\(text)`; give more of it.") }
        return id
    }

    /// An entry that is here.
    /// - Throws: `CommandFailure` when there is none.
    func entry(_ text: String) throws -> EntryView {
        let id = try entryID(text)
        guard let entry = try database.entry(id) else { throw CommandFailure("There is no entry \(id) at this station.") }
        return entry
    }

    func entryIDs(matching text: String, limit: Int) throws -> [UniqueID] {
        let byEnd = try database.entryIDs(withSuffix: text, limit: limit)
        let byBeginning = try database.entryIDs(withPrefix: text, limit: limit)
        return byEnd + byBeginning.filter { !byEnd.contains($0) }
    }
}
