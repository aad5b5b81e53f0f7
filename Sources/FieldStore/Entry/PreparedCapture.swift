import EntryModel

/// A capture that was checked, and the change that it makes; what it still lacks is a place in the file.
struct PreparedCapture: Sendable {
    var entry: UniqueID
    var findings: [Finding]
    /// Or why it cannot be stored.
    var change: Result<ChangeLines, FieldStoreError>

    /// Prepares a group, which is most of the work of storing it and needs nothing of the file.
    ///
    /// - Parameters:
    ///   - places: Of each capture where its promotion is among `promotions`.
    ///   - today: Of the station's clock, in UTC.
    ///   - chance: Gives the ids and the salts, in the order of the captures.
    /// - Returns: One for each capture, in their order.
    static func prepare(
        _ captures: ArraySlice<Capture>, _ places: ArraySlice<Int>, _ promotions: [HeldPromotion], _ maker: ChangeMaker,
        today: CalendarDate?,
        _ chance: Surroundings
    ) -> [PreparedCapture] {
        let items = zip(captures, places).map { capture, place in
            Item(capture: capture, place: place, id: capture.entry ?? chance.newID(), salt: chance.randomBytes(16))
        }
        return items.mapInParallel { PreparedCapture($0, promotions[$0.place], maker, today: today) }
    }

    private struct Item: Sendable {
        var capture: Capture
        var place: Int
        var id: UniqueID
        var salt: [UInt8]
    }

    private init(_ item: Item, _ held: HeldPromotion, _ maker: ChangeMaker, today: CalendarDate?) {
        entry = item.id
        let capture = item.capture
        if capture.values.contains(where: { $0.keyed.flag.map { !Identifier.isValid($0) } ?? false }) {
            findings = []
            change = .failure(maker.badFlag())
            return
        }
        let received = capture.received ?? (capture.channel == .mailIn ? nil : today)
        var checked = held.check.check(capture.values, received: received)
        findings = checked.findings
        if let unknown = checked.findings.first(where: { $0.code == FindingCode.unknownField.rawValue }) {
            change = .failure(maker.unknownField(unknown.field, of: capture.promotion))
            return
        }
        var set: [Assignment] = []
        swap(&set, &checked.assignments)
        set.append(Assignment(field: "$channel", value: .text(capture.channel.rawValue)))
        if let place = capture.place { set += place.assignments }
        do {
            let body = ChangeBody(salt: item.salt, set: set)
            change = .success(
                ChangeLines(try maker.change(.set, form: held.promotion.formVersion, subject: .entry(item.id), body: body)))
        } catch {
            change = .failure(error)
        }
    }
}

extension ChangeMaker {
    func badFlag() -> FieldStoreError {
        failure(.invalid, "A flag is a code of small letters, digits and hyphens, such as `illegible`. Nothing was changed. Choose a code.")
    }

    fileprivate func unknownField(_ field: String, of promotion: String) -> FieldStoreError {
        failure(
            .unknownField,
            """
            The form of \(promotion) has no field \(field). Nothing was stored. \
            Leave the field out, or choose the promotion that it belongs to.
            """)
    }
}
