import ArgumentParser

/// The manual page of `central`, in the macros of man(7): what `--help` says of it and of each of its commands.
enum ManualPage {
    static var text: String {
        var lines = [".TH CENTRAL 1", ".SH NAME", "central \\- the centre of Field Entry", ".SH SYNOPSIS", "central COMMAND [\\-\\-help]"]
        lines += [".SH DESCRIPTION", escaped(CentralCommand.configuration.abstract)]
        for paragraph in CentralCommand.configuration.discussion.split(separator: "\n\n") { lines += [".PP", escaped(String(paragraph))] }
        lines.append(".SH COMMANDS")
        for help in helps {
            let usage = help.first { $0.hasPrefix("USAGE:") }?.dropFirst("USAGE: ".count) ?? ""
            let name = usage.split(separator: " ").prefix { !$0.hasPrefix("[") && !$0.hasPrefix("<") && !$0.hasPrefix("-") }
            lines += [".SS \(escaped(name.joined(separator: " ")))", ".nf"] + help.map(escaped) + [".fi"]
        }
        lines += [".SH EXIT STATUS"]
        for (code, meaning) in CentralCommand.exitCodes { lines += [".TP", "\\fB\(code)\\fR", escaped(meaning)] }
        lines += [".SH SEE ALSO", "fieldentry(1)"]
        return lines.map { $0 + "\n" }.joined()
    }

    /// The help of each command that does something, line by line.
    static var helps: [[String]] {
        leaves(of: CentralCommand.self).map { command in
            CentralCommand.helpMessage(for: command, columns: 72).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func leaves(of command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let below = command.configuration.subcommands
        return below.isEmpty ? [command] : below.flatMap(leaves)
    }

    /// Troff takes a backslash, a hyphen, and a period or an apostrophe at a line's beginning for something else.
    private static func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
