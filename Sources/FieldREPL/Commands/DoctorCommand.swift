import EntryModel
import FieldStore
import FieldSync

/// `doctor [--repair] [--offline]`.
struct DoctorCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "doctor", forms: ["[--repair] [--offline]"],
        summary: "Checks this file through and through, compares it with the centre, and says what is wrong.",
        details: [
            "Looks at the file's structure, at every change, at the chain of this station's changes, at what is listed of each entry, and at how "
                + "far the centre's record was read. Then it syncs, and compares each entry that is shared with what the centre has of it; with "
                + "--offline it leaves the centre out and changes nothing.",
            "With --repair it puts right what can be put right; what only the centre has whole comes with the next sync. Nothing that is "
                + "unsent is ever dropped by it.",
        ],
        examples: ["doctor", "doctor --repair", "doctor --offline"],
        options: [
            .init(name: "--repair", value: nil, help: "Put right what can be put right."),
            .init(name: "--offline", value: nil, help: "Look at this file only."),
        ])

    private let repairs: Bool
    private let isOffline: Bool

    init(_ arguments: CommandArguments) {
        repairs = arguments.has("--repair")
        isOffline = arguments.has("--offline")
    }

    var leastRole: OperatorRole? { repairs ? .supervisor : .keyer }

    func run(at desk: Desk) async throws -> Report {
        let file = try checkFile(desk)
        guard !isOffline, let comparison = try await compare(desk) else { return file }
        var report = file
        report.lines += Self.lines(comparison, repairs: repairs)
        report.members.append(("comparison", Self.member(comparison)))
        return report
    }

    private func checkFile(_ desk: Desk) throws -> Report {
        let found = repairs ? try desk.database.repair() : try desk.database.check()
        let left = repairs && !found.isEmpty ? try desk.database.check() : found
        guard !found.isEmpty else {
            return Report(StyledText("All is well with this file.", .good), Self.members(found, left))
        }
        var lines = left.map { StyledText("\($0)", .warning) }
        if repairs {
            let done = found.count - left.count
            if done > 0 { lines.append(StyledText("Put right: \(Plural.of(done, "finding")).", .good)) }
            if found.contains(where: { $0.remedy == .repairAndSync }) {
                lines.append(StyledText("`sync` now brings the rest back from the centre."))
            }
        }
        return Report(lines, Self.members(found, left))
    }

    private static func members(_ found: [FileFinding], _ left: [FileFinding]) -> [(name: String, value: JSONValue)] {
        func list(_ findings: [FileFinding]) -> JSONValue {
            .array(
                findings.map { finding in
                    .object([
                        ("kind", .string(finding.kind.rawValue)), ("subject", .string(finding.subject)),
                        ("remedy", .string(finding.remedy.rawValue)),
                    ])
                })
        }
        return [("found", list(found)), ("left", list(left))]
    }

    // MARK: The centre

    /// - Returns: `nil` before enrolment.
    private func compare(_ desk: Desk) async throws -> CentreComparison? {
        guard let identity = try desk.database.identity else { return nil }
        let connection = try desk.connect(identity.url)
        let engine = SyncEngine(
            database: desk.database, transport: connection.transport, surroundings: desk.surroundings, backoff: Backoff(attempts: 2))
        let comparison = await engine.compare(repairs: repairs)
        try await connection.close()
        return comparison
    }

    private static func lines(_ comparison: CentreComparison, repairs: Bool) -> [StyledText] {
        guard comparison.outcome.isComplete else {
            return [StyledText("It could not be compared with the centre. \(comparison.outcome.message)", .warning)]
        }
        var lines: [StyledText] = []
        for difference in comparison.differences {
            let names = difference.subjects.joined(separator: ", ")
            lines.append(
                StyledText(
                    "\(difference.key): \(difference.here) here and \(difference.there) at the centre do not agree: \(names).", .warning))
        }
        for key in comparison.skipped { lines.append(StyledText("\(key): the centre sent nothing to compare it with.", .warning)) }
        switch (comparison.differences.isEmpty, repairs) {
        case (true, _): lines.append(StyledText("What is shared is the same at the centre.", .good))
        case (false, false): lines.append(StyledText("`doctor --repair` reads again what differs."))
        case (false, true): lines.append(StyledText("Reading it again did not help. Nothing is lost; tell the central staff.", .warning))
        }
        return lines
    }

    private static func member(_ comparison: CentreComparison) -> JSONValue {
        let differences = comparison.differences.map { difference -> JSONValue in
            .object([
                ("key", .string(difference.key.description)), ("here", .integer(difference.here)), ("there", .integer(difference.there)),
                ("subjects", .array(difference.subjects.map { .string($0) })),
            ])
        }
        return .object([
            ("outcome", .string(comparison.outcome.code)), ("compared", .integer(Int64(comparison.compared))),
            ("differences", .array(differences)), ("skipped", .array(comparison.skipped.map { .string($0.description) })),
        ])
    }
}
