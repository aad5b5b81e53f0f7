import EntryModel

/// Makes the changes of one operator's action; what it needs of the file it was given.
struct ChangeMaker: Sendable {
    let station: String
    let operatorID: String
    /// The clock when the action began, and the skew known then: the stamps of all its changes.
    let stamp: Int64
    let skew: Int64?
    let path: String

    /// - Throws: `FieldStoreError.Code.limit` when it is too long to be sent.
    func change(
        _ kind: ChangeHeader.Kind, form: Versioned, subject: ChangeHeader.Subject, body: ChangeBody
    ) throws(FieldStoreError) -> Change {
        let header = ChangeHeader(
            station: station, operatorID: operatorID, stamp: stamp, skew: skew, kind: kind, form: form, subject: subject)
        do { return try Change(header: header, body: body) } catch { throw tooLong(error, body) }
    }

    func failure(_ code: FieldStoreError.Code, _ message: String) -> FieldStoreError {
        FieldStoreError(code, path: path, message: message)
    }

    private func tooLong(_ error: ChangeError, _ body: ChangeBody) -> FieldStoreError {
        if body.seen.count > ChangeBody.Limits.seenIDs || body.base.count > ChangeBody.Limits.baseIDs {
            return failure(.limit, "The entry has been changed too often to go on with it. Nothing was changed. Tell the central staff.")
        }
        func length(_ assignment: Assignment) -> Int { (assignment.value.text?.utf8.count ?? 0) + (assignment.keyed?.utf8.count ?? 0) }
        let longest = body.set.max { length($0) < length($1) }
        return FieldStoreError(
            .limit, path: path,
            message: """
                The entry is too long to be stored\(longest.map { "; the longest of its fields is \($0.field)" } ?? ""). \
                Nothing was changed. Shorten it: an entry has 64 KiB at most.
                """, underlying: error)
    }
}

/// A change as its row holds it. What it says was let go of, because a group of a thousand is held at once.
struct ChangeLines: Sendable {
    let id: Digest
    let header: [UInt8]
    let body: [UInt8]
    let bodyDigest: Digest

    init(_ change: Change) {
        id = change.id
        header = change.headerLine
        body = change.bodyLine
        bodyDigest = change.bodyDigest
    }
}
