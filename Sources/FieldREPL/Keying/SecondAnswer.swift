import EntryModel

/// What somebody typed who keys a field a second time: without defaults, without the last card, without the ZIP code's help.
///
/// What cannot be right is not asked for again here: a slip of the finger differs from the first keying, and that is asked for again.
enum SecondAnswer: Equatable {
    case keyed(Keyed)
    case help
    /// The first keying is to be shown.
    case peek
    /// The same field again, after this was said.
    case refused(String)
    case stop

    /// - Parameters:
    ///   - received: Decides the century of a two-digit year.
    init(_ line: String, of field: Field, check: FormCheck, received: CalendarDate) {
        switch line.trimmed {
        case ".", "cancel": self = .stop
        case "?": self = .help
        case "*": self = .peek
        case "", "-": self = .keyed(Keyed(text: ""))
        case "\"": self = .refused("Nothing is repeated here: every field is read off its card. A quotation mark is typed as \\\".")
        case "<": self = .refused("There is no way back: `edit` corrects what was decided by mistake. A < itself is typed as \\<.")
        case let text where text.hasPrefix("!"):
            let (reason, text) = FlagReason.read(text.dropFirst())
            self = .keyed(Keyed(text: text, flag: reason.rawValue))
        case let text where text.hasPrefix("\\"): self = .keyed(Keyed(text: String(text.dropFirst())))
        default: self = .keyed(Keyed(text: KeyingForm.completed(line, of: field, check: check, received: received)))
        }
    }

    static func help(_ field: Field) -> [StyledText] {
        var lines: [StyledText] = []
        if let help = field.help { lines.append(StyledText("  \(help)")) }
        if let wording = field.wording { lines.append(StyledText("  \"\(wording.text)\" (\(wording.id))")) }
        for choice in field.choices where choice.label != choice.value { lines.append(StyledText("  \(choice.value): \(choice.label)")) }
        lines.append(
            StyledText(
                "  Key what stands on the card; Enter or - for a blank. * shows the first keying, which is written down; . stops.", .dim))
        lines.append(
            StyledText(
                "  ! and a reason (!illegible, !blank, !crossed-out, !other) keeps what cannot be right. A backslash before any of these types "
                    + "it.", .dim))
        return lines
    }
}
