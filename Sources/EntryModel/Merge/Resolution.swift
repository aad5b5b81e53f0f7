/// The bases that an edit, a void or a resolution has to name, read off the state that its maker saw.
extension EntryState {
    /// The bases of a change that sets `fields`: for each head of each of them its change's id.
    ///
    /// A resolution is nothing else: a `set` whose base lists all heads.
    /// - Returns: Sorted by id; empty when none of the fields was set before. A field has at most 16 heads and a base at most 64 ids
    ///   (`ChangeBody.Limits`), which `Change.init` checks.
    public func bases(of fields: [String]) -> [ChangeBody.Base] {
        var byChange: [Digest: [String]] = [:]
        for name in fields {
            for head in self[name]?.heads ?? [] { byChange[head.change, default: []].append(name) }
        }
        return byChange.map { ChangeBody.Base(change: $0.key, fields: $0.value) }.sorted { $0.change < $1.change }
    }
}
