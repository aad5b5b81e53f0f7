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
///
/// Its stacks lie in memory that `withRoom` lends: a line of a change is too short to go to the heap for them.
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

    /// Of the outermost object first, one after the other.
    private var entries: LentStack<Entry>
    /// The object last opened.
    private var current = OpenObject(mark: 0, bits: 0)
    /// Those around it, the outermost first.
    private var outer: LentStack<OpenObject>
    /// By the mark of an object with many names.
    private var sets: [Int: Set<[UInt8]>] = [:]

    private init(_ entries: LentStack<Entry>, _ outer: LentStack<OpenObject>) {
        self.entries = entries
        self.outer = outer
    }

    /// - Parameter body: Must not let the names escape.
    @inline(__always)
    static func withRoom<Result>(_ body: (JSONNames) -> Result) -> Result {
        // No more than 1 KiB each, which is what lies on the stack.
        withUnsafeTemporaryAllocation(of: Entry.self, capacity: 32) { entries in
            withUnsafeTemporaryAllocation(of: OpenObject.self, capacity: 12) { outer in
                body(JSONNames(LentStack(entries), LentStack(outer)))
            }
        }
    }

    @inline(__always)
    mutating func open() {
        outer.push(current)
        current = OpenObject(mark: entries.count, bits: 0)
    }

    @inline(__always)
    mutating func close() {
        entries.cut(to: current.mark)
        if !sets.isEmpty { sets[current.mark] = nil }
        current = outer.pop()
    }

    /// - Returns: `false` when the object last opened has the name already; names compare by their UTF-8 bytes.
    @inline(__always)
    mutating func insert(_ name: JSONName) -> Bool {
        guard entries.count - current.mark < 32 else { return insertIntoSet(name, current.mark) }
        let new = Entry(name)
        let bit = new.bit
        if current.bits & bit != 0 {
            for index in current.mark..<entries.count where entries[index].isEqual(new) { return false }
        }
        current.bits |= bit
        entries.push(new)
        return true
    }

    private mutating func insertIntoSet(_ name: JSONName, _ mark: Int) -> Bool {
        if sets[mark] == nil {
            sets[mark] = Set(
                (mark..<entries.count).map { Array(UnsafeBufferPointer(start: entries[$0].start, count: entries[$0].count)) })
        }
        return sets[mark, default: []].insert(Array(name.text)).inserted
    }
}
