import EntryModel
import Foundation

@testable import CentralStore

/// With `SIMULATION_TRACE` set, what each message carries and what came of it is printed as it happens: for people who look into one seed.
enum MessageTrace {
    static let isOn = ProcessInfo.processInfo.environment["SIMULATION_TRACE"] != nil

    /// Prints a request, and its answer when it got one.
    static func show(_ kind: MessageKind, _ request: [UInt8], _ answer: [UInt8]?) {
        guard let message = try? SignedMessage(request), let first = message.lines.first else { return print("    | \(kind): unreadable") }
        print("    > \(text(first, upTo: 3000))")
        switch kind {
        case .push: changes(message.lines.dropFirst(), from: 0, of: 2)
        case .handback: changes(message.lines.dropFirst(), from: 1, of: 3)
        default: break
        }
        guard let answer, let message = try? SignedMessage(answer) else { return print("    < no answer") }
        var isOpen = true
        for line in message.lines {
            // The lines of changes follow the row that names them.
            if isOpen || line.starts(with: Array("{\"position\"".utf8)) || line.starts(with: Array("{\"key\"".utf8)) {
                print("    < \(text(line, upTo: 3000))")
            } else if let header = try? ChangeHeader(line: line) {
                print("        \(words(header))")
            }
            isOpen = false
        }
    }

    private static func changes(_ lines: ArraySlice<[UInt8]>, from offset: Int, of length: Int) {
        for start in stride(from: lines.startIndex, to: lines.endIndex, by: length) where start + length <= lines.endIndex {
            let (header, body) = (lines[start + offset], lines[start + offset + 1])
            let isGone = Change.goneBody(body) != nil
            let named = (try? ChangeHeader(line: header)).map(words) ?? "unreadable"
            print("        \(Change.id(headerLine: header, bodyLine: body)) \(named)\(isGone ? ", gone" : "")")
        }
    }

    private static func words(_ header: ChangeHeader) -> String {
        "\(header.kind.rawValue) \(header.subject) by \(header.station)\(header.target.map { " of \($0)" } ?? "")"
    }

    private static func text(_ line: [UInt8], upTo limit: Int) -> String { String(decoding: line.prefix(limit), as: UTF8.self) }
}
