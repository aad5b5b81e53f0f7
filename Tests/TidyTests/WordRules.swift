/// Words that say nothing, words that say "later", and words about anything but the project.
enum WordRules {
    /// Names that fit anything, and so tell nothing.
    static let emptyNames: Set<String> = [
        "Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Manager", "Common", "Data", "Info",
    ]

    // The words below are put together here, so that this file holds none of them.

    /// What promises work instead of doing it; whole words, in any case.
    static let promises = ["to" + "do", "fix" + "me", "st" + "ub", "not " + "implemented", "not yet " + "implemented"]

    /// Another such mark, in capitals only: in small letters people write it for any text.
    static let mark = "X" + "XX"

    /// Places that only the authors' machines have, and texts that are not part of the project.
    static let foreign = ["/wo" + "rk/", "../sha" + "red", "DEVELOP" + "ERS.md", "/opt/" + "swift", "/ro" + "ot/"]

    /// Where packages come from is said once, in the manifest.
    static let registries = [
        "github" + ".com", "gitlab" + ".com", "pypi" + ".org", "npmjs" + ".com", "crates" + ".io", "swiftpackage" + "index.com",
    ]

    /// - Parameter path: Relative to the project's folder.
    static func faults(path: String, text: String) -> [Fault] {
        var patterns = promises.map { Pattern($0, isWord: true, ignoresCase: true) } + [Pattern(mark, isWord: true)]
        patterns += foreign.map { Pattern($0) }
        if path != "Package.swift", path != "README.md" { patterns += registries.map { Pattern($0) } }
        let issue = Pattern("issue ", isWord: true, ignoresCase: true)

        let bytes = Array(text.utf8)
        let found = Pattern.occurrences(of: patterns + [issue], in: bytes).filter { offset, pattern in
            // An issue's number: perhaps `#`, and digits.
            pattern.text != issue.text || isDigit(bytes[(offset + issue.text.utf8.count)...].first { $0 != UInt8(ascii: "#") })
        }
        return found.map { offset, pattern in
            let line = bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
            let what = pattern.text == issue.text ? "the number of an issue" : pattern.text
            return Fault(path: path, line: line, message: "must not hold: \(what)")
        }
    }

    private static func isDigit(_ byte: UInt8?) -> Bool {
        byte.map { $0 &- UInt8(ascii: "0") < 10 } ?? false
    }

    /// Empty names among the path's parts and the types declared in the file.
    static func nameFaults(in source: SwiftSource) -> [Fault] {
        var faults: [Fault] = []
        for part in source.path.split(separator: "/") {
            let name = part.hasSuffix(".swift") ? part.dropLast(6) : part
            for word in words(of: String(name)) where emptyNames.contains(word) {
                faults.append(Fault(path: source.path, line: nil, message: "\(word) in a file's or folder's name tells nothing"))
            }
        }
        for type in TypeDeclaration.list(source) where !source.hasReason(at: type.line) {
            for word in words(of: type.name) where emptyNames.contains(word) {
                faults.append(source.fault(at: type.line, "\(word) in the name \(type.name) tells nothing"))
            }
        }
        return faults
    }

    /// The words of a name in camel case: `FieldDatabase+info` has `Field`, `Database`, `Info`.
    static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in name {
            if !character.isLetter || character.isUppercase && !(word.last?.isUppercase ?? true) {
                words.append(word)
                word = ""
            }
            if character.isLetter { word.append(word.isEmpty ? Character(character.uppercased()) : character) }
        }
        words.append(word)
        return words.filter { !$0.isEmpty }
    }
}

/// A text to look for.
struct Pattern {
    var text: String
    private var bytes: [UInt8]
    private var isWord: Bool
    private var ignoresCase: Bool

    /// - Parameters:
    ///   - isWord: Whether it counts only where no letter stands before it, nor behind it if it ends with a letter.
    ///   - ignoresCase: Whether capitals count as small letters; `text` then has none.
    init(_ text: String, isWord: Bool = false, ignoresCase: Bool = false) {
        self.text = text
        bytes = Array(text.utf8)
        self.isWord = isWord
        self.ignoresCase = ignoresCase
    }

    /// Where each pattern stands, in one pass over the bytes: the published texts are many megabytes.
    static func occurrences(of patterns: [Pattern], in bytes: [UInt8]) -> [(offset: Int, pattern: Pattern)] {
        var startingWith: [[Pattern]] = Array(repeating: [], count: 256)
        for pattern in patterns {
            startingWith[Int(pattern.bytes[0])].append(pattern)
            let capital = upper(pattern.bytes[0])
            if pattern.ignoresCase, capital != pattern.bytes[0] { startingWith[Int(capital)].append(pattern) }
        }
        return bytes.withUnsafeBufferPointer { bytes in
            var found: [(offset: Int, pattern: Pattern)] = []
            for offset in bytes.indices {
                for pattern in startingWith[Int(bytes[offset])] where pattern.stands(at: offset, in: bytes) {
                    found.append((offset, pattern))
                }
            }
            return found
        }
    }

    private func stands(at offset: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let end = offset + bytes.count
        guard end <= text.count else { return false }
        for index in bytes.indices {
            let byte = text[offset + index]
            guard byte == bytes[index] || ignoresCase && byte == Self.upper(bytes[index]) else { return false }
        }
        guard isWord else { return true }
        if offset > 0, Self.isLetter(text[offset - 1]) { return false }
        return end == text.count || !Self.isLetter(text[end - 1]) || !Self.isLetter(text[end])
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "a") < 26 ? byte & ~0x20 : byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}

/// A type that a file declares.
struct TypeDeclaration {
    var name: String
    /// Counted from 0.
    var line: Int

    static func list(_ source: SwiftSource) -> [TypeDeclaration] {
        let kinds: Set<Substring> = ["actor", "class", "enum", "protocol", "struct", "typealias"]
        return source.code.enumerated().flatMap { index, line in
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            return zip(words, words.dropFirst()).compactMap { kind, name in
                // `class func` and `class var` are members; a type's name begins with a capital.
                kinds.contains(kind) && name.first?.isUppercase == true ? TypeDeclaration(name: String(name), line: index) : nil
            }
        }
    }
}
