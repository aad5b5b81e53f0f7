import EntryModel
import FieldStore
import FieldSync
import Foundation

/// A kiosk of one's own on the library `FieldEntry`: no REPL, no terminal.
///
/// `EmbedFieldEntry FILE [CODE]` enrols a new file with a code from the central staff, captures three entries, corrects one of them, and syncs.
/// In a project of your own: `.product(name: "FieldEntry", package: "field-entry")`.
@main
struct LobbyKiosk {
    static func main() async throws {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: EmbedFieldEntry FILE [CODE]")
            exit(64)
        }
        let database = try FieldDatabase(path: CommandLine.arguments[1])
        if CommandLine.arguments.count > 2 { try await enrol(database, code: CommandLine.arguments[2]) }
        guard let identity = try database.identity else {
            print("This file is not enrolled. Ask the central staff for a code and give it as the second argument.")
            exit(1)
        }
        print("Station \(identity.name) of client \(identity.vault)")

        // `ConnectionTrust` says whose certificates are believed; kept in the file it is the same for every program that opens it.
        let transport = HTTPTransport(url: identity.url, trust: try ConnectionTrust(keptIn: database))
        let engine = SyncEngine(database: database, transport: transport)
        // The first sync brings the promotions that the station works on.
        print(await engine.synchronize().message)
        guard let promotion = try database.promotions().first else {
            print("The station is assigned no promotion yet.")
            exit(1)
        }

        let kiosk = try database.operatorID(named: "kiosk")
        var last: UniqueID?
        for visitor in visitors {
            let values = visitor.filter { promotion.field($0.field) != nil }
            let captured = try database.capture(
                Capture(promotion: promotion.id, channel: .kiosk, values: values), by: kiosk)
            let remarks = captured.findings.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
            print("Captured \(captured.entry)\(remarks.isEmpty ? "" : " (\(remarks))")")
            last = captured.entry
        }
        if let last {
            _ = try database.edit(last, [("email", Keyed(text: "ines.aguilar@example.org"))], by: kiosk)
        }

        let summary = await engine.synchronize { progress in
            if progress.pushed > 0 { print("… \(progress.pushed) sent") }
        }
        print(summary.message)
        try await transport.close()
        let comparison = try database.comparison(promotion: promotion.id)
        print("\(comparison.entries) entries of \(promotion.id), \(try database.unsentCount()) changes unsent")
        exit(summary.outcome == .complete ? 0 : 1)
    }

    /// Made once for a file; doing it again with the same code after a lost answer does no harm.
    static func enrol(_ database: FieldDatabase, code text: String) async throws {
        guard try database.identity == nil else { return }
        guard let code = EnrolmentCode(text) else {
            print("That is no enrolment code.")
            exit(64)
        }
        let transport = HTTPTransport(url: code.url, trust: try ConnectionTrust(keptIn: database))
        try await SyncEngine(database: database, transport: transport).enrol(code: code)
        try await transport.close()
    }

    /// What three visitors keyed. Nothing is refused: what looks wrong is kept as it is and flagged.
    static let visitors: [[(field: String, keyed: Keyed)]] = [
        [
            ("given_name", Keyed(text: "Rosa")), ("family_name", Keyed(text: "Delgado")), ("street", Keyed(text: "12 Elm Street")),
            ("zip", Keyed(text: "60614")), ("city", Keyed(text: "Chicago")), ("state", Keyed(text: "IL")),
            ("birth_date", Keyed(text: "4/17/88")), ("client_opt_in", Keyed(text: "no")),
        ],
        [
            ("given_name", Keyed(text: "Walter")), ("family_name", Keyed(text: "Okafor")), ("street", Keyed(text: "9 Lake Road")),
            ("zip", Keyed(text: "1234", flag: "illegible")), ("city", Keyed(text: "Duluth")), ("state", Keyed(text: "Minnesota")),
            ("birth_date", Keyed(text: "1990-02-30")), ("phone", Keyed(text: "(218) 555-0142")),
        ],
        [
            ("given_name", Keyed(text: "Inés")), ("family_name", Keyed(text: "Aguilar")), ("street", Keyed(text: "801 Mission Drive")),
            ("zip", Keyed(text: "78701")), ("city", Keyed(text: "Austin")), ("state", Keyed(text: "tx")),
            ("email", Keyed(text: "ines.aguilar@EXAMPLE.org")), ("birth_date", Keyed(text: "1979-11-02")),
            ("client_opt_in", Keyed(text: "yes")),
        ],
    ]
}
