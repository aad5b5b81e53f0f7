import Dispatch
import EntryModel
import Synchronization

/// The vaults that are open, by client.
///
/// One is opened when it is first asked for, and let go when it was not asked for in a while or too many are open. Whoever still works with
/// it then goes on; its files and sessions are closed behind the last of them.
final class VaultCabinet: Sendable {
    /// How many vaults stay open, and for how long without being asked for.
    struct Limits: Sendable {
        var open = 64
        var idle = Duration.seconds(300)
    }

    private struct Held {
        var vault: Vault
        var used: ContinuousClock.Instant
    }

    private struct State {
        var open: [String: Held] = [:]
        /// Those being opened now: whoever comes meanwhile waits for the same.
        var opening: [String: Task<Vault, any Error>] = [:]
    }

    private let directory: String
    private let surroundings: Surroundings
    private let catalog: Catalog
    private let limits: Limits
    private let state = Mutex(State())
    private let threads = DispatchQueue(label: "central.vaults", attributes: .concurrent)

    init(directory: String, surroundings: Surroundings, catalog: Catalog, limits: Limits = Limits()) {
        self.directory = directory
        self.surroundings = surroundings
        self.catalog = catalog
        self.limits = limits
    }

    /// The vault, if it is open.
    func open(_ client: String) -> Vault? {
        state.withLock { state in
            state.open[client]?.used = .now
            return state.open[client]?.vault
        }
    }

    /// The vault, if it is open; looking at it is no use of it.
    func peek(_ client: String) -> Vault? { state.withLock { $0.open[client]?.vault } }

    /// The clients whose vaults are open.
    var clients: Set<String> { state.withLock { Set($0.open.keys) } }

    /// A vault of the caller's own, which nobody else gets and the caller closes.
    func apart(_ client: ClientRecord) async throws -> Vault {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Vault, any Error>) in
            threads.async { done.resume(with: Result { try self.make(client) }) }
        }
    }

    /// How many are open.
    var count: Int { state.withLock { $0.open.count } }

    /// The vault, opened now if it was not; its tables are made when there are none yet.
    ///
    /// - Throws: `SQLFailure`, `CentreError`.
    func vault(_ client: ClientRecord) async throws -> Vault {
        let opening = state.withLock { state -> Task<Vault, any Error> in
            if let held = state.open[client.id] { return Task { held.vault } }
            if let opening = state.opening[client.id] { return opening }
            let opening = Task { try await self.opened(client) }
            state.opening[client.id] = opening
            return opening
        }
        return try await opening.value
    }

    /// Opens a vault on a thread that may wait: its server may be slow, and the others' shall not be.
    private func opened(_ client: ClientRecord) async throws -> Vault {
        do {
            let vault = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Vault, any Error>) in
                threads.async { done.resume(with: Result { try self.make(client) }) }
            }
            state.withLock { state in
                state.opening[client.id] = nil
                state.open[client.id] = Held(vault: vault, used: .now)
                letGo(&state)
            }
            return vault
        } catch {
            state.withLock { $0.opening[client.id] = nil }
            throw error
        }
    }

    private func make(_ client: ClientRecord) throws -> Vault {
        let address = address(of: client)
        let connection = try address.open(.vault)
        return try Vault(
            client: client.id, connection: connection, path: "\(address)", surroundings: surroundings, catalog: catalog)
    }

    /// Where a client's vault is.
    func address(of client: ClientRecord) -> DatabaseAddress {
        client.vault ?? .file("\(directory)/vaults/\(client.id).sqlite")
    }

    /// Lets go of a vault that is where it was no more.
    func drop(_ client: String) {
        state.withLock { $0.open[client] = nil }
    }

    private func letGo(_ state: inout State) {
        let limit = ContinuousClock.now.advanced(by: .zero - limits.idle)
        state.open = state.open.filter { $0.value.used >= limit }
        while state.open.count > limits.open, let oldest = state.open.min(by: { $0.value.used < $1.value.used }) {
            state.open[oldest.key] = nil
        }
    }

    func close() throws {
        let vaults = state.withLock { state in
            defer { state.open = [:] }
            return state.open.values.map(\.vault)
        }
        for vault in vaults { try vault.connection.close() }
    }
}
