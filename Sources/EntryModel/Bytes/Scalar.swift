/// A field's value: text, a number, yes or no, or nothing (blank, or cleared).
///
/// Compares by kind and by UTF-8 bytes. Swift's own `==` on strings calls é and e+´ equal; other languages do not, and replicas must agree.
public enum Scalar: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
}

extension Scalar: Equatable {
    public static func == (left: Scalar, right: Scalar) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.text(let a), .text(let b)): a.sameBytes(as: b)
        default: false
        }
    }
}

extension Scalar {
    public var isNull: Bool { if case .null = self { true } else { false } }
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    static func read(_ reader: inout JSONReader) throws(JSONError) -> Scalar {
        switch try reader.peek() {
        case .string: return .text(try reader.scanString())
        case .integer: return .integer(try reader.integer())
        case .bool: return .bool(try reader.scanBool())
        case .null:
            try reader.scanNull()
            return .null
        case .object, .array: throw reader.unexpected()
        }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer(let value): writer.integer(value)
        case .text(let text): writer.string(text)
        }
    }
}

extension Scalar: CustomStringConvertible {
    /// As a person reads it: text as it is, `yes` or `no`, nothing for null.
    public var description: String {
        switch self {
        case .null: ""
        case .bool(let value): value ? "yes" : "no"
        case .integer(let value): String(value)
        case .text(let text): text
        }
    }
}

extension String {
    /// Whether both have the same UTF-8 bytes.
    public func sameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
