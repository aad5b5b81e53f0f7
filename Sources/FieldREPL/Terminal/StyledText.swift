/// Text with what each part of it means; how that looks is the output's business.
struct StyledText: Sendable, Equatable, ExpressibleByStringInterpolation {
    enum Style: Sendable, Equatable { case plain, dim, strong, good, warning, error }

    struct Span: Sendable, Equatable {
        var text: String
        var style: Style
    }

    var spans: [Span]

    init(_ text: String, _ style: Style = .plain) {
        spans = text.isEmpty ? [] : [Span(text: text, style: style)]
    }

    init(stringLiteral value: String) {
        self.init(value)
    }

    /// The words alone.
    var plain: String { spans.map(\.text).joined() }

    /// How many columns of a terminal it takes.
    var width: Int { TextWidth.of(plain) }

    /// The text with the escape sequences that most terminals know.
    var ansi: String {
        spans.map { span in span.style.code.map { "\u{1B}[\($0)m\(span.text)\u{1B}[0m" } ?? span.text }.joined()
    }

    /// The text in lines of at most so many columns, broken at blanks; those behind the first begin with as many blanks as the first.
    ///
    /// A word that is wider stays whole.
    func wrapped(to columns: Int) -> [StyledText] {
        guard width > columns else { return [self] }
        let indent = StyledText(String(plain.prefix { $0 == " " }))
        var lines: [StyledText] = []
        var line: StyledText = ""
        var blanks: StyledText = ""
        var word: StyledText = ""
        func end() {
            guard !word.spans.isEmpty else { return }
            if !line.spans.isEmpty, line.width + blanks.width + word.width > columns {
                lines.append(line)
                line = indent + word
            } else {
                line += blanks + word
            }
            (blanks, word) = ("", "")
        }
        for span in spans {
            for piece in span.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
                if piece.offset > 0 {
                    end()
                    blanks += StyledText(" ", span.style)
                }
                word += StyledText(String(piece.element), span.style)
            }
        }
        end()
        return lines + [line]
    }

    static func + (left: StyledText, right: StyledText) -> StyledText {
        var sum = left
        sum.spans += right.spans
        return sum
    }

    static func += (left: inout StyledText, right: StyledText) {
        left.spans += right.spans
    }
}

extension StyledText.Style {
    /// The number of the escape sequence; `nil` for text as it is.
    var code: String? {
        switch self {
        case .plain: nil
        case .dim: "2"
        case .strong: "1"
        case .good: "32"
        case .warning: "33"
        case .error: "31"
        }
    }
}
