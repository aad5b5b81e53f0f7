import EntryModel
import TestSupport
import Testing

/// One case of a vectors file: `name`, what goes in, and `expected` or `mustFail`.
struct VectorCase: CustomTestStringConvertible, Sendable {
    let value: JSONValue

    /// - Returns: The cases of the file; one that says why where it cannot be read, so that the test fails by name.
    static func load(_ file: JSONValue) -> [VectorCase] {
        guard case .array(let elements) = file else { return [] }
        return elements.map { VectorCase(value: $0) }
    }

    var testDescription: String { (try? text("name")) ?? "a case without a name" }

    /// Why it has to be refused; `nil` when it has to be taken.
    var mustFail: String? { try? text("mustFail") }

    func has(_ name: String) -> Bool { value[name] != nil }

    func text(_ path: String...) throws -> String {
        guard case .string(let text) = try member(path) else { throw Missing(path: path, kind: "a text") }
        return text
    }

    func integer(_ path: String...) throws -> Int64 {
        guard case .integer(let number) = try member(path) else { throw Missing(path: path, kind: "an integer") }
        return number
    }

    func bool(_ path: String...) throws -> Bool {
        guard case .bool(let answer) = try member(path) else { throw Missing(path: path, kind: "true or false") }
        return answer
    }

    func list(_ path: String...) throws -> [JSONValue] {
        guard case .array(let elements) = try member(path) else { throw Missing(path: path, kind: "an array") }
        return elements
    }

    func texts(_ path: String...) throws -> [String] {
        guard case .array(let elements) = try member(path) else { throw Missing(path: path, kind: "an array") }
        return try elements.map { element in
            guard case .string(let text) = element else { throw Missing(path: path, kind: "an array of texts") }
            return text
        }
    }

    func members(_ path: String...) throws -> [(name: String, value: JSONValue)] {
        guard case .object(let members) = try member(path) else { throw Missing(path: path, kind: "an object") }
        return members
    }

    func digest(_ path: String...) throws -> Digest {
        guard case .string(let text) = try member(path), let digest = Digest(hex: text) else { throw Missing(path: path, kind: "a digest") }
        return digest
    }

    func bytes(_ path: String...) throws -> [UInt8] {
        guard case .string(let text) = try member(path), let bytes = Hex.decode(text) else { throw Missing(path: path, kind: "hex") }
        return bytes
    }

    func uniqueID(_ path: String...) throws -> UniqueID {
        guard case .string(let text) = try member(path), let id = UniqueID(text) else { throw Missing(path: path, kind: "an id") }
        return id
    }

    private func member(_ path: [String]) throws -> JSONValue {
        try path.reduce(value) { value, name in
            guard let member = value[name] else { throw Missing(path: path, kind: "anything") }
            return member
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let path: [String]
        let kind: String

        var description: String { "the case lacks \(kind) at \(path.joined(separator: "."))" }
    }
}
