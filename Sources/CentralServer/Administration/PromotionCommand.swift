import ArgumentParser
import CentralStore
import EntryModel

/// `central promotion`: the documents that say what an entry holds and who gets it.
struct PromotionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promotion", abstract: "Puts and lists promotions.", subcommands: [Put.self, List.self])

    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a promotion's document: a new promotion, or a new version of one.",
            discussion: """
                A document with faults is refused whole, with every fault and its JSON path.

                Examples:
                  central promotion put brightfizz-summer.json --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption

        @Argument(help: "The document, a JSON file.")
        var file: String

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let bytes = try InputFile.bytes(file)
            let vault = try await client.vault(of: try centre.open())
            let receipt: DocumentReceipt
            do {
                let (promotion, line) = try Promotion.read(file: bytes)
                guard promotion.client == vault.client else {
                    throw Refusal(
                        """
                        \(file) was refused; nothing was changed.
                        $.client: The document is of the client "\(promotion.client)", and was put for "\(vault.client)".
                        """)
                }
                receipt = try await vault.putPromotion(line)
            } catch let faults as PromotionFaults {
                throw refusal(faults)
            } catch CentreError.document(let faults) {
                throw refusal(faults)
            }
            try report(receipt)
        }

        private func refusal(_ faults: PromotionFaults) -> Refusal {
            let number = faults.faults.count == 1 ? "1 fault" : "\(faults.faults.count) faults"
            return Refusal("\(file) was refused for \(number); nothing was changed.\n\(faults)")
        }

        private func report(_ receipt: DocumentReceipt) throws {
            let version = "\(receipt.promotion)/\(receipt.version)"
            try listing.report(
                [
                    ("promotion", .string(receipt.promotion)), ("version", .integer(receipt.version)),
                    ("released", .count(receipt.released)), ("wasThere", .bool(receipt.wasThere)),
                ],
                receipt.wasThere
                    ? "\(version) was there already; nothing was changed." : "\(version) was put; stations get it when they next sync.",
                receipt.released > 0 ? "\(receipt.released) changes that had waited for it left the quarantine." : "")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists a client's promotions, the newest version of each.",
            discussion: """
                Examples:
                  central promotion list --client brightfizz
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let records = try await client.vault(of: try centre.open()).promotions()
            let listing = Listing<PromotionRecord>(
                columns: [
                    ("PROMOTION", .left), ("VERSION", .right), ("NAME", .left), ("KIND", .left), ("SHARING", .left), ("OPENS", .left),
                    ("CLOSES", .left), ("CONCLUDES", .left), ("FIELDS", .right),
                ],
                cells: { record in
                    let promotion = record.promotion
                    let dates = promotion.dates
                    return [
                        promotion.id, String(promotion.version), promotion.name, promotion.kind.rawValue, promotion.sharing.rawValue,
                        dates.opens.description, dates.closes.description, dates.concludes.description, String(promotion.form.count),
                    ]
                },
                json: { record in
                    let promotion = record.promotion
                    return [
                        ("promotion", .string(promotion.id)), ("version", .integer(promotion.version)),
                        ("versions", .array(record.versions.map { .integer($0) })), ("name", .string(promotion.name)),
                        ("kind", .string(promotion.kind.rawValue)), ("sharing", .string(promotion.sharing.rawValue)),
                        ("opens", .string(promotion.dates.opens.description)), ("closes", .string(promotion.dates.closes.description)),
                        ("concludes", .string(promotion.dates.concludes.description)),
                        ("fields", .strings(promotion.form.map(\.id))),
                    ]
                },
                none: "The client has no promotion yet.")
            try listing.print(records, self.listing)
        }
    }
}
