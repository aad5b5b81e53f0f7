import Foundation

/// A file of settings: `NAME = VALUE`, one a line; a line that begins with `#` is a remark.
///
/// So simple that nothing has to be quoted and every fault has a line. (Rejected: JSON, which takes no remarks, and a file of shell
/// variables, in which a value means something to a shell.)
struct SettingsFile {
    struct Line: Equatable {
        var name: String
        var value: String
        var number: Int
    }

    var lines: [Line] = []
    var faults: [SettingFault] = []

    /// Reads a file; faults are told line by line, so that all of them can be put right at once.
    init(path: String) {
        let bytes = FileManager.default.contents(atPath: path)
        self.init(text: String(decoding: bytes ?? Data(), as: UTF8.self), path: path)
        if bytes == nil { faults.append(SettingFault(source: .flag(path), message: "the file cannot be read")) }
    }

    init(text: String, path: String) {
        var seen: [String: Int] = [:]
        for (index, text) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = text.trimmingSpaces()
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let source = SettingSource.file(path, line: index + 1)
            guard let sign = line.firstIndex(of: "=") else {
                faults.append(SettingFault(source: source, message: "there is no = in the line; write NAME = VALUE"))
                continue
            }
            let name = line[..<sign].trimmingSpaces()
            if !Setting.all.contains(where: { $0.name == name }) {
                let known = Setting.all.map(\.name).joined(separator: ", ")
                faults.append(SettingFault(source: source, message: "there is no setting \"\(printable(name))\"; there are \(known)"))
            } else if let first = seen.updateValue(index + 1, forKey: name) {
                faults.append(SettingFault(source: source, message: "\(name) stands in line \(first) already"))
            } else {
                lines.append(Line(name: name, value: line[line.index(after: sign)...].trimmingSpaces(), number: index + 1))
            }
        }
    }
}
