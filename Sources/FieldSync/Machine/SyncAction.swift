public import EntryModel
public import FieldStore

/// Something to do during a sync. What comes of each is told to the machine as an event.
public enum SyncAction: Sendable {
    /// Make a request ready; it may be due only later.
    case prepare(SyncRequest.Purpose)
    case send(SyncRequest)
    /// Write the receipt down.
    case acknowledge(PushAnswer)
    /// Apply the pages, one transaction each, in order.
    case apply(PulledPages)
    /// Put the file's chain right, as the centre's finding asks for.
    case recover(ChainFinding)
    /// Write down what the centre did with the lines that it was handed back.
    case settle(HandbackAnswer)
    /// Write down the own clock less the centre's.
    case recordClock(skewMilliseconds: Int64)
    case wait(milliseconds: Int64)
    /// Stop; nothing else follows.
    case finish(SyncOutcome)
}

/// The pages of one answer that move something.
public struct PulledPages: Sendable {
    /// The keys granted now, where they differ from those of the answer before; written down before the pages.
    public var keys: [FeedKey]?
    public var pages: [PullAnswer.KeyPage]

    public init(keys: [FeedKey]?, pages: [PullAnswer.KeyPage]) {
        self.keys = keys
        self.pages = pages
    }
}
