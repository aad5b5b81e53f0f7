import Foundation
import TestSupport
import Testing

@testable import FieldREPL

struct CSVTests {
    /// Reads a whole file that comes in pieces of `size` bytes, as if its first record were a header.
    private func records(_ bytes: [UInt8], pieces size: Int = 1 << 16) throws -> [CSVReader.Record] {
        var rest = bytes[...]
        var reader = CSVReader(
            ReadAhead {
                defer { rest = rest.dropFirst(size) }
                return Array(rest.prefix(size))
            })
        guard let header = try reader.header() else { return [] }
        var records = [CSVReader.Record(line: 1, content: .success(header))]
        while let record = try reader.next() { records.append(record) }
        #expect(reader.bytesRead == bytes.count)
        return records
    }

    private func fields(_ text: String) throws -> [[String]] {
        try records(Array(text.utf8)).map { try $0.content.get() }
    }

    @Test(
        "RFC 4180 is read: quotes, commas and line breaks in quotes, LF and CRLF, with and without a last line break",
        arguments: [
            ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
            ("a,b\n,\n", [["a", "b"], ["", ""]]), ("a,b\r\n,\r\n", [["a", "b"], ["", ""]]),
            ("a,b\n\"x,y\",\"z\"\"w\"\"\"\n", [["a", "b"], ["x,y", "z\"w\""]]),
            ("a,b\n\"1\r\n2\",3\n", [["a", "b"], ["1\r\n2", "3"]]), ("a,b\n\"\",\"\"", [["a", "b"], ["", ""]]),
            ("\u{FEFF}a,b\n1,Dương\n", [["a", "b"], ["1", "Dương"]]), ("a\n\n\r\n1\n", [["a"], ["1"]]), ("a\n\"\"\n", [["a"], [""]]),
            ("a", [["a"]]), ("", []),
        ] as [(String, [[String]])])
    func reads(text: String, expected: [[String]]) throws {
        #expect(try fields(text) == expected)
        for size in 1...5 {
            #expect(try records(Array(text.utf8), pieces: size).map { try $0.content.get() } == expected, "in pieces of \(size)")
        }
    }

    @Test("records know the line where they begin, over blank lines and line breaks in fields")
    func lines() throws {
        let found = try records(Array("a,b\n\n\"1\n2\",x\n3,4\r\n\r\n5,6".utf8))
        #expect(found.map(\.line) == [1, 3, 5, 7])
    }

    @Test("a faulty line is reported with its number and costs no other line", arguments: [1, 3, 64, 1 << 16])
    func faults(pieces: Int) throws {
        let bytes = Array("a,b\n1,2\n3\n4,\"x\"y\n5,o\"k\n6,".utf8) + [0xC3, 0x28] + Array("\n7,\"open\n8,9\n".utf8)
        let found = try records(bytes, pieces: pieces)
        let expected: [CSVReader.Record] = [
            .init(line: 1, content: .success(["a", "b"])), .init(line: 2, content: .success(["1", "2"])),
            .init(line: 3, content: .failure(.columns(found: 1, expected: 2))), .init(line: 4, content: .failure(.strayQuote)),
            .init(line: 5, content: .failure(.strayQuote)), .init(line: 6, content: .failure(.notUTF8)),
            .init(line: 7, content: .failure(.openQuote)), .init(line: 8, content: .success(["8", "9"])),
        ]
        #expect(found == expected)
    }

    @Test("one forgotten quote does not swallow the lines up to the next one")
    func forgottenQuote() throws {
        let found = try records(Array("a,b\n1,\"x\n2,\"y, z\"\n3,4\n".utf8))
        #expect(found.map(\.line) == [1, 2, 3, 4])
        #expect(found[1].content == .failure(.strayQuote))
        #expect(try found[2].content.get() == ["2", "y, z"])
        #expect(try found[3].content.get() == ["3", "4"])
    }

    @Test("a record over the limit is passed over in bounded memory")
    func tooLong() throws {
        let bytes = Array("a,b\n1,".utf8) + Array(repeating: UInt8(ascii: "x"), count: 3 << 20) + Array("\n2,3\n".utf8)
        let found = try records(bytes)
        #expect(found.map(\.content) == [.success(["a", "b"]), .failure(.tooLong), .success(["2", "3"])])
    }

    @Test("a first line that cannot be read throws its fault")
    func badHeader() {
        #expect(throws: CSVFault.notUTF8) { try records([0xFF, 0xFE, 0x61, 0x00]) }
    }

    @Test("any fields are read back as they were written")
    func roundTrip() throws {
        var random = SeededRandom(seed: 41)
        let alphabet = Array("ab1,,\"\"\n\r;' \tếä🙂\u{FEFF}".unicodeScalars)
        for _ in 0..<1000 {
            let width = Int.random(in: 1...5, using: &random)
            let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                (0..<width).map { _ in
                    var text = String.UnicodeScalarView()
                    for _ in 0..<Int.random(in: 0...6, using: &random) { text.append(alphabet.randomElement(using: &random) ?? "a") }
                    return String(text)
                }
            }
            let header = (0..<width).map { "c\($0)" }
            let bytes = Array(([header] + rows).map(CSVWriter.record).joined().utf8)
            let found = try records(bytes, pieces: Int.random(in: 1...40, using: &random)).map { try $0.content.get() }
            #expect(found.map { $0.map { Array($0.utf8) } } == ([header] + rows).map { $0.map { Array($0.utf8) } })
        }
    }
}
