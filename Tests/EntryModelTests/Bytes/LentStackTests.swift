import TestSupport
import Testing

@testable import EntryModel

@Suite("A stack in lent memory")
struct LentStackTests {
    @Test("it holds what an array holds, also beyond the room that was lent", arguments: 1...4)
    func likeAnArray(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 5) { room in
            var stack = LentStack(room)
            var array: [Int] = []
            for step in 0..<5000 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0 where !array.isEmpty: #expect(stack.pop() == array.removeLast())
                case 1 where random.chance(oneIn: 4):
                    let count = Int.random(in: 0...array.count, using: &random)
                    stack.cut(to: count)
                    array.removeLast(array.count - count)
                default:
                    stack.push(step)
                    array.append(step)
                }
                #expect((0..<stack.count).map { stack[$0] } == array)
            }
        }
    }

    @Test("a name that comes back is found in each of 14 objects within one another, and only there")
    func deep() throws {
        func line(repeatedIn level: Int?) -> [UInt8] {
            var text = ""
            for depth in 0..<14 { text += "{" + (0..<31).map { "\"field_of_the_form_\($0)\":\(depth)," }.joined() + "\"in\":" }
            text += "0"
            for depth in (0..<14).reversed() { text += depth == level ? ",\"field_of_the_form_30\":0}" : "}" }
            return Array(text.utf8)
        }
        let limits = LineLimits(bytes: 1 << 20, depth: 14)
        #expect(throws: Never.self) { try JSONValue(line: line(repeatedIn: nil), limits: limits) }
        for level in 0..<14 {
            let error = #expect(throws: JSONError.self) { try JSONValue(line: line(repeatedIn: level), limits: limits) }
            #expect(error?.reason == .duplicateName)
        }
    }
}
