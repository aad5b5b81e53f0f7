#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A name inside an object, valid while its reader stands in the line.
public struct JSONName {
    /// The name's UTF-8 bytes, without quotes and escapes.
    let text: UnsafeBufferPointer<UInt8>

    /// The name as text, for ids and messages.
    public var string: String { String(decoding: text, as: UTF8.self) }

    /// Compares by bytes, with a literal of ASCII letters.
    @inline(__always)
    public static func == (name: JSONName, literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard name.text.count == count else { return false }
        for index in 0..<count where name.text[index] != literal.utf8Start[index] { return false }
        return true
    }
}

/// The names of all open objects, to refuse the second of a kind: compared one by one while few, through a set when many.
struct JSONNames {
    private struct Entry {
        let start: UnsafePointer<UInt8>?
        let count: Int
        /// Up to eight of the first bytes, which tell most names apart.
        let head: UInt64

        @inline(__always)
        init(_ name: JSONName) {
            start = name.text.baseAddress
            count = name.text.count
            if count >= 8, let start {
                head = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
            } else {
                var head: UInt64 = 0
                for byte in name.text { head = head << 8 | UInt64(byte) }
                self.head = head
            }
        }

        /// One bit of 64, by which most names are known to be new without a comparison.
        @inline(__always)
        var bit: UInt64 {
            let mixed = (head ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
            return 1 << (mixed >> 58)
        }

        @inline(__always)
        func isEqual(_ other: Entry) -> Bool {
            guard head == other.head, count == other.count else { return false }
            guard count > 8, let start, let otherStart = other.start else { return true }
            return memcmp(start, otherStart, count) == 0
        }
    }

    private struct OpenObject {
        /// Where its names begin.
        var mark: Int
        /// The bits of all its names.
        var bits: UInt64
    }

    /// Of the outermost object first, one after the other; those from `top` on belong to objects that have ended.
    private var entries: [Entry] = []
    private var top = 0
    /// The object last opened.
    private var current = OpenObject(mark: 0, bits: 0)
    /// Those around it, the outermost first.
    private var outer: [OpenObject] = []
    /// By the mark of an object with many names.
    private var sets: [Int: Set<[UInt8]>] = [:]

    init() {
        entries.reserveCapacity(32)
        outer.reserveCapacity(8)
    }

    mutating func open() {
        outer.append(current)
        current = OpenObject(mark: top, bits: 0)
    }

    mutating func close() {
        top = current.mark
        current = outer.removeLast()
        if !sets.isEmpty { sets[top] = nil }
    }

    /// - Returns: `false` when the object last opened has the name already; names compare by their UTF-8 bytes.
    @inline(__always)
    mutating func insert(_ name: JSONName) -> Bool {
        guard top - current.mark < 32 else { return insertIntoSet(name, current.mark) }
        let new = Entry(name)
        let bit = new.bit
        if current.bits & bit != 0 {
            for index in current.mark..<top where entries[index].isEqual(new) { return false }
        }
        current.bits |= bit
        if top < entries.count { entries[top] = new } else { entries.append(new) }
        top += 1
        return true
    }

    private mutating func insertIntoSet(_ name: JSONName, _ mark: Int) -> Bool {
        if sets[mark] == nil {
            sets[mark] = Set(entries[mark..<top].map { Array(UnsafeBufferPointer(start: $0.start, count: $0.count)) })
        }
        return sets[mark, default: []].insert(Array(name.text)).inserted
    }
}
