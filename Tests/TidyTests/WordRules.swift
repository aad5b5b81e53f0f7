/// Words that say nothing, words that say "later", and words about anything but the project.
enum WordRules {
    /// Names that fit anything, and so tell nothing.
    static let emptyNames: Set<String> = [
        "Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Manager", "Common", "Data", "Info",
    ]

    // The words below are put together here, so that this file holds none of them.

    /// What promises work instead of doing it; whole words, in any case.
    static let promises = ["to" + "do", "fix" + "me", "x" + "xx", "st" + "ub", "not " + "implemented", "not yet " + "implemented"]

    /// Places that only the authors' machines have, and texts that are not part of the project.
    static let foreign = ["/wo" + "rk/", "../sha" + "red", "DEVELOP" + "ERS.md", "/opt/" + "swift", "/ro" + "ot/"]

    /// Where packages come from is said once, in the manifest.
    static let registries = [
        "github" + ".com", "gitlab" + ".com", "pypi" + ".org", "npmjs" + ".com", "crates" + ".io", "swiftpackage" + "index.com",
    ]

    /// - Parameter path: Relative to the project's folder.
    static func faults(path: String, text: String) -> [Fault] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line -> [Fault] in
            let bytes = Array(line.utf8)
            var found = promises.filter { holdsWord($0, in: bytes) }
            found += foreign.filter { line.contains($0) }
            if path != "Package.swift", path != "README.md" { found += registries.filter { line.contains($0) } }
            if holdsIssueNumber(bytes) { found.append("the number of an issue") }
            return found.map { Fault(path: path, line: index + 1, message: "must not hold: \($0)") }
        }
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

    private static func holdsWord(_ word: String, in line: [UInt8]) -> Bool {
        let wanted = Array(word.utf8)
        guard line.count >= wanted.count else { return false }
        return (0...(line.count - wanted.count)).contains { start in
            let end = start + wanted.count
            guard zip(line[start..<end], wanted).allSatisfy({ lower($0) == $1 }) else { return false }
            return (start == 0 || !isLetter(line[start - 1])) && (end == line.count || !isLetter(line[end]))
        }
    }

    /// `issue`, perhaps `#`, and a number.
    private static func holdsIssueNumber(_ line: [UInt8]) -> Bool {
        let wanted = Array("issue ".utf8)
        guard line.count > wanted.count else { return false }
        return (0..<(line.count - wanted.count)).contains { start in
            guard zip(line[start...], wanted).allSatisfy({ lower($0) == $1 }) else { return false }
            guard let next = line[(start + wanted.count)...].first(where: { $0 != UInt8(ascii: "#") }) else { return false }
            return next &- UInt8(ascii: "0") < 10
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        lower(byte) &- UInt8(ascii: "a") < 26
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
