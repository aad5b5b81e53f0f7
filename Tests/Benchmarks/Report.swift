import EntryModel
import Foundation

/// All figures of a run, for people as a table and for programs as JSON.
struct Report {
    var figures: [Figure]
    var isSmall: Bool

    var table: String {
        let rows = figures.map { figure in
            [
                figure.name, number(figure.value) + " " + figure.unit, figure.baseline.map(number) ?? "",
                figure.ratio.map { String(format: "%.2f", $0) } ?? "", figure.target ?? "",
                isSmall ? "" : figure.isReached.map { $0 ? "reached" : "NOT REACHED" } ?? "",
            ]
        }
        let header = ["figure", "median", "baseline", "ratio", "target", ""]
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let lines = ([header] + rows).map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        }
        return (lines + (isSmall ? ["Small sizes: this shows that the benchmarks run, not how fast anything is."] : [])).joined(
            separator: "\n")
    }

    /// {`small`, `figures`: [{`name`, `value`, `unit`, `baseline`, `ratio`, `target`, `reached`}]}; `NSNumber` would not keep the order.
    var json: [UInt8] {
        struct Line: Encodable {
            var name: String
            var value: Double
            var unit: String
            var baseline: Double?
            var ratio: Double?
            var target: String?
            var reached: Bool?
        }
        struct Document: Encodable {
            var small: Bool
            var figures: [Line]
        }
        let lines = figures.map {
            Line(
                name: $0.name, value: $0.value, unit: $0.unit, baseline: $0.baseline, ratio: $0.ratio, target: $0.target,
                reached: isSmall ? nil : $0.isReached)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return (try? encoder.encode(Document(small: isSmall, figures: lines))).map(Array.init) ?? []
    }

    private func number(_ value: Double) -> String {
        String(format: value < 10 ? "%.2f" : "%.1f", value)
    }
}
