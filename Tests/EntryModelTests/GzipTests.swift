import TestSupport
import Testing

@testable import EntryModel

@Suite struct GzipTests {
    @Test("what is packed comes out again, at any size and level", arguments: [0, 1, 6, 9] as [Int32])
    func roundTrip(level: Int32) throws {
        var random = SeededRandom(seed: 7)
        for count in [0, 1, 2, 100, 65_535, 65_536, 65_537, 300_000] {
            for bytes in [random.bytes(count), text(count)] {
                let packed = Gzip.compress(bytes, level: level)
                #expect(try Gzip.inflate(packed, limit: count) == bytes)
            }
        }
    }

    @Test("a member that another program wrote is read: python3 -c 'import gzip; print(gzip.compress(b\"card\", mtime=0).hex())'")
    func foreign() throws {
        let member = try #require(Hex.decode("1f8b08000000000002034b4e2c4a0100d398141604000000"))
        #expect(try Gzip.inflate(member, limit: 4) == Array("card".utf8))
    }

    @Test("entries shrink to less than half at the fastest level")
    func shrinks() {
        #expect(Gzip.compress(text(100_000)).count < 50_000)
    }

    @Test("one byte over the limit is refused, the limit itself is not", arguments: [1, 100, 65_536, 65_537, 1_000_000])
    func limit(count: Int) throws {
        let packed = Gzip.compress([UInt8](repeating: 32, count: count))
        #expect(try Gzip.inflate(packed, limit: count).count == count)
        #expect(throws: GzipError.tooLarge(limit: count - 1)) { try Gzip.inflate(packed, limit: count - 1) }
    }

    @Test("a bomb is refused in its first steps: damage further on is never reached")
    func bomb() throws {
        let packed = Gzip.compress([UInt8](repeating: 0, count: 32 << 20))
        #expect(packed.count < 256 << 10)
        let cut = Array(packed.prefix(packed.count / 2))
        #expect(throws: GzipError.truncated) { try Gzip.inflate(cut, limit: 32 << 20) }
        #expect(throws: GzipError.tooLarge(limit: 1 << 20)) { try Gzip.inflate(cut, limit: 1 << 20) }
    }

    @Test("every shorter part of a member is truncated")
    func truncated() {
        let packed = Gzip.compress(text(500))
        for count in 0..<packed.count {
            #expect(throws: GzipError.truncated) { try Gzip.inflate(Array(packed.prefix(count)), limit: 1000) }
        }
    }

    @Test("anything behind the member is refused, another member too")
    func trailing() {
        let packed = Gzip.compress(text(500))
        #expect(throws: GzipError.trailingBytes) { try Gzip.inflate(packed + [0], limit: 1000) }
        #expect(throws: GzipError.trailingBytes) { try Gzip.inflate(packed + packed, limit: 10_000) }
    }

    @Test("a wrong checksum or length is corrupt")
    func checksum() {
        let packed = Gzip.compress(text(500))
        for back in 1...8 {
            var damaged = packed
            damaged[packed.count - back] ^= 1
            #expect(throws: GzipError.corrupt) { try Gzip.inflate(damaged, limit: 1000) }
        }
    }

    @Test("a changed bit never yields other bytes than were packed")
    func damage() {
        let bytes = text(300)
        let packed = Gzip.compress(bytes)
        for index in packed.indices {
            for bit in 0..<8 {
                var damaged = packed
                damaged[index] ^= 1 << UInt8(bit)
                // The header holds a time and an operating system that no checksum covers.
                if let result = try? Gzip.inflate(damaged, limit: 1000) { #expect(result == bytes) }
            }
        }
    }

    @Test("what is not gzip is corrupt: plain text, zlib's own form, raw deflate")
    func otherForms() {
        #expect(throws: GzipError.corrupt) { try Gzip.inflate(Array(#"{"kind":"push"}"#.utf8), limit: 1000) }
        #expect(throws: GzipError.corrupt) { try Gzip.inflate([0x78, 0x9C, 0x4B, 0x4C, 0x04, 0x00, 0x01, 0x24, 0x00, 0xC3], limit: 1000) }
        #expect(throws: GzipError.corrupt) { try Gzip.inflate([0x4B, 0x4C, 0x04, 0x00], limit: 1000) }
    }

    @Test("calls side by side do not disturb each other")
    func parallel() async {
        await withTaskGroup(of: Bool.self) { group in
            for seed in 0..<16 as Range<UInt64> {
                group.addTask {
                    var random = SeededRandom(seed: seed)
                    let bytes = random.bytes(50_000) + self.text(50_000)
                    return (try? Gzip.inflate(Gzip.compress(bytes), limit: bytes.count)) == bytes
                }
            }
            for await same in group { #expect(same) }
        }
    }

    /// Text that repeats itself about as much as entries do.
    private func text(_ count: Int) -> [UInt8] {
        var random = SeededRandom(seed: 1)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let zip = random.next() % 99_999
            bytes += Array(#"{"salt":"\#(random.next())","set":{"first_name":"Ann","city":"Springfield","zip":"\#(zip)"}}"#.utf8)
        }
        return Array(bytes.prefix(count))
    }
}
