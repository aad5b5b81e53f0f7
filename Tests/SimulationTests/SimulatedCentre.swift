import CentralStore
import EntryModel
import Foundation
import Synchronization
import TestSupport

/// Chance that several threads may draw from.
final class SharedChance: Sendable {
    private let random: Mutex<SeededRandom>

    init(_ random: SeededRandom) {
        self.random = Mutex(random)
    }

    func next() -> UInt64 { random.withLock { $0.next() } }
}

/// The real centre on files in memory, which can stop at any moment and start again from what was on the disk.
final class SimulatedCentre: Sendable {
    static let client = "brightfizz"

    let clock: ManualClock
    private let folder: MemoryFolder
    private let surroundings: Surroundings
    private let state: Mutex<(centre: Centre, starts: Int)>

    init(folder: MemoryFolder, clock: ManualClock, random: SeededRandom) async throws {
        self.folder = folder
        self.clock = clock
        let chance = SharedChance(random)
        surroundings = Surroundings(now: clock.now, random: { chance.next() })
        let centre = try Centre(directory: folder.file("centre-0"), surroundings: surroundings)
        state = Mutex((centre, 0))
        try await centre.addClient(Self.client)
    }

    var centre: Centre { state.withLock { $0.centre } }

    var vault: Vault {
        get async throws {
            guard let vault = try await centre.vault(Self.client) else { throw Violation("the centre has lost its client") }
            return vault
        }
    }

    func answer(_ kind: MessageKind, _ message: [UInt8]) async throws(Problem) -> [UInt8] {
        try await centre.answer(kind, message)
    }

    /// Stops without a word, and starts again from what was on the disk.
    func crash() async throws {
        let (old, starts) = state.withLock { $0 }
        let from = folder.file("centre-\(starts)")
        let to = folder.file("centre-\(starts + 1)")
        try FileManager.default.createDirectory(atPath: "\(to)/vaults", withIntermediateDirectories: true)
        try MemoryFolder.copyDatabase("\(from)/catalog.sqlite", to: "\(to)/catalog.sqlite")
        try MemoryFolder.copyDatabase("\(from)/vaults/\(Self.client).sqlite", to: "\(to)/vaults/\(Self.client).sqlite")
        let centre = try Centre(directory: to, surroundings: surroundings)
        state.withLock { $0 = (centre, starts + 1) }
        try old.close()
        try FileManager.default.removeItem(atPath: from)
    }
}
