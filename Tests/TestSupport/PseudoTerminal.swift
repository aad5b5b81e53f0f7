#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program running in a pseudo-terminal, typed at like by a person: what it reads is what was typed, what it writes is what is on the screen.
public final class PseudoTerminal {
    /// All that was on the screen, escape sequences included.
    public private(set) var screen: [UInt8] = []
    private let controller: Int32
    private let processID: pid_t
    private var ended: Int32?

    /// Starts a program with the terminal as its input, output and controlling terminal.
    public init(_ path: String, _ arguments: [String], environment: [String: String], columns: Int = 100) throws {
        let terminal: String
        (controller, terminal) = try Self.openTerminal()
        Self.resize(controller, columns: columns)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        posix_spawn_file_actions_addclose(&actions, controller)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A session of its own: the first terminal that it opens becomes its controlling terminal.
        posix_spawnattr_setflags(&attributes, Self.newSession)

        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let environ = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + environ { free(text) } }
        var child = pid_t()
        let code = posix_spawn(&child, path, &actions, &attributes, argv, environ)
        guard code == 0 else { throw PseudoTerminalError("\(path) did not start: \(code)") }
        processID = child
    }

    #if canImport(Glibc)
        // The C library hides its names for these behind a feature macro that Swift's module of it does not set.
        private static let newSession: Int16 = 0x80
        private static let unlockRequest: UInt = 0x4004_5431
        private static let numberRequest: UInt = 0x8004_5430

        private static func openTerminal() throws -> (controller: Int32, path: String) {
            let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var unlocked: Int32 = 0
            var number: UInt32 = 0
            guard controller >= 0, ioctl(controller, unlockRequest, &unlocked) == 0, ioctl(controller, numberRequest, &number) == 0
            else { throw PseudoTerminalError("no pseudo-terminal: \(errno)") }
            return (controller, "/dev/pts/\(number)")
        }
    #else
        private static let newSession = Int16(POSIX_SPAWN_SETSID)

        private static func openTerminal() throws -> (controller: Int32, path: String) {
            let controller = posix_openpt(O_RDWR | O_NOCTTY)
            guard controller >= 0, grantpt(controller) == 0, unlockpt(controller) == 0, let name = ptsname(controller)
            else { throw PseudoTerminalError("no pseudo-terminal: \(errno)") }
            return (controller, String(cString: name))
        }
    #endif

    /// Types text; a line ends with `\r`, as the Enter key sends it.
    public func type(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(controller, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Waits until text stands on the screen after `from`.
    ///
    /// - Parameters:
    ///   - from: An offset in `screen`, so that what was there before does not count.
    /// - Throws: `EndToEndError` with the end of the screen when it does not come within `seconds`.
    /// - Returns: The offset after the text.
    @discardableResult
    public func wait(for text: String, from: Int = 0, seconds: Int = 10) throws -> Int {
        let wanted = Array(text.utf8)
        let deadline = time(nil) + seconds
        var searched = from
        while true {
            if let end = find(wanted, from: max(from, searched - wanted.count)) { return end }
            searched = screen.count
            guard time(nil) < deadline, read(milliseconds: 100) || ended == nil else {
                throw PseudoTerminalError(
                    "\"\(text)\" did not come; the screen ends with: \(String(decoding: screen.suffix(600), as: UTF8.self))")
            }
        }
    }

    /// Takes what is written within so long, if anything is.
    public func listen(milliseconds: Int32) { _ = read(milliseconds: milliseconds) }

    /// Reads what is written until the program ends.
    /// - Returns: Its exit status; a signal's number plus 128 when one ended it.
    public func waitUntilExit(seconds: Int = 10) throws -> Int32 {
        let deadline = time(nil) + seconds
        while true {
            if let ended { return ended }
            _ = read(milliseconds: 50)
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) == processID {
                ended = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
            } else if time(nil) >= deadline {
                throw PseudoTerminalError(
                    "the program did not end; the screen ends with: \(String(decoding: screen.suffix(600), as: UTF8.self))")
            }
        }
    }

    /// Whether Ctrl-C and its like make signals now; `nil` when the terminal does not tell.
    public var keysMakeSignals: Bool? {
        var settings = termios()
        return tcgetattr(controller, &settings) == 0 ? settings.c_lflag & tcflag_t(ISIG) != 0 : nil
    }

    /// Gives the terminal another width, of which the program is told by a signal.
    public func resize(columns: Int) { Self.resize(controller, columns: columns) }

    private static func resize(_ controller: Int32, columns: Int) {
        var size = winsize(ws_row: 40, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
    }

    /// Sends the program a signal.
    public func signal(_ number: Int32) { kill(processID, number) }

    /// Kills the program as a power cut would: it is told nothing.
    public func crash() throws {
        kill(processID, SIGKILL)
        _ = try waitUntilExit()
    }

    private func find(_ wanted: [UInt8], from: Int) -> Int? {
        guard screen.count - from >= wanted.count else { return nil }
        for start in from...(screen.count - wanted.count) where screen[start..<(start + wanted.count)].elementsEqual(wanted) {
            return start + wanted.count
        }
        return nil
    }

    /// - Returns: `false` when nothing came in that time.
    private func read(milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let capacity = buffer.count
        let count = buffer.withUnsafeMutableBytes { Self.systemRead(controller, $0.baseAddress, capacity) }
        guard count > 0 else { return false }
        screen.append(contentsOf: buffer[..<count])
        return true
    }

    private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #else
            Darwin.read(descriptor, buffer, count)
        #endif
    }

    deinit {
        if ended == nil {
            kill(processID, SIGKILL)
            waitpid(processID, nil, 0)
        }
        close(controller)
    }
}

/// What did not come, with the end of the screen.
public struct PseudoTerminalError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
