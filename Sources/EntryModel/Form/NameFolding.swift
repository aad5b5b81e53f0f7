import Foundation

/// Takes letters back to those of an American keyboard: `đặng` to `dang`.
enum NameFolding {
    /// - Parameter word: In lower case and NFC.
    static func folded(_ word: String) -> String {
        guard word.utf8.contains(where: { $0 >= 0x80 }) else { return word }
        var folded = ""
        for scalar in word.unicodeScalars {
            switch scalar.value {
            case 0x80..<0x250: folded += latin[Int(scalar.value) - 0x80]
            case 0x1E00..<0x1F00: folded += latinAdditional[Int(scalar.value) - 0x1E00]
            case 0..<0x80: folded.unicodeScalars.append(scalar)
            default: folded += decomposed(scalar)
            }
        }
        return folded
    }

    /// The blocks that hold nearly every name on a card, decomposed once.
    private static let latin = (0x80..<0x250).map { decomposed(Unicode.Scalar($0)) }
    private static let latinAdditional = (0x1E00..<0x1F00).map { decomposed(Unicode.Scalar($0)) }

    private static func decomposed(_ scalar: Unicode.Scalar?) -> String {
        guard let scalar else { return "" }
        var letters = ""
        for part in String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars {
            if let others = undecomposed[part] {
                letters += others
            } else if part.properties.generalCategory != .nonspacingMark {
                letters.unicodeScalars.append(part)
            }
        }
        return letters
    }

    /// Letters that Unicode does not take apart.
    private static let undecomposed: [Unicode.Scalar: String] = [
        "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "ng",
    ]
}
