/// Compares the names of cities as the people who write them do.
enum CityName {
    /// Whether both name the same city: case, blanks, full stops, apostrophes and hyphens make no difference, nor do the abbreviations
    /// of Saint, Sainte, Mount and Fort.
    static func isEqual(_ keyed: String, _ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        keyed.utf8.withContiguousStorageIfAvailable { keyed in
            if keyed.count == name.count, zip(keyed, name).allSatisfy({ lower($0) == lower($1) }) { return true }
            // Names that could be equal begin alike, unless a hyphen or full stop comes first.
            guard let first = keyed.first, let other = name.first, lower(first) == lower(other) else { return false }
            return letters(keyed) == letters(name)
        } ?? false
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }

    /// The name's letters alone, its abbreviations written out.
    private static func letters(_ name: some Collection<UInt8>) -> [UInt8] {
        var letters: [UInt8] = []
        var word: [UInt8] = []
        func end() {
            letters += fullForms[word] ?? word
            word = []
        }
        for byte in name {
            switch byte {
            // "St.Louis" is two words.
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."): end()
            case UInt8(ascii: "'"): break
            default: word.append(lower(byte))
            }
        }
        end()
        return letters
    }

    private static let fullForms: [[UInt8]: [UInt8]] = [
        Array("st".utf8): Array("saint".utf8), Array("ste".utf8): Array("sainte".utf8),
        Array("mt".utf8): Array("mount".utf8), Array("ft".utf8): Array("fort".utf8),
    ]
}
