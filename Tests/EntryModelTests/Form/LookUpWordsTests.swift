import EntryModel
import Foundation
import TestSupport
import Testing

@Suite struct LookUpWordsTests {
    static func promotion() throws -> Promotion {
        try SamplePromotion.with(
            #"""
            {"id":"n","kind":"personName","label":"N"},{"id":"e","kind":"email","label":"E"},{"id":"p","kind":"phone","label":"P"},\#
            {"id":"z","kind":"postalCode","label":"Z"},{"id":"t","kind":"text","label":"T"},{"id":"b","kind":"birthDate","label":"B"}
            """#)
    }

    static func words(_ field: String, _ text: String) throws -> Set<String> {
        Set(try all(field, text).filter { $0.kind != .start }.map { "\($0.kind) \($0.word)" })
    }

    static func all(_ field: String, _ text: String) throws -> [LookUpWord] {
        LookUpWords.of([(field: field, value: .text(text))], in: try promotion())
    }

    @Test("a name gives each of its words in lower case")
    func names() throws {
        #expect(try Self.words("n", "Wanda Le Gof") == ["name wanda", "name le", "name gof"])
        #expect(try Self.words("n", "GRIFFIN") == ["name griffin"])
        #expect(try Self.words("n", "Griffin, Ann") == ["name griffin", "name ann"])
        #expect(try Self.words("n", "Ann Ann") == ["name ann"])
    }

    @Test("a name with marks is found with and without them")
    func marks() throws {
        #expect(try Self.words("n", "Đặng") == ["name đặng", "name dang"])
        #expect(try Self.words("n", "O'Brien") == ["name o'brien", "name obrien"])
        #expect(try Self.words("n", "O\u{2019}Brien") == ["name o'brien", "name obrien"])
        #expect(
            try Self.words("n", "Núñez-Løw") == ["name núñez-løw", "name núñez", "name løw", "name nunez-low", "name nunez", "name low"])
        #expect(try Self.words("n", "Strauß") == ["name strauß", "name strauss"])
        #expect(
            try Self.words("n", "O'Zebrien-Dường").isSuperset(
                of: ["name o'zebrien", "name ozebrien", "name dường", "name duong", "name o'zebrien-dường"]))
    }

    @Test("a name is found by the first three letters of each of its words, with and without marks, and by nothing shorter")
    func starts() throws {
        func starts(_ text: String) throws -> Set<String> { Set(try Self.all("n", text).filter { $0.kind == .start }.map(\.word)) }
        #expect(try starts("Wanda Le Gof") == ["wan", "gof"])
        #expect(try starts("Đặng") == ["đặn", "dan"])
        #expect(try starts("O'Zebrien-Dường") == ["oze", "dườ", "duo"])
        #expect(try starts("Lê") == [])
    }

    @Test("e-mail, phone and ZIP code are each one word")
    func codes() throws {
        #expect(try Self.words("e", "Ann.Lee@example.org") == ["email ann.lee@example.org"])
        #expect(try Self.words("p", "+12125550123;ext=45") == ["phone +12125550123"])
        #expect(try Self.words("z", "72947-1133") == ["zip 72947"])
    }

    @Test("what has no normal form, other kinds and unknown fields give nothing")
    func nothing() throws {
        #expect(try Self.words("p", "412-0990").isEmpty)
        #expect(try Self.words("z", "7294").isEmpty)
        #expect(try Self.words("e", "nobody").isEmpty)
        #expect(try Self.words("t", "Griffin").isEmpty)
        #expect(try Self.words("b", "1985-03-05").isEmpty)
        #expect(try Self.words("x", "Griffin").isEmpty)
        #expect(LookUpWords.of([(field: "n", value: .null)], in: try Self.promotion()).isEmpty)
        #expect(LookUpWords.query("  ").isEmpty)
    }

    @Test(
        "a question is understood by its form",
        arguments: [
            ("griffin", ["name griffin"]), ("Thomas  GRIFFIN", ["name thomas", "name griffin"]), ("José", ["name josé"]),
            ("O\u{2019}Brien", ["name o'brien"]), ("Ann.Lee@EXAMPLE.org", ["email ann.lee@example.org"]),
            ("(212) 555-0123", ["phone +12125550123"]), ("2125550123 x45", ["phone +12125550123"]), ("72947", ["zip 72947"]),
            ("72947-1133", ["zip 72947"]), ("729471133", ["zip 72947"]), ("DUO", ["start duo"]), ("Ann Lee", ["start ann", "start lee"]),
            ("d'Ea", ["start dea"]), ("Li", ["name li"]), ("Sandra 72947", ["name sandra", "zip 72947"]),
            ("72947-1133 griffin", ["zip 72947", "name griffin"]), ("griffin 2125550123", ["name griffin", "phone +12125550123"]),
            ("Griffin ann.lee@example.org", ["name griffin", "email ann.lee@example.org"]), ("+1 212 555 0123", ["phone +12125550123"]),
        ])
    func queries(_ question: String, _ words: [String]) {
        #expect(LookUpWords.query(question).map { "\($0.kind) \($0.word)" } == words)
    }

    @Test("every card is found by each word of its names with and without marks, by e-mail, phone and ZIP code")
    func cards() throws {
        let check = FormCheck(promotion: try SamplePromotion.load("brightfizz-summer"), postal: try NormalFormTests.noPlaces())
        try #require(SampleCard.all.count == 2_400)
        for card in SampleCard.all {
            let words = Set(LookUpWords.of(check.check(card.keyed, received: nil).assignments, in: check.promotion))
            for column in ["given_name", "family_name", "email", "phone", "zip"] {
                let text = card.text(column)
                #expect(words.isSuperset(of: LookUpWords.query(text)), "\(text)")
                if column.hasSuffix("name") {
                    let plain = text.folding(options: .diacriticInsensitive, locale: nil).replacing("đ", with: "d").replacing(
                        "Đ", with: "D")
                    #expect(words.isSuperset(of: LookUpWords.query(plain)), "\(text)")
                }
            }
        }
    }
}
