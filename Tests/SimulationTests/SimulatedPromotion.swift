import EntryModel

/// A promotion and how far its document has come.
struct SimulatedPromotion {
    var id: String
    var sharing: Promotion.Sharing
    /// The newest version at the centre.
    var version: Int64 = 1

    init(id: String, sharing: Promotion.Sharing) {
        self.id = id
        self.sharing = sharing
    }

    /// One field of each policy, and a field more for each version.
    func document(version: Int64) throws -> [UInt8] {
        let extras = (1...version).dropFirst().map { #",{"id":"extra_\#($0)","kind":"text","label":"Extra"}"# }.joined()
        let text = #"""
            {"id":"\#(id)","version":\#(version),"client":"\#(SimulatedCentre.client)","name":"Promotion","kind":"client",
            "dates":{"opens":"2026-05-25","closes":"2026-09-30","concludes":"2026-10-31"},"timeZone":"America/Chicago",
            "sharing":"\#(sharing.rawValue)","privacyPolicy":"privacy/1","form":{"fields":[
            {"id":"given_name","kind":"personName","label":"Given name"},
            {"id":"city","kind":"city","label":"City","policy":"first"},
            {"id":"note","kind":"text","label":"Note"},
            {"id":"opt_in","kind":"consent","label":"May we write to you?","purpose":"client",
            "wording":{"id":"mail","version":1,"text":"Yes, write to me."}}\#(extras)]}}
            """#
        return try Promotion.read(file: Array(text.utf8)).line
    }
}
