import EntryModel

/// Why a line of a file was not taken. Holds nothing of what stands in it.
enum LineFault: Error, Equatable {
    case unreadable(CSVFault)
    case unreadableJSON(JSONError)
    /// JSON, but something else than an object.
    case noObject
    /// A member that is neither a field of the form nor known otherwise.
    case unknownMember(String)
    /// A member whose value is of another type than can stand there.
    case wrongType(member: String, found: String, expected: String)
    case noPlace, badBatch, badEnvelope, badCard, badChannel
    case void
    /// The same card stands in an earlier line.
    case repeated(line: Int)
    /// The station's file refused it, with its reason.
    case refused(String)
}

extension LineFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let fault): "\(fault)"
        case .unreadableJSON(let fault): "\(Self.words(fault.reason)), at byte \(fault.offset)"
        case .noObject: "is no JSON object, which stands in braces"
        case .unknownMember(let name): "has a member \(name), which is no field of the form"
        case .wrongType(let member, let found, let expected): "has \(found) as \(member), where \(expected) has to stand"
        case .noPlace: "names no batch, so nothing says which entry it is"
        case .badBatch: "has a batch that is no label of capitals, digits and hyphens"
        case .badEnvelope: "has an envelope that is no number from 1 to 999999"
        case .badCard: "has a card that is no number from 1 to 999999"
        case .badChannel: "has a channel that is none of \(CardLine.channels)"
        case .void: "is marked as void"
        case .repeated(let line): "names the same card as line \(line)"
        case .refused(let reason): "was refused: \(reason)"
        }
    }

    private static func words(_ reason: JSONError.Reason) -> String {
        switch reason {
        case .syntax, .unexpected: "is not JSON"
        case .endOfInput: "is JSON that breaks off"
        case .trailingBytes: "goes on behind its JSON object"
        case .duplicateName: "has a member twice"
        case .invalidUTF8: "holds bytes that are not UTF-8"
        case .loneSurrogate, .nullCharacter, .controlCharacter: "holds a character that cannot stand in text"
        case .notAnInteger: "has a number that is not whole"
        case .integerOutOfRange: "has a number that is too large"
        case .tooDeep: "has values within values within values"
        case .tooLong: "is longer than \(CSVReader.recordBytes) bytes"
        }
    }
}
