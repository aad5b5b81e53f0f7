import TestSupport
import Testing

@testable import EntryModel

@Suite struct ChangeTests {
    private static let entry = UniqueID(high: 0x01A0_C8A5_0000_7C00, low: 0xA000_0000_0000_0001)
    private static let salt = [UInt8](repeating: 7, count: 16)

    private static func header(_ kind: ChangeHeader.Kind = .set, subject: ChangeHeader.Subject = .entry(entry)) -> ChangeHeader {
        ChangeHeader(
            station: ChangeHeader.central, operatorID: "staff", stamp: 1, skew: 0, kind: kind, form: Versioned(id: "p", version: 1),
            subject: subject)
    }

    @Test("a random change is read back as it was made, with the same id", arguments: 1...4)
    func roundTrip(seed: UInt64) throws {
        var json = RandomJSON(random: SeededRandom(seed: seed))
        for _ in 0..<400 {
            let body = Self.body(&json)
            let header = Self.header(&json)
            let made = try Change(header: header, body: body)
            let read = try Change(headerLine: made.headerLine, bodyLine: made.bodyLine)
            #expect(read.id == made.id)
            #expect(read.header == header)
            #expect(read.body == body)
        }
    }

    private static func header(_ json: inout RandomJSON) -> ChangeHeader {
        let subject: ChangeHeader.Subject =
            json.random.chance(oneIn: 2)
            ? .batch("MB-\(json.random.next() % 1000)") : .entry(UniqueID(high: json.random.next(), low: json.random.next()))
        let kinds: [ChangeHeader.Kind] = [.set, .void, .restore, .verify, .reject]
        let kind = kinds.randomElement(using: &json.random) ?? .set
        return ChangeHeader(
            station: json.random.chance(oneIn: 4)
                ? ChangeHeader.central : UniqueID(high: json.random.next(), low: json.random.next()).description,
            operatorID: "op-\(json.random.next() % 100)", stamp: Int64.random(in: safeIntegers, using: &json.random),
            skew: json.random.chance(oneIn: 3) ? nil : Int64.random(in: safeIntegers, using: &json.random), kind: kind,
            form: Versioned(id: "p", version: Int64.random(in: 1...safeIntegers.upperBound, using: &json.random)), subject: subject,
            target: kind == .reject ? digest(&json) : nil)
    }

    private static func digest(_ json: inout RandomJSON) -> Digest {
        Digest(words: (json.random.next(), json.random.next(), json.random.next(), json.random.next()))
    }

    private static func body(_ json: inout RandomJSON) -> ChangeBody {
        func digests(_ limit: Int) -> [Digest] { (0..<Int.random(in: 0...limit, using: &json.random)).map { _ in digest(&json) } }
        let set = (0..<Int.random(in: 0..<20, using: &json.random)).map { index -> Assignment in
            let value: Scalar =
                switch json.value(depth: 0) {
                case .bool(let answer): .bool(answer)
                case .integer(let number): .integer(number)
                case .string(let text): .text(text)
                default: .null
                }
            return Assignment(
                field: index == 0 ? "$envelope.\(1 + json.random.next() % 999)" : "field_\(index)", value: value,
                keyed: json.random.chance(oneIn: 3) ? json.text() : nil, flag: json.random.chance(oneIn: 5) ? "impossible" : nil,
                wording: json.random.chance(oneIn: 5) ? Versioned(id: "w", version: 1) : nil)
        }
        return ChangeBody(
            salt: json.random.bytes(16), set: set, base: digests(4).map { ChangeBody.Base(change: $0, fields: ["a", "$void"]) },
            seen: digests(5), verify: digests(2).enumerated().map { ChangeBody.Verification(field: "f\($0)", heads: [$1], agrees: true) },
            reason: json.random.chance(oneIn: 3) ? "duplicate" : nil)
    }

    @Test("what its reader would refuse is not made: U+0000, numbers beyond 2^53, a field twice or out of form, a short salt")
    func capture() throws {
        let bodies = [
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .text("x\0y"))]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .text("x"), keyed: "\0")]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .integer(safeIntegers.upperBound + 1))]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .null), Assignment(field: "a", value: .null)]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "Name", value: .null)]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "$other", value: .null)]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .null, flag: "two words")]),
            ChangeBody(salt: Self.salt, set: [Assignment(field: "a", value: .null, wording: Versioned(id: "W", version: 1))]),
            ChangeBody(salt: Array(Self.salt.prefix(15))),
            ChangeBody(salt: Self.salt, base: [ChangeBody.Base(change: .zero, fields: []), ChangeBody.Base(change: .zero, fields: ["a"])]),
            ChangeBody(salt: Self.salt, base: [ChangeBody.Base(change: .zero, fields: ["A"])]),
            ChangeBody(salt: Self.salt, reason: "he asked"),
        ]
        for body in bodies {
            #expect(throws: ChangeError.self, "\(body)") { try Change(header: Self.header(), body: body) }
            #expect(throws: ChangeError.self) {
                try Change(headerLine: Self.header().line, bodyLine: body.line)
            }
        }
        for header in [
            Self.header(.document), Self.header(.set, subject: .promotion), Self.header(.reject), Self.header(.erase, subject: .batch("A")),
            Self.header(.set, subject: .batch("a")),
        ] {
            #expect(throws: ChangeError.self, "\(header)") { try Change(header: header, body: ChangeBody(salt: Self.salt)) }
        }
    }

    @Test("the limits hold where a change is made, and the message says which")
    func limits() throws {
        func made(_ body: ChangeBody) throws -> Change { try Change(header: Self.header(), body: body) }
        func note(_ count: Int) -> ChangeBody {
            ChangeBody(salt: Self.salt, set: [Assignment(field: "note", value: .text(String(repeating: "a", count: count)))])
        }
        let room = LineLimits.line.bytes - note(0).line.count
        #expect(try made(note(room)).bodyLine.count == LineLimits.line.bytes)
        let error = #expect(throws: ChangeError.self) { try made(note(room + 1)) }
        #expect(error == .line(.body, JSONError(.tooLong, at: LineLimits.line.bytes)))
        let bases = (0..<65).map { ChangeBody.Base(change: Digest(words: (0, 0, 0, $0)), fields: ["a"]) }
        #expect(throws: Never.self) { try made(ChangeBody(salt: Self.salt, base: Array(bases.prefix(64)))) }
        #expect(throws: ChangeError.self) { try made(ChangeBody(salt: Self.salt, base: bases)) }
        let ids = bases.map(\.change)
        #expect(throws: ChangeError.self) { try made(ChangeBody(salt: Self.salt, seen: Array(repeating: ids, count: 4).flatMap { $0 })) }
        #expect(throws: ChangeError.self) {
            try made(ChangeBody(salt: Self.salt, verify: [.init(field: "a", heads: Array(ids.prefix(17)), agrees: true)]))
        }
    }

    @Test("the digest of a set of heads is free of order and sensitive to each")
    func digestSum() {
        let digests = (0..<8).map { Hash.line([$0]) }
        let sum = digests.reduce(.zero, &+)
        #expect(digests.reversed().reduce(.zero, &+) == sum)
        #expect(digests.dropLast().reduce(.zero, &+) != sum)
        let most = Digest(words: (.max, .max, .max, .max))
        #expect(most &+ Digest(words: (0, 0, 0, 1)) == .zero)
        #expect(Digest(words: (0, 0, .max, .max)) &+ Digest(words: (0, 0, 0, 1)) == Digest(words: (0, 1, 0, 0)))
    }
}
