public import EntryModel
public import FieldStore

/// Syncs a station's file by files that somebody carries: writes bundles for the centre, and takes in those that come back.
///
/// Both roads may be mixed at will, but no sync of the same file should be under way meanwhile. Stopping at any point is harmless: what was
/// written has its name only when it is whole, and what is taken in again goes on where it was interrupted.
///
/// ```swift
/// let exchange = BundleExchange(database: database)
/// try exchange.export(to: "/media/stick/kiosk-7.bundle")
/// // … the centre takes it in and writes receipts …
/// print(try exchange.take(from: "/media/stick/kiosk-7.receipts").message)
/// ```
/// - SeeAlso: Protocol/README.md, "Bundles".
public struct BundleExchange: Sendable {
    let database: FieldDatabase
    let surroundings: Surroundings

    public init(database: FieldDatabase, surroundings: Surroundings = .system) {
        self.database = database
        self.surroundings = surroundings
    }

    /// Writes what the centre has not confirmed, and asks for what is new, into a file sealed to the centre. Nothing counts as sent by it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - onlyNew: Leaves out what an earlier bundle of this epoch holds. The centre keeps the rest waiting until that one has come.
    ///   - replaces: Whether a file of that name may be replaced.
    ///   - progress: Called with the changes written so far.
    /// - Throws: `BundleFault`; `FieldStoreError`; `CancellationError`. Then there is no file, or the one that was there before.
    @discardableResult
    public func export(
        to path: String, onlyNew: Bool = false, replacing replaces: Bool = false, progress: (Int) -> Void = { _ in }
    ) throws -> BundleExport {
        guard let identity = try database.identity else { throw BundleFault.notEnrolled }
        let file = try BundleFileWriter(path: path, replaces: replaces) { BundleFault($0) }
        do {
            let state = try database.chainPosition()
            var writing = BundleWriting(
                database, identity, state, time: surroundings.now() - (database.skewMilliseconds ?? 0),
                writer: try BundleWriter(vault: identity.vault, to: .centre, key: identity.centreAgreementKey, write: file.write))
            let begin =
                onlyNew ? max(state.acknowledged.sequence, try database.exports().map(\.last).max() ?? 0) : state.acknowledged.sequence
            try writing.push(after: begin, progress)
            try writing.handBack()
            let export = try writing.finish()
            try file.synchronize()
            try writing.remember()
            try file.finish()
            return export
        } catch {
            file.discard()
            throw error
        }
    }
}

/// What a bundle that was written for the centre holds.
public struct BundleExport: Sendable, Equatable {
    /// Own changes that are in it.
    public var changes = 0
    /// Lines that the centre may have lost when it was put back.
    public var handedBack = 0
    public var messages = 0
}

/// Writes one bundle for the centre.
private struct BundleWriting {
    private let database: FieldDatabase
    private let identity: StationIdentity
    private let state: ChainState
    private let time: Int64
    private var writer: BundleWriter
    private var export = BundleExport()
    private var requests: [Digest] = []
    private var pull: (reference: Digest, line: [UInt8])?

    init(_ database: FieldDatabase, _ identity: StationIdentity, _ state: ChainState, time: Int64, writer: BundleWriter) {
        self.database = database
        self.identity = identity
        self.state = state
        self.time = time
        self.writer = writer
    }

    /// The first line and the signature line of a push or a handback take less.
    private static let maximumBytes = Envelope.Limits.bytes - 2048

    /// Adds all changes behind a sequence, message by message, up to where the chain ended when the bundle was begun.
    mutating func push(after begin: Int64, _ progress: (Int) -> Void) throws {
        var after = begin
        guard after < state.head.sequence else { return }
        guard var chain = after == state.acknowledged.sequence ? state.acknowledged.chain : try database.chain(at: after) else {
            throw BundleFault.incomplete(sequence: after)
        }
        while after < state.head.sequence {
            try Task.checkCancellation()
            let rows = min(Int64(Envelope.Limits.rows), state.head.sequence - after)
            let changes = try database.outgoing(after: after, maximumRows: Int(rows), maximumBytes: Self.maximumBytes)
            guard !changes.isEmpty else {
                throw BundleFault.incomplete(sequence: after + 1)
            }
            let line = requestLine(.push, after: after, chain: chain, count: changes.count).line
            try add(.push, [line] + changes.flatMap { [$0.headerLine, $0.bodyLine] })
            after += Int64(changes.count)
            chain = Chain.next(chain, changes.map(\.id))
            export.changes += changes.count
            progress(export.changes)
        }
    }

    /// Adds the lines that a restored centre may have lost.
    mutating func handBack() throws {
        var last: Int64 = 0
        while true {
            try Task.checkCancellation()
            let lines = try database.handback(after: last, maximumRows: Envelope.Limits.rows, maximumBytes: Self.maximumBytes)
            guard let end = lines.last else { return }
            let request = requestLine(.handback, after: state.head.sequence, chain: state.head.chain, count: lines.count)
            try add(.handback, HandbackRequest(request: request, items: lines.map(\.item)).lines)
            export.handedBack += lines.count
            last = end.number
        }
    }

    /// Adds the pull, which claims what the pushes bring, and the end.
    mutating func finish() throws -> BundleExport {
        var request = requestLine(.pull, after: state.head.sequence, chain: state.head.chain, count: 0)
        request.cursors = try database.cursors()
        request.lacks = state.lacks
        let reference = try add(.pull, [request.line])
        requests.removeLast()
        pull = (reference, request.line)
        try writer.finish()
        export.messages = writer.messages
        return export
    }

    /// Keeps the references of the requests in the file.
    func remember() throws {
        guard let pull else { return }
        try database.noteExport(state, requests: requests, pull: pull)
    }

    @discardableResult
    private mutating func add(_ kind: MessageKind, _ lines: [[UInt8]]) throws -> Digest {
        let message = try Envelope.seal(kind: kind, lines: lines, key: identity.signingKey)
        do { try writer.add(message) } catch let error as BundleError { throw BundleFault.file(error) }
        let reference = SignedMessage.reference(of: message)
        requests.append(reference)
        return reference
    }

    private func requestLine(_ kind: MessageKind, after: Int64, chain: Digest, count: Int) -> RequestLine {
        RequestLine(
            kind: kind, vault: identity.vault, station: identity.station, epoch: state.epoch, forkedFrom: state.forkedFrom, after: after,
            chain: chain, count: count, head: state.head, time: time)
    }
}
