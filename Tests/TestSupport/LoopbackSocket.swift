import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A TCP connection or a listener on the loopback, in bytes and blocking, as no client library would let a test have it.
public final class LoopbackSocket: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = Foundation.close(descriptor)
    }

    /// A listener on a free port.
    /// - Throws: `LoopbackError` when the system gives none.
    public static func listener() throws -> LoopbackSocket {
        let listener = LoopbackSocket(newSocket())
        let bound = withAddress(port: 0) { bind(listener.descriptor, $0, $1) }
        guard bound == 0, listen(listener.descriptor, 64) == 0 else { throw LoopbackError(errno) }
        return listener
    }

    /// A port on which nobody listens, for a server that has to come back on the same one: the system gives it to no outgoing connection.
    /// - Throws: `LoopbackError` when there is none.
    public static func freePort() throws -> UInt16 {
        // Each process begins elsewhere, so that two of them do not try for the same ones.
        let first = 10_000 + Int(ProcessInfo.processInfo.processIdentifier) * 97 % 20_000
        for _ in 0..<2000 {
            let port = UInt16(10_000 + (first - 10_000 + nextPort.add(1, ordering: .relaxed).oldValue) % 20_000)
            let trial = LoopbackSocket(newSocket())
            // Until here, so that its end does not come before it was tried.
            let bound = withExtendedLifetime(trial) { withAddress(port: port) { bind(trial.descriptor, $0, $1) } }
            if bound == 0 { return port }
        }
        throw LoopbackError(EADDRINUSE)
    }

    private static let nextPort = Atomic<Int>(0)

    /// A connection to a port.
    ///
    /// - Parameter timeoutSeconds: How long to wait for each byte; for ever unless said.
    /// - Throws: `LoopbackError` when nobody accepts it.
    public static func connection(port: UInt16, timeoutSeconds: Int? = nil) throws -> LoopbackSocket {
        let connection = LoopbackSocket(newSocket())
        if let timeoutSeconds {
            var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(connection.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        guard withAddress(port: port, { connect(connection.descriptor, $0, $1) }) == 0 else { throw LoopbackError(errno) }
        return connection
    }

    /// The port that a listener was given.
    public var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Waits for a connection.
    /// - Returns: `nil` once the listener was ended.
    public func accept() -> LoopbackSocket? {
        while true {
            let connection = Foundation.accept(descriptor, nil, nil)
            if connection >= 0 { return LoopbackSocket(connection) }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    /// Sends bytes, all or as many as the other side takes before it is gone.
    /// - Returns: Whether all went.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset, Self.noSignal)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    public enum Received {
        case bytes([UInt8])
        /// The other side sends nothing more, or is gone.
        case end
        case timeout
    }

    /// Waits for bytes.
    public func receive() -> Received {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 { return .bytes(Array(chunk[..<count])) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? .timeout : .end
        }
    }

    /// Tells the other side that nothing more will come; what it sends still arrives.
    public func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends the connection in both directions, or the listener; whoever waits on it goes on.
    public func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func newSocket() -> Int32 {
        #if canImport(Glibc)
            // Programs that a test starts meanwhile must not hold it open.
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #else
            socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    private static func withAddress<Result>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    #if canImport(Glibc)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let noSignal: Int32 = 0
    #endif
}

/// The system's number for why a socket could not be had.
public struct LoopbackError: Error {
    public var number: Int32

    init(_ number: Int32) {
        self.number = number
    }
}
