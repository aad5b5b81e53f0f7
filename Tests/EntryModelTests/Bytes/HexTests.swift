import Testing

@testable import EntryModel

@Suite("Hexadecimal")
struct HexTests {
    /// One digit after another, as the protocol says it.
    private func plainly(_ digits: [UInt8]) -> UInt64? {
        digits.reduce(UInt64?.some(0)) { number, digit in
            guard let number, let value = Array("0123456789abcdef".utf8).firstIndex(of: digit) else { return nil }
            return number << 4 | UInt64(value)
        }
    }

    @Test("every byte at every place is a digit, or is none, as when digits are read one by one")
    func everyByte() {
        let sixteen = Array("0a9f0123456789be".utf8)
        for place in sixteen.indices {
            for byte in UInt8.min...UInt8.max {
                var digits = sixteen
                digits[place] = byte
                let expected = plainly(digits)
                let isRead = digits.withUnsafeBufferPointer { Hex.word($0, at: 0) == expected }
                #expect(isRead, "byte \(byte) at \(place)")
            }
        }
    }

    @Test("every byte at every place of an id is refused or read as it is written")
    func everyByteOfAnID() {
        let id = Array("01a2053d-8941-7a91-9c12-9a812b82fce1".utf8)
        for place in id.indices {
            for byte in UInt8.min...UInt8.max {
                var characters = id
                characters[place] = byte
                let read = characters.withUnsafeBufferPointer { UniqueID(characters: $0) }
                let isHyphen = [8, 13, 18, 23].contains(place)
                let isInForm = isHyphen ? byte == UInt8(ascii: "-") : plainly([byte]) != nil
                #expect((read != nil) == isInForm, "byte \(byte) at \(place)")
                if let read { #expect(Array(read.description.utf8) == characters) }
            }
        }
    }

    @Test("of any length, what was written is read again, and one wrong digit anywhere refuses it", arguments: 0...21)
    func lengths(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 201) }
        let text = Hex.encode(bytes)
        #expect(Hex.decode(text) == bytes)
        for place in 0..<text.utf8.count {
            var wrong = Array(text.utf8)
            wrong[place] = UInt8(ascii: "G")
            #expect(Hex.decode(String(decoding: wrong, as: UTF8.self)) == nil)
        }
        #expect(Hex.decode(text + "0") == nil)
    }
}
