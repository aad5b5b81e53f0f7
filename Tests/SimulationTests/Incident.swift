import TestSupport

/// What happens beside the daily work, each kind by a chance of its own.
///
/// A kind that is added later takes nothing from the chance of the others: a seed that found something once finds it again in a run without the
/// kinds that came after it.
enum Incident: String, CaseIterable, Sendable {
    // Copies are kept, and come back.
    case backUpCentre, keepImage, restoreCentre, restoreBoth, rollBack, copyStation
    // Staff.
    case erase, decide, enrol, revoke, isolate
    // Disks.
    case rot
    // Instead of the network.
    case carrySticks

    /// Of 10,000 operations, how many it comes with.
    var perTenThousand: Int {
        switch self {
        case .backUpCentre: 80
        case .keepImage: 120
        case .restoreCentre: 35
        case .restoreBoth: 15
        case .rollBack: 50
        case .copyStation: 20
        case .erase: 60
        case .decide: 120
        case .enrol: 20
        case .revoke: 8
        case .isolate: 8
        case .rot: 60
        case .carrySticks: 250
        }
    }

    /// It comes in one of so many seeds, so that the others find as fast as without it what it has no part in.
    private var oneInSeeds: Int { self == .carrySticks ? 3 : 1 }

    /// - Parameter seed: Of the run.
    /// - Returns: `nil` when it does not come in that run.
    func chance(_ seed: UInt64) -> SeededRandom? {
        // FNV-1a of the name: the same on every machine, and whatever other kinds there are.
        let name = rawValue.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var random = SeededRandom(seed: seed ^ name)
        var chance = random.split()
        return oneInSeeds == 1 || chance.chance(oneIn: oneInSeeds) ? chance : nil
    }
}

extension Simulation {
    func happen(_ incident: Incident) async throws {
        switch incident {
        case .backUpCentre:
            log("the centre's vault is backed up")
            centre.backUp()
        case .keepImage:
            guard let station = pick(active) else { return }
            log("a copy of \(station.name)'s file is kept")
            try station.keepImage()
        case .restoreCentre: try await restoreCentre()
        case .restoreBoth: try await restoreBoth()
        case .rollBack: try await rollBack()
        case .copyStation: try copyStation()
        case .erase: try await erase()
        case .decide: try await decide()
        case .enrol: try await enrolLate()
        case .revoke: try await revoke(isolating: false)
        case .isolate: try await revoke(isolating: true)
        case .rot: try await rot()
        case .carrySticks: try await carrySticks()
        }
    }
}
