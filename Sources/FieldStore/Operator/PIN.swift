import CryptoExtras
import EntryModel
import Foundation

/// A PIN, and what is stored of it.
///
/// Digits are few, so trying one has to be slow: scrypt with 16 MiB and five passes, about a fifth of a second. What is stored is one byte
/// for these figures, 16 bytes of salt and 32 of the key.
enum PIN {
    static let digits = 4...12

    private static let version: UInt8 = 1
    private static let saltBytes = 16
    private static let keyBytes = 32

    /// Why a PIN is not taken; `nil` when it is.
    static func fault(_ pin: String) -> String? {
        let bytes = Array(pin.utf8)
        guard digits.contains(bytes.count), bytes.allSatisfy({ 48...57 ~= $0 }) else { return "A PIN has 4 to 12 digits and nothing else." }
        let steps = Set(zip(bytes, bytes.dropFirst()).map { Int($1) - Int($0) })
        guard steps.count > 1 || ![-1, 0, 1].contains(steps.first ?? 0) else {
            return "A PIN of one digit, or of digits in a row, is the first that anybody tries."
        }
        return nil
    }

    /// What is stored.
    static func sealed(_ pin: String, salt: [UInt8]) throws -> [UInt8] {
        [version] + salt.prefix(saltBytes) + (try key(pin, salt: salt.prefix(saltBytes)))
    }

    /// Whether it is the PIN; takes as long for a wrong one.
    static func matches(_ pin: String, _ stored: [UInt8]) throws -> Bool {
        guard stored.first == version, stored.count == 1 + saltBytes + keyBytes else { return false }
        let key = try key(pin, salt: stored[1...saltBytes])
        return zip(key, stored.suffix(keyBytes)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func key(_ pin: String, salt: ArraySlice<UInt8>) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(pin.utf8), salt: Array(salt), outputByteCount: keyBytes, rounds: 1 << 14, blockSize: 8, parallelism: 5)
        return key.withUnsafeBytes { Array($0) }
    }
}
