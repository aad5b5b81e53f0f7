import EntryModel
import FieldStore

/// `stats [--operator NAME] [--since DATE] [--promotion ID]`.
struct StatsCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "stats", forms: ["[--operator NAME] [--since DATE] [--promotion ID]"],
        summary: "Says how fast people key at this station, and how well.",
        details: [
            "Time is that at the form, from a question to its Enter; what took more than a minute was a pause and is left out. Keystrokes are "
                + "the characters that stood in the lines, with their Enters. Cards of a file are nobody's keying.",
            "OWN and OTHERS are fields corrected after keying, by the person and by others; CHECKED those keyed a second time by somebody "
                + "else, and WRONG those of them decided otherwise. KNOWN compares with cards whose answers are known (`known`): that is the "
                + "true error, whoever checks.",
            "It counts what happened at this station. Everybody sees the own figures, a supervisor everybody's.",
        ],
        examples: ["stats", "stats --since 2026-09-21", "stats --operator \"Ana Lima\""],
        options: [
            .init(name: "--operator", value: "NAME", help: "One person alone.", holdsEntryValue: true),
            .init(name: "--since", value: "DATE", help: "From that day on, such as 2026-09-21 or `today`."),
            .init(name: "--promotion", value: "ID", help: "Of one promotion alone.", completes: .promotion),
        ])

    private let name: String?
    private let since: String?
    private let promotion: String?

    init(_ arguments: CommandArguments) throws {
        name = arguments.option("--operator")
        since = arguments.option("--since")
        promotion = arguments.option("--promotion")
        if let since, since != "today", CalendarDate(since) == nil {
            throw UsageError("`--since` takes a day such as 2026-09-21, or `today`.")
        }
    }

    func run(at desk: Desk) throws -> Report {
        let promotion = try promotion.map { try desk.promotion(named: $0).id }
        let found = try desk.database.statistics(promotion: promotion, since: beginning(desk), of: try person(desk))
        guard !found.isEmpty else { return Report("Nobody has keyed anything here in that time.", [("operators", .array([]))]) }
        let quality = found.filter { $0.checked + $0.corrected + $0.correctedByOthers + $0.knownFields > 0 }
        let again = found.filter { $0.verified + $0.peeks > 0 }
        var lines = keying(found.filter { $0.cards > 0 })
        if !quality.isEmpty { lines += (lines.isEmpty ? [] : [""]) + self.quality(quality) }
        if !again.isEmpty { lines += (lines.isEmpty ? [] : [""]) + self.again(again) }
        for person in found where person.knownErrors > 0 {
            let fields = person.known.filter { $0.wrong > 0 }.map { "\($0.field) \($0.wrong) of \($0.keyed)" }
            lines.append(StyledText("Known answers \(Self.name(person)) keyed otherwise: \(fields.joined(separator: ", ")).", .warning))
        }
        return Report(lines, [("operators", .array(found.map(json)))])
    }

    /// Whose figures are shown; `nil` for everybody's.
    private func person(_ desk: Desk) throws -> String? {
        let named = try name.map { name in
            guard let person = try desk.database.operators().first(where: { $0.name == name }) else {
                throw CommandFailure("No operator of this station has that name. `operator --list` lists those it has.")
            }
            return person.id
        }
        guard try desk.database.asksForPIN(), let signedIn = desk.person, signedIn.role < .supervisor else { return named }
        guard named == nil || named == signedIn.id else {
            throw CommandFailure("The figures of others are for supervisors. `stats` shows your own.")
        }
        return signedIn.id
    }

    private func beginning(_ desk: Desk) -> Int64? {
        guard let since else { return nil }
        if let day = CalendarDate(since) { return Moment.beginning(of: day) }
        return CalendarDate(String(Moment.text(desk.surroundings.now()).prefix(10))).map { Moment.beginning(of: $0) }
    }

    private func keying(_ found: [OperatorStatistics]) -> [StyledText] {
        guard !found.isEmpty else { return [] }
        var table = Table([("OPERATOR", .left), ("CARDS", .right), ("CARDS/H", .right), ("KEYS/H", .right), ("KEYS/CARD", .right)])
        for person in found {
            let effort = person.effort
            table.add([
                StyledText(Self.name(person), .strong), StyledText(String(person.cards)),
                Self.hourly(person.cards, effort), Self.hourly(Int64(effort.keystrokes), effort),
                StyledText(person.cards == 0 ? "-" : Self.tenths(Double(effort.keystrokes) / Double(person.cards))),
            ])
        }
        return table.lines
    }

    private func quality(_ found: [OperatorStatistics]) -> [StyledText] {
        var table = Table([
            ("CORRECTED", .left), ("OWN", .right), ("OTHERS", .right), ("CHECKED", .right), ("WRONG", .right), ("", .right),
            ("KNOWN", .right), ("WRONG", .right), ("", .right),
        ])
        for person in found {
            table.add([
                StyledText(Self.name(person), .strong), StyledText(String(person.corrected)), StyledText(String(person.correctedByOthers)),
                StyledText(String(person.checked)), StyledText(String(person.mistaken)), Self.rate(person.mistaken, person.checked),
                StyledText(String(person.knownFields)), StyledText(String(person.knownErrors)),
                Self.rate(person.knownErrors, person.knownFields),
            ])
        }
        return table.lines
    }

    private func again(_ found: [OperatorStatistics]) -> [StyledText] {
        var table = Table([
            ("KEYED AGAIN", .left), ("FIELDS", .right), ("FIELDS/H", .right), ("DIFFERED", .right), ("CHANGED", .right), ("PEEKS", .right),
        ])
        for person in found {
            table.add([
                StyledText(Self.name(person), .strong), StyledText(String(person.verified)),
                Self.hourly(person.verified, person.effortAgain), StyledText(String(person.differed)), StyledText(String(person.changed)),
                StyledText(String(person.peeks), person.peeks > 0 ? .warning : .plain),
            ])
        }
        return table.lines
    }

    private static func name(_ person: OperatorStatistics) -> String { person.name ?? person.operatorID }

    private static func hourly(_ count: Int64, _ effort: KeyingEffort) -> StyledText {
        guard count > 0, let rate = OperatorStatistics.hourly(count, milliseconds: effort.milliseconds) else { return "-" }
        return StyledText(String(Int(rate.rounded())))
    }

    private static func rate(_ part: Int64, _ whole: Int64) -> StyledText {
        whole == 0 ? "-" : StyledText("\(tenths(Double(part) * 100 / Double(whole))) %", part > 0 ? .warning : .plain)
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func json(_ person: OperatorStatistics) -> JSONValue {
        func number(_ value: Int64) -> JSONValue { .integer(value) }
        return .object([
            ("operator", .string(person.operatorID)), ("name", person.name.map { .string($0) } ?? .null), ("cards", number(person.cards)),
            ("keystrokes", number(Int64(person.effort.keystrokes))), ("milliseconds", number(person.effort.milliseconds)),
            ("corrected", number(person.corrected)), ("correctedByOthers", number(person.correctedByOthers)),
            ("checked", number(person.checked)), ("mistaken", number(person.mistaken)), ("verified", number(person.verified)),
            ("differed", number(person.differed)), ("changed", number(person.changed)), ("peeks", number(person.peeks)),
            ("againKeystrokes", number(Int64(person.effortAgain.keystrokes))),
            ("againMilliseconds", number(person.effortAgain.milliseconds)),
            (
                "known",
                .array(
                    person.known.map {
                        .object([("field", .string($0.field)), ("keyed", number($0.keyed)), ("wrong", number($0.wrong))])
                    })
            ),
        ])
    }
}
