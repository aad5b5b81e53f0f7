import EntryModel
import FieldStore

/// `operator [NAME]` and what a supervisor does with operators.
struct OperatorCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "operator",
        forms: [
            "NAME", "", "--out", "--pin", "--list", "--add NAME [--role ROLE]", "--change NAME --role ROLE", "--change NAME --pin",
            "--unlock NAME", "--remove NAME", "--idle MINUTES",
        ],
        summary: "Signs you in or out, says who is signed in, and administers operators.",
        details: [
            "Every change carries who made it, as a code; names and PINs stay in this file. Signing in lasts until the program ends.",
            "Until the first PIN a name is enough. From then on everybody has one: keyers key and correct, verifiers also decide what "
                + "differs, supervisors administer. The first operator is a supervisor.",
            "After five wrong PINs none of that name is taken for a minute. Without a key for a while the desk locks and asks for the PIN; "
                + "nothing that was typed is lost.",
            "Signing out leaves everything that was keyed in the file, what is unsent too. A line with a name is not kept in the history. "
                + "In scripts PINs come through the environment: FIELDENTRY_PIN, and FIELDENTRY_NEW_PIN for --pin and --add.",
        ],
        examples: ["operator \"Ana Lima\"", "operator --list", "operator --out"],
        options: [
            .init(name: "--out", value: nil, help: "Sign out."),
            .init(name: "--pin", value: nil, help: "Choose a new PIN, for you or with --change for somebody else."),
            .init(name: "--list", value: nil, help: "List the operators."),
            .init(name: "--add", value: "NAME", help: "Make somebody an operator.", holdsEntryValue: true),
            .init(name: "--change", value: "NAME", help: "Whose role or PIN is changed.", holdsEntryValue: true),
            .init(
                name: "--role", value: "ROLE", help: "keyer, verifier or supervisor.",
                completes: .words(OperatorRole.allCases.map(\.rawValue))),
            .init(name: "--unlock", value: "NAME", help: "End the minute after five wrong PINs.", holdsEntryValue: true),
            .init(name: "--remove", value: "NAME", help: "Let somebody sign in no more.", holdsEntryValue: true),
            .init(name: "--idle", value: "MINUTES", help: "Lock the desk after so long without a key; 10 unless said, 0 for never."),
        ],
        positionals: 0...8, positionalsArePersonal: true, leastRole: nil)

    private enum Action {
        case show, signOut, list, ownPIN
        case signIn(String)
        case add(String, OperatorRole)
        case role(String, OperatorRole)
        case pin(String)
        case unlock(String)
        case remove(String)
        case idle(Int)
    }

    private let action: Action

    init(_ arguments: CommandArguments) throws {
        let name = arguments.positionals.joined(separator: " ").trimmed
        let role = try arguments.option("--role").map { text in
            guard let role = OperatorRole(rawValue: text.lowercased()) else {
                throw UsageError("`--role` takes one of keyer, verifier and supervisor.")
            }
            return role
        }
        let idle = try arguments.number("--idle", in: 0...1440)
        var actions: [Action] = name.isEmpty ? [] : [.signIn(name)]
        if arguments.has("--out") { actions.append(.signOut) }
        if arguments.has("--list") { actions.append(.list) }
        if let name = arguments.option("--add") { actions.append(.add(name, role ?? .keyer)) }
        if let name = arguments.option("--change") {
            if let role { actions.append(.role(name, role)) }
            if arguments.has("--pin") { actions.append(.pin(name)) }
            if actions.isEmpty { throw UsageError("`operator --change` needs what to change: `--role ROLE` or `--pin`.") }
        } else if arguments.has("--pin") {
            actions.append(.ownPIN)
        }
        if let name = arguments.option("--unlock") { actions.append(.unlock(name)) }
        if let name = arguments.option("--remove") { actions.append(.remove(name)) }
        if let idle { actions.append(.idle(Int(idle))) }
        guard actions.count <= 1 else { throw UsageError("`operator` does one thing at a time. `help operator` lists what.") }
        action = actions.first ?? .show
        if role != nil, arguments.option("--add") == nil, arguments.option("--change") == nil {
            throw UsageError("`--role` goes with `--add NAME` or `--change NAME`.")
        }
    }

    var leastRole: OperatorRole? {
        switch action {
        case .show, .signIn, .signOut: nil
        case .list, .ownPIN: .keyer
        case .add, .role, .pin, .unlock, .remove, .idle: .supervisor
        }
    }

    func run(at desk: Desk) async throws -> Report {
        switch action {
        case .show: return Self.signedIn(desk)
        case .signIn(let name):
            try await desk.signIn(name)
            return Self.signedIn(desk)
        case .signOut:
            desk.signOut()
            let unsent = try desk.database.unsentCount()
            return Report(
                [StyledText("Signed out.")] + QuitCommand.farewell(unsent: unsent).lines,
                [("operator", .null), ("unsent", .integer(Int64(unsent)))])
        case .list: return try Self.list(desk)
        case .ownPIN:
            guard let person = desk.person else { throw CommandFailure("Nobody is signed in. `operator NAME` signs you in.") }
            guard let pin = try await desk.newPIN(for: person.name) else { throw CancellationError() }
            let changed = try desk.database.setPIN(pin, of: person.name)
            desk.become(changed)
            return Self.done(changed, "The PIN of \(changed.name) is set. \(changed.name) is a \(changed.role.rawValue).")
        case .pin(let name):
            guard let pin = try await desk.newPIN(for: name) else { throw CancellationError() }
            return Self.done(try desk.database.setPIN(pin, of: name), "The PIN is set.")
        case .add(let name, let role):
            guard let pin = try await desk.newPIN(for: name) else { throw CancellationError() }
            let added = try desk.database.addOperator(name, role: role, pin: pin)
            return Self.done(added, "\(added.name) may sign in as a \(added.role.rawValue).")
        case .role(let name, let role):
            let changed = try desk.database.setRole(role, of: name)
            if changed.id == desk.person?.id { desk.become(changed) }
            return Self.done(changed, "\(changed.name) is a \(changed.role.rawValue).")
        case .unlock(let name):
            let unlocked = try desk.database.unlockOperator(name)
            return Self.done(unlocked, "\(unlocked.name) may try again.")
        case .remove(let name):
            let removed = try desk.database.removeOperator(name)
            if removed.id == desk.person?.id { desk.signOut() }
            return Self.done(removed, "\(removed.name) may sign in no more. What was keyed under that name stays.")
        case .idle(let minutes):
            try desk.database.setIdleMinutes(minutes)
            let line = minutes == 0 ? "never locks by itself" : "locks after \(Plural.of(minutes, "minute")) without a key"
            return Report(StyledText("The desk \(line)."), [("idleMinutes", .integer(Int64(minutes)))])
        }
    }

    private static func signedIn(_ desk: Desk) -> Report {
        guard let person = desk.person else { return Report("Nobody is signed in. `operator NAME` signs you in.", [("operator", .null)]) }
        let role = person.hasPIN ? ", \(person.role.rawValue)" : ""
        return Report(
            StyledText("Signed in: \(person.name)\(role)."),
            [("operator", .string(person.id)), ("name", .string(person.name)), ("role", .string(person.role.rawValue))])
    }

    private static func list(_ desk: Desk) throws -> Report {
        let operators = try desk.database.operators()
        guard !operators.isEmpty else { return Report("Nobody has signed in yet.", [("operators", .array([]))]) }
        let asks = try desk.database.asksForPIN()
        let now = desk.surroundings.now()
        var table = Table("NAME", "ROLE", "CODE", "")
        for person in operators {
            let isLocked = person.lockedUntil.map { $0 > now } ?? false
            let mark =
                person.isRemoved
                ? StyledText("may not sign in", .dim)
                : isLocked ? StyledText("locked", .error) : asks && !person.hasPIN ? StyledText("has no PIN", .warning) : ""
            table.add([
                StyledText(person.name, .strong), StyledText(person.role.rawValue), StyledText(person.id, .dim), mark,
            ])
        }
        var lines = table.lines
        if !asks { lines.append(StyledText("Nobody has a PIN, so roles bind nobody; `operator --pin` sets the first.", .dim)) }
        return Report(lines, [("operators", .array(operators.map(json)))])
    }

    private static func done(_ person: Operator, _ line: String) -> Report { Report(StyledText(line), [("person", json(person))]) }

    private static func json(_ person: Operator) -> JSONValue {
        .object([
            ("operator", .string(person.id)), ("name", .string(person.name)), ("role", .string(person.role.rawValue)),
            ("hasPIN", .bool(person.hasPIN)), ("removed", .bool(person.isRemoved)),
        ])
    }
}
