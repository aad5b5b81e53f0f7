/// A Swift file as the rules see it.
struct SwiftSource {
    /// Relative to the project's folder, such as `Sources/EntryModel/Bytes/Hex.swift`.
    let path: String
    let text: String
    /// The lines without comments and literals; as many as the file has.
    let code: [Substring]
    /// The lines' comments alone.
    let comments: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        let mask = SwiftMask(text)
        code = String(decoding: mask.code, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        comments = String(decoding: mask.comments, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The target that the file belongs to: the folder below `Sources`, `Tests` or `Samples`.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : nil
    }

    var isTest: Bool { path.hasPrefix("Tests/") }

    /// Whether somebody wrote down, on that line or the one before, why the rule does not hold here: a `//` comment of two words or more.
    /// - Parameter index: Counted from 0.
    func hasReason(at index: Int) -> Bool {
        [index, index - 1].contains { index in
            guard comments.indices.contains(index) else { return false }
            let comment = comments[index].drop { $0 == " " }
            guard comment.hasPrefix("//"), !comment.hasPrefix("///") else { return false }
            return comment.dropFirst(2).split(separator: " ").count >= 2
        }
    }

    /// - Parameter index: Counted from 0, as in `code`.
    func fault(at index: Int, _ message: String) -> Fault {
        Fault(path: path, line: index + 1, message: message)
    }
}
