import Foundation

/// A word by which an entry can be found again: what look-ups hash.
public struct LookUpWord: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case name, email, phone, zip
        /// The first three letters of a name's word; nothing shorter is ever hashed.
        case start
    }

    public var kind: Kind
    public var word: String

    public init(kind: Kind, word: String) {
        self.kind = kind
        self.word = word
    }
}

/// Makes the words of an entry and of a question, by one rule, so that they meet.
///
/// Names are in lower case, word by word, and by the first three letters of each; a word with diacritics stands also without them, so that
/// `jose` finds José while `josé` finds only who is written so. An e-mail address is in lower case, a phone number E.164 without an extension, a ZIP code five digits.
///
/// - SeeAlso: Protocol/README.md, "Form".
public enum LookUpWords {
    /// The words of an entry's values.
    ///
    /// - Parameters:
    ///   - values: Fields with their values. A value that is no text, and a field that is not in the form or of a kind that is not
    ///     looked up, gives none.
    ///   - promotion: Whose form says of what kind each field is.
    /// - Returns: Each word once.
    public static func of(_ values: some Sequence<(field: String, value: Scalar)>, in promotion: Promotion) -> [LookUpWord] {
        var words: [LookUpWord] = []
        var next = 0
        for (field, value) in values {
            guard case .text(let text) = value, let position = promotion.position(of: field, guess: next) else {
                next += 1
                continue
            }
            next = position + 1
            append(text, promotion.form[position].kind, to: &words)
        }
        return words
    }

    /// The words of what a capture or an edit sets.
    public static func of(_ assignments: [Assignment], in promotion: Promotion) -> [LookUpWord] {
        of(assignments.lazy.map { (field: $0.field, value: $0.value) }, in: promotion)
    }

    /// The words of a question; an entry answers it when it has all of them.
    ///
    /// - Parameter text: Words of a name, an address with `@`, a telephone number, a ZIP code, or several of these.
    /// - Returns: Empty when there is nothing to look for.
    public static func query(_ text: String) -> [LookUpWord] {
        let text = TextForm.clean(text)
        // A telephone number may have blanks in it, so the whole is looked at first.
        if let word = numberOrAddress(text) { return [word] }
        var words: [LookUpWord] = []
        for word in nameWords(text) {
            if let other = numberOrAddress(word) {
                words.appendOnce(other)
                continue
            }
            let letters = unmarked(word.utf8)
            // Whoever has a name of three letters is found by its beginning as well.
            let isStart = letters.count == startLetters
            words.appendOnce(isStart ? LookUpWord(kind: .start, word: letters) : LookUpWord(kind: .name, word: word))
        }
        return words
    }

    private static let startLetters = 3

    /// What is no name: an address, a ZIP code or a telephone number.
    private static func numberOrAddress(_ text: String) -> LookUpWord? {
        if text.utf8.contains(UInt8(ascii: "@")), !text.utf8.contains(32) { return LookUpWord(kind: .email, word: email(text)) }
        // No telephone number is as short as a ZIP code, so the order does not matter.
        if let code = PostalCodeForm.read(text) { return LookUpWord(kind: .zip, word: String(code.prefix(5))) }
        return PhoneForm.read(text).map { LookUpWord(kind: .phone, word: phone($0)) }
    }
}

extension LookUpWords {
    private static func append(_ text: String, _ kind: Field.Kind, to words: inout [LookUpWord]) {
        switch kind {
        case .personName:
            for word in nameWords(text) {
                words.appendOnce(LookUpWord(kind: .name, word: word))
                appendStart(of: word, to: &words)
                for other in variants(word) {
                    words.appendOnce(LookUpWord(kind: .name, word: other))
                    appendStart(of: other, to: &words)
                }
            }
        case .email where text.utf8.contains(UInt8(ascii: "@")):
            words.appendOnce(LookUpWord(kind: .email, word: email(text)))
        // What was kept as keyed because it is no number gives no word; `query` would never make the same.
        case .phone where text.utf8.first == UInt8(ascii: "+"):
            words.appendOnce(LookUpWord(kind: .phone, word: phone(text)))
        case .postalCode where PostalCodeForm.read(text) != nil:
            words.appendOnce(LookUpWord(kind: .zip, word: text.utf8.count == 5 ? text : String(text.prefix(5))))
        default: break
        }
    }

    private static func appendStart(of word: String, to words: inout [LookUpWord]) {
        let start: String
        if word.utf8.allSatisfy({ $0 &- UInt8(ascii: "a") < 26 }) {
            guard word.utf8.count >= startLetters else { return }
            start = String(decoding: word.utf8.prefix(startLetters), as: UTF8.self)
        } else {
            start = String(unmarked(word.utf8).prefix(startLetters))
            guard start.count == startLetters else { return }
        }
        words.appendOnce(LookUpWord(kind: .start, word: start))
    }

    private static func phone(_ number: String) -> String {
        guard let end = number.utf8.firstIndex(of: UInt8(ascii: ";")) else { return number }
        return String(number[..<end])
    }

    private static func email(_ address: String) -> String {
        TextForm.clean(lowercased(address))
    }

    /// The words between blanks and commas, in lower case, with one kind of apostrophe.
    private static func nameWords(_ text: String) -> [String] {
        let lower = lowercased(text)
        guard lower.utf8.contains(where: { $0 == 32 || $0 == UInt8(ascii: ",") || $0 >= 0x80 }) else { return lower.isEmpty ? [] : [lower] }
        let apostrophes = lower.replacing("\u{2019}", with: "'")
        return TextForm.clean(apostrophes).split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
    }

    /// How else people ask for a word: without diacritics, without apostrophes and full stops, by the parts of a double name.
    private static func variants(_ word: String) -> [String] {
        let marked = word.utf8.contains {
            $0 >= 0x80 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: ".")
        }
        guard marked else { return [] }
        var variants: [String] = []
        let folded = NameFolding.folded(word)
        for form in folded.sameBytes(as: word) ? [word] : [word, folded] {
            variants.append(form)
            variants.append(unmarked(form.utf8))
            let parts = form.utf8.split(separator: UInt8(ascii: "-"))
            if parts.count > 1 { for part in parts { variants += [String(decoding: Array(part), as: UTF8.self), unmarked(part)] } }
        }
        return variants.filter { !$0.isEmpty && !$0.sameBytes(as: word) }
    }

    /// Without apostrophes and full stops.
    private static func unmarked(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes.filter { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: ".") }, as: UTF8.self)
    }

    private static func lowercased(_ text: String) -> String {
        text.utf8.contains { $0 &- 65 < 26 || $0 >= 0x80 } ? text.lowercased() : text
    }
}

extension [LookUpWord] {
    /// Adds a word that is not there yet; an entry has so few that looking through them is fastest.
    fileprivate mutating func appendOnce(_ word: LookUpWord) {
        // All words are NFC, so that equal ones are equal in bytes.
        if !contains(word) { append(word) }
    }
}
