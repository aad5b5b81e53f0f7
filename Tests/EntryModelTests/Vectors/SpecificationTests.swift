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
        for name in ["change", "chain", "envelope", "enrolment", "feed", "messages", "bundles"] { collect(try Vectors.load(name)) }
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

    @Test("every section that a comment in the sources names is there")
    func sections() throws {
        let headings = Set(text.split(separator: "\n").filter { $0.hasPrefix("##") }.map { $0.drop { "# ".contains($0) } })
        let root = ProjectFolder.file("Sources")
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        var named = 0
        for file in files where file.pathExtension == "swift" {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                guard let mention = line.components(separatedBy: "Protocol/README.md, ").dropFirst().first else { continue }
                let quoted = mention.components(separatedBy: "\"").enumerated().filter { !$0.offset.isMultiple(of: 2) }
                for (_, section) in quoted {
                    named += 1
                    #expect(headings.contains(section[...]), "\(file.lastPathComponent) names \"\(section)\"")
                }
            }
        }
        #expect(named > 15)
    }

    @Test("every rule has one number, and every number that is referred to is a rule")
    func rules() throws {
        let number = try Regex("\\b([A-Z]{1,2}[0-9]{1,2})\\b", as: (Substring, Substring).self)
        let bold = try Regex("\\*\\*([A-Z]{1,2}[0-9]{1,2})\\*\\*", as: (Substring, Substring).self)
        let rules = text.matches(of: bold).map(\.output.1).dropFirst()
        #expect(rules.count > 80)
        #expect(Set(rules).count == rules.count, "\(rules.filter { rule in rules.count { $0 == rule } > 1 })")
        let prose = text.split(separator: "\n").filter { !$0.hasPrefix("{") && !$0.hasPrefix("\"") && !$0.contains("[A-Z") }
        for reference in prose.flatMap({ $0.matches(of: number).map(\.output.1) }) {
            #expect(rules.contains(reference), "\(reference)")
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
        #expect(text.contains("| the first line of a bundle | 1,024 bytes |") && SealedBundle.Limits.headerBytes == 1024)
        #expect(text.contains("| messages in a bundle | 10,000 |") && SealedBundle.Limits.messages == 10_000)
        #expect(text.contains("`\(Envelope.mediaType)`"))
    }
}
