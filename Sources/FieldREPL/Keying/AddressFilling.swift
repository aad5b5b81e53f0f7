import EntryModel

/// Which city and state of a form belong to which of its ZIP codes: the first to the first, the second to the second.
struct AddressFilling {
    private let postal: PostalTable
    /// By the position of a city or state: the position of its ZIP code.
    private var zips: [Int: Int] = [:]

    init(fields: [Field], postal: PostalTable) {
        self.postal = postal
        for (zip, positions) in Self.addresses(fields) { for position in positions { zips[position] = zip } }
    }

    /// The position of the ZIP code that says what stands at this one; `nil` when none does.
    func zip(of position: Int) -> Int? { zips[position] }

    /// - Parameter zip: A ZIP code in normal form.
    func place(_ zip: String) -> PostalPlace? { postal.choices(zip: String(zip.prefix(5))) }

    /// The fields with each ZIP code moved before its city and state; all others stay in their order.
    static func order(_ fields: [Field]) -> [Field] {
        var ordered = fields
        for (zip, positions) in addresses(fields) {
            guard let first = positions.min(), first < zip, let from = ordered.firstIndex(where: { $0 === fields[zip] }),
                let to = ordered.firstIndex(where: { $0 === fields[first] })
            else { continue }
            ordered.insert(ordered.remove(at: from), at: to)
        }
        return ordered
    }

    private static func addresses(_ fields: [Field]) -> [(zip: Int, positions: [Int])] {
        func positions(_ kind: Field.Kind) -> [Int] { fields.indices.filter { fields[$0].kind == kind } }
        let cities = positions(.city)
        let regions = positions(.region)
        return positions(.postalCode).enumerated().map { index, zip in
            (zip, [cities.dropFirst(index).first, regions.dropFirst(index).first].compactMap(\.self))
        }
    }
}
