/// A file under way between a machine and the centre.
struct Stick {
    var machine: String
    var path: String
    /// Sticks are counted in the order in which they were written.
    var number: Int
    /// Whether it was taken in before.
    var isUsed = false
}

/// Files that are carried instead of HTTP, or beside it.
struct Sticks {
    private(set) var toCentre: [Stick] = []
    private(set) var toMachines: [Stick] = []
    private var written = 0

    enum Road {
        case toCentre, toMachines

        fileprivate var list: WritableKeyPath<Sticks, [Stick]> { self == .toCentre ? \.toCentre : \.toMachines }
    }

    /// A path for the next file.
    mutating func path(in folder: MemoryFolder) -> String {
        written += 1
        return folder.file("stick-\(written)")
    }

    /// The file that was written last goes its way.
    mutating func send(_ road: Road, of machine: String, _ path: String) {
        self[keyPath: road.list].append(Stick(machine: machine, path: path, number: written))
    }

    /// Those under way, oldest first.
    func waiting(_ road: Road) -> [Stick] { self[keyPath: road.list] }

    /// Whether one of the same machine that was written earlier is still under way.
    func isEarly(_ stick: Stick, _ road: Road) -> Bool {
        self[keyPath: road.list].contains { $0.machine == stick.machine && $0.number < stick.number && !$0.isUsed }
    }

    /// Takes note that a stick was taken in; it is used up, or left where it may be taken in again.
    mutating func use(_ stick: Stick, _ road: Road, isLeft: Bool) {
        guard let index = self[keyPath: road.list].firstIndex(where: { $0.number == stick.number }) else { return }
        if isLeft { self[keyPath: road.list][index].isUsed = true } else { self[keyPath: road.list].remove(at: index) }
    }
}
