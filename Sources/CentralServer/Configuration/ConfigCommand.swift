import ArgumentParser
import EntryModel
import Foundation

/// `central config`: what the server's settings are, and where they come from.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Tells the server's settings, and what is wrong with them.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows every setting of `central serve`, its value and where that comes from, and names every fault.",
            discussion: """
                Takes the flags of `central serve`. A flag comes before the environment, that before the file that --config or \
                FIELD_ENTRY_CONFIG names, that before the default. In the environment a setting is FIELD_ENTRY_ and its name in capitals, with \
                _ for -; in the file it is a line NAME = VALUE. Passwords are not shown, and nothing is started.

                Examples:
                  central config check
                  central config check --config /etc/field-entry/central.conf --json
                """)

        @OptionGroup var listing: ListingOptions

        @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Flags as `central serve` takes them.", valueName: "flags"))
        var arguments: [String] = []

        func run() async throws {
            let settings = Settings(["serve"] + arguments, environment: Self.environment)
            var faults = settings.faults
            let command: ServeCommand?
            do {
                command = try ServeCommand.parse(Array(settings.arguments.dropFirst()))
            } catch {
                command = nil
                let single = settings.values.compactMap { Self.fault($0, settings) }
                // Each is right by itself, and they do not fit together.
                faults +=
                    single.isEmpty ? [SettingFault(source: .flag("central serve"), message: ServeCommand.message(for: error))] : single
            }
            if let command {
                // What only shows when a server begins: files that are of no use, and stations that would be told to send openly.
                do throws(Refusal) {
                    _ = try command.tls.certificate(listen: command.listen, url: command.url)
                } catch {
                    faults.append(SettingFault(source: .flag("central serve"), message: error.description))
                }
            }
            try report(settings, command)
            guard faults.isEmpty else { throw ValidationError(faults.map(\.description).joined(separator: "\n")) }
            if !listing.json { try Output.hint("All settings are as they may be.") }
        }

        /// What the process was started with; tests put something else here.
        @TaskLocal static var environment = ProcessInfo.processInfo.environment

        /// What is wrong with a setting by itself.
        private static func fault(_ value: Settings.Value, _ settings: Settings) -> SettingFault? {
            guard let text = value.text, !value.setting.isSwitch else { return nil }
            let companion = settings.values.first { $0.setting.name == value.setting.companion }
            do {
                let beside = companion.flatMap { other in other.text.map { ["\(other.setting.flag)=\($0)"] } } ?? []
                _ = try ServeCommand.parse(["\(value.setting.flag)=\(text)"] + beside)
                return nil
            } catch {
                return SettingFault(source: value.source, message: ServeCommand.message(for: error))
            }
        }

        private func report(_ settings: Settings, _ command: ServeCommand?) throws {
            let listing = Listing<Settings.Value>(
                columns: [("SETTING", .left), ("VALUE", .left), ("FROM", .left)],
                cells: { [$0.setting.name, text($0, command) ?? "", $0.source.description] },
                json: {
                    [
                        ("setting", .string($0.setting.name)), ("value", .optional(text($0, command))),
                        ("from", .string($0.source.description)),
                    ]
                },
                none: "")
            try listing.print(settings.values, self.listing)
        }

        private func text(_ value: Settings.Value, _ command: ServeCommand?) -> String? {
            (value.text ?? command.flatMap(value.setting.value)).map(value.setting.shown)
        }
    }
}
