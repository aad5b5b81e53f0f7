import EntryModel
import Foundation
import TestSupport
import Testing

@Suite struct NormalFormTests {
    /// A ZIP table with nothing in it, for tests of single fields.
    static func noPlaces() throws -> PostalTable {
        try PostalTable(bytes: Array(PostalTableTests.header.utf8))
    }

    static func check(_ kind: String, _ more: String = "") throws -> FormCheck {
        var extra = more
        switch kind {
        case "consent": extra += #","purpose":"client","wording":{"id":"card","version":3,"text":"Write to me."}"#
        case "choice" where more.isEmpty: extra = #","choices":[{"value":"Jr","label":"Jr."}]"#
        default: break
        }
        return FormCheck(
            promotion: try SamplePromotion.with("{\"id\":\"f\",\"kind\":\"\(kind)\",\"label\":\"F\"\(extra)}"), postal: try noPlaces())
    }

    static func read(_ kind: String, _ text: String, received: String = "2026-06-24") throws -> Assignment {
        let check = try check(kind)
        return check.assignment(for: try #require(check.promotion.field("f")), keyed: Keyed(text: text), received: CalendarDate(received))
            .assignment
    }

    @Test("every case of normal-form.json comes out as it says", arguments: try Vectors.cases("normal-form"))
    func vectors(_ vector: JSONValue) throws {
        let name = try #require(vector["name"]?.text)
        let kind = try #require(vector["kind"]?.text)
        let choices = vector["choices"].map { ",\"choices\":\(String(decoding: $0.line, as: UTF8.self))" } ?? ""
        let check = try Self.check(kind, choices)
        let keyed = Keyed(text: try #require(vector["keyed"]?.text), flag: vector["given"]?.text)
        let received = try #require(vector["received"]?.text.flatMap { CalendarDate($0) })
        let field = try #require(check.promotion.field("f"))
        let (assignment, findings) = check.assignment(for: field, keyed: keyed, received: received)

        let value = try #require(vector["value"]?.scalar)
        #expect(assignment.value == value, "\(name): \(assignment.value)")
        #expect(assignment.flag == vector["flag"]?.text, "\(name)")
        let kept = vector["kept"]?.text
        #expect(assignment.keyed == kept && (kept.map { assignment.keyed?.sameBytes(as: $0) == true } ?? true), "\(name)")
        #expect(findings.map(\.code) == (assignment.flag.map { [$0] } ?? []), "\(name)")
        let isAnswer = kind == "consent" && !assignment.value.isNull
        #expect(assignment.wording == (isAnswer ? Versioned(id: "card", version: 3) : nil), "\(name)")
    }

    @Test("a normal form is its own normal form, with nothing to keep beside it", arguments: try Vectors.cases("normal-form"))
    func idempotent(_ vector: JSONValue) throws {
        let kind = try #require(vector["kind"]?.text)
        guard let value = vector["value"]?.scalar, kind != "choice", vector["flag"]?.text == nil else { return }
        let again = try Self.read(kind, value.description)
        #expect(again.value == value)
        #expect(again.keyed == nil && again.flag == nil)
    }

    @Test("a keyed text that only looks like its normal form is kept beside it")
    func equalOnlyToTheEye() throws {
        // Swift's == calls these equal, and the second two have as many bytes as their normal forms.
        let letter = try Self.read("text", "e\u{301}")
        #expect(letter.value == .text("\u{E9}"))
        let marks = try Self.read("text", "q\u{307}\u{323}")
        #expect(marks.value == .text("q\u{323}\u{307}"))
        // What was typed is stored in NFC as well, which leaves no difference to keep.
        #expect(letter.keyed == nil && marks.keyed == nil)
    }

    @Test("what is kept of the typing has no U+0000, which no line may hold")
    func noNull() throws {
        let assignment = try Self.read("phone", "542\u{0}-412-0990")
        #expect(assignment.value == .text("+15424120990"))
        #expect(assignment.keyed == "542-412-0990")
    }

    @Test("without a day of receipt the last day that counts decides the century")
    func noReceipt() throws {
        let check = try Self.check("birthDate")
        let field = try #require(check.promotion.field("f"))
        func birth(_ text: String) -> Scalar { check.assignment(for: field, keyed: Keyed(text: text), received: nil).assignment.value }
        #expect(birth("07/07/26") == .text("2026-07-07"))
        #expect(birth("07/08/26") == .text("1926-07-08"))
    }

    @Test("any two-digit birth date is the latest such day that is not after the receipt")
    func everyTwoDigitBirth() throws {
        var random = SeededRandom(seed: 26)
        let check = try Self.check("birthDate")
        let field = try #require(check.promotion.field("f"))
        for _ in 0..<2_000 {
            let received = try #require(CalendarDate(dayNumber: Int.random(in: 10_000...30_000, using: &random)))
            let age = Int.random(in: 0..<36_500, using: &random)
            let birth = try #require(CalendarDate(dayNumber: received.dayNumber - age))
            let year = String(birth.description.dropFirst(2).prefix(2))
            let text = "\(birth.month)/\(birth.day)/\(year)"
            let value = check.assignment(for: field, keyed: Keyed(text: text), received: received).assignment.value
            #expect(value == .text(birth.description), "\(text) received \(received)")
        }
    }

    @Test("whatever is typed in a field is kept, in its value or beside it", arguments: [1, 2, 3] as [UInt64])
    func nothingIsLost(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "1", "0", "19", "85", "/", "-", ".", " ", "  ", "@", "x", "ext", "Mar", "yes", "no", "+", "(", ")", ",", "e\u{301}", "đ",
            "\u{200B}", "\u{0}", "ü", "#", "a", "NY", "'",
        ]
        let checks = try Field.Kind.allCases.map { try Self.check($0.rawValue) }
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let check = try #require(checks.randomElement(using: &random))
            let field = try #require(check.promotion.field("f"))
            let (first, findings) = check.assignment(for: field, keyed: Keyed(text: text), received: CalendarDate("2026-06-24"))
            #expect(findings.isEmpty == (first.flag == nil), "seed \(seed): \(field.kind) \(text.debugDescription)")
            let stored = first.keyed ?? first.value.description
            let again = check.assignment(for: field, keyed: Keyed(text: stored), received: CalendarDate("2026-06-24")).assignment
            #expect(again.agrees(with: first), "seed \(seed): \(field.kind) \(text.debugDescription)")
            if first.flag != nil { #expect(first.value.text == nil || first.value.text?.isEmpty == false) }
        }
    }
}

extension JSONValue {
    var scalar: Scalar? {
        switch self {
        case .null: .null
        case .bool(let answer): .bool(answer)
        case .integer(let number): .integer(number)
        case .string(let text): .text(text)
        case .array, .object: nil
        }
    }
}
