public import EntryModel

/// What a station remembers of a bundle that it wrote, so that it knows the answers when they come.
/// - SeeAlso: Protocol/README.md, "From the station".
public struct ExportRecord: Sendable, Equatable {
    /// Grows with every bundle.
    public var number: Int64
    /// By the station's clock, milliseconds since 1970 UTC.
    public var made: Int64
    /// The epoch that the requests speak of.
    public var epoch: UniqueID
    /// The last sequence that the centre had acknowledged then.
    public var acknowledged: Int64
    /// The last sequence that is in this or an earlier bundle.
    public var last: Int64
    /// References of its pushes and handbacks.
    public var requests: [Digest]
    /// Reference of its pull.
    public var pull: Digest
    /// How far each key had been read then; `nil` once a later pull was answered.
    public var cursors: [String: RequestLine.Cursor]?
}
