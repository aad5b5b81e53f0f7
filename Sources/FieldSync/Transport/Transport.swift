public import EntryModel

/// A road to the centre: carries one signed message there and brings what comes back.
///
/// A transport knows nothing of changes and checks no signature. It may lose a message, or the answer to one; all messages are idempotent.
public protocol Transport: Sendable {
    /// Gives a message the form in which this road carries it, such as packed; called before the message is due, so that the work of one
    /// falls into the waiting time of another.
    func pack(_ message: [UInt8]) -> [UInt8]

    /// Sends one message and waits for what comes back.
    ///
    /// - Parameters:
    ///   - kind: One of `enrol`, `push`, `pull` and `handback`; where the message goes.
    ///   - packed: What `pack` made of the message.
    /// - Throws: `TransportFailure`; `CancellationError` when the task was cancelled. Whether the centre got the message is then unknown.
    func send(_ kind: MessageKind, packed: [UInt8]) async throws -> TransportAnswer
}

extension Transport {
    /// The message as it is.
    public func pack(_ message: [UInt8]) -> [UInt8] { message }

    /// Packs and sends one message.
    public func send(_ kind: MessageKind, _ message: [UInt8]) async throws -> TransportAnswer {
        try await send(kind, packed: pack(message))
    }
}

/// What came back, unpacked and not yet trusted.
public struct TransportAnswer: Sendable {
    /// The HTTP status, also on roads that are not HTTP.
    public var status: Int
    /// How long the centre asks to be left alone; on success too.
    public var retryAfterMilliseconds: Int64?
    /// A signed message, or when `isProblem` a problem document; empty when something on the way answered in the centre's place.
    public var body: [UInt8]
    /// Whether the request was refused. A problem is unsigned, so it changes no state.
    public var isProblem: Bool

    public init(status: Int, retryAfterMilliseconds: Int64? = nil, body: [UInt8], isProblem: Bool) {
        self.status = status
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.body = body
        self.isProblem = isProblem
    }
}
