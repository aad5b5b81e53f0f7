import ArgumentParser
import CentralStore
import EntryModel
import Foundation

extension QuarantineCommand {
    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a change into the log after all, with what waits behind it.",
            discussion: """
                Staff vouch for the change. One whose promotion is unknown, whose lines cannot be read, or that only staff may make cannot be \
                released. A change that was released already stays as it is.

                Examples:
                  central quarantine release 1
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var held: HeldArgument
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            let decision = try await vault.release(try held.reference)
            try listing.report(
                [("change", .string(held.change)), ("released", .count(decision.changes)), ("wasDone", .bool(decision.wasDone))],
                decision.wasDone
                    ? "Change \(held.change) was released already."
                    : "Released \(changes(decision.changes)); the next sync brings it to everyone who may read it.")
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rejects a change for good, at its maker's station too.",
            discussion: """
                What waits behind it goes on, unless it was all that there is of an entry: then that is rejected with it. The change itself is \
                kept in the log, where nothing merges it. A change that was rejected already stays as it is.

                Examples:
                  central quarantine reject 2 --yes
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var held: HeldArgument
        @OptionGroup var staff: StaffOption
        @OptionGroup var confirmation: ConfirmationOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let reference = try held.reference
            let vault = try await client.vault(of: try centre.open())
            try confirmation.ask("Change \(held.change) is rejected for good. Go on?")
            let decision = try await vault.reject(reference, by: staff.decider)
            try listing.report(
                [("change", .string(held.change)), ("rejected", .count(decision.changes)), ("wasDone", .bool(decision.wasDone))],
                decision.wasDone
                    ? "Change \(held.change) was rejected already."
                    : "Rejected \(changes(decision.changes)); the next sync tells every station that has it.")
        }
    }

    struct ByStation: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "by-station", abstract: "Isolates a station that fell into wrong hands.",
            discussion: """
                Revokes the station and rejects every change that the centre took from it since a time. What others wrote is not touched. The \
                rejected changes stay in the log, where nothing merges them; what is in quarantine stays there. This cannot be taken back.

                Examples:
                  central quarantine by-station kiosk-7 --since 2026-11-01 --yes
                """)

        @OptionGroup var centre: CentreOptions
        @OptionGroup var client: ClientOption
        @OptionGroup var staff: StaffOption

        @Argument(help: "The station's id or name.")
        var station: String

        @Option(
            help: ArgumentHelp("Since when, as 2026-03-01T09:30:00Z; a date alone is midnight UTC.", valueName: "time"),
            transform: { try Self.milliseconds($0) })
        var since: Int64

        @OptionGroup var confirmation: ConfirmationOption
        @OptionGroup var listing: ListingOptions

        func run() async throws {
            let vault = try await client.vault(of: try centre.open())
            let record = try await vault.station(named: station)
            try confirmation.ask(
                "Station \"\(record.name)\" is stopped for good, and all that came from it since \(moment(since)) is rejected. Go on?")
            let done = try await vault.isolate(record.id, since: since, by: staff.decider)
            try listing.report(
                [
                    ("station", .string(record.id.description)), ("name", .string(record.name)), ("rejected", .count(done.rejected)),
                    ("rejectedBefore", .count(done.rejectedBefore)), ("quarantined", .count(done.quarantined)),
                ],
                """
                Station "\(record.name)" is revoked. Rejected \(changes(done.rejected)); \(done.rejectedBefore) had been rejected before, \
                and \(done.quarantined) stay in quarantine.
                """)
        }

        static func milliseconds(_ text: String) throws -> Int64 {
            let whole = text.contains("T") ? text : text + "T00:00:00Z"
            guard let date = try? Date(whole, strategy: .iso8601) else {
                throw ValidationError("\(text) is no time; write it as 2026-03-01T09:30:00Z")
            }
            return Int64(date.timeIntervalSince1970 * 1000)
        }
    }
}

/// A change in the quarantine, by its number or its whole id.
struct HeldArgument: ParsableArguments {
    @Argument(help: "The change's number in the list, or its whole id.")
    var change: String

    var reference: QuarantineReference {
        get throws {
            if let number = Int64(change) { return .number(number) }
            guard let id = Digest(hex: change) else {
                throw ValidationError("\(change) is neither a number of the list nor a change's id of 64 hexadecimal digits")
            }
            return .id(id)
        }
    }
}

private func changes(_ count: Int) -> String {
    count == 1 ? "1 change" : "\(count) changes"
}
