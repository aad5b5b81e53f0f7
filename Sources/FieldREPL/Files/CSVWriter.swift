/// Writes CSV (RFC 4180) that `CSVReader` reads back as it was.
///
/// A value that begins with `=` is written as it is: the file is made to be imported again, and a character put before it would become part
/// of somebody's entry.
enum CSVWriter {
    /// One record with its line break.
    static func record(_ fields: [String]) -> String {
        // A record of one empty field would be an empty line, which is no record.
        if fields == [""] { return "\"\"\r\n" }
        return fields.map(field).joined(separator: ",") + "\r\n"
    }

    private static func field(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") && $0 != 10 && $0 != 13 }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
