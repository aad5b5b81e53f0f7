import Foundation
import Synchronization
import TestSupport

/// Stands between stations and a centre on the loopback and carries their bytes, as badly as a test says.
///
/// Its own address stays the same, wherever it leads; so a centre that is started anew on another port is still found by its stations.
final class WireProxy: Sendable {
    enum Trouble: String, Sendable, CaseIterable {
        /// One bit comes out changed.
        case flip
        /// The connection ends in the middle.
        case cut
        /// Some bytes are left out.
        case gap
        /// Nothing more comes, and the connection stays open.
        case stall
        /// The connection is accepted and ended at once.
        case refuse
    }

    /// What becomes of one connection.
    struct Fate: Sendable {
        /// `nil` for an honest carrier.
        var trouble: Trouble?
        /// Whether it happens on the way back from the centre.
        var isOfAnswer = false
        /// At which byte of that direction.
        var offset = 0
    }

    let port: UInt16
    private let listener: LoopbackSocket
    private let targets = Mutex<[UInt16]>([])
    private let fate: Mutex<@Sendable (Int) -> Fate>
    private let happened = Mutex<[Trouble: Int]>([:])
    /// Those that are open; a stalled one ends only with this object.
    private let open = Mutex<[ObjectIdentifier: LoopbackSocket]>([:])

    var url: String { "http://127.0.0.1:\(port)" }

    /// How often each trouble really came about.
    var troubles: [Trouble: Int] { happened.withLock { $0 } }

    init() throws {
        listener = try LoopbackSocket.listener()
        port = listener.port
        fate = Mutex { _ in Fate() }
        Thread.detachNewThread { [listener, weak self] in
            var number = 0
            while let client = listener.accept() {
                guard let self else { return }
                let fate = self.fate.withLock { $0 }(number)
                number += 1
                let turn = number
                Thread.detachNewThread { self.carry(client, turn, fate) }
            }
        }
    }

    /// From now on it leads to this port too. To several it leads in turn, and to the next where nobody listens: it balances their load.
    func lead(to port: UInt16) {
        targets.withLock { $0.append(port) }
    }

    /// Leads to this port no longer.
    func leaveOut(_ port: UInt16) {
        targets.withLock { targets in targets.removeAll { $0 == port } }
    }

    private func connect(_ number: Int) -> LoopbackSocket? {
        let targets = targets.withLock { $0 }
        for offset in targets.indices {
            if let socket = try? LoopbackSocket.connection(port: targets[(number + offset) % targets.count]) { return socket }
        }
        return nil
    }

    /// Decides about the connections from now on, by their number.
    func decide(_ decide: @escaping @Sendable (Int) -> Fate) {
        fate.withLock { $0 = decide }
    }

    /// Ends the connections there are; new ones are accepted.
    func endConnections() {
        for socket in open.withLock({ $0.values.map(\.self) }) { socket.end() }
    }

    func close() {
        listener.end()
        endConnections()
    }

    private func carry(_ client: LoopbackSocket, _ number: Int, _ fate: Fate) {
        if fate.trouble == .refuse {
            note(.refuse)
            client.end()
            return
        }
        guard let centre = connect(number) else {
            client.end()
            return
        }
        let sockets = [client, centre]
        open.withLock { open in for socket in sockets { open[ObjectIdentifier(socket)] = socket } }
        let answers = DispatchGroup()
        answers.enter()
        Thread.detachNewThread { [self] in
            pump(from: centre, to: client, fate.isOfAnswer ? fate : Fate())
            answers.leave()
        }
        pump(from: client, to: centre, fate.isOfAnswer ? Fate() : fate)
        answers.wait()
        open.withLock { open in for socket in sockets { open[ObjectIdentifier(socket)] = nil } }
    }

    /// Carries bytes in one direction until one side ends.
    private func pump(from source: LoopbackSocket, to sink: LoopbackSocket, _ fate: Fate) {
        var carried = 0
        var isDue = fate.trouble != nil
        while case .bytes(var bytes) = source.receive() {
            let here = fate.offset - carried
            carried += bytes.count
            if let trouble = fate.trouble, isDue, here < bytes.count {
                isDue = false
                note(trouble)
                switch trouble {
                case .flip: bytes[here] ^= 1 << UInt8(fate.offset % 8)
                case .gap: bytes.removeSubrange(here..<min(bytes.count, here + 1 + fate.offset % 40))
                case .cut, .refuse:
                    sink.send(Array(bytes[..<here]))
                    source.end()
                    sink.end()
                    return
                case .stall:
                    sink.send(Array(bytes[..<here]))
                    // Takes what still comes and passes nothing on, until one of the two has had enough.
                    while case .bytes = source.receive() {}
                    sink.end()
                    return
                }
            }
            guard sink.send(bytes) else { break }
        }
        source.end()
        sink.end()
    }

    private func note(_ trouble: Trouble) {
        happened.withLock { $0[trouble, default: 0] += 1 }
    }
}
