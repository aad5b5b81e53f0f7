import FieldStore
import Foundation
import TestSupport

/// What an operator waits for, at a real pseudo-terminal: with many entries in the file, and with none.
enum DeskBenchmark {
    static func run(_ site: BenchmarkSite, _ cards: SampleCards, _ sizes: Sizes, in folder: String) throws -> [Figure] {
        let empty = try site.copy(to: "\(folder)/desk-empty")
        let full = try site.copy(to: "\(folder)/desk-full")
        try full.capture(0..<sizes.many, cards)
        // Without an operator the program asks the first one for a PIN.
        let database = try FieldDatabase(path: empty.first)
        _ = try database.operatorID(named: "benchmark")
        try database.close()
        var figures = [try indexing(full.first, entries: sizes.many)]
        var times = (empty: Times(), full: Times())
        // Turn about, so that the machine's drift meets both.
        for round in 0..<sizes.deskRounds {
            if !round.isMultiple(of: 2) { try measure(full.first, sizes, round, &times.full) }
            try measure(empty.first, sizes, round, &times.empty)
            if round.isMultiple(of: 2) { try measure(full.first, sizes, round, &times.full) }
        }
        for (what, limit) in Wait.allCases.map({ ($0, $0.limitMilliseconds) }) {
            let value = times.full[what].median * 1000
            let baseline = times.empty[what].median * 1000
            figures.append(
                Figure(
                    name: "\(what.rawValue), \(sizes.many) entries against none", value: value, unit: "ms", baseline: baseline,
                    ratio: value / baseline, target: limit.map { "under \(Int($0)) ms" }, isReached: limit.map { value < $0 }))
        }
        return figures
    }

    /// What is waited for.
    private enum Wait: String, CaseIterable {
        case start = "start to the first prompt"
        case new = "`new` to the first field"
        case field = "Enter to the next field"
        case card = "Enter behind the last field to the next card"
        case show = "`show` by the end of an id"
        case find = "`find` by a name"

        var limitMilliseconds: Double? {
            switch self {
            case .start: 100
            case .new: 20
            case .field: 5
            case .card, .show, .find: nil
            }
        }
    }

    private struct Times {
        private var seconds: [Wait: [Double]] = [:]

        subscript(what: Wait) -> [Double] { seconds[what] ?? [] }

        mutating func measure(_ what: Wait, _ body: () throws -> Void) throws {
            seconds[what, default: []].append(try Stopwatch.seconds(body))
        }
    }

    /// What the first `find` after an import would have to wait for, if the import had not done it.
    private static func indexing(_ file: String, entries: Int) throws -> Figure {
        let database = try FieldDatabase(path: file)
        defer { try? database.close() }
        let seconds = try Stopwatch.seconds { try database.indexLookUps() }
        return Figure(name: "taking names in", value: seconds / Double(entries) * 1e6, unit: "µs an entry")
    }

    /// The answers of one card, each with what asks for it.
    private static let card: [(question: String, answer: String)] = [
        ("First name", "Sandra"), ("Last name", "Quondam"), ("Suffix", ""), ("Street", "7801 Oak Boulevard"), ("Apartment", "12"),
        ("ZIP", "41649"), ("City", ""), ("State", ""), ("E-mail", "sandra@example.org"), ("Phone", "6062980990"), ("birth", "062167"),
        ("Brightfizz?", "y"), ("promotions?", "n"), ("Postmark", "man"), ("Postmarked", ""), ("Received", "090526"),
    ]

    private static func measure(_ file: String, _ sizes: Sizes, _ round: Int, _ times: inout Times) throws {
        var screen: Screen?
        try times.measure(.start) {
            let started = try Screen(file)
            try started.wait(for: "> ")
            screen = started
        }
        guard let screen else { return }
        try screen.type("use \(SampleCards.promotion)", then: "16 fields")
        try screen.type("batch open DESK-\(round) --envelopes 9999", then: "missing")
        try screen.wait(for: "> ")
        for _ in 0..<sizes.deskCards {
            screen.press("new")
            try screen.wait(for: "new")
            try times.measure(.new) { try screen.type("", then: card[0].question) }
            try screen.type(".", then: "> ")
        }
        try screen.type("new", then: card[0].question)
        for number in 0..<sizes.deskCards {
            for (index, (_, answer)) in card.enumerated() {
                screen.press(answer)
                try screen.wait(for: ": \(answer)")
                let isLast = index == card.count - 1
                try times.measure(isLast ? .card : .field) {
                    try screen.type("", then: isLast ? card[0].question : card[index + 1].question)
                }
            }
            if number == 0 { screen.noteEntry() }
        }
        try screen.type(".", then: "> ")
        for _ in 0..<sizes.deskCards {
            try times.measure(.show) { try screen.type("show \(screen.entry)", then: "Oak Boulevard") }
            try screen.wait(for: "> ")
            try times.measure(.find) { try screen.type("find quondam 41649", then: "DESK-\(round) #1") }
            try screen.wait(for: "> ")
        }
        try screen.type("quit", then: "\n")
        _ = try screen.terminal.waitUntilExit()
    }

    /// A terminal with the program on it.
    private final class Screen {
        let terminal: PseudoTerminal
        private var seen = 0
        /// The end of a keyed entry's id.
        private(set) var entry = ""

        init(_ file: String) throws {
            terminal = try PseudoTerminal(
                Processes.folder.appending(path: "fieldentry").path(percentEncoded: false), [file, "--operator", "benchmark"],
                environment: [
                    "TERM": "xterm", "HOME": URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false),
                    "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "INPUTRC": "/dev/null", "NO_COLOR": "1",
                ])
        }

        func press(_ keys: String) { terminal.type(keys) }

        func wait(for text: String) throws { seen = try terminal.wait(for: text, from: seen, seconds: 60) }

        func type(_ line: String, then text: String) throws {
            terminal.type(line + "\r")
            try wait(for: text)
        }

        /// Remembers the entry that was keyed last.
        func noteEntry() {
            let text = String(decoding: terminal.screen.suffix(600), as: UTF8.self)
            if let found = text.matches(of: /Entry ([0-9a-f]{8})/).last { entry = String(found.1) }
        }
    }
}
