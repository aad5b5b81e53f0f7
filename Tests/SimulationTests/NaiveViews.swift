import EntryModel

/// What the naive merge makes of one subject.
struct NaiveView {
    var digest: Digest
    var void: NaiveMerge.Void
    var conflicts: [String]
    var isErased: Bool
    /// The labels of all heads of `$batch`.
    var batches: [String]

    init(_ subject: CentreLog.Subject) {
        let merge = NaiveMerge(subject.changes)
        digest = merge.comparisonDigest(subject: subject.text)
        void = merge.void
        conflicts = merge.conflicts
        isErased = merge.isErased
        batches = merge.heads("$batch").compactMap { head in head.body?.set.first { $0.field == "$batch" }?.value.text }
    }
}

/// The naive merge of each set of changes, worked out once: it is pure, so the same changes need not be merged again.
final class NaiveViews {
    private struct Key: Hashable {
        var subject: String
        /// The sum of the changes' ids.
        var changes: Digest
        /// Of how many only the digest is left.
        var gone: Int
    }

    private var views: [Key: NaiveView] = [:]

    func view(of subject: CentreLog.Subject) -> NaiveView {
        let key = Self.key(subject)
        if let view = views[key] { return view }
        let view = NaiveView(subject)
        views[key] = view
        return view
    }

    private static func key(_ subject: CentreLog.Subject) -> Key {
        var key = Key(subject: subject.text, changes: .zero, gone: 0)
        for change in subject.changes {
            key.changes = key.changes &+ change.id
            if change.body == nil { key.gone += 1 }
        }
        return key
    }

    /// A mark of what a subject holds: as long as it is the same, so is the set of changes.
    static func mark(_ subject: CentreLog.Subject) -> Digest {
        subject.changes.reduce(.zero) { $1.body == nil ? $0 &+ $1.id &+ $1.id : $0 &+ $1.id }
    }
}
