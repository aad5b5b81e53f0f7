/// Reads Prometheus' text format, version 0.0.4, as strictly as its description allows, and refuses everything else.
struct ExpositionParser {
    struct Fault: Error, CustomStringConvertible {
        var line: Int
        var reason: String
        var description: String { "line \(line): \(reason)" }
    }

    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var name: String
        var kind: String
        var help: String
        var samples: [Sample] = []

        /// The value of the only sample with these labels among others.
        func value(_ labels: [String: String] = [:]) -> Double? {
            let found = samples.filter { sample in labels.allSatisfy { sample.labels[$0.key] == $0.value } }
            return found.count == 1 ? found[0].value : nil
        }
    }

    private var families: [String: Family] = [:]
    private var current: Family?
    private var number = 0

    static func parse(_ text: String) throws -> [String: Family] {
        var parser = ExpositionParser()
        guard text.isEmpty || text.hasSuffix("\n") else { throw Fault(line: 0, reason: "the last line does not end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            parser.number += 1
            try parser.take(line)
        }
        try parser.finishFamily()
        return parser.families
    }

    private func fault(_ reason: String) -> Fault { Fault(line: number, reason: reason) }

    private mutating func take(_ line: Substring) throws {
        if line.hasPrefix("# HELP ") {
            try finishFamily()
            let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard parts.count == 2, families[String(parts[0])] == nil else { throw fault("a HELP twice, or without a text") }
            current = Family(name: String(parts[0]), kind: "", help: String(parts[1]))
        } else if line.hasPrefix("# TYPE ") {
            let parts = line.dropFirst(7).split(separator: " ")
            guard parts.count == 2, ["counter", "gauge", "histogram"].contains(parts[1]) else { throw fault("no TYPE: \(line)") }
            guard var family = current, family.name == parts[0], family.kind.isEmpty else {
                throw fault("a TYPE without its HELP before it")
            }
            family.kind = String(parts[1])
            current = family
        } else {
            guard !line.hasPrefix("#"), !line.isEmpty else { throw fault("neither HELP, TYPE nor sample: \(line)") }
            try add(try sample(line))
        }
    }

    private mutating func add(_ sample: Sample) throws {
        guard var family = current, !family.kind.isEmpty else { throw fault("a sample without a TYPE") }
        let endings = family.kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard endings.contains(where: { family.name + $0 == sample.name }) else { throw fault("\(sample.name) is none of \(family.name)") }
        guard family.samples.allSatisfy({ $0.name != sample.name || $0.labels != sample.labels }) else {
            throw fault("the same sample twice")
        }
        if family.kind == "counter" {
            guard sample.name.hasSuffix("_total"), sample.value >= 0 else { throw fault("no counter: \(sample)") }
        }
        family.samples.append(sample)
        current = family
    }

    private mutating func finishFamily() throws {
        guard let family = current else { return }
        guard !family.samples.isEmpty else { throw fault("\(family.name) has no sample") }
        if family.kind == "histogram" { try check(family) }
        families[family.name] = family
        current = nil
    }

    /// Buckets that grow, end with all, and a count that is the last of them; for each set of labels.
    private func check(_ family: Family) throws {
        let groups = Dictionary(grouping: family.samples) { sample in sample.labels.filter { $0.key != "le" } }
        for (labels, samples) in groups {
            let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap(Self.number) }
            guard bounds.count == buckets.count, bounds == bounds.sorted(), bounds.last == .infinity else {
                throw fault("buckets of \(labels)")
            }
            let counts = buckets.map(\.value)
            guard counts == counts.sorted(), samples.first(where: { $0.name.hasSuffix("_count") })?.value == counts.last,
                samples.contains(where: { $0.name.hasSuffix("_sum") })
            else { throw fault("counts of \(labels)") }
        }
    }

    private func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = try word(&rest)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest = rest.dropFirst()
                let label = try word(&rest)
                guard rest.hasPrefix("=\"") else { throw fault("a label without a value") }
                rest = rest.dropFirst(2)
                guard labels.updateValue(try quoted(&rest), forKey: label) == nil else { throw fault("a label twice") }
            } while rest.first == ","
            guard rest.first == "}" else { throw fault("the labels do not end") }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Self.number(String(rest.dropFirst())) else { throw fault("no value: \(line)") }
        return Sample(name: name, labels: labels, value: value)
    }

    private func word(_ rest: inout Substring) throws -> String {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = word.first, !first.isNumber else { throw fault("no name: \(rest)") }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private func quoted(_ rest: inout Substring) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            guard character == "\\" else {
                value.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": value += "\\"
            case "\"": value += "\""
            case "n": value += "\n"
            default: throw fault("an escape that there is not")
            }
        }
        throw fault("a label's value does not end")
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy({ "0123456789+-.eE".contains($0) }) ? Double(text) : nil
        }
    }
}
