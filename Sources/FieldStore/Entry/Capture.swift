public import EntryModel

/// How an entry came in.
public enum EntryChannel: String, Sendable, CaseIterable {
    case mailIn, kiosk, online
}

/// Where a card lies: tray, envelope, and which card in it.
public struct CardPlace: Hashable, Sendable {
    /// The batch's label, `[A-Z0-9-]{1,32}`.
    public var batch: String
    /// 1 or more.
    public var envelope: Int64
    /// 1 or more.
    public var card: Int64

    public init(batch: String, envelope: Int64, card: Int64 = 1) {
        self.batch = batch
        self.envelope = envelope
        self.card = card
    }
}

/// What was keyed of one card, or read of one line of a file, before it is checked and stored.
public struct Capture: Sendable {
    /// The promotion's id; the newest document held decides the form.
    public var promotion: String
    /// The entry's id; `nil` for a new one. An import gives the id that the card's place decides, so that importing again adds nothing.
    public var entry: UniqueID?
    public var channel: EntryChannel
    /// `nil` outside a batch.
    public var place: CardPlace?
    /// By field id, in any order.
    public var values: [(field: String, keyed: Keyed)]
    /// The day on which the entry was received; `nil` lets the form's `received_date` say it, at a kiosk the station's clock.
    public var received: CalendarDate?

    public init(
        promotion: String, entry: UniqueID? = nil, channel: EntryChannel, place: CardPlace? = nil,
        values: [(field: String, keyed: Keyed)], received: CalendarDate? = nil
    ) {
        self.promotion = promotion
        self.entry = entry
        self.channel = channel
        self.place = place
        self.values = values
        self.received = received
    }

    /// A card from a file: its entry's id is derived from its place, the same at every station.
    public static func card(
        promotion: String, place: CardPlace, values: [(field: String, keyed: Keyed)], received: CalendarDate? = nil
    ) -> Capture {
        let id = UniqueID.card(promotion: promotion, batch: place.batch, envelope: place.envelope, card: place.card)
        return Capture(promotion: promotion, entry: id, channel: .mailIn, place: place, values: values, received: received)
    }
}

/// What became of a capture.
public struct Captured: Sendable {
    public var entry: UniqueID
    /// `false` when the station held an entry of this id already; then nothing was changed and nothing checked.
    public var isNew: Bool
    /// The change that was made; `nil` when none was.
    public var change: Digest?
    public var findings: [Finding]
    /// Whether it was a known card: then there is no such entry, and the change put its envelope aside.
    public var isKnownCard = false
}

/// What became of an edit, a void, a restore, a move or a resolution.
public struct Edited: Sendable {
    public var entry: UniqueID
    /// `nil` when nothing had to change, and so nothing was written.
    public var change: Digest?
    /// The fields that the change sets, in the order given.
    public var fields: [String]
    public var findings: [Finding]
}

/// How a person settles a conflict.
public enum Choice: Sendable {
    /// One of the values that stand, by the id of the change that set it.
    case head(Digest)
    /// Another value.
    case keyed(Keyed)
    /// Of a contested void: the entry is void after all.
    case void
    /// Of a contested void: the entry stays.
    case keep
}

/// What became of an undo.
public struct Undone: Sendable {
    /// The action that was looked at: the operator's last on this station that was not undone before.
    public var action: Digest
    public var kind: ChangeHeader.Kind
    public var subject: ChangeHeader.Subject
    public var promotion: String
    /// Whether the action had captured the entry; undone by voiding it.
    public var wasCapture: Bool
    /// The new change; `nil` when there was nothing left to undo of the action.
    public var change: Digest?
    /// The fields that were set back.
    public var fields: [String]
    /// The fields of the action that somebody has set since; they stay as they are.
    public var superseded: [String]
}
