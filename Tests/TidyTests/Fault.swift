/// One place where the project breaks one of its own rules.
struct Fault: Hashable, CustomStringConvertible {
    /// The file, relative to the project's folder.
    var path: String
    /// Counted from 1; `nil` when the fault is the file itself.
    var line: Int?
    var message: String

    var description: String {
        "\(path)\(line.map { ":\($0)" } ?? ""): \(message)"
    }
}
