/// All series of one name.
struct PrometheusFamily {
    enum Kind: String { case counter, gauge, histogram }

    var kind: Kind
    var help: String
    var series: [[PrometheusLabel]: PrometheusSeries] = [:]

    /// The family's lines; none while it has no series.
    func text(name: String) -> String {
        guard !series.isEmpty else { return "" }
        var lines = help.isEmpty ? "" : "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n"
        lines += "# TYPE \(name) \(kind.rawValue)\n"
        let ordered = series.map { (labels: PrometheusLabel.text($0.key), names: $0.key, series: $0.value) }
            .sorted { $0.labels < $1.labels }
        for (labels, names, series) in ordered {
            let state = series.state
            guard kind == .histogram else {
                lines += "\(name)\(labels) \(Self.number(state.value))\n"
                continue
            }
            for (index, count) in state.counts.enumerated() {
                let bound = index < series.buckets.count ? Self.number(series.buckets[index]) : "+Inf"
                lines += "\(name)_bucket\(PrometheusLabel.text(names + [PrometheusLabel(name: "le", value: bound)])) \(count)\n"
            }
            lines += "\(name)_sum\(labels) \(Self.number(state.sum))\n\(name)_count\(labels) \(state.counts.last ?? 0)\n"
        }
        return lines
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }
}

/// One label of a series.
struct PrometheusLabel: Hashable {
    var name: String
    var value: String

    /// The text in a form that names take: letters, digits and `_`, no digit first.
    static func name(_ text: String) -> String {
        let name = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    static func text(_ labels: [PrometheusLabel]) -> String {
        guard !labels.isEmpty else { return "" }
        let parts = labels.map { label in
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(label.name)=\"\(value)\""
        }
        return "{\(parts.joined(separator: ","))}"
    }
}
