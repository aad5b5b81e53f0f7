import EntryModel
import Foundation
import Synchronization
import TestSupport

@testable import CentralStore

/// Chance that several threads may draw from.
final class SharedChance: Sendable {
    private let random: Mutex<SeededRandom>

    init(_ random: SeededRandom) {
        self.random = Mutex(random)
    }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

/// The real centre on files in memory, which can stop at any moment and start again from what was on the disk, or from a backup.
final class SimulatedCentre: Sendable {
    static let client = "brightfizz"

    /// A copy of the vault; the catalog with its ledger is kept apart from it.
    struct Backup: Sendable {
        var path: String
        /// When it was taken, by the centre's clock.
        var time: Int64
    }

    private struct State {
        var centre: Centre
        var starts = 0
        var backups: [Backup] = []
        var backupsMade = 0
    }

    let clock: ManualClock
    private let folder: MemoryFolder
    private let surroundings: Surroundings
    private let state: Mutex<State>
    /// A deliberate fault: it takes whatever chain it is told for the station's own.
    private let believesAnyChain: Bool

    init(folder: MemoryFolder, clock: ManualClock, random: SeededRandom, believesAnyChain: Bool) async throws {
        self.folder = folder
        self.clock = clock
        self.believesAnyChain = believesAnyChain
        let chance = SharedChance(random)
        surroundings = Surroundings(now: clock.now, random: { chance.next() })
        let centre = try Centre(directory: folder.file("centre-0"), surroundings: surroundings)
        state = Mutex(State(centre: centre))
        try await centre.addClient(Self.client)
        try await begin()
    }

    private func begin() async throws {
        try await vault.connection.blockingTransaction(.write) { sql in
            _ = try sql.integer("PRAGMA wal_autocheckpoint = \(MemoryFolder.checkpointPages)")
        }
    }

    var centre: Centre { state.withLock { $0.centre } }

    var vault: Vault {
        get async throws {
            guard let vault = try await centre.vault(Self.client) else { throw Violation("the centre has lost its client") }
            return vault
        }
    }

    func answer(_ kind: MessageKind, _ message: [UInt8]) async throws(Problem) -> [UInt8] {
        if believesAnyChain {
            do { try await believe(kind, message) } catch { throw Problem(.internalError, "\(error)") }
        }
        guard MessageTrace.isOn else { return try await centre.answer(kind, message) }
        do {
            let answer = try await centre.answer(kind, message)
            MessageTrace.show(kind, message, answer)
            return answer
        } catch {
            MessageTrace.show(kind, message, nil)
            throw error
        }
    }

    private func believe(_ kind: MessageKind, _ message: [UInt8]) async throws {
        guard kind != .enrol, let first = try? SignedMessage(message).lines.first,
            let request = try? RequestLine(line: first, kind: kind)
        else { return }
        try await vault.connection.blockingTransaction(.write) { sql in
            let number = try sql.integer("SELECT number FROM epoch WHERE id = ?", [.blob(request.epoch.bytes)])
            guard let number else { return }
            try sql.execute(
                "UPDATE epoch SET sequence = ?, chain = ? WHERE number = ?",
                [.integer(request.after), .blob(request.chain.bytes), .integer(number)])
            try sql.execute(
                "DELETE FROM link WHERE epoch = ? AND last > ?", [.integer(number), .integer(request.after)])
        }
    }

    // MARK: Stopping, and going back

    /// Stops without a word, and starts again from what was on the disk.
    func crash() async throws {
        try await restart { directory in try MemoryFolder.copyDatabase(Self.vault(directory.from), to: Self.vault(directory.to)) }
    }

    /// Copies the vault as it is now.
    func backUp() {
        let (directory, number) = state.withLock { state in
            state.backupsMade += 1
            return (folder.file("centre-\(state.starts)"), state.backupsMade)
        }
        let backup = Backup(path: folder.file("backup-\(number).sqlite"), time: clock.milliseconds)
        guard (try? MemoryFolder.copyDatabase(Self.vault(directory), to: backup.path)) != nil else { return }
        let old = state.withLock { state in
            state.backups.append(backup)
            return state.backups.count > 3 ? state.backups.removeFirst() : nil
        }
        if let old { MemoryFolder.removeDatabase(old.path) }
    }

    /// Backups that are younger than 30 days: what is older counts as safe for good, so it has to be in every backup that is still used.
    var backups: [Backup] {
        state.withLock { $0.backups }.filter { clock.milliseconds - $0.time < Durability.ageMilliseconds }
    }

    /// Starts again with the vault of a backup, and the catalog as it is now.
    func restore(_ backup: Backup) async throws {
        try await restart { directory in try MemoryFolder.copyDatabase(backup.path, to: Self.vault(directory.to)) }
    }

    private func restart(_ bringVault: ((from: String, to: String)) throws -> Void) async throws {
        let (old, starts) = state.withLock { ($0.centre, $0.starts) }
        let directory = (from: folder.file("centre-\(starts)"), to: folder.file("centre-\(starts + 1)"))
        try FileManager.default.createDirectory(atPath: "\(directory.to)/vaults", withIntermediateDirectories: true)
        try MemoryFolder.copyDatabase("\(directory.from)/catalog.sqlite", to: "\(directory.to)/catalog.sqlite")
        try bringVault(directory)
        let centre = try Centre(directory: directory.to, surroundings: surroundings)
        state.withLock { state in
            state.centre = centre
            state.starts = starts + 1
        }
        try old.close()
        try FileManager.default.removeItem(atPath: directory.from)
        try await begin()
    }

    private static func vault(_ directory: String) -> String { "\(directory)/vaults/\(client).sqlite" }
}
