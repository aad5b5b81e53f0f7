public import EntryModel

/// A card that is being keyed and not captured yet, kept field by field so that it survives the program's end.
public struct Draft: Sendable {
    /// The promotion's id; each has one draft at most.
    public var promotion: String
    public var channel: EntryChannel
    /// Where the card lies; `nil` outside a batch.
    public var place: CardPlace?
    /// Who began it; `nil` when nobody said.
    public var operatorID: String?
    /// By field id, in the order in which they were keyed; what was left blank is among them.
    public var values: [(field: String, keyed: Keyed)]
    /// What keying it took by now.
    public var effort: KeyingEffort

    public init(
        promotion: String, channel: EntryChannel = .kiosk, place: CardPlace? = nil, operatorID: String? = nil,
        values: [(field: String, keyed: Keyed)], effort: KeyingEffort = KeyingEffort()
    ) {
        self.promotion = promotion
        self.channel = channel
        self.place = place
        self.operatorID = operatorID
        self.values = values
        self.effort = effort
    }
}

extension Draft {
    /// The names beside the field ids, which no field has: those begin with a letter.
    private enum Name {
        static let channel = "$channel"
        static let place = "$place"
        static let operatorID = "$operator"
        static let effort = "$effort"
    }

    /// One JSON object: for each field its text and flag.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        func add(_ name: String, _ texts: [String]) {
            writer.name(name)
            writer.beginArray()
            // No line may hold it, and no value does.
            for text in texts { writer.string(text.replacing("\0", with: "")) }
            writer.endArray()
        }
        add(Name.channel, [channel.rawValue])
        if let place { add(Name.place, [place.batch, String(place.envelope), String(place.card)]) }
        if let operatorID { add(Name.operatorID, [operatorID]) }
        if effort != KeyingEffort() { add(Name.effort, [String(effort.keystrokes), String(effort.milliseconds)]) }
        for (field, keyed) in values { add(field, [keyed.text] + (keyed.flag.map { [$0] } ?? [])) }
        writer.endObject()
        return writer.bytes
    }

    /// - Returns: `nil` when the line is no draft.
    init?(line: [UInt8], promotion: String) {
        guard case .object(let members)? = try? JSONValue(line: line, limits: .document) else { return nil }
        self.init(promotion: promotion, values: [])
        for (name, value) in members {
            guard case .array(let parts) = value else { return nil }
            let texts = parts.compactMap { part -> String? in if case .string(let text) = part { text } else { nil } }
            guard let first = texts.first, texts.count == parts.count else { return nil }
            switch name {
            case Name.channel: channel = EntryChannel(rawValue: first) ?? .kiosk
            case Name.operatorID: operatorID = first
            case Name.effort:
                guard texts.count == 2, let keystrokes = Int(first), let milliseconds = Int64(texts[1]) else { return nil }
                effort = KeyingEffort(keystrokes: keystrokes, milliseconds: milliseconds)
            case Name.place:
                guard texts.count == 3, let envelope = Int64(texts[1]), let card = Int64(texts[2]) else { return nil }
                place = CardPlace(batch: first, envelope: envelope, card: card)
            default: values.append((name, Keyed(text: first, flag: texts.count > 1 ? texts[1] : nil)))
            }
        }
    }
}
