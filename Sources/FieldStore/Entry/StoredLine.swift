import EntryModel

/// The two lines of a change as the file gives them back, which are what was written only if their digests say so.
struct StoredLine {
    /// As it was when the change was written.
    var id: Digest
    var header: [UInt8]
    var body: [UInt8]
    /// H of the body as it was, whether or not it is still there.
    var bodyDigest: Digest

    enum Soundness {
        case whole
        /// The header stands, and the body's digest proves which change it is.
        case rottedBody
        /// Nothing can be told of the change any more.
        case rottedHeader
    }

    var soundness: Soundness {
        if Change.id(headerLine: header, bodyLine: body) == id { return .whole }
        return Change.id(headerLine: header, bodyLine: goneBody) == id ? .rottedBody : .rottedHeader
    }

    /// What stands for a body that is gone.
    var goneBody: [UInt8] { Change.goneBodyLine(bodyDigest) }

    /// The change as far as its bytes can be trusted; `nil` when its header cannot.
    var change: Change? {
        if let change = try? Change(headerLine: header, bodyLine: body), change.id == id { return change }
        guard let change = try? Change(headerLine: header, bodyLine: goneBody), change.id == id else { return nil }
        return change
    }
}
