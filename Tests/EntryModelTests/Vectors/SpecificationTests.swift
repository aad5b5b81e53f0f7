import EntryModel
import Foundation
import TestSupport
import Testing

/// Protocol/README.md is read by people who cannot run it, so that its examples and tables have to be held to the vectors.
@Suite struct SpecificationTests {
    private let text: String

    init() throws {
        text = try String(contentsOf: ProjectFolder.file("Protocol/README.md"), encoding: .utf8)
    }

    /// Every line that stands in a string of the vectors.
    private static func linesOfVectors() throws -> Set<String> {
        var lines: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .string(let text): lines.formUnion(text.split(separator: "\n").map(String.init))
            case .array(let elements): for element in elements { collect(element) }
            case .object(let members): for member in members { collect(member.value) }
            case .null, .bool, .integer: break
            }
        }
        for name in ["change", "chain", "envelope", "enrolment", "feed", "messages"] { collect(try Vectors.load(name)) }
        return lines
    }

    @Test("every example of the specification stands in the vectors, byte for byte")
    func examples() throws {
        let known = try Self.linesOfVectors()
        let blocks = text.components(separatedBy: "<!-- example: ").dropFirst()
        #expect(blocks.count >= 25)
        for block in blocks {
            let parts = block.components(separatedBy: "```")
            #expect(parts.count >= 3, "an example without its block")
            let lines = parts[1].split(separator: "\n").dropFirst().map(String.init)
            #expect(!lines.isEmpty, "\(parts[0]) is empty; Protocol/vectors/make.py fills it")
            for line in lines {
                // Tables of digests have a word before each.
                let value = line.hasPrefix("{") ? line : line.split(separator: " ").last.map(String.init) ?? line
                #expect(known.contains(value) || known.contains(String(value.dropFirst().dropLast())), "\(parts[0]) \(line)")
            }
        }
    }

    @Test("the table of problems is the catalogue's")
    func problems() {
        for code in Problem.Code.allCases {
            #expect(text.contains("| `\(code.rawValue)` | \(code.status) | \(code.isRetryable ? "yes" : "no") |"), "\(code.rawValue)")
        }
        #expect(text.contains(String(decoding: Problem(.busy).json, as: UTF8.self)))
    }

    @Test("the limits are those of the code")
    func limits() {
        #expect(text.contains("| a line | 65,536 bytes, 6 deep |") && LineLimits.line == LineLimits(bytes: 65_536, depth: 6))
        #expect(text.contains("| 1,048,576 bytes, 10 deep |") && LineLimits.document == LineLimits(bytes: 1_048_576, depth: 10))
        #expect(text.contains("| a request, unpacked | 1,048,576 bytes |") && Envelope.Limits.bytes == 1_048_576)
        #expect(text.contains("| an answer, unpacked | 1,179,648 bytes") && Envelope.Limits.answerBytes == 1_179_648)
        #expect(text.contains("| changes in a push, rows in a pull's answer | 500 |") && Envelope.Limits.rows == 500)
        #expect(text.contains("| 64, 256, 16 |"))
        #expect(ChangeBody.Limits.baseIDs == 64 && ChangeBody.Limits.seenIDs == 256 && ChangeBody.Limits.headsPerField == 16)
        #expect(text.contains("| 300,000 ms |") && Wire.clockToleranceMilliseconds == 300_000)
        #expect(text.contains("`\(Envelope.mediaType)`"))
    }
}
