import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Carries signals to the thread that waits for keys: a signal handler may do hardly more than write a byte into a pipe.
enum SignalPipe {
    enum Event: UInt8, Sendable {
        /// Somebody wants a line.
        case request = 1
        /// Ctrl-C.
        case interrupt
        /// The program goes on after Ctrl-Z.
        case resume
        case terminate
        case hangUp
        /// Something is to be shown above the line being typed.
        case message
        /// The terminal has another size.
        case resized
    }

    /// −1 until `open`. An atomic, because a signal handler reads it.
    private static let writeEnd = Atomic<Int32>(-1)

    /// Makes the pipe and directs the signals into it.
    /// - Returns: The end to read events from; `nil` when the system has no pipe to give.
    static func open() -> Int32? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // A full pipe must not block a signal handler: a lost second Ctrl-C says nothing new.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        writeEnd.store(ends[1], ordering: .releasing)
        signal(SIGINT) { _ in SignalPipe.send(.interrupt) }
        signal(SIGCONT) { _ in SignalPipe.send(.resume) }
        signal(SIGTERM) { _ in SignalPipe.send(.terminate) }
        signal(SIGHUP) { _ in SignalPipe.send(.hangUp) }
        signal(SIGWINCH) { _ in SignalPipe.send(.resized) }
        return ends[0]
    }

    /// Ignores what stops or ends a program from its keyboard, and a hang-up of a terminal that is still there.
    ///
    /// Keys make no signals then: Ctrl-C is read in its order among the others. A signal would have the terminal forget what was written
    /// just before, and that may be what wipes the screen.
    static func lock(_ isLocked: Bool) {
        guard isLocked != Self.isLocked else { return }
        var settings = termios()
        if tcgetattr(STDIN_FILENO, &settings) == 0 {
            settings.c_lflag = isLocked ? settings.c_lflag & ~tcflag_t(ISIG) : settings.c_lflag | tcflag_t(ISIG)
            _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        }
        for number in [SIGTSTP, SIGQUIT, SIGTTIN, SIGTTOU] { signal(number, isLocked ? SIG_IGN : SIG_DFL) }
        isLocking.store(isLocked, ordering: .releasing)
    }

    /// Whether a hang-up ends the program: not while it is locked and somebody could go on typing.
    static var endsOnHangUp: Bool {
        var settings = termios()
        return !isLocked || tcgetattr(STDIN_FILENO, &settings) != 0
    }

    /// Whether keys make no signals now.
    static var isLocked: Bool { isLocking.load(ordering: .acquiring) }

    private static let isLocking = Atomic<Bool>(false)

    /// The next event; waits for it.
    static func receive(from readEnd: Int32) -> Event? {
        var byte: UInt8 = 0
        return read(readEnd, &byte, 1) == 1 ? Event(rawValue: byte) : nil
    }

    static func send(_ event: Event) {
        var byte = event.rawValue
        let saved = errno
        _ = write(writeEnd.load(ordering: .acquiring), &byte, 1)
        errno = saved
    }
}
