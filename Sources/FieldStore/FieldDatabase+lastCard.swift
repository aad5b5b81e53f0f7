import EntryModel

extension FieldDatabase {
    /// What an operator keyed on the last card of a promotion at this station, field by field, to be repeated on the next.
    ///
    /// - Returns: Empty when it is not among the last few hundred changes made here, or was erased since; flagged values are left out.
    public func lastCard(promotion: String, by operatorID: String) throws -> [(field: String, text: String)] {
        try checkLock()
        return try read { database in
            var found: [(field: String, text: String)] = []
            var seen = 0
            try ChangeLog(database: database, values: values).newestOwn { logged in
                seen += 1
                let header = logged.change.header
                guard header.operatorID == operatorID, header.promotion == promotion, header.kind == .set, let body = logged.change.body,
                    body.base.isEmpty, body.assignment(of: "$channel") != nil
                else { return seen < 500 }
                for assignment in body.set where !assignment.field.hasPrefix("$") && assignment.flag == nil {
                    found.append((assignment.field, assignment.keyed ?? assignment.value.description))
                }
                return false
            }
            return found
        }
    }
}
