import EntryModel
import FieldStore

/// What can stand where the cursor is in a command line.
struct CommandCompletion {
    let usages: [CommandUsage]
    /// The promotions that are here.
    let promotions: () -> [String]
    /// The fields of the form in use.
    let fields: () -> [String]
    /// The labels of the batches that are here.
    let batches: () -> [String]
    /// Short ids that begin as given.
    let entries: (String) -> [String]

    /// - Parameter line: Up to the cursor.
    /// - Returns: `nil` when a file's name can stand there.
    func candidates(_ line: String) -> [String]? {
        let endsInBlank = line.last?.isWhitespace ?? true
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let begun = endsInBlank ? "" : words.popLast() ?? ""
        guard let name = words.first else { return matching(begun, usages.map(\.name)) }
        guard let usage = usages.first(where: { $0.name == name }) else { return [] }
        if let last = words.last, let option = usage.options.first(where: { $0.name == last }), option.value != nil {
            return of(option.completes, begun)
        }
        if begun.hasPrefix("--") { return matching(begun, usage.options.map(\.name).filter { !words.contains($0) }) }
        let position = positionals(words.dropFirst(), usage)
        let positional = position < usage.completes.count && position < usage.positionals.upperBound ? usage.completes[position] : nil
        if case .file? = positional { return nil }
        var candidates = positional.flatMap { of($0, begun) } ?? []
        // Behind the equals sign stands what is on the card.
        if usage.takesValues, begun.contains("=") { return [] }
        if usage.takesValues, position >= usage.positionals.lowerBound {
            let taken = words.compactMap { $0.split(separator: "=").first.map(String.init) }
            candidates = matching(begun, fields().filter { !taken.contains($0) }.map { $0 + "=" })
        }
        return candidates
    }

    private func of(_ kind: CommandUsage.Completes, _ begun: String) -> [String]? {
        switch kind {
        case .nothing: []
        case .command: matching(begun, usages.map(\.name))
        case .promotion: matching(begun, promotions())
        case .field: matching(begun, fields())
        case .batch: matching(begun, batches())
        case .entry: begun.count < EntryReference.leastCharacters ? [] : entries(begun)
        case .file: nil
        case .words(let words): matching(begun, words)
        }
    }

    private func matching(_ begun: String, _ words: [String]) -> [String] {
        words.filter { $0.hasPrefix(begun) }
    }

    /// How many words before the cursor are neither options, nor their values, nor `field=value`.
    private func positionals(_ words: ArraySlice<String>, _ usage: CommandUsage) -> Int {
        var count = 0
        var isValue = false
        for word in words {
            if isValue {
                isValue = false
            } else if word.hasPrefix("--") {
                isValue = !word.contains("=") && usage.options.contains { $0.name == word && $0.value != nil }
            } else if !(usage.takesValues && word.contains("=")) {
                count += 1
            }
        }
        return count
    }
}

extension CommandCompletion {
    /// The completion at a desk as it stands. It is asked on the thread that reads lines, while nothing else uses the file.
    @MainActor
    static func completion(for desk: Desk) -> Completion {
        let database = desk.database
        let promotion = desk.promotion
        return Completion { line in
            // What cannot be read completes nothing; the command itself will say why.
            CommandCompletion(
                usages: CommandCatalogue.usages,
                promotions: { (try? database.promotions())?.map(\.id) ?? [] },
                fields: { promotion?.askedFields.map(\.id) ?? [] },
                batches: { promotion.flatMap { try? database.batches(promotion: $0.id) }?.map(\.label) ?? [] },
                entries: { begun in
                    // Completed from its beginning, an id is given whole: the short form is its end.
                    (try? database.entryIDs(withPrefix: begun, limit: 50))?.map(\.description) ?? []
                }
            ).candidates(line)
        }
    }
}
