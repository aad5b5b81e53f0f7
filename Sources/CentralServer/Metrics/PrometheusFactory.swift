import Metrics
import Synchronization

/// Keeps what the program counts and measures, and writes it as Prometheus reads it.
///
/// Small on purpose: counters, gauges and histograms in memory, each a name with label values. A family takes a bounded number of series;
/// what comes beyond that is counted in one more, whose label values are all `other`, so that no sender and no number of clients can fill
/// the memory of this program or of the one that collects.
/// - SeeAlso: Prometheus' text-based exposition format, version 0.0.4.
final class PrometheusFactory: MetricsFactory {
    /// What is known of a family beforehand.
    struct Description: Sendable {
        var help: String
        /// The upper bounds of a histogram's buckets, ascending; seconds for what is measured in time.
        var buckets: [Double] = PrometheusFactory.latencies
    }

    static let latencies: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private let descriptions: [String: Description]
    private let seriesLimit: Int
    private let families = Mutex<[String: PrometheusFamily]>([:])

    init(descriptions: [String: Description] = [:], seriesLimit: Int = 1000) {
        self.descriptions = descriptions
        self.seriesLimit = seriesLimit
    }

    /// Everything, as it stands now.
    var exposition: String {
        let families = families.withLock { $0 }
        return families.sorted { $0.key < $1.key }.map { $0.value.text(name: $0.key) }.joined()
    }

    private func series(_ label: String, _ kind: PrometheusFamily.Kind, _ dimensions: [(String, String)]) -> PrometheusSeries {
        let name = Self.name(label, kind)
        let labels = Self.labels(dimensions)
        let description = descriptions[name]
        return families.withLock { families in
            var family = families[name] ?? PrometheusFamily(kind: kind, help: description?.help ?? "")
            defer { families[name] = family }
            precondition(family.kind == kind, "one name, one kind")
            if let series = family.series[labels] { return series }
            let isFull = family.series.count >= seriesLimit
            let place = isFull ? labels.map { PrometheusLabel(name: $0.name, value: "other") } : labels
            let series = family.series[place] ?? PrometheusSeries(buckets: kind == .histogram ? description?.buckets ?? Self.latencies : [])
            family.series[place] = series
            return series
        }
    }

    private static func labels(_ dimensions: [(String, String)]) -> [PrometheusLabel] {
        dimensions.map { PrometheusLabel(name: PrometheusLabel.name($0.0), value: $0.1) }.sorted { $0.name < $1.name }
    }

    /// A name as Prometheus takes it, with the ending that its kind has.
    static func name(_ label: String, _ kind: PrometheusFamily.Kind) -> String {
        let name = PrometheusLabel.name(label)
        return kind == .counter && !name.hasSuffix("_total") ? name + "_total" : name
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { series(label, .counter, dimensions) }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { series(label, .gauge, dimensions) }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, aggregate ? .histogram : .gauge, dimensions)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { series(label, .histogram, dimensions) }

    /// Puts a gauge's series in the place of all that it had, so that none stays of what is no more.
    func setGauges(_ name: String, _ values: [(dimensions: [(String, String)], value: Double)]) {
        var family = PrometheusFamily(kind: .gauge, help: descriptions[name]?.help ?? "")
        for (dimensions, value) in values {
            let series = PrometheusSeries(buckets: [])
            series.set(value)
            family.series[Self.labels(dimensions)] = series
        }
        let made = family
        families.withLock { $0[name] = made }
    }

    /// Puts a histogram of these values in the place of the one that was there: how things stand, not what has happened.
    func setHistogram(_ name: String, of values: [Double]) {
        let series = PrometheusSeries(buckets: descriptions[name]?.buckets ?? Self.latencies)
        for value in values { series.record(value) }
        let family = PrometheusFamily(kind: .histogram, help: descriptions[name]?.help ?? "", series: [[]: series])
        families.withLock { $0[name] = family }
    }

    // What was counted stays true when the one who counted is gone.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}

/// One number, or one histogram, that grows or changes.
final class PrometheusSeries: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    struct State {
        var value = 0.0
        /// How many values were at most each bound, and the last for all.
        var counts: [Int]
        var sum = 0.0
    }

    let buckets: [Double]
    private let held: Mutex<State>

    init(buckets: [Double]) {
        self.buckets = buckets
        held = Mutex(State(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    var state: State { held.withLock { $0 } }

    func increment(by amount: Int64) { held.withLock { $0.value += Double(max(0, amount)) } }
    func reset() { held.withLock { $0 = State(counts: Array(repeating: 0, count: buckets.count + 1)) } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { held.withLock { $0.value = value } }
    func increment(by amount: Double) { held.withLock { $0.value += amount } }
    func decrement(by amount: Double) { held.withLock { $0.value -= amount } }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        held.withLock { state in
            state.value = value
            state.sum += value
            for index in buckets.indices.reversed() {
                guard value <= buckets[index] else { break }
                state.counts[index] += 1
            }
            state.counts[buckets.count] += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
