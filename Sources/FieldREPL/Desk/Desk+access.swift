import EntryModel
import FieldStore

extension Desk {
    /// Refuses a command to whom it is not for.
    ///
    /// While nobody at the station has a PIN a name proves nothing, so every command is everybody's.
    /// - Parameter leastRole: `nil` for what anybody may do who stands before the machine.
    func checkAccess(_ leastRole: OperatorRole?, to name: String) throws {
        guard let leastRole, try database.asksForPIN() else { return }
        guard let person else {
            throw CommandFailure("Nobody is signed in. `operator NAME` signs you in; until then `sync`, `status` and `help` work.")
        }
        guard person.role >= leastRole else {
            throw CommandFailure(
                "`\(name)` is for \(leastRole == .supervisor ? "supervisors" : "\(leastRole.rawValue)s and supervisors"), and "
                    + "\(person.name) is a \(person.role.rawValue). Nothing was changed.")
        }
    }

    /// Signs a person in.
    ///
    /// - Parameter pin: `nil` to ask for it where it is needed and somebody is there to be asked.
    /// - Throws: `FieldStoreError` when the PIN is wrong or the person may not sign in; `CommandFailure` when none could be asked for.
    func signIn(_ name: String, pin: String? = nil) async throws {
        let isFirst = try database.operators().isEmpty
        var pin = pin ?? (reader == nil ? givenPIN : nil)
        if pin == nil, try database.asksForPIN() {
            guard let reader else {
                throw CommandFailure("A PIN is needed to sign in. In a script it comes through the environment, as FIELDENTRY_PIN.")
            }
            guard case .line(let line) = await reader.read(LineRequest(prompt: "PIN: ", isSecret: true)) else { throw CancellationError() }
            pin = line.trimmed
        }
        let known = try database.signIn(name, pin: pin)
        if person?.id != known.id { signOut() }
        become(known)
        if isFirst, let reader { try await offerPIN(to: known, reader) }
    }

    /// Who is signed in from here on.
    func become(_ known: Operator) {
        person = SignedIn(id: known.id, name: known.name, role: known.role, hasPIN: known.hasPIN)
    }

    /// The first operator of a station may have it ask for PINs from the beginning.
    private func offerPIN(to first: Operator, _ reader: any LineReading) async throws {
        output.line("You are the first operator of this station, and so its supervisor. With a PIN, nobody keys under your name,")
        output.line("and everybody else needs one too; Enter for none. `operator --pin` does the same later.")
        while true {
            do {
                guard let pin = try await newPIN(for: first.name, mayBeNone: true) else { return }
                become(try database.setPIN(pin, of: first.name))
                return
            } catch let error as FieldStoreError where error.code == .invalid {
                output.line(StyledText(error.message, .warning))
            } catch let error as CommandFailure {
                output.line(StyledText(error.description, .warning))
            }
        }
    }

    /// Asks twice for a PIN that shall be; in a script it comes through the environment.
    ///
    /// - Returns: `nil` for none, where that is allowed.
    func newPIN(for name: String, mayBeNone: Bool = false) async throws -> String? {
        if reader == nil, let givenNewPIN { return givenNewPIN }
        let reader = try asking(instead: "In a script the new PIN comes through the environment, as FIELDENTRY_NEW_PIN.")
        let hint = mayBeNone ? " (4 to 12 digits, Enter for none): " : " (4 to 12 digits): "
        let asked = await reader.read(LineRequest(prompt: StyledText("New PIN of \(name)") + StyledText(hint, .dim), isSecret: true))
        guard case .line(let first) = asked, !first.isEmpty || !mayBeNone else {
            if mayBeNone { return nil }
            throw CancellationError()
        }
        let again = await reader.read(LineRequest(prompt: "The same again: ", isSecret: true))
        guard case .line(first) = again else { throw CommandFailure("The two were not the same. Nothing was changed. Try again.") }
        return first.trimmed
    }
}
