import EntryModel
import FieldStore

/// `kiosk PROMOTION [--timeout SECONDS]`.
struct KioskCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "kiosk", forms: ["PROMOTION [--timeout SECONDS]"], summary: "Locks the desk to one form, for people to enter by themselves.",
        details: [
            "Consents are shown in full and answered by yes or no. A person under the promotion's age is refused, and nothing of them is kept; "
                + "so it is with whoever leaves in the middle. The screen is wiped behind every entry, and when nobody presses a key for a while.",
            "\(KioskRun.leaving) and your PIN end it; Ctrl-C, Ctrl-D, Ctrl-Z and a hang-up do not. So you need a PIN.",
        ],
        examples: ["kiosk county-fairs"],
        options: [.init(name: "--timeout", value: "SECONDS", help: "Begin anew after so long without a key; 60 unless said.")],
        positionals: 1...1, completes: [.promotion])

    private let promotion: String
    private let seconds: Int

    init(_ arguments: CommandArguments) throws {
        promotion = arguments.positionals[0]
        seconds = Int(try arguments.number("--timeout", in: 5...3600) ?? 60)
    }

    func run(at desk: Desk) async throws -> Report {
        _ = try desk.operatorID()
        let promotion = try desk.promotion(named: promotion)
        let reader = try desk.asking(instead: "A kiosk needs a terminal at which people type.")
        guard let person = desk.person, person.hasPIN else {
            throw CommandFailure("Only a PIN ends a kiosk, and you have none. `operator --pin` sets it.")
        }
        desk.lockTerminal(true)
        defer { desk.lockTerminal(false) }
        desk.use(promotion, channel: nil)
        let entries = await KioskRun(desk: desk, reader: reader, promotion: promotion, person: person, idleSeconds: seconds).run()
        return Report(
            StyledText("The kiosk is closed; it took \(Plural.of(entries, "entry"))."),
            [("promotion", .string(promotion.id)), ("entries", .integer(Int64(entries)))])
    }
}
