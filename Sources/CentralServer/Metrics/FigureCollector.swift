import CentralStore
import EntryModel
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Looks at every vault from time to time, and puts what it finds where it can be collected.
///
/// Vaults that are being worked with are looked at each time; of those that are closed a few, in turn, since in this process nothing changes
/// there. So a thousand clients cost little, and a figure of a client that nobody works for is at most half an hour old.
///
/// Figures carry the client's id: whose quarantine grows is what somebody has to know, and ids are given by staff, never by senders. Where
/// there are more clients than a collector should have series of, the first by id have their own and all others are one, `other`.
final class FigureCollector: Service {
    struct Limits: Sendable {
        var period = Duration.seconds(30)
        /// Closed vaults that are opened each time.
        var closedVaults = 20
        /// Clients with series of their own.
        var clients = 200
    }

    private struct State {
        var known: [String: VaultFigures] = [:]
        var unreadable: Set<String> = []
        /// The last closed vault that was looked at.
        var last = ""
    }

    private let centre: Centre
    private let factory: PrometheusFactory
    private let surroundings: Surroundings
    private let limits: Limits
    private let logger: Logger
    private let state = Mutex(State())

    init(
        centre: Centre, factory: PrometheusFactory, surroundings: Surroundings = .system, limits: Limits = Limits(), logger: Logger
    ) {
        self.centre = centre
        self.factory = factory
        self.surroundings = surroundings
        self.limits = limits
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.collect()
                // Ended by the stop only.
                try? await Task.sleep(for: self.limits.period)
            }
        }
    }

    /// Looks once.
    func collect() async {
        let clients: [String]
        do {
            clients = try await centre.clients().map(\.id)
        } catch {
            // The next look may find it again; whether the catalog can be reached is what `/health/ready` says.
            return logger.warning("The clients cannot be counted", metadata: ["error": "\(type(of: error))"])
        }
        let open = centre.openClients
        for client in clients where open.contains(client) { await look(client) }
        for client in due(clients.filter { !open.contains($0) }) { await look(client) }
        let (known, unreadable) = state.withLock { state in
            state.known = state.known.filter { clients.contains($0.key) }
            state.unreadable.formIntersection(clients)
            return (state.known, state.unreadable.count)
        }
        publish(clients.compactMap { known[$0] })
        factory.setGauges(MetricCatalogue.clients, [([], Double(clients.count))])
        factory.setGauges(MetricCatalogue.openVaults, [([], Double(open.count))])
        factory.setGauges(MetricCatalogue.unreadable, [([], Double(unreadable))])
    }

    private func look(_ client: String) async {
        do {
            let figures = try await centre.figures(of: client)
            state.withLock { state in
                state.known[client] = figures
                state.unreadable.remove(client)
            }
        } catch {
            state.withLock { _ = $0.unreadable.insert(client) }
            logger.warning("A vault cannot be read", metadata: ["client": "\(client)", "error": "\(type(of: error))"])
        }
    }

    /// The closed vaults whose turn it is: first those that nobody has looked at.
    private func due(_ closed: [String]) -> [String] {
        state.withLock { state in
            let unknown = closed.filter { state.known[$0] == nil && !state.unreadable.contains($0) }
            if !unknown.isEmpty { return Array(unknown.prefix(limits.closedVaults)) }
            let last = state.last
            let turn = Array((closed.filter { $0 > last } + closed.filter { $0 <= last }).prefix(limits.closedVaults))
            state.last = turn.last ?? ""
            return turn
        }
    }

    private func publish(_ figures: [VaultFigures]) {
        let gauges: [(name: String, value: (VaultFigures) -> Int64)] = [
            (MetricCatalogue.entries, { $0.entries }), (MetricCatalogue.vaultChanges, { $0.changes }),
            (MetricCatalogue.conflicts, { $0.conflicts }), (MetricCatalogue.quarantined, { $0.quarantined }),
            (MetricCatalogue.parked, { $0.parked }), (MetricCatalogue.stations, { Int64($0.seen.count) }),
            (MetricCatalogue.bytes, { $0.bytes }),
        ]
        for (name, value) in gauges {
            var values = figures.prefix(limits.clients).map { ([("client", $0.client)], Double(value($0))) }
            let others = figures.dropFirst(limits.clients)
            if !others.isEmpty { values.append(([("client", "other")], others.reduce(0) { $0 + Double(value($1)) })) }
            factory.setGauges(name, values)
        }
        let now = surroundings.now()
        let lags = figures.flatMap(\.seen).compactMap { $0 }.map { Double(max(0, now - $0)) / 1000 }
        factory.setHistogram(MetricCatalogue.stationLag, of: lags)
    }
}
