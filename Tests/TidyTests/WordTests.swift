import Testing

@Suite struct WordTests {
    @Test("the project holds none of the banned words")
    func project() {
        for (path, text) in ProjectSources.here.texts {
            for fault in WordRules.faults(path: path, text: text) { Issue.record("\(fault)") }
        }
    }

    @Test("no file and no type of the project has an empty name")
    func projectNames() {
        for source in ProjectSources.here.swift {
            for fault in WordRules.nameFaults(in: source) { Issue.record("\(fault)") }
        }
    }

    @Test("a promise is found wherever it stands and however it is written", arguments: WordRules.promises)
    func promises(word: String) {
        for line in ["// \(word)", "// \(word.uppercased()): later", "(\(word))", "let a = \"\(word)\"", word] {
            #expect(WordRules.faults(path: "Sources/A.swift", text: "\n\(line)\n").map(\.line) == [2])
        }
    }

    @Test("the mark of three is found in capitals only")
    func mark() {
        #expect(WordRules.faults(path: "Sources/A.swift", text: "a\n\n// \(WordRules.mark): later").map(\.line) == [3])
        #expect(WordRules.faults(path: "Sources/A.swift", text: "\(WordRules.mark.lowercased()) A\(WordRules.mark)").isEmpty)
    }

    @Test("a longer word that holds a banned one is left alone", arguments: ["stubborn", "mastodon", "todos", "xxxx"])
    func longer(word: String) {
        #expect(WordRules.faults(path: "Sources/A.swift", text: word).isEmpty)
    }

    @Test("a place outside of the project is found", arguments: WordRules.foreign)
    func foreign(place: String) {
        #expect(WordRules.faults(path: "README.md", text: "see \(place)x").count == 1)
    }

    @Test("a registry is named in the manifest and the README only", arguments: WordRules.registries)
    func registries(host: String) {
        #expect(WordRules.faults(path: "Sources/A.swift", text: "// https://\(host)/x").count == 1)
        #expect(WordRules.faults(path: "Package.swift", text: "https://\(host)/x").isEmpty)
        #expect(WordRules.faults(path: "README.md", text: "https://\(host)/x").isEmpty)
    }

    @Test("an issue is not named by its number; the word alone is fine")
    func issues() {
        let number = 17
        #expect(WordRules.faults(path: "README.md", text: "see Issue \(number)").count == 1)
        #expect(WordRules.faults(path: "README.md", text: "see issue #\(number)").count == 1)
        #expect(WordRules.faults(path: "README.md", text: "an issue of 17 cards; they issue receipts").isEmpty)
    }

    @Test(
        "an empty name is found in folders, files and types",
        arguments: [
            ("Sources/FieldStore/Utils/A.swift", ""), ("Sources/FieldStore/EntryHelpers.swift", ""), ("Sources/Common/A.swift", ""),
            ("Sources/FieldStore/Entry+info.swift", ""), ("Sources/A/A.swift", "public final class SyncManager {}"),
            ("Sources/A/A.swift", "enum EntryData: Sendable {"), ("Sources/A/A.swift", "typealias Info = Int"),
        ])
    func emptyNames(path: String, text: String) {
        #expect(WordRules.nameFaults(in: SwiftSource(path: path, text: text)).count == 1)
    }

    @Test(
        "a name that holds more, and a name that is only used, are left alone",
        arguments: [
            "struct FieldDatabase {}", "struct Information {}", "let a = Data()", "class func data() {}", "// struct Data",
            "extension Data {}",
        ])
    func goodNames(text: String) {
        #expect(WordRules.nameFaults(in: SwiftSource(path: "Sources/A/Database.swift", text: text)).isEmpty)
    }

    @Test(
        "names fall into words",
        arguments: [("FieldDatabase+info", ["Field", "Database", "Info"]), ("JSONReader", ["JSONReader"]), ("a_b", ["A", "B"])])
    func nameWords(name: String, words: [String]) {
        #expect(WordRules.words(of: name) == words)
    }
}
