import EntryModel
import FieldStore

/// `status`.
struct StatusCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "status", forms: ["[--digests]"], summary: "Says what this file holds, what is unsent, since when and why.",
        details: ["With --digests it also prints a digest for each promotion; two replicas with the same digest hold the same values."],
        examples: ["status"],
        options: [.init(name: "--digests", value: nil, help: "A digest of what is held of each promotion; takes a while.")], leastRole: nil)

    private let withDigests: Bool

    init(_ arguments: CommandArguments) {
        withDigests = arguments.has("--digests")
    }

    func run(at desk: Desk) throws -> Report {
        let status = try desk.database.status()
        var table = Table("", "")
        func add(_ name: String, _ value: StyledText) { table.add([StyledText(name, .dim), value]) }
        if let name = status.name, let vault = status.vault {
            add("Station", "\(name), client \(vault)")
        } else {
            add("Station", StyledText("not enrolled: start with `fieldentry FILE --enrol CODE`", .warning))
        }
        if let person = desk.person { add("Operator", "\(person.name)") }
        add("Entries", "\(status.entries), of them void \(status.voidEntries); \(Plural.of(status.changes, "change"))")
        add("Conflicts", StyledText("\(status.conflicts)", status.conflicts > 0 ? .warning : .plain))
        add("Unsent", unsent(status, try desk.database.exports().first, now: desk.surroundings.now()))
        add("Last sync", StyledText(status.lastSync.map(Moment.text) ?? "never"))
        if let failure = status.lastFailure {
            add("Last failure", StyledText("\(Moment.text(failure.time)): \(failure.message)", .warning))
        }
        if let recovery = status.lastRecovery {
            add("Put right", StyledText("\(Moment.text(recovery.time)): \(recovery.message)"))
        }
        add("Clock", clock(status.skewMilliseconds))
        if status.quarantinedCount > 0 {
            add("Quarantined", StyledText("\(Plural.of(status.quarantinedCount, "change")), kept at both ends", .warning))
            for item in status.quarantined.prefix(20) { add("", quarantined(item)) }
        }
        var members = Self.members(status)
        if withDigests { members.append(("digests", .array(try digests(desk, &table)))) }
        return Report(table.lines, members)
    }

    /// - Parameter export: The last bundle that was written.
    private func unsent(_ status: StationStatus, _ export: ExportRecord?, now: Int64) -> StyledText {
        guard status.unsent > 0 else { return StyledText("nothing", .good) }
        let since = status.oldestUnsentStamp.map { ", the oldest for \(Moment.span(milliseconds: max(0, now - $0)))" } ?? ""
        let why =
            status.station == nil
            ? "the file is not enrolled"
            : status.lastFailure != nil
                ? "the last sync failed" : status.lastSync == nil ? "nobody has synced yet" : "made since the last sync"
        let carried = export.flatMap { export in
            export.last > status.acknowledged
                ? "; \(export.last < status.head ? "some of it is" : "it is") in the bundle of \(Moment.text(export.made)), not answered yet"
                : nil
        }
        return StyledText("\(Plural.of(status.unsent, "change"))\(since): \(why)\(carried ?? "")", .warning)
    }

    private func clock(_ skew: Int64?) -> StyledText {
        guard let skew else { return "not compared with the centre's yet" }
        guard skew.magnitude >= 60_000 else { return "right" }
        return StyledText(
            "\(Moment.span(milliseconds: skew)) \(skew < 0 ? "behind" : "ahead of") the centre's; entries are in order all the same",
            .warning)
    }

    private func quarantined(_ item: StationStatus.Quarantined) -> StyledText {
        let subject = item.entry.map { "entry \(EntryReference.short($0))" } ?? item.batch.map { "batch \($0)" } ?? "a change"
        return StyledText("\(subject): \(item.problem?.title ?? item.problemCode)")
    }

    private func digests(_ desk: Desk, _ table: inout Table) throws -> [JSONValue] {
        try desk.database.promotions().map { promotion in
            let comparison = try desk.database.comparison(promotion: promotion.id)
            table.add([StyledText("Digest", .dim), StyledText("\(promotion.id) \(comparison.entries) entries \(comparison.digest.hex)")])
            return .object([
                ("promotion", .string(promotion.id)), ("entries", .integer(Int64(comparison.entries))),
                ("digest", .string(comparison.digest.hex)),
            ])
        }
    }

    private static func members(_ status: StationStatus) -> [(name: String, value: JSONValue)] {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        func number(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }
        let quarantined = status.quarantined.map { item in
            JSONValue.object([
                ("change", .string(item.change.hex)), ("entry", text(item.entry?.description)), ("batch", text(item.batch)),
                ("problem", .string(item.problemCode)),
            ])
        }
        return [
            ("station", text(status.station?.description)), ("name", text(status.name)), ("client", text(status.vault)),
            ("entries", .integer(Int64(status.entries))), ("void", .integer(Int64(status.voidEntries))),
            ("changes", .integer(Int64(status.changes))), ("conflicts", .integer(Int64(status.conflicts))),
            ("unsent", .integer(Int64(status.unsent))), ("oldestUnsent", number(status.oldestUnsentStamp)),
            ("lastSync", number(status.lastSync)), ("lastFailure", text(status.lastFailure?.message)),
            ("lastRecovery", text(status.lastRecovery?.message)),
            ("skewMilliseconds", number(status.skewMilliseconds)), ("quarantinedCount", .integer(Int64(status.quarantinedCount))),
            ("quarantined", .array(quarantined)),
        ]
    }
}
