import ArgumentParser
import Foundation

/// A command line with what the environment and a file of settings add to it.
///
/// One precedence for every setting: a flag before the environment, that before the file, that before the default. What is not said by a flag
/// is put before the flags as if it had been typed, so there is one place where values are read and checked.
struct Settings: Sendable {
    struct Value: Sendable {
        var setting: Setting
        /// As given; `nil` for a default.
        var text: String?
        var source: SettingSource
    }

    /// The command line to be read.
    var arguments: [String]
    /// Every setting that the command takes.
    var values: [Value] = []
    var faults: [SettingFault] = []

    /// - Parameters:
    ///   - arguments: As typed, without the program's name.
    ///   - environment: Variables that are empty count as not there.
    init(_ arguments: [String], environment: [String: String]) {
        self.arguments = arguments
        var command: any ParsableCommand.Type = CentralCommand.self
        var words = 0
        while words < arguments.count, let next = Self.subcommand(arguments[words], of: command) {
            command = next
            words += 1
        }
        let typed = Array(arguments[words...].prefix { $0 != "--" })
        // Help and completion are for those whose settings are wrong, too; `config check` looks by itself, to tell every fault.
        guard command.configuration.subcommands.isEmpty, command != ConfigCommand.Check.self,
            !typed.contains("--help"), !typed.contains("-h")
        else { return }
        let settings = command == ServeCommand.self ? Setting.all : Setting.all.filter(\.isForAll)
        let path = Self.value(of: "--config", in: typed) ?? environment["FIELD_ENTRY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file = path.map { SettingsFile(path: $0) }
        faults = file?.faults ?? []
        var added: [String] = []
        for setting in settings {
            let value = Self.value(setting, typed, environment, file, path ?? "")
            values.append(value)
            guard let text = value.text, value.source != .flag(setting.flag) else { continue }
            guard setting.isSwitch else {
                added.append("\(setting.flag)=\(text)")
                continue
            }
            switch text.lowercased() {
            case "true", "yes", "on", "1": added.append(setting.flag)
            case "false", "no", "off", "0": break
            default: faults.append(SettingFault(source: value.source, message: "\(setting.name) is on or off: write true or false"))
            }
        }
        self.arguments.insert(contentsOf: added, at: words)
    }

    /// - Throws: The faults, all in one sentence each.
    func check() throws {
        guard !faults.isEmpty else { return }
        throw ValidationError(faults.map(\.description).joined(separator: "\n"))
    }

    private static func subcommand(_ word: String, of command: any ParsableCommand.Type) -> (any ParsableCommand.Type)? {
        command.configuration.subcommands.first { $0._commandName == word }
    }

    private static func value(
        _ setting: Setting, _ typed: [String], _ environment: [String: String], _ file: SettingsFile?, _ path: String
    ) -> Value {
        if setting.isSwitch, typed.contains(setting.flag) { return Value(setting: setting, text: "true", source: .flag(setting.flag)) }
        if let text = value(of: setting.flag, in: typed) { return Value(setting: setting, text: text, source: .flag(setting.flag)) }
        if let text = environment[setting.variable], !text.isEmpty {
            return Value(setting: setting, text: text, source: .environment(setting.variable))
        }
        if let line = file?.lines.first(where: { $0.name == setting.name }) {
            return Value(setting: setting, text: line.value, source: .file(path, line: line.number))
        }
        return Value(setting: setting, text: nil, source: .standard)
    }

    /// The value typed for a flag; the last, if there are several.
    private static func value(of flag: String, in typed: [String]) -> String? {
        var found: String?
        for (index, word) in typed.enumerated() {
            if word == flag { found = index + 1 < typed.count ? typed[index + 1] : "" }
            if word.hasPrefix(flag + "=") { found = String(word.dropFirst(flag.count + 1)) }
        }
        return found
    }
}

extension Settings {
    /// An error of reading the command line, with where the value that it complains of was taken from, if nobody typed it.
    func explain(_ error: any Error) -> any Error {
        guard CentralCommand.exitCode(for: error) == .validationFailure else { return error }
        let message = CentralCommand.message(for: error)
        let meant = values.filter { value in
            guard value.text != nil, value.source != .flag(value.setting.flag) else { return false }
            return message.contains("'\(value.setting.flag)") || message.hasPrefix("\(value.setting.flag) ")
        }
        guard !meant.isEmpty else { return error }
        return ValidationError(message + meant.map { "\n\($0.setting.flag) comes from \($0.source)." }.joined())
    }
}
