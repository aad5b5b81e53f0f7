import ArgumentParser
import FieldStore

/// The manual page of `fieldentry`, in the macros of man(7), made of the same words that `--help` and `help COMMAND` show.
enum ManualPage {
    static var text: String {
        var page = Roff()
        page.raw(".TH FIELDENTRY 1")
        page.section("NAME")
        page.paragraph("fieldentry - keys entries into a station's file and syncs them with the centre")
        page.section("SYNOPSIS")
        page.lines(
            FieldREPLCommand.helpMessage(columns: 70).split(separator: "\n").filter { $0.hasPrefix("USAGE: ") }.map {
                String($0.dropFirst(7))
            })
        page.section("DESCRIPTION")
        for paragraph in FieldREPLCommand.configuration.discussion.split(separator: "\n\n") { page.paragraph(String(paragraph)) }
        page.section("ARGUMENTS AND OPTIONS")
        page.lines(options)
        page.section("COMMANDS")
        page.paragraph("Words with blanks stand in quotes. A line that begins with # is a comment.")
        for usage in CommandCatalogue.usages { append(usage, to: &page) }
        page.section("KEYS WHILE A CARD IS KEYED")
        for line in FieldHint.keys { page.paragraph(line) }
        page.section("EXIT STATUS")
        for (code, meaning) in Program.Exit.meanings { page.item(String(code), [meaning]) }
        page.section("ENVIRONMENT")
        page.item("FIELDENTRY_PIN", ["The PIN with which a script signs in."])
        page.item("FIELDENTRY_NEW_PIN", ["The PIN that a script gives to somebody."])
        page.item("NO_COLOR", ["When set, nothing is coloured."])
        page.item(
            "INPUTRC", ["The settings of readline, instead of ~/.inputrc; there, $if fieldentry begins what is meant for this program."])
        page.section("FILES")
        page.item("FILE", ["All that the station holds, in one SQLite database. Readable by its owner alone."])
        page.item("FILE.history", ["The commands that were typed, without anything from a card and without names."])
        page.section("SEE ALSO")
        page.paragraph("central(1), readline(3)")
        return page.text
    }

    /// What `--help` says of them.
    private static var options: [String] {
        let lines = FieldREPLCommand.helpMessage(columns: 70).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return Array(lines.drop { !$0.hasPrefix("ARGUMENTS:") }.filter { !$0.isEmpty })
    }

    private static func append(_ usage: CommandUsage, to page: inout Roff) {
        page.subsection(usage.name)
        page.lines(usage.forms.map { $0.isEmpty ? usage.name : "\(usage.name) \($0)" })
        page.paragraph(usage.summary)
        for detail in usage.details { page.paragraph(detail) }
        if let role = usage.leastRole, role > .keyer { page.paragraph("For \(role.rawValue)s.") }
        for option in usage.options { page.item(option.name + (option.value.map { " " + $0 } ?? ""), [option.help]) }
        page.paragraph(usage.examples.count == 1 ? "Example:" : "Examples:")
        page.lines(usage.examples)
    }
}

/// Text for troff, in which a backslash, a hyphen, and a period or an apostrophe at a line's beginning mean something.
struct Roff {
    private(set) var text = ""

    mutating func raw(_ line: String) { text += line + "\n" }

    mutating func section(_ title: String) { raw(".SH \(Self.escaped(title))") }

    mutating func subsection(_ title: String) { raw(".SS \(Self.escaped(title))") }

    mutating func paragraph(_ words: String) {
        raw(".PP")
        raw(Self.escaped(words.split(separator: "\n").joined(separator: " ")))
    }

    /// A name with what there is to say of it.
    mutating func item(_ name: String, _ paragraphs: [String]) {
        raw(".TP")
        raw("\\fB\(Self.escaped(name))\\fR")
        for paragraph in paragraphs { raw(Self.escaped(paragraph)) }
    }

    /// Lines that stay as they are.
    mutating func lines(_ lines: [String]) {
        raw(".PP\n.nf\n.RS 4")
        for line in lines { raw(Self.escaped(line)) }
        raw(".RE\n.fi")
    }

    static func escaped(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
