import EntryModel
import FieldStore

/// `use PROMOTION [--channel CHANNEL]`.
struct UseCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "use", forms: ["PROMOTION [--channel CHANNEL]"], summary: "Chooses the promotion whose entries are keyed.",
        details: ["An entry comes in by mail when it is keyed in a batch and at a kiosk otherwise, unless --channel says another way."],
        examples: ["use brightfizz-summer"],
        options: [
            .init(
                name: "--channel", value: "CHANNEL", help: EntryChannel.allCases.map(\.rawValue).joined(separator: ", "),
                completes: .words(EntryChannel.allCases.map(\.rawValue)))
        ],
        positionals: 1...1, completes: [.promotion])

    private let promotion: String
    private let channel: EntryChannel?

    init(_ arguments: CommandArguments) throws {
        promotion = arguments.positionals[0]
        channel = try arguments.option("--channel").map { name in
            guard let channel = EntryChannel.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
                let names = EntryChannel.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                throw UsageError("`--channel` takes one of \(names).")
            }
            return channel
        }
    }

    func run(at desk: Desk) throws -> Report {
        let promotion = try desk.promotion(named: promotion)
        desk.use(promotion, channel: channel)
        let fields = promotion.askedFields
        let line = StyledText(promotion.name, .strong) + StyledText(" (version \(promotion.version), \(Plural.of(fields.count, "field")))")
        return Report(
            line,
            [
                ("promotion", .string(promotion.id)), ("version", .integer(promotion.version)), ("name", .string(promotion.name)),
                ("channel", .string(desk.channel.rawValue)), ("fields", .array(fields.map { .string($0.id) })),
            ])
    }
}
