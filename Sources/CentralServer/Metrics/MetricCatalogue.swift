import CentralStore
import Metrics

/// Every metric that the server exposes, with what it means.
enum MetricCatalogue {
    static let requests = "field_entry_http_requests_total"
    static let requestSeconds = "field_entry_http_request_seconds"
    static let entries = "field_entry_vault_entries"
    static let vaultChanges = "field_entry_vault_changes"
    static let conflicts = "field_entry_vault_conflicts"
    static let quarantined = "field_entry_vault_quarantined"
    static let parked = "field_entry_vault_parked"
    static let stations = "field_entry_vault_stations"
    static let bytes = "field_entry_vault_bytes"
    static let stationLag = "field_entry_station_lag_seconds"
    static let clients = "field_entry_clients"
    static let openVaults = "field_entry_open_vaults"
    static let unreadable = "field_entry_unreadable_vaults"
    static let resident = "process_resident_memory_bytes"
    static let descriptors = "process_open_fds"
    static let started = "process_start_time_seconds"

    /// From a minute to a month: what is of today, of this week, or forgotten.
    static let lags: [Double] = [60, 300, 900, 3600, 14_400, 86_400, 259_200, 604_800, 2_592_000]

    static let descriptions: [String: PrometheusFactory.Description] = [
        CentreMeters.messages: .init(help: "Messages of stations answered, by kind and by the answer's outcome or the problem's code."),
        CentreMeters.messageSeconds: .init(help: "How long answering a message took, by kind."),
        CentreMeters.changes: .init(help: "Changes in pushes that were accepted, by client and by what became of them."),
        CentreMeters.rows: .init(help: "Rows of the feed that were given to stations, by client."),
        CentreMeters.changeAge: .init(help: "How old changes were when they arrived here.", buckets: lags),
        requests: .init(help: "HTTP requests answered, by method, route and status."),
        requestSeconds: .init(help: "How long a request took from its head to its answer, by route."),
        entries: .init(help: "Entries ever taken in, by client."),
        vaultChanges: .init(help: "Changes ever taken in, by client."),
        conflicts: .init(help: "Entries with a field in conflict, by client."),
        quarantined: .init(help: "Changes in quarantine, by client."),
        parked: .init(help: "Pushes from bundles that wait for what comes before them, by client."),
        stations: .init(help: "Stations that are not revoked, by client."),
        bytes: .init(help: "What a vault takes on its disk, by client."),
        stationLag: .init(
            help: "How long ago each station was last here, of all stations that are not revoked: a snapshot, whose counts may go down.",
            buckets: lags),
        clients: .init(help: "Clients in the catalog."), openVaults: .init(help: "Vaults that are open."),
        unreadable: .init(help: "Vaults that could not be read when they were last looked at."),
        resident: .init(help: "Memory of this process."), descriptors: .init(help: "Files and connections that this process has open."),
        started: .init(help: "When this process started, seconds since 1970 UTC."),
    ]

    static func factory() -> PrometheusFactory { PrometheusFactory(descriptions: descriptions) }
}

extension MetricsFactory {
    /// A request was answered.
    func answered(method: String, route: String, status: Int, _ took: Duration) {
        Counter(
            label: MetricCatalogue.requests, dimensions: [("method", method), ("route", route), ("status", String(status))], factory: self
        ).increment()
        let (seconds, attoseconds) = took.components
        Timer(label: MetricCatalogue.requestSeconds, dimensions: [("route", route)], factory: self)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
