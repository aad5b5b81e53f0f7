/// One record of a CSV file: commas, quotes where they are needed, CRLF at the end.
///
/// - SeeAlso: RFC 4180, section 2.
enum CSVLine {
    /// - Parameters:
    ///   - cells: Any text, line breaks included.
    ///   - guardsFormulas: Puts an apostrophe before a cell that a spreadsheet would run as a formula. Somebody may write `=HYPERLINK(…)` on
    ///     a card, and staff open exports in spreadsheets; so this is the default, and a machine that needs the exact text asks for JSON or
    ///     for raw cells. Signed numbers, such as a telephone number in E.164, are no formulas and stay as they are. (Rejected: guarding
    ///     every leading `+` and `-`, which would spoil each telephone number.)
    static func text(_ cells: [String], guardsFormulas: Bool) -> String {
        cells.map { quoted(guardsFormulas && isFormula($0) ? "'" + $0 : $0) }.joined(separator: ",") + "\r\n"
    }

    private static func quoted(_ cell: String) -> String {
        // By scalars: to Swift CR and LF together are one character, and so is a quote with an accent upon it.
        let scalars = cell.unicodeScalars
        guard scalars.contains(where: { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }) else { return cell }
        var result = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in scalars {
            if scalar == "\"" { result.append(scalar) }
            result.append(scalar)
        }
        return String(result) + "\""
    }

    static func isFormula(_ cell: String) -> Bool {
        switch cell.utf8.first {
        case UInt8(ascii: "="), UInt8(ascii: "@"), 9, 13: true
        case UInt8(ascii: "+"), UInt8(ascii: "-"): !cell.utf8.dropFirst().allSatisfy { 48...57 ~= $0 || $0 == UInt8(ascii: ".") }
        default: false
        }
    }
}
