/// A strict I-JSON reader that is pulled along one line: objects are walked name by name, nothing is built that is not asked for.
///
/// Refuses what RFC 7493 leaves to chance: duplicate names, U+0000, lone surrogates, invalid UTF-8, numbers that are not integers within
/// ±(2^53−1), more depth or bytes than `limits`. White space between tokens is allowed (but no LF: that ends a line).
///
/// ```swift
/// try JSONReader.read(line, limits: .line) { reader throws(JSONError) in
///     try reader.beginObject()
///     while let name = try reader.nextName() {
///         if name == "v" { version = try reader.integer() } else { try reader.skip() }
///     }
/// }
/// ```
/// - SeeAlso: Protocol/README.md, "Bytes"; vectors in Protocol/vectors/json.json.
public struct JSONReader {
    /// What stands next.
    public enum Token: Sendable { case object, array, string, integer, bool, null }

    let bytes: UnsafeBufferPointer<UInt8>
    let limits: LineLimits
    var offset = 0
    private var depth = 0
    private var names: JSONNames
    private var first = true
    /// Names that could not be lent from the line, because they have escapes or are not ASCII.
    private var kept: [UnsafeMutableBufferPointer<UInt8>] = []

    private init(_ bytes: UnsafeBufferPointer<UInt8>, limits: LineLimits, _ names: JSONNames) {
        self.bytes = bytes
        self.limits = limits
        self.names = names
    }

    /// Reads one line to its last byte.
    /// - Parameters:
    ///   - line: The line's bytes without its LF.
    ///   - body: Walks exactly one value.
    /// - Throws: `JSONError` of the reader or of `body`; also when bytes are left over.
    public static func read<Result>(
        _ line: [UInt8], limits: LineLimits, _ body: (inout JSONReader) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        // Carries the typed error across the closure, which rethrows untyped.
        let outcome = line.withUnsafeBufferPointer { buffer in
            JSONNames.withRoom { names -> Swift.Result<Result, JSONError> in
                var reader = JSONReader(buffer, limits: limits, names)
                defer { for name in reader.kept { name.deallocate() } }
                do throws(JSONError) {
                    guard buffer.count <= limits.bytes else { throw JSONError(.tooLong, at: limits.bytes) }
                    let result = try body(&reader)
                    reader.skipSpace()
                    guard reader.offset == buffer.count else { throw JSONError(.trailingBytes, at: reader.offset) }
                    return .success(result)
                } catch {
                    return .failure(error)
                }
            }
        }
        return try outcome.get()
    }

    // MARK: Objects and arrays

    public mutating func beginObject() throws(JSONError) {
        try open(UInt8(ascii: "{"))
        names.open()
    }

    /// Moves to the next name of the object last begun.
    /// - Returns: The name; `nil` when the object has ended.
    public mutating func nextName() throws(JSONError) -> JSONName? {
        guard try step(closing: UInt8(ascii: "}")) else {
            names.close()
            return nil
        }
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw fault(.syntax) }
        let start = offset
        let name = try scanName()
        guard names.insert(name) else { throw JSONError(.duplicateName, at: start) }
        skipSpace()
        guard offset < bytes.count else { throw fault(.endOfInput) }
        guard bytes[offset] == UInt8(ascii: ":") else { throw fault(.syntax) }
        offset += 1
        skipSpace()
        return name
    }

    /// Keeps a name's bytes for as long as the line is read.
    mutating func keep(_ name: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: name.count)
        _ = copy.initialize(from: name)
        kept.append(copy)
        return UnsafeBufferPointer(copy)
    }

    public mutating func beginArray() throws(JSONError) {
        try open(UInt8(ascii: "["))
    }

    /// Moves to the next element of the array last begun.
    /// - Returns: `false` when the array has ended.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try step(closing: UInt8(ascii: "]"))
    }

    private mutating func open(_ bracket: UInt8) throws(JSONError) {
        skipSpace()
        guard offset < bytes.count else { throw fault(.endOfInput) }
        guard bytes[offset] == bracket else { throw unexpected() }
        depth += 1
        guard depth <= limits.depth else { throw fault(.tooDeep) }
        offset += 1
        first = true
    }

    private mutating func step(closing bracket: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard offset < bytes.count else { throw fault(.endOfInput) }
        if bytes[offset] == bracket {
            offset += 1
            depth -= 1
            first = false
            return false
        }
        if first {
            first = false
            return true
        }
        guard bytes[offset] == UInt8(ascii: ",") else { throw fault(.syntax) }
        offset += 1
        skipSpace()
        guard offset < bytes.count else { throw fault(.endOfInput) }
        guard bytes[offset] != bracket else { throw fault(.syntax) }
        return true
    }

    // MARK: Scalars

    /// What stands next, without moving past it.
    public mutating func peek() throws(JSONError) -> Token {
        skipSpace()
        guard offset < bytes.count else { throw fault(.endOfInput) }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), 48...57: return .integer
        default: throw fault(.syntax)
        }
    }

    public mutating func integer() throws(JSONError) -> Int64 {
        guard try peek() == .integer else { throw unexpected() }
        let start = offset
        let negative = bytes[offset] == UInt8(ascii: "-")
        if negative { offset += 1 }
        guard offset < bytes.count else { throw fault(.endOfInput) }
        let firstDigit = bytes[offset]
        guard firstDigit &- 48 < 10 else { throw fault(.syntax) }
        var value: Int64 = 0
        while offset < bytes.count, bytes[offset] &- 48 < 10 {
            guard offset - start < 18 else { throw JSONError(.integerOutOfRange, at: start) }
            value = value &* 10 &+ Int64(bytes[offset] &- 48)
            offset += 1
        }
        if firstDigit == 48, offset - start > (negative ? 2 : 1) { throw JSONError(.syntax, at: start) }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") || bytes[offset] | 0x20 == UInt8(ascii: "e") {
            throw JSONError(.notAnInteger, at: start)
        }
        // Some parsers read -0 as a float that differs from 0.
        if negative, value == 0 { throw JSONError(.notAnInteger, at: start) }
        guard value <= safeIntegers.upperBound else { throw JSONError(.integerOutOfRange, at: start) }
        return negative ? -value : value
    }

    public mutating func bool() throws(JSONError) -> Bool {
        guard try peek() == .bool else { throw unexpected() }
        return try scanBool()
    }

    /// As `bool`, when `peek` has just said that one stands next.
    mutating func scanBool() throws(JSONError) -> Bool {
        let value = bytes[offset] == UInt8(ascii: "t")
        try literal(value ? "true" : "false")
        return value
    }

    public mutating func null() throws(JSONError) {
        guard try peek() == .null else { throw unexpected() }
        try scanNull()
    }

    /// As `null`, when `peek` has just said that it stands next.
    mutating func scanNull() throws(JSONError) {
        try literal("null")
    }

    /// Passes `null` if it stands next.
    public mutating func isNull() throws(JSONError) -> Bool {
        guard try peek() == .null else { return false }
        try literal("null")
        return true
    }

    public mutating func string() throws(JSONError) -> String {
        guard try peek() == .string else { throw unexpected() }
        return try scanString()
    }

    /// Passes over one value of any kind, checking it as strictly as one that is kept.
    public mutating func skip() throws(JSONError) {
        switch try peek() {
        case .object:
            try beginObject()
            while try nextName() != nil { try skip() }
        case .array:
            try beginArray()
            while try nextElement() { try skip() }
        case .string: _ = try string()
        case .integer: _ = try integer()
        case .bool: _ = try bool()
        case .null: try null()
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        guard offset + count <= bytes.count else { throw fault(.endOfInput) }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { throw fault(.syntax) }
        offset += count
    }

    // MARK: Errors

    /// The error for a value that is strict JSON but not what belongs here.
    public func unexpected(_ name: String? = nil) -> JSONError { JSONError(.unexpected, at: offset, name: name) }

    func fault(_ reason: JSONError.Reason) -> JSONError { JSONError(reason, at: offset) }

    mutating func skipSpace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 32 || byte == 9 || byte == 13 else { return }
            offset += 1
        }
    }
}
