/// What may bring a running program down, or hide a failure, stands in the sources only with its reason beside it.
enum RiskRules {
    static func faults(in source: SwiftSource) -> [Fault] {
        guard !source.isTest else { return [] }
        return source.code.enumerated().flatMap { index, line -> [Fault] in
            guard !source.hasReason(at: index) else { return [] }
            return risks(in: line).map { source.fault(at: index, "\($0) without a // comment that says why it is safe") }
        } + emptyCatches(in: source)
    }

    private static let phrases = ["fatalError(", "@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast(", "Task.detached"]

    private static func risks(in line: Substring) -> [String] {
        phrases.filter { line.contains($0) } + forces(in: Array(line.utf8))
    }

    /// Exclamation marks that end an operand: `try!`, `as!`, `value!`, `list[0]!`. Not `!=`, nor one that negates what follows.
    private static func forces(in line: [UInt8]) -> [String] {
        line.indices.compactMap { index in
            guard line[index] == UInt8(ascii: "!"), index > 0, ends(line[index - 1]) else { return nil }
            guard index + 1 == line.count || line[index + 1] != UInt8(ascii: "=") else { return nil }
            let operand = String(
                decoding: line[..<index].reversed().prefix { ends($0) || $0 == UInt8(ascii: ".") }.reversed(), as: UTF8.self)
            return "\(operand)!"
        }
    }

    private static func ends(_ byte: UInt8) -> Bool {
        "_)]>?`".utf8.contains(byte) || byte | 0x20 &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
    }

    /// `catch` with nothing in its braces, not even a comment.
    private static func emptyCatches(in source: SwiftSource) -> [Fault] {
        source.code.indices.compactMap { index in
            let line = source.code[index]
            guard line.contains("catch"), let opening = line.lastIndex(of: "{"), !source.hasReason(at: index) else { return nil }
            var inside = line[line.index(after: opening)...].filter { $0 != " " }
            var end = index
            while inside.isEmpty, end + 1 < source.code.count {
                end += 1
                inside = source.code[end].filter { $0 != " " }
            }
            guard inside.hasPrefix("}"), source.comments[index...end].allSatisfy({ $0.allSatisfy { $0 == " " } }) else { return nil }
            return source.fault(at: index, "an error is caught and dropped without a // comment that says why")
        }
    }
}
