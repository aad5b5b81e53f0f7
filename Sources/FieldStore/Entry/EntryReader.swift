import EntryModel
import GRDB

/// Makes what people see of entries out of rows and changes.
struct EntryReader {
    private let log: ChangeLog
    private let promotions: [String: HeldPromotion]
    private let identity: StationIdentity?
    private let epoch: Int64
    private let acknowledged: Int64
    /// Row → id.
    private let names: [Int64: String]
    private let operators: [String: String]

    init(_ database: Database, _ field: FieldDatabase) throws {
        log = ChangeLog(database: database, values: field.values)
        let held = field.current
        promotions = held.promotions
        identity = held.identity
        epoch = held.epoch
        acknowledged = try database.integer("SELECT acknowledged FROM epoch WHERE number = ?", [.integer(epoch)])
        names = Dictionary(uniqueKeysWithValues: try database.list("SELECT number, id FROM promotion") { ($0.integer(0), $0.text(1)) })
        operators = try FieldDatabase.operatorNames(database)
    }

    private func promotion(_ record: EntryRecord) -> (id: String, promotion: Promotion?) {
        let id = names[record.promotion] ?? ""
        return (id, promotions[id]?.promotion)
    }

    func view(_ record: EntryRecord) throws -> EntryView {
        let changes = try log.changes(of: .entry(record.number))
        let state = Merge.state(of: changes.map(\.change))
        let (id, promotion) = promotion(record)
        let placing = EntryPlacing(state)
        return EntryView(
            id: record.id, promotion: id, place: placing.cardPlace, channel: placing.channel.flatMap(EntryChannel.init),
            state: state, shown: shown(state, promotion), conflicts: state.conflicts, isVoid: state.void == .void,
            isErased: state.isErased, verified: verified(state, changes), changeCount: changes.count,
            unsentCount: changes.count { isUnsent($0) },
            quarantinedCount: changes.count { $0.isOwn && $0.isWaiting }, cursor: EntryCursor(number: record.number))
    }

    private func verified(_ state: EntryState, _ changes: [LoggedChange]) -> [EntryView.Verified] {
        state.verifications.filter { state.verified[$0.key] == true }.sorted { $0.key < $1.key }.compactMap { field, id in
            guard let change = changes.first(where: { $0.change.id == id })?.change else { return nil }
            return EntryView.Verified(
                field: field, operatorID: change.header.operatorID, operatorName: operators[change.header.operatorID],
                station: change.header.station, isOwn: isOwn(change),
                peeked: change.body?.verify.contains { $0.field == field && $0.peeked } == true)
        }
    }

    private func isUnsent(_ logged: LoggedChange) -> Bool {
        logged.epoch == epoch && (logged.sequence ?? 0) > acknowledged
    }

    /// The form's fields first, in its order; what it does not know after them, the reserved fields last.
    private func shown(_ state: EntryState, _ promotion: Promotion?) -> [Assignment] {
        var shown: [Assignment] = []
        shown.reserveCapacity(state.fields.count)
        for field in promotion?.form ?? [] {
            if let head = state[field.id]?.shown(by: field.policy) { shown.append(head.assignment) }
        }
        let others = state.fields.filter { promotion?.field($0.name) == nil }
        let unknown = others.filter { $0.name.utf8.first != UInt8(ascii: "$") }
        let reserved = others.filter { $0.name.utf8.first == UInt8(ascii: "$") }
        for field in unknown + reserved {
            if let head = field.shown(by: .latest) { shown.append(head.assignment) }
        }
        return shown
    }

    // MARK: History

    func history(_ record: EntryRecord) throws -> [HistoryItem] {
        let changes = try log.changes(of: .entry(record.number))
        let byID = Dictionary(changes.map { ($0.change.id, $0.change) }) { first, _ in first }
        // Only a second keying asks what counts.
        let state = changes.contains { $0.change.header.kind == .verify } ? Merge.state(of: changes.map(\.change)) : .empty
        return changes.map { logged in
            let change = logged.change
            let verifications = (change.body?.verify ?? []).map { found in
                HistoryItem.FieldVerification(
                    field: found.field, agrees: found.agrees, peeked: found.peeked, differed: found.differed,
                    counts: state.verifications[found.field] == change.id)
            }
            let fields = (change.body?.set ?? []).map { assignment in
                let bases = change.body?.base.filter { $0.fields.contains(assignment.field) } ?? []
                return HistoryItem.FieldChange(
                    field: assignment.field, old: bases.compactMap { byID[$0.change]?.body?.assignment(of: assignment.field) },
                    new: assignment)
            }
            return HistoryItem(
                change: change.id, stamp: change.header.stamp, orderingTime: change.header.orderingTime,
                operatorID: change.header.operatorID, operatorName: operators[change.header.operatorID], station: change.header.station,
                isOwn: isOwn(change), kind: change.header.kind, form: change.header.form, reason: change.body?.reason, fields: fields,
                verifications: verifications,
                isBodyGone: change.body == nil, isSent: !isUnsent(logged), quarantined: logged.quarantined)
        }
    }

    private func isOwn(_ change: Change) -> Bool {
        change.header.station == identity?.station.description
    }

    // MARK: Conflicts

    func conflicts(_ record: EntryRecord) throws -> [ConflictView] {
        let changes = try log.changes(of: .entry(record.number)).map(\.change)
        let state = Merge.state(of: changes)
        let byID = Dictionary(changes.map { ($0.id, $0) }) { first, _ in first }
        let (id, promotion) = promotion(record)
        let place = EntryPlacing(state).cardPlace
        return state.conflicts.map { name in
            let policy = promotion?.field(name)?.policy ?? .latest
            let heads = state[name]?.heads ?? []
            let shown = state[name]?.shown(by: policy)?.change
            return ConflictView(
                entry: record.id, promotion: id, place: place, field: name, policy: policy,
                heads: heads.compactMap { head(of: $0, byID, isShown: $0.change == shown) },
                unseen: name == "$void" ? unseen(state, byID) : [])
        }
    }

    private func head(of head: EntryState.Head, _ changes: [Digest: Change], isShown: Bool) -> ConflictView.Head? {
        changes[head.change].map { change in
            ConflictView.Head(
                change: change.id, assignment: head.assignment, stamp: change.header.stamp, operatorID: change.header.operatorID,
                operatorName: operators[change.header.operatorID], station: change.header.station, isOwn: isOwn(change), isShown: isShown)
        }
    }

    /// The values that none of the voids had seen.
    private func unseen(_ state: EntryState, _ changes: [Digest: Change]) -> [ConflictView.Head] {
        let seen = Set(state["$void"]?.heads.flatMap { changes[$0.change]?.body?.seen ?? [] } ?? [])
        return state.fields.filter { $0.name != "$void" }.flatMap { field in
            field.heads.filter { !seen.contains($0.change) }.compactMap { head(of: $0, changes, isShown: false) }
        }
    }
}
