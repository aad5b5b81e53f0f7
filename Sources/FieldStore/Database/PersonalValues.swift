import EntryModel

/// The one place through which every stored personal value goes: bodies of changes, drafts, and the words of look-ups.
///
/// Bodies and drafts stand in the file as they are; sealing them will happen here and nowhere else. Look-ups hold 64 bits of a hash under
/// a key that was made with the file, so that the table gives no name away and cannot be joined with another station's.
struct PersonalValues: Sendable {
    private let lookUpKey: Digest

    /// - Parameter lookUpKey: 32 random bytes.
    /// - Returns: `nil` when there are not exactly 32.
    init?(lookUpKey: [UInt8]) {
        guard let key = Digest(bytes: lookUpKey) else { return nil }
        self.lookUpKey = key
    }

    /// What is stored for these bytes.
    func seal(_ bytes: [UInt8]) -> [UInt8] { bytes }

    /// The bytes of what was stored.
    func open(_ stored: [UInt8]) -> [UInt8] { stored }

    /// The number that stands for a word. Two words may share one, so whoever finds an entry by it has to look at the entry as well.
    func number(of word: LookUpWord) -> Int64 {
        // Key and word fit into one block of SHA-256 nearly always, and a truncated digest cannot be extended.
        var hash = Hash("")
        hash.add(lookUpKey)
        hash.add(Self.tag(word.kind))
        hash.add(word.word)
        return hash.digest.withBytes { bytes in
            bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    private static func tag(_ kind: LookUpWord.Kind) -> String {
        switch kind {
        case .name: "n"
        case .email: "e"
        case .phone: "p"
        case .zip: "z"
        case .start: "s"
        }
    }
}
