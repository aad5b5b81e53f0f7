/// Where in a form the fields are that are checked against each other.
struct CrossPositions: Sendable {
    /// A ZIP code, with the city and the state that are its own.
    struct Address: Sendable {
        var zip: Int
        var city: Int?
        var region: Int?
    }

    /// The first ZIP code goes with the first city and state, the second with the second.
    private(set) var addresses: [Address] = []
    private(set) var birthDates: [Int] = []
    private(set) var postmarkDate: Int?
    private(set) var receivedDate: Int?

    init(_ form: [Field]) {
        func positions(_ kind: Field.Kind) -> [Int] { form.indices.filter { form[$0].kind == kind && !form[$0].retired } }
        let cities = positions(.city)
        let regions = positions(.region)
        addresses = positions(.postalCode).enumerated().map { index, zip in
            Address(zip: zip, city: cities.dropFirst(index).first, region: regions.dropFirst(index).first)
        }
        birthDates = positions(.birthDate)
        postmarkDate = positions(.date).first { form[$0].id == "postmark_date" }
        receivedDate = positions(.date).first { form[$0].id == "received_date" }
    }
}

/// An entry's values by position in its form.
struct FieldValues {
    let value: (Int) -> Scalar

    func text(_ position: Int?) -> String { position.map { value($0).text ?? "" } ?? "" }

    func date(_ position: Int) -> CalendarDate? { value(position).text.flatMap { CalendarDate($0) } }
}

extension FormCheck {
    func check(_ values: FieldValues, received: CalendarDate?, _ findings: inout [Finding]) {
        for address in positions.addresses { check(address, values, &findings) }
        let postmarked = positions.postmarkDate.flatMap { values.date($0) }
        checkDates(postmarked, received, &findings)
        guard let minimumAge = promotion.minimumAge, let day = received ?? postmarked else { return }
        for position in positions.birthDates {
            if let birth = values.date(position), birth <= day, birth.years(until: day) < minimumAge {
                findings.append(
                    Finding(promotion.form[position].id, .underAge, .warning, "The person is younger than the promotion allows."))
            }
        }
    }

    private func check(_ address: CrossPositions.Address, _ values: FieldValues, _ findings: inout [Finding]) {
        let zip = values.text(address.zip)
        // What is no ZIP code has been found to be none already.
        guard !zip.isEmpty, PostalCodeForm.read(zip) != nil else { return }
        let state = values.text(address.region)
        let id = promotion.form[address.zip].id
        switch postal.match(zip: zip, city: values.text(address.city), state: RegionForm.read(state) == nil ? "" : state) {
        case .agrees: break
        case .unknown: findings.append(Finding(id, .unknownZIP, .warning, "There is no such ZIP code."))
        case .otherState: findings.append(Finding(id, .zipState, .warning, "The ZIP code belongs to another state."))
        case .otherCity: findings.append(Finding(id, .zipCity, .warning, "The ZIP code belongs to another city of the state."))
        }
    }

    private func checkDates(_ postmarked: CalendarDate?, _ received: CalendarDate?, _ findings: inout [Finding]) {
        let dates = promotion.dates
        if let postmarked, let position = positions.postmarkDate {
            let id = promotion.form[position].id
            if postmarked < dates.opens {
                findings.append(Finding(id, .early, .warning, "Postmarked before the promotion opened."))
            }
            if let last = dates.postmarkedBy, postmarked > last {
                findings.append(Finding(id, .late, .warning, "Postmarked after the last day that counts, \(last)."))
            }
            if let received, postmarked > received {
                findings.append(Finding(id, .postmarkAfterReceipt, .warning, "Postmarked after it was received."))
            }
        }
        if let received, let position = positions.receivedDate {
            let id = promotion.form[position].id
            if received < dates.opens {
                findings.append(Finding(id, .early, .warning, "Received before the promotion opened."))
            }
            if let last = dates.receivedBy, received > last {
                findings.append(Finding(id, .late, .warning, "Received after the last day that counts, \(last)."))
            }
        }
    }
}
