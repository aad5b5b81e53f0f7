/// One operator action on one entry, batch or promotion: two lines of bytes that are written once and never re-encoded.
///
/// The bytes are the truth; `header` and `body` are how they read. The id is the digest of the bytes, so whoever holds a change can check it,
/// and nobody can name one before it exists.
/// - SeeAlso: Protocol/README.md, "Change".
public struct Change: Sendable {
    public let id: Digest
    public let header: ChangeHeader
    /// `nil` when only the body's digest is left (erased, or its bytes rotted).
    public let body: ChangeBody?
    /// The header's bytes, without LF.
    public let headerLine: [UInt8]
    /// The body's bytes, or the line `"<64 hex>"` that stands for a body that is gone; without LF.
    public let bodyLine: [UInt8]
    /// H of the body's bytes, also when the body itself is gone.
    public let bodyDigest: Digest

    /// Makes a new change: encodes it, once.
    ///
    /// - Throws: `ChangeError.line` when a line passes a limit or holds what its readers refuse; the limits hold at capture too.
    public init(header: ChangeHeader, body: ChangeBody) throws(ChangeError) {
        if let name = header.nameOutOfForm { throw .line(.header, JSONError(.unexpected, at: 0, name: name)) }
        let headerLine = header.line
        let bodyLine: [UInt8]
        do { bodyLine = try body.line(limits: header.kind == .document ? .document : .line) } catch { throw .line(.body, error) }
        self.header = header
        self.body = body
        self.headerLine = headerLine
        self.bodyLine = bodyLine
        bodyDigest = Hash.line(bodyLine)
        id = Change.id(headerDigest: Hash.line(headerLine), bodyDigest: bodyDigest)
    }

    /// Reads a change from its two lines and computes its id.
    ///
    /// - Throws: `ChangeError` naming the line that is wrong and the byte.
    public init(headerLine: [UInt8], bodyLine: [UInt8]) throws(ChangeError) {
        do { header = try ChangeHeader(line: headerLine) } catch { throw .line(.header, error) }
        if let digest = Change.goneBody(bodyLine) {
            body = nil
            bodyDigest = digest
        } else {
            let limits: LineLimits = header.kind == .document ? .document : .line
            do { body = try ChangeBody(line: bodyLine, limits: limits) } catch { throw .line(.body, error) }
            bodyDigest = Hash.line(bodyLine)
        }
        self.headerLine = headerLine
        self.bodyLine = bodyLine
        id = Change.id(headerDigest: Hash.line(headerLine), bodyDigest: bodyDigest)
    }

    /// The id of two lines, whether or not they can be read.
    public static func id(headerLine: [UInt8], bodyLine: [UInt8]) -> Digest {
        id(headerDigest: Hash.line(headerLine), bodyDigest: goneBody(bodyLine) ?? Hash.line(bodyLine))
    }

    /// H("fieldentry/1 change\0" ‖ H(header) ‖ H(body)).
    static func id(headerDigest: Digest, bodyDigest: Digest) -> Digest {
        Hash.of(domain: "fieldentry/1 change\0", headerDigest, bodyDigest)
    }

    /// The digest in the line `"<64 hex>"` that stands for a body that is gone; `nil` for any other line.
    public static func goneBody(_ line: [UInt8]) -> Digest? {
        guard line.count == 66, line[0] == UInt8(ascii: "\""), line[65] == UInt8(ascii: "\"") else { return nil }
        return line.withUnsafeBufferPointer { Digest(hexDigits: UnsafeBufferPointer(rebasing: $0[1..<65])) }
    }

    /// The line that stands for a body once it is gone.
    ///
    /// - Parameter digest: H of the body's bytes.
    public static func goneBodyLine(_ digest: Digest) -> [UInt8] {
        Array("\"\(digest.hex)\"".utf8)
    }

    /// The line that stands for this change's body once it is gone.
    public var goneBodyLine: [UInt8] {
        body == nil ? bodyLine : Change.goneBodyLine(bodyDigest)
    }

    /// Bytes that both lines take in a message, LFs included.
    public var messageBytes: Int { headerLine.count + bodyLine.count + 2 }
}

/// Why two lines are no change.
public enum ChangeError: Error, Hashable, Sendable {
    public enum Line: String, Sendable { case header, body }
    case line(Line, JSONError)
}

extension ChangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .line(let line, let error): "\(line.rawValue) line: \(error)"
        }
    }
}
