import Foundation
import TestSupport
import Testing

@testable import EntryModel

@Suite struct JSONPropertyTests {
    private static let limits = LineLimits(bytes: 1 << 20, depth: 10)

    @Test("any spelling of a value is read as that value, by us and by Foundation alike", arguments: 1...4)
    func agreement(seed: UInt64) throws {
        var json = RandomJSON(random: SeededRandom(seed: seed))
        for _ in 0..<500 {
            let value = json.value(depth: 5)
            let line = Array(json.spelling(of: value).utf8)
            #expect(try JSONValue(line: line, limits: Self.limits).line == value.line)
            let other = try JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed)
            #expect(Self.agrees(value, other), "\(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test("what we write is read back to the same bytes", arguments: 1...4)
    func roundTrip(seed: UInt64) throws {
        var json = RandomJSON(random: SeededRandom(seed: seed &+ 100))
        for _ in 0..<1000 {
            let line = json.value(depth: 5).line
            #expect(try JSONValue(line: line, limits: Self.limits).line == line)
        }
    }

    @Test("a line that one byte was changed in is read only if Foundation reads it too", arguments: 1...4)
    func mutation(seed: UInt64) throws {
        var json = RandomJSON(random: SeededRandom(seed: seed &+ 200))
        var refused = 0
        var taken = 0
        for _ in 0..<2000 {
            let value = json.value(depth: 3)
            var line = Array(json.spelling(of: value).utf8)
            guard !line.isEmpty else { continue }
            let index = Int.random(in: line.indices, using: &json.random)
            line[index] = Array("\"\\{}[],:0123456789-+.eEtfn u\u{1}".utf8).randomElement(using: &json.random) ?? 0
            if (try? JSONValue(line: line, limits: Self.limits)) == nil {
                refused += 1
            } else {
                taken += 1
                #expect(throws: Never.self, "\(String(decoding: line, as: UTF8.self))") {
                    try JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed)
                }
            }
        }
        #expect(refused > 200 && taken > 200)
    }

    @Test("no bytes make a reader crash: 100,000 short lines", arguments: 1...4)
    func fuzz(seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 300)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83c", "0000", "-", "0", "1", "9007199254740992", ".", "e", "true", "null",
            "\"salt\"", "\"set\"", "\"base\"", "\"v\"", "\"kind\"", "\u{e9}", " ", "\n", "\"00000000000000000000000000000000\"",
        ].map { Array($0.utf8) }
        var taken = 0
        for round in 0..<25_000 {
            var line: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                if random.chance(oneIn: 8) { line += random.bytes(2) } else { line += pieces.randomElement(using: &random) ?? [] }
            }
            if (try? JSONValue(line: line, limits: .line)) != nil { taken += 1 }
            _ = try? ChangeBody(line: line, limits: .line)
            guard round.isMultiple(of: 5) else { continue }
            _ = try? ChangeHeader(line: line)
            _ = try? PushAnswer(line: line)
            _ = try? RequestLine(line: line, kind: .pull)
            _ = try? EnrolRequest(line: line)
            _ = try? PullAnswer(lines: [line, line])
            _ = try? SignedMessage(line)
            _ = EnrolmentCode("fe1_" + String(decoding: line, as: UTF8.self))
            _ = Problem(json: line)
        }
        #expect(taken > 500)
    }

    @Test("what has to be escaped, or may not stand in a string, is found wherever it stands", arguments: 0...20)
    func marks(length: Int) throws {
        for position in 0..<max(length, 1) {
            for mark in ["\"", "\\", "\u{1}", "\u{1F}", " ", "!", "#", "[", "]", "\u{7F}", "é", "\u{A2}", "\u{2022}", "🎉"] {
                let text = String(repeating: "a", count: position) + mark + String(repeating: "b", count: max(0, length - position - 1))
                let line = JSONValue.string(text).line
                let plain = Array("\"\(text)\"".utf8)
                let needsEscape = mark == "\"" || mark == "\\" || mark < " "
                #expect((line == plain) == !needsEscape)
                guard case .string(let read) = try JSONValue(line: line, limits: .line) else { throw JSONError(.unexpected, at: 0) }
                #expect(read.sameBytes(as: text))
                if mark < " " {
                    let error = #expect(throws: JSONError.self) { try JSONValue(line: plain, limits: .line) }
                    #expect(error == JSONError(.controlCharacter, at: position + 1))
                }
                let broken = plain[...position] + [0x80] + plain[(position + 1)...]
                #expect(throws: JSONError.self) { try JSONValue(line: Array(broken), limits: .line) }
            }
        }
    }

    /// Whether a tree of Foundation's says the same.
    private static func agrees(_ value: JSONValue, _ other: Any) -> Bool {
        switch value {
        case .null: return other is NSNull
        case .bool(let answer): return (other as? Bool) == answer
        case .integer(let number): return (other as? NSNumber)?.int64Value == number
        case .string(let text): return (other as? String)?.sameBytes(as: text) == true
        case .array(let elements):
            guard let others = other as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { agrees($0, $1) }
        case .object(let members):
            guard let others = other as? [String: Any], others.count == members.count else { return false }
            return members.allSatisfy { member in others[member.name].map { agrees(member.value, $0) } ?? false }
        }
    }
}
