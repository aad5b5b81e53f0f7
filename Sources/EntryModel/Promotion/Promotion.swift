/// A sweepstakes or contest: a versioned document with the form that its entries fill and the rules that they are under.
///
/// Made only by reading a document, which is refused whole when anything in it is wrong; so what a promotion says can be relied on.
/// Unknown names in a document are ignored here and kept in its line.
///
/// - SeeAlso: Protocol/README.md, "Promotion"; vectors in Protocol/vectors/promotion.json.
public struct Promotion: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// For a client; no consent to the agency itself is asked.
        case client
        /// For a client, and the form asks a consent to the agency as well.
        case clientWithHouseOptIn
        /// The agency's own.
        case house
    }

    /// Which entries of the promotion a station gets.
    public enum Sharing: String, Sendable, CaseIterable {
        /// Those that it captured.
        case own
        /// Those of the batches that it works on as well.
        case batch
        case all
    }

    /// The days that the rules name, in the promotion's own time zone, each of them included.
    public struct Dates: Hashable, Sendable {
        public let opens: CalendarDate
        public let closes: CalendarDate
        /// The last postmark that counts; `nil` where nothing comes by mail.
        public let postmarkedBy: CalendarDate?
        /// The last day on which mail counts when it arrives; `nil` where nothing comes by mail.
        public let receivedBy: CalendarDate?
        /// When winners are drawn and the promotion is over.
        public let concludes: CalendarDate
    }

    /// The client id of the agency itself.
    public static let houseClient = "house"

    public let id: String
    /// 1 or more; each new document of the promotion has a greater one.
    public let version: Int64
    public let client: String
    public let name: String
    public let kind: Kind
    public let dates: Dates
    /// An IANA name, such as `America/Chicago`.
    public let timeZone: String
    public let sharing: Sharing
    public let privacyPolicy: Versioned
    /// In whole years on the day of entry; `nil` when anybody may enter.
    public let minimumAge: Int?
    /// Of 100 cards so many are keyed twice, 1 to 100; `nil` for all of them.
    public let doubleKeySample: Int?
    /// All fields in the card's order, retired ones too.
    public let form: [Field]
    let positions: [String: Int]

    /// The promotion and version that a change's header names as its `form`.
    public var formVersion: Versioned { Versioned(id: id, version: version) }

    /// The field of that id, retired or not.
    public func field(_ id: String) -> Field? {
        positions[id].map { form[$0] }
    }

    /// Where the field of that id stands in the form.
    ///
    /// - Parameter guess: Where it stands if fields are asked for in the form's order, which saves looking it up.
    func position(of id: String, guess: Int) -> Int? {
        if guess < form.count, form[guess].id == id { return guess }
        return positions[id]
    }

    /// The fields that are asked for, in the card's order.
    public var askedFields: [Field] { form.filter { !$0.retired } }
}

extension Promotion {
    /// Reads a document that has been parsed.
    /// - Throws: `PromotionFaults` with every fault.
    public init(document: JSONValue) throws(PromotionFaults) {
        var parser = PromotionParser()
        guard let promotion = parser.promotion(document), parser.faults.isEmpty else {
            throw PromotionFaults(faults: parser.faults)
        }
        self = promotion
    }

    /// Reads a document from its one line, as it is stored and sent.
    /// - Throws: `PromotionFaults`; a line that is not strict JSON is one fault at `$`.
    public init(line: [UInt8]) throws(PromotionFaults) {
        try self.init(document: try Self.parse(line))
    }

    /// Reads a document from a file that a person wrote, on as many lines as they like.
    ///
    /// - Parameter file: The file's bytes. A byte order mark is passed over.
    /// - Returns: The promotion, and its document as the one line to be stored and sent.
    /// - Throws: `PromotionFaults`; a file that is not strict JSON is one fault at `$`.
    public static func read(file: [UInt8]) throws(PromotionFaults) -> (promotion: Promotion, line: [UInt8]) {
        let document = try parse(oneLine(file))
        return (try Promotion(document: document), document.line)
    }

    private static func parse(_ line: [UInt8]) throws(PromotionFaults) -> JSONValue {
        do {
            return try JSONValue(line: line, limits: .document)
        } catch {
            throw PromotionFaults(faults: [PromotionFault(path: "$", message: "The document is not strict JSON: \(error).")])
        }
    }

    /// The same JSON with blanks for the line breaks between its tokens; offsets stay as they are in the file.
    private static func oneLine(_ file: [UInt8]) -> [UInt8] {
        var line = file
        if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.replaceSubrange(0..<3, with: [32, 32, 32]) }
        var inString = false
        var index = 0
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""): inString.toggle()
            case UInt8(ascii: "\\") where inString: index += 1
            // Within a string it stays, to be refused there.
            case UInt8(ascii: "\n") where !inString: line[index] = UInt8(ascii: " ")
            default: break
            }
            index += 1
        }
        return line
    }
}
