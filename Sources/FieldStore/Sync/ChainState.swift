public import EntryModel

/// Where the station's own chain stands in its current epoch.
public struct ChainState: Sendable, Equatable {
    public var epoch: UniqueID
    public var forkedFrom: UniqueID?
    /// The last sequence that the centre acknowledged, with the chain there.
    public var acknowledged: RequestLine.ChainPosition
    /// The last sequence made, with the chain there.
    public var head: RequestLine.ChainPosition
    /// The last sequence whose change was dropped with its entry, once it was safe at the centre for good, or is taken to wait in quarantine; 0
    /// when there is none. Of what stands above nothing has to come back, and nothing to be learnt.
    public var lacks: Int64

    public var unsent: Int64 { head.sequence - acknowledged.sequence }
}

/// One own change as it is sent: the bytes as they were written.
public struct OutgoingChange: Sendable {
    public var sequence: Int64
    public var id: Digest
    public var headerLine: [UInt8]
    public var bodyLine: [UInt8]

    /// Bytes that both lines take in a message, LFs included.
    public var messageBytes: Int { headerLine.count + bodyLine.count + 2 }
}

/// What applying one page did.
public struct PageResult: Sendable, Equatable {
    /// Changes that were new here.
    public var newChanges: Int
    /// Changes that were held already.
    public var heldChanges: Int
    /// Entries that were new here, and all that the page touched.
    public var newEntries: Int
    public var touchedEntries: Int
    /// Entries that left the station with this page.
    public var droppedEntries: Int
    /// Conflicts that people see now and did not before.
    public var newConflicts: Int
    /// Promotions whose documents came.
    public var documents: [String]
    /// The page began below the cursor: the centre was put back to an earlier state. The cursor went back with it, and what the centre may
    /// have lost is now among `FieldDatabase.unconfirmedCount()`.
    public var isCentreRestored: Bool
}
