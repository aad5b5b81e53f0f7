import EntryModel

/// A push out of a bundle, its signature checked and its changes read.
struct BundledPush: Sendable {
    var request: RequestLine
    /// Of the message, for the answer.
    var reference: Digest
    /// The first line as it came.
    var line: [UInt8]
    /// As many as `request.count`.
    var changes: [IncomingChange]

    /// - Parameter lines: The first line and the changes' lines.
    init(_ request: RequestLine, reference: Digest, lines: [[UInt8]]) {
        self.request = request
        self.reference = reference
        line = lines[0]
        // All reading and hashing happens here, before the vault's lock is taken.
        changes = stride(from: 1, to: lines.count - 1, by: 2).map { index in
            IncomingChange(
                headerLine: lines[index], bodyLine: lines[index + 1], sequence: request.after + Int64(index + 1) / 2)
        }
    }
}

/// A message of a station's bundle, its signature checked.
struct BundleMessage: Sendable {
    var kind: MessageKind
    var request: RequestLine
    var message: SignedMessage

    /// Reads a message and checks that it is one that a station's bundle may hold; its signature is not checked here.
    ///
    /// - Parameter number: Its place in the file, from 1.
    /// - Throws: `BundleRefusal.badMessage`.
    init(_ bytes: [UInt8], number: Int, header: BundleHeader) throws(BundleRefusal) {
        func bad(_ reason: String) -> BundleRefusal { .badMessage(number, reason: reason) }
        guard bytes.count <= Envelope.Limits.bytes else { throw bad("it is over the size limit") }
        do { message = try SignedMessage(bytes) } catch { throw bad("it has no signature at its end") }
        guard let kind = MessageKind(firstLine: message.lines[0]), [.push, .pull, .handback].contains(kind)
        else { throw bad("it is no request of a station") }
        self.kind = kind
        do { request = try RequestLine(line: message.lines[0], kind: kind) } catch { throw bad("its first line: \(error)") }
        let linesEach = kind == .push ? 2 : 3
        guard message.lines.count == 1 + linesEach * request.count else { throw bad("its lines do not fit its count") }
        guard request.vault == header.vault else { throw bad("it is of another client than the file") }
    }
}

/// What the chain check made of one push out of a bundle.
enum BundledOutcome: Sendable, Equatable {
    /// With how many of its changes were new.
    case accepted(new: Int)
    case forked(new: Int)
    case parked
    case revoked
    /// It is kept already, or was accepted by staff.
    case known
}
