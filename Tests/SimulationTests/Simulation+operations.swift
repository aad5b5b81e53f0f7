import EntryModel
import FieldSync
import TestSupport

@testable import CentralStore
@testable import FieldStore

extension Simulation {
    /// One thing that somebody does, or that happens.
    func operate() async throws {
        operations += 1
        clock.advance(by: .milliseconds(Int64(draw(10...20_000))))
        guard let station = pick(active), let keying = pick(active.filter { !$0.isReader }) else { return }
        switch draw(0...999) {
        case 0..<150: try act(keying) { try capture(keying) }
        case 150..<290: try act(keying) { try importCard(keying) }
        case 290..<460: try act(keying) { try edit(keying) }
        case 460..<510: try act(keying) { try setVoid(keying, true) }
        case 510..<545: try act(keying) { try setVoid(keying, false) }
        case 545..<600: try act(keying) { try resolve(keying) }
        case 600..<650: try act(keying) { try undo(keying) }
        case 650..<690: try act(keying) { try setBatch(keying) }
        case 690..<730: try act(keying) { try move(keying) }
        case 730..<750: try await resolveAtCentre()
        case 750..<775: try withFullDisk(keying)
        default: try await befall(station, draw(0...199))
        }
    }

    private func befall(_ station: SimulatedStation, _ number: Int) async throws {
        switch number {
        case 0..<134: try await syncInTrouble(station)
        case 134..<144: try await crashInSync(station)
        case 144..<149: try await syncWithFullDisk(station)
        case 149..<156: try crash(station)
        case 156..<164: jump(station)
        case 164..<171: try await reassign(station)
        case 171..<177: try await putDocument()
        case 177..<182: try documentTooEarly(station)
        case 182..<188: partition(station)
        case 188..<192:
            log("the centre stops and starts")
            record.note(.centreCrash)
            try await centre.crash()
        case 192..<195:
            log("a month passes")
            record.note(.monthPassed)
            clock.advance(by: .seconds(31 * 86_400))
        default: try await syncInTrouble(station)
        }
    }

    // MARK: What operators do

    /// Lets an operator do something; what is refused must have changed nothing.
    func act(_ station: SimulatedStation, isDiskFull: Bool = false, _ body: () throws -> Void) throws {
        let before = try station.database.chainPosition()
        do {
            try body()
        } catch let error as FieldStoreError {
            let expected: Set<FieldStoreError.Code> = [
                .closedBatch, .unknownPromotion, .unknownEntry, .unknownBatch, .unknownField, .noConflict, .nothingToUndo, .erased,
                // Taking back that a batch was opened again is held to what closing is.
                .unbalancedBatch,
            ]
            guard expected.contains(error.code) || (isDiskFull && error.code == .diskFull) else {
                throw Violation("\(station.name) refused an operation with \(error.code.rawValue): \(error.message)")
            }
            guard try station.database.chainPosition() == before else {
                throw Violation("\(station.name) refused an operation and changed something all the same")
            }
            log("\(station.name)   refused: \(error.code.rawValue)")
            record.note(.refusedOperation)
        }
        try noteChanges(of: station)
    }

    private func promotion(at station: SimulatedStation) throws -> Promotion? {
        pick(try station.database.promotions())
    }

    private func person(at station: SimulatedStation) -> String {
        pick(station.operators) ?? ""
    }

    private func values(of promotion: Promotion) -> [(field: String, keyed: Keyed)] {
        var values: [(field: String, keyed: Keyed)] = [("given_name", Keyed(text: word()))]
        if chance(70) { values.append(("opt_in", Keyed(text: chance(50) ? "yes" : "no"))) }
        if chance(30) { values.append(("city", Keyed(text: word()))) }
        if promotion.version > 1, chance(70) { values.append(("extra_\(promotion.version)", Keyed(text: word()))) }
        return values
    }

    private func word() -> String {
        ["Ann", "Bo", "Cy", "Di", "Édith", "E\u{301}dith"][draw(0...5)]
    }

    private func capture(_ station: SimulatedStation) throws {
        guard let promotion = try promotion(at: station) else { return }
        let place = chance(50) ? CardPlace(batch: "T-\(draw(1...3))", envelope: Int64(draw(20...99))) : nil
        let capture = Capture(
            promotion: promotion.id, channel: place == nil ? .kiosk : .mailIn, place: place, values: values(of: promotion))
        log("\(station.name) keys an entry of \(promotion.id)\(place.map { " in \($0.batch)" } ?? "")")
        let captured = try station.database.capture(capture, by: person(at: station))
        note(captured.entry, of: promotion.id)
    }

    private func importCard(_ station: SimulatedStation) throws {
        guard let promotion = try promotion(at: station) else { return }
        let place = CardPlace(batch: "T-\(draw(1...3))", envelope: Int64(draw(1...8)))
        // The same card mostly says the same.
        let name = chance(80) ? "Card \(place.envelope)" : word()
        let card = Capture.card(promotion: promotion.id, place: place, values: [("given_name", Keyed(text: name))])
        log("\(station.name) imports card \(place.envelope) of \(promotion.id) in \(place.batch)")
        let captured = try station.database.capture(card, by: person(at: station))
        if captured.isNew {
            if entryNames[captured.entry] != nil { record.note(.twin) }
        } else if try station.database.entry(captured.entry) == nil {
            throw Violation("\(station.name) says that it has the card \(captured.entry), and has no such entry")
        }
        note(captured.entry, of: promotion.id)
    }

    private func note(_ entry: UniqueID, of promotion: String) {
        guard entryNames[entry] == nil else { return }
        entries.append((entry, promotion))
        entryNames[entry] = "e\(entries.count)"
        record.add("       \(name(entry)) is \(entry)")
    }

    /// One of the entries that the station has, mostly one that others work on too.
    private func entry(at station: SimulatedStation) throws -> EntryView? {
        for _ in 0..<6 {
            let candidates = chance(70) ? Array(entries.suffix(10)) : entries
            if let id = pick(candidates)?.id, let view = try station.database.entry(id) { return view }
        }
        return nil
    }

    private func edit(_ station: SimulatedStation) throws {
        guard let entry = try entry(at: station), let form = try station.database.promotion(entry.promotion) else { return }
        let fields = ["given_name", "city", "note", "opt_in"] + (form.version > 1 ? ["extra_\(form.version)"] : [])
        let chosen = fields.shuffled(using: &random).prefix(draw(1...2))
        let edits = chosen.map { (field: $0, keyed: Keyed(text: $0 == "opt_in" ? (chance(50) ? "yes" : "no") : word())) }
        log("\(station.name) edits \(edits.map { "\($0.field) = \($0.keyed.text)" }.joined(separator: ", ")) of \(name(entry.id))")
        let edited =
            mutation?.effect == .skippedBase
            ? try station.editWithoutBase(entry.id, form.formVersion, text: edits[0].keyed.text, by: person(at: station))
            : try station.database.edit(entry.id, edits, by: person(at: station))
        // It replaced all that stood there, as far as this station knows.
        for field in edited.fields {
            let heads = try station.database.entry(entry.id)?.state[field]?.heads.map(\.change)
            guard heads == edited.change.map({ [$0] }) else {
                throw Violation("\(station.name) edited \(field) of \(name(entry.id)), and something else stands there too")
            }
        }
    }

    private func setVoid(_ station: SimulatedStation, _ isVoid: Bool) throws {
        guard let entry = try entry(at: station) else { return }
        log("\(station.name) \(isVoid ? "voids" : "restores") \(name(entry.id))")
        let person = person(at: station)
        let edited =
            isVoid ? try station.database.void(entry.id, by: person) : try station.database.restore(entry.id, by: person)
        if edited.change != nil { record.note(isVoid ? .voided : .restored) }
    }

    private func resolve(_ station: SimulatedStation) throws {
        guard let conflict = pick(try station.database.conflicts(limit: 20)) else { return }
        let choice: Choice
        if conflict.field == "$void" {
            choice = chance(50) ? .void : .keep
        } else if let head = pick(conflict.heads), conflict.field.hasPrefix("$") || chance(70) {
            choice = .head(head.change)
        } else {
            choice = .keyed(Keyed(text: conflict.field == "opt_in" ? "no" : word()))
        }
        log("\(station.name) settles \(conflict.field) of \(name(conflict.entry))")
        _ = try station.database.resolve(conflict.entry, field: conflict.field, choice, by: person(at: station))
        record.note(.settledByStation)
    }

    private func undo(_ station: SimulatedStation) throws {
        let undone = try station.database.undo(by: person(at: station))
        log("\(station.name) undoes \(undone.kind.rawValue): \(undone.fields.joined(separator: ", "))")
        if undone.change != nil { record.note(.undone) }
        if !undone.superseded.isEmpty { record.note(.undoSuperseded) }
    }

    private func setBatch(_ station: SimulatedStation) throws {
        guard let promotion = try promotion(at: station)?.id else { return }
        let label = "T-\(draw(1...3))"
        let person = person(at: station)
        switch draw(0...4) {
        case 0:
            try closeBatch(station, promotion, label)
        case 1, 2:
            log("\(station.name) opens \(promotion) \(label) again")
            _ = try station.database.reopenBatch(promotion: promotion, label: label, by: person)
        case 3:
            log("\(station.name) notes an empty envelope in \(promotion) \(label)")
            _ = try station.database.setException(
                promotion: promotion, label: label, envelope: Int64(draw(1...8)), code: "empty", by: person)
        default:
            log("\(station.name) opens \(promotion) \(label)")
            _ = try station.database.openBatch(promotion: promotion, label: label, expected: Int64(draw(5...9)), by: person)
        }
    }

    /// Closes a batch where it adds up; where it does not, as a station of another make might, which has not counted.
    private func closeBatch(_ station: SimulatedStation, _ promotion: String, _ label: String) throws {
        let person = person(at: station)
        log("\(station.name) closes \(promotion) \(label)")
        do {
            _ = try station.database.closeBatch(promotion: promotion, label: label, by: person)
        } catch let error as FieldStoreError where error.code == .unbalancedBatch {
            let closed = Assignment(field: "$state", value: .text("closed"))
            _ = try station.database.setBatch(promotion, label, [closed], mustExist: true, by: person)
        }
        record.note(.batchClosed)
    }

    private func move(_ station: SimulatedStation) throws {
        guard let entry = try entry(at: station) else { return }
        let place = chance(80) ? CardPlace(batch: "T-\(draw(1...3))", envelope: Int64(draw(1...99))) : nil
        log("\(station.name) moves \(name(entry.id)) to \(place?.batch ?? "no batch")")
        if try station.database.move(entry.id, to: place, by: person(at: station)).change != nil { record.note(.moved) }
    }

    private func withFullDisk(_ station: SimulatedStation) throws {
        try station.limitDisk(morePages: draw(0...1))
        log("\(station.name): the disk is full")
        record.note(.diskFull)
        for _ in 0..<3 { try act(station, isDiskFull: true) { chance(50) ? try capture(station) : try edit(station) } }
        try station.limitDisk(morePages: nil)
    }

    /// Writes down what was made since the last time.
    func noteChanges(of station: SimulatedStation) throws {
        for change in try station.ownChanges(after: station.head) {
            guard made.updateValue(station.name, forKey: change.id) == nil else {
                throw Violation("\(station.name) made the change \(change.id) twice")
            }
            guard change.sequence == station.head + 1 else {
                throw Violation("\(station.name) has a gap before its change number \(change.sequence)")
            }
            station.head = change.sequence
            station.pending.append(change.id)
        }
    }
}
