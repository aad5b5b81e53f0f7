/// Rows under headings, aligned for people.
///
/// Widths count what a terminal shows: an accented letter is one column however it is composed, an ideograph two.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// - Parameter columns: Titles; numbers are read more easily on the right.
    init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    init(_ titles: String...) {
        self.init(titles.map { ($0, .left) })
    }

    /// - Parameter cells: As many as there are columns.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for every column")
        rows.append(cells.map(printable))
    }

    var isEmpty: Bool { rows.isEmpty }

    /// All lines, the headings first, each ended by a line break.
    var text: String {
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in lines.map { displayWidth($0[column]) }.max() ?? 0 }
        return lines.map { cells in
            let padded = zip(cells, zip(columns, widths)).map { cell, column in
                let blanks = String(repeating: " ", count: column.1 - displayWidth(cell))
                return column.0.alignment == .left ? cell + blanks : blanks + cell
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

/// How many columns of a terminal the text takes.
func displayWidth(_ text: String) -> Int {
    text.reduce(0) { width, character in
        guard let first = character.unicodeScalars.first else { return width }
        return width + (isWide(first) ? 2 : 1)
    }
}

private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        true
    default: false
    }
}

/// The text with every control character shown as `�`: what people wrote on cards must not steer the terminal of whoever reads it.
func printable(_ text: String) -> String {
    let isControl: (Unicode.Scalar) -> Bool = {
        $0.properties.generalCategory == .control || $0.properties.generalCategory == .lineSeparator
            || $0.properties.generalCategory == .paragraphSeparator || (0x202A...0x202E).contains($0.value)
            || (0x2066...0x2069).contains($0.value)
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(scalars)
}
