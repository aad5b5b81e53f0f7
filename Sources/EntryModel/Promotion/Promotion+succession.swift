extension Promotion {
    /// What forbids this document to follow `previous` as a newer version of the same promotion.
    ///
    /// Entries made under an older version keep their field ids and consent wordings for ever, so neither may come to mean something else.
    ///
    /// - Returns: Every fault; empty when it may follow.
    public func faults(succeeding previous: Promotion) -> [PromotionFault] {
        var faults: [PromotionFault] = []
        func fault(_ path: String, _ message: String) { faults.append(PromotionFault(path: path, message: message)) }

        if id != previous.id { fault("$.id", "A newer version keeps the promotion's id, \"\(previous.id)\".") }
        if version <= previous.version {
            fault("$.version", "Version \(previous.version) is there already: the next is \(previous.version + 1) or more.")
        }
        if client != previous.client {
            fault("$.client", "The promotion belongs to the client \"\(previous.client)\" and its entries stay with that client.")
        }
        if kind != previous.kind { fault("$.kind", "The kind stays \"\(previous.kind.rawValue)\".") }

        for old in previous.form {
            guard let position = positions[old.id] else {
                fault("$.form.fields", "Field \"\(old.id)\" is missing: entries hold it. Keep it, with \"retired\": true.")
                continue
            }
            let new = form[position]
            let path = "$.form.fields[\(position)]"
            if new.kind != old.kind {
                fault("\(path).kind", "Field \"\(old.id)\" stays of the kind \"\(old.kind.rawValue)\": use another id for another kind.")
            }
            if new.purpose != old.purpose {
                fault("\(path).purpose", "Consents given in \"\(old.id)\" were given to somebody else: use another id.")
            }
            if let wording = new.wording, let before = old.wording, wording.id == before.id, !wording.text.sameBytes(as: before.text) {
                fault("\(path).wording.text", "Wording \(wording.id) was answered with other words: give the new words a new version.")
            }
        }
        return faults
    }
}
