import EntryModel
import FieldStore

/// `doctor [--repair]`.
struct DoctorCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "doctor", forms: ["[--repair]"], summary: "Checks this file through and through, and says what is wrong with it.",
        details: [
            "Looks at the file's structure, at every change, at the chain of this station's changes, at what is listed of each entry, and at how "
                + "far the centre's record was read. Changes nothing unless told to.",
            "With --repair it puts right what can be put right; what only the centre has whole comes with the next sync. Nothing that is "
                + "unsent is ever dropped by it.",
        ],
        examples: ["doctor", "doctor --repair"],
        options: [.init(name: "--repair", value: nil, help: "Put right what can be put right.")])

    private let repairs: Bool

    init(_ arguments: CommandArguments) {
        repairs = arguments.has("--repair")
    }

    func run(at desk: Desk) throws -> Report {
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
}
