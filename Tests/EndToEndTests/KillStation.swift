import EntryModel
import FieldStore
import Foundation
import TestSupport

/// A station's program under a script that never ends, and what it has promised to its operator.
struct KillStation {
    let name: String
    let file: String
    private let folder: TemporaryFolder
    private var random: SeededRandom
    private var program: BackgroundProgram?
    private var run = 0
    /// What the running script will do, in its order.
    private var steps: [Step] = []

    /// Given names of entries that may be here, since a script said so, and of those whose line was printed, with their ids.
    private(set) var scripted: Set<String> = []
    private(set) var promised: [String: UniqueID] = [:]
    /// Streets that an entry may show by now, the last promised one and those that were to come after it.
    private(set) var streets: [UniqueID: [String]] = [:]
    /// Places of cards whose import was reported done.
    private(set) var imported: Set<String> = []
    private(set) var syncs = 0
    private(set) var kills = 0

    private enum Step {
        case other
        case new(String)
        case edit(of: String, street: String)
        case importing([String])
        case sync
    }

    init(_ name: String, folder: TemporaryFolder, seed: UInt64) {
        self.name = name
        self.folder = folder
        file = folder.file("\(name).fieldentry")
        random = SeededRandom(seed: seed)
    }

    var isRunning: Bool { program?.isRunning ?? false }

    /// Starts the program with a new script.
    mutating func start(cards: [String]) throws {
        note()
        run += 1
        let (script, steps) = try script(cards: cards)
        self.steps = steps
        program = try BackgroundProgram(
            "fieldentry", [file, "--json", "--operator", "Operator of \(name)"], input: script, place: folder.file("\(name)-\(run)"))
    }

    mutating func kill() {
        kills += isRunning ? 1 : 0
        program?.kill()
        note()
    }

    private mutating func script(cards: [String]) throws -> (String, [Step]) {
        var lines = ["use \(LiveJobTests.promotion)"]
        var steps: [Step] = [.other]
        for part in 1...6 {
            var last = ""
            for number in 1...Int.random(in: 2...8, using: &random) {
                last = "\(name)-\(run)-\(part)-\(number)"
                lines.append("new given_name=\(last) family_name=Lindqvist street=\"1 First Street\" zip=41649 city=Martin state=KY")
                steps.append(.new(last))
                scripted.insert(last)
            }
            for number in 1...2 {
                let street = "\(number) \(last) Lane"
                lines.append("edit last street=\"\(street)\"")
                steps.append(.edit(of: last, street: street))
            }
            lines.append("sync")
            steps.append(.sync)
            // A few lines of the same tray each time, so that two stations often have the same card in hand.
            let start = Int.random(in: 1..<(cards.count - 40), using: &random)
            let some = Array(cards[start..<(start + 40)])
            let path = folder.file("\(name)-\(run)-\(part).csv")
            try Data((([cards[0]] + some).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
            lines.append("import \(path)")
            steps.append(.importing(some.map(Self.place)))
        }
        return (lines.joined(separator: "\n") + "\n", steps)
    }

    /// Batch, envelope and card of a line.
    static func place(_ line: String) -> String {
        line.split(separator: ",", omittingEmptySubsequences: false).prefix(3).joined(separator: ",")
    }

    /// Takes down what the last run has printed: that, and no more, was promised.
    private mutating func note() {
        guard let program else { return }
        self.program = nil
        var ids: [String: UniqueID] = [:]
        // Each command prints one object; what comes after the last was perhaps done, and perhaps not.
        let reports = program.lines.compactMap { try? JSONValue(line: Array($0.utf8), limits: .document) }
        for (index, step) in steps.enumerated() {
            let report = index < reports.count && Self.isDone(reports[index]) ? reports[index] : nil
            switch step {
            case .other: break
            case .sync: syncs += report == nil ? 0 : 1
            case .new(let name):
                guard case .string(let text)?? = report.map({ $0["entry"] }), let id = UniqueID(text) else { continue }
                (promised[name], ids[name]) = (id, id)
                streets[id] = ["1 First Street"]
            case .edit(let name, let street):
                guard let id = ids[name] else { continue }
                streets[id] = report == nil ? (streets[id] ?? []) + [street] : [street]
            case .importing(let places): if report != nil { imported.formUnion(places) }
            }
        }
        if let failed = reports.first(where: { !Self.isDone($0) }) { failures.append(String(decoding: failed.line, as: UTF8.self)) }
        complaints += program.complaint
    }

    private static func isDone(_ report: JSONValue) -> Bool {
        if case .bool(true)? = report["ok"] { true } else { false }
    }

    /// Commands that did not do what they were asked for.
    private(set) var failures: [String] = []
    /// All that was ever said to standard error.
    private(set) var complaints = ""
}
