/// Which target imports what, in the manifest's order. SwiftPM does not check it: a target can import whatever is built before it.
enum ImportRules {
    /// The project's own arrows and, for each target, the only foreign modules it may know.
    static let allowed: [(target: String, own: Set<String>, foreign: Set<String>)] = [
        ("EntryModel", ["CZlib"], platform.subtracting(["Dispatch"]).union(["Crypto"])),
        ("FieldStore", ["EntryModel"], platform.union(["Crypto", "CryptoExtras", "GRDB", "GRDBSQLite", "Logging"])),
        ("FieldSync", ["EntryModel", "FieldStore"], platform.union(nio).union(["AsyncHTTPClient", "Crypto", "Logging"])),
        ("FieldREPL", ["EntryModel", "FieldStore", "FieldSync", "CReadline"], platform.union(["ArgumentParser", "Logging"])),
        ("CentralStore", ["EntryModel", "CPostgres"], platform.union(["Crypto", "GRDB", "GRDBSQLite", "Logging", "Metrics"])),
        (
            "CentralServer", ["EntryModel", "CentralStore", "CSQLite"],
            platform.union(nio).union([
                "ArgumentParser", "AsyncHTTPClient", "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging",
                "Metrics",
                "ServiceLifecycle", "UnixSignals",
            ])
        ),
        ("EmbedFieldEntry", ["EntryModel", "FieldStore", "FieldSync"], platform),
        (
            "TestSupport", ["EntryModel", "FieldStore", "FieldSync", "CentralStore", "CSQLite"],
            platform.union(nio).union(["Crypto", "GRDB", "GRDBSQLite", "Logging"])
        ),
    ]

    private static let platform: Set<String> = [
        "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Darwin", "Glibc", "Musl",
    ]
    private static let nio: Set<String> = ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "NIOFoundationCompat"]

    /// The modules that the file imports, each with its line counted from 0.
    static func imports(of source: SwiftSource) -> [(line: Int, module: String)] {
        source.code.enumerated().flatMap { index, line in
            line.split(separator: ";").compactMap { module(importedBy: $0) }.map { (index, $0) }
        }
    }

    private static func module(importedBy statement: Substring) -> String? {
        let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        let kinds: Set<Substring> = ["actor", "class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]
        // Before `import` stand attributes and access levels only; elsewhere it is some other word.
        let words = statement.split(separator: " ").drop { levels.contains($0) || $0.hasPrefix("@") }
        guard words.first == "import" else { return nil }
        let path = words.dropFirst().first { !kinds.contains($0) }
        return path.map { String($0.prefix { $0 != "." }) }
    }

    static func faults(in source: SwiftSource) -> [Fault] {
        guard let target = source.target else { return [] }
        guard let rule = allowed.first(where: { $0.target == target }) else {
            return source.isTest ? [] : [Fault(path: source.path, line: nil, message: "target \(target) has no import rule in \(#fileID)")]
        }
        return imports(of: source).compactMap { line, module in
            guard !rule.own.contains(module), !rule.foreign.contains(module) else { return nil }
            return source.fault(at: line, "\(target) may not import \(module)")
        }
    }

    /// Compares what each target names in the manifest with its arrows, and the targets' order with the arrows' direction.
    static func faults(inManifest text: String) -> [Fault] {
        let targets = ManifestTarget.list(text)
        let names = Set(targets.map(\.name))
        var faults: [Fault] = []
        var above: Set<String> = []
        for target in targets {
            func report(_ message: String) { faults.append(Fault(path: "Package.swift", line: target.line, message: message)) }
            let own = target.strings.filter { names.contains($0) && $0 != target.name }
            for name in own where !above.contains(name) { report("\(target.name) stands above \(name), which it uses") }
            if let rule = allowed.first(where: { $0.target == target.name }) {
                for name in own where !rule.own.contains(name) { report("\(target.name) may not depend on \(name)") }
            }
            above.insert(target.name)
        }
        return faults
    }
}
