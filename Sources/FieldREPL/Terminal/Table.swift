/// Rows whose cells stand below each other.
struct Table {
    enum Alignment { case left, right }

    private let titles: [String]
    private let alignments: [Alignment]
    private(set) var rows: [[StyledText]] = []

    /// - Parameter columns: Titles; no line of titles is written when all are empty.
    init(_ columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    /// Columns that are all aligned to the left.
    init(_ titles: String...) {
        self.init(titles.map { ($0, .left) })
    }

    /// - Parameter row: As many cells as there are columns.
    mutating func add(_ row: [StyledText]) {
        precondition(row.count == titles.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// One line a row; no blanks at the ends.
    var lines: [StyledText] {
        var all = rows
        if titles.contains(where: { !$0.isEmpty }) { all.insert(titles.map { StyledText($0, .dim) }, at: 0) }
        let widths = titles.indices.map { column in all.map { $0[column].width }.max() ?? 0 }
        return all.map { row in
            var line: StyledText = ""
            let last = row.indices.last { !row[$0].spans.isEmpty } ?? 0
            for column in row.indices where column <= last {
                if column > 0 { line += "  " }
                let blanks = StyledText(String(repeating: " ", count: widths[column] - row[column].width))
                if alignments[column] == .right { line += blanks + row[column] } else { line += row[column] }
                if alignments[column] == .left, column < last { line += blanks }
            }
            return line
        }
    }
}
