import EntryModel
import FieldStore

/// `promotions`.
struct PromotionsCommand: DeskCommand {
    static let usage = CommandUsage(
        name: "promotions", forms: [""], summary: "Lists the promotions that this station works on.",
        details: ["They come from the centre with `sync`."], examples: ["promotions"])

    init(_ arguments: CommandArguments) {}

    func run(at desk: Desk) throws -> Report {
        let promotions = try desk.database.promotions()
        guard !promotions.isEmpty else {
            return Report(
                "No promotion has come from the centre yet. `sync` fetches those that this station works on.", [("promotions", .array([]))])
        }
        var table = Table("PROMOTION", "NAME", "KEYED FROM", "UNTIL", "")
        for promotion in promotions {
            let last = promotion.dates.receivedBy ?? promotion.dates.closes
            table.add([
                StyledText(promotion.id, .strong), StyledText(promotion.name), StyledText(promotion.dates.opens.description),
                StyledText(last.description), StyledText(promotion.id == desk.promotion?.id ? "in use" : "", .good),
            ])
        }
        return Report(table.lines, [("promotions", .array(promotions.map(json)))])
    }

    private func json(_ promotion: Promotion) -> JSONValue {
        let fields = promotion.askedFields.map { field in
            JSONValue.object([
                ("id", .string(field.id)), ("kind", .string(field.kind.rawValue)), ("label", .string(field.label)),
                ("required", .bool(field.required)),
            ])
        }
        return .object([
            ("id", .string(promotion.id)), ("version", .integer(promotion.version)), ("name", .string(promotion.name)),
            ("client", .string(promotion.client)), ("opens", .string(promotion.dates.opens.description)),
            ("closes", .string(promotion.dates.closes.description)), ("fields", .array(fields)),
        ])
    }
}
