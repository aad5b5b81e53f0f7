/// A target as the manifest declares it.
struct ManifestTarget {
    var name: String
    /// Where its declaration begins, counted from 1.
    var line: Int
    /// Every string literal of the declaration: its name, its dependencies, its path.
    var strings: [String]

    /// The declarations in the order written. A `.target(name:condition:)` within another declaration is a dependency, not a target.
    static func list(_ manifest: String) -> [ManifestTarget] {
        let code = SwiftMask(manifest).code
        let text = Array(manifest.utf8)
        let openings = [".systemLibrary(", ".target(", ".executableTarget(", ".testTarget(", ".plugin(", ".macro("].map { Array($0.utf8) }
        var targets: [ManifestTarget] = []
        var offset = firstOffset(of: Array("targets: [\n".utf8), in: code) ?? code.count
        while offset < code.count {
            guard let opening = openings.first(where: { code[offset...].starts(with: $0) }) else {
                offset += 1
                continue
            }
            let end = closing(code, from: offset + opening.count - 1)
            let strings = literals(in: String(decoding: text[offset..<end], as: UTF8.self))
            let line = text[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
            if let name = strings.first { targets.append(ManifestTarget(name: name, line: line, strings: strings)) }
            offset = end
        }
        return targets
    }

    private static func firstOffset(of needle: [UInt8], in code: [UInt8]) -> Int? {
        code.indices.first { code[$0...].starts(with: needle) }
    }

    private static func closing(_ code: [UInt8], from start: Int) -> Int {
        var depth = 0
        for offset in start..<code.count {
            if code[offset] == UInt8(ascii: "(") { depth += 1 }
            if code[offset] == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0 { return offset + 1 }
        }
        return code.count
    }

    /// The manifest's strings are plain: no escapes, no quotes in them, and none in a comment within a declaration.
    private static func literals(in text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
