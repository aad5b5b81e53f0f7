import ArgumentParser
import CentralStore
import EntryModel

/// `--operator`, of commands that make changes.
struct StaffOption: ParsableArguments {
    @Option(name: .customLong("operator"), help: ArgumentHelp("Who decides; an id, never a name.", valueName: "id"))
    var operatorID = "staff"

    /// Whose decision it is: from elsewhere the account's, whatever was said.
    var decider: String { StaffSession.current?.account.id ?? operatorID }

    func validate() throws {
        guard Identifier.isValid(operatorID) else {
            throw ValidationError("--operator is 1 to 64 of a-z, 0-9, _ and -, beginning with a letter.")
        }
    }
}
