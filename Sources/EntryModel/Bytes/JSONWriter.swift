/// Writes strict JSON into one growing buffer: no white space, text as UTF-8 with only what must be escaped.
///
/// Names and commas are the caller's: `field` writes a name with the comma before it where one is due.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []
    /// Why no strict reader will take what was written: U+0000, or an integer beyond ±(2^53−1).
    private(set) var fault: JSONError.Reason?
    private var comma = false

    public init(capacity: Int = 512) {
        bytes.reserveCapacity(capacity)
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a name; the next call writes its value.
    public mutating func name(_ text: String) {
        string(text)
        bytes.append(UInt8(ascii: ":"))
        comma = false
    }

    /// Writes a name of plain ASCII letters that needs no escape.
    @inline(__always)
    public mutating func name(_ literal: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(literal)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        comma = false
    }

    @inline(__always)
    private mutating func append(_ literal: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    public mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { run in
            if ByteMarks.isPlain(run) {
                bytes.append(contentsOf: run)
            } else {
                for byte in run { appendEscaped(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func integer(_ value: Int64) {
        separate()
        guard value != 0 else { return bytes.append(48) }
        if !safeIntegers.contains(value) { fault = .integerOutOfRange }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        let start = bytes.count
        while magnitude > 0 {
            bytes.append(48 + UInt8(truncatingIfNeeded: magnitude % 10))
            magnitude /= 10
        }
        bytes[start...].reverse()
    }

    public mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    public mutating func null() {
        separate()
        append("null")
    }

    /// Writes a digest as its hexadecimal digits.
    public mutating func digest(_ digest: Digest) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for word in [digest.words.0, digest.words.1, digest.words.2, digest.words.3] {
            for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
                bytes.append(Hex.digit(UInt8(truncatingIfNeeded: word >> shift) & 15))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes bytes that are JSON already.
    public mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 10: bytes.append(contentsOf: [92, 110])
        case 13: bytes.append(contentsOf: [92, 114])
        case 9: bytes.append(contentsOf: [92, 116])
        case 0..<0x20:
            if byte == 0 { fault = .nullCharacter }
            bytes.append(contentsOf: [92, 117, 48, 48, Hex.digit(byte >> 4), Hex.digit(byte & 15)])
        default: bytes.append(byte)
        }
    }

    @inline(__always)
    private mutating func separate() {
        if comma { bytes.append(UInt8(ascii: ",")) }
        comma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        comma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        comma = true
    }
}
