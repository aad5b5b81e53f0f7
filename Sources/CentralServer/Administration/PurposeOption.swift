import ArgumentParser
import CentralStore
import EntryModel
import Foundation

/// `--purpose`, of commands that show what people wrote on their cards; it is written down with who read what, and when.
struct PurposeOption: ParsableArguments {
    @Option(help: ArgumentHelp("Why people's data is read; it is written down, and `central reads list` shows it.", valueName: "text"))
    var purpose: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who reads: an opaque id. On this machine by default the name of the account.", valueName: "id"))
    var reader: String?

    func validate() throws {
        if let reader, !Identifier.isValid(reader) {
            throw ValidationError("--as is 1 to 64 of a-z, 0-9, _ and -, beginning with a letter.")
        }
    }

    /// Writes the read down. Called before anything of it is shown.
    /// - Throws: `Refusal` when no purpose is given.
    func record(
        _ kind: PersonalRead.Kind, at centre: Centre, client: String, promotion: String? = nil, entry: UniqueID? = nil
    ) async throws {
        guard let purpose else {
            throw Refusal(
                "Say with --purpose why people's data is read, such as --purpose \"request of the person, ticket 4711\". It is written down."
            )
        }
        try await centre.recordRead(
            kind, by: name, client: client, promotion: promotion, entry: entry, purpose: purpose)
    }

    private var name: String {
        if let session = StaffSession.current { return session.account.id }
        if let reader { return reader }
        let account = NSUserName().lowercased()
        return Identifier.isValid(account) ? account : "staff"
    }
}
