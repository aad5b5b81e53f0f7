/// Any strict JSON value as a tree; for documents, whose shape is checked afterwards with every fault at once.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    /// Members in the order written; names are unique.
    case object([(name: String, value: JSONValue)])
}

extension JSONValue {
    /// Reads one line as strictly as `JSONReader`.
    /// - Throws: `JSONError` with the byte offset.
    public init(line: [UInt8], limits: LineLimits) throws(JSONError) {
        self = try JSONReader.read(line, limits: limits) { reader throws(JSONError) in try JSONValue.read(&reader) }
    }

    public static func read(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
        switch try reader.peek() {
        case .null:
            try reader.null()
            return .null
        case .bool: return .bool(try reader.bool())
        case .integer: return .integer(try reader.integer())
        case .string: return .string(try reader.string())
        case .array:
            try reader.beginArray()
            var elements: [JSONValue] = []
            while try reader.nextElement() { elements.append(try read(&reader)) }
            return .array(elements)
        case .object:
            try reader.beginObject()
            var members: [(name: String, value: JSONValue)] = []
            while let name = try reader.nextName() {
                let text = name.string
                members.append((text, try read(&reader)))
            }
            return .object(members)
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer(let value): writer.integer(value)
        case .string(let text): writer.string(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.name(member.name)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    /// The value as one line without white space.
    public var line: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The member of that name, compared by bytes; `nil` when there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.sameBytes(as: name) }?.value
    }
}
