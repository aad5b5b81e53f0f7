import ArgumentParser
import EntryModel

/// `--operator`, of commands that make changes.
struct StaffOption: ParsableArguments {
    @Option(name: .customLong("operator"), help: ArgumentHelp("Who decides; an id, never a name.", valueName: "id"))
    var operatorID = "staff"

    func validate() throws {
        guard Identifier.isValid(operatorID) else {
            throw ValidationError("--operator is 1 to 64 of a-z, 0-9, _ and -, beginning with a letter.")
        }
    }
}
