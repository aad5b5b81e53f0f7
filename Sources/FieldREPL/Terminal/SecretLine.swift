#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A line that is typed unseen, such as a PIN: the terminal does not echo it, and readline never gets to know it.
struct SecretLine {
    private var before = termios()
    private var bytes: [UInt8] = []
    private static let interrupt: UInt8 = 3

    /// Stops the echo and shows the prompt, in this order: who sees the prompt may type at once.
    init(prompt: String) {
        _ = tcgetattr(STDIN_FILENO, &before)
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        hidden.c_lflag |= tcflag_t(ICANON | ISIG | NOFLSH)
        if SignalPipe.isLocked {
            // Ctrl-C makes no signal then; it ends the line.
            hidden.c_lflag &= ~tcflag_t(ISIG)
            withUnsafeMutableBytes(of: &hidden.c_cc) { $0[Int(VEOL)] = Self.interrupt }
        }
        _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &hidden)
        Self.show(prompt)
    }

    /// Takes what there is to read.
    /// - Returns: The line once it is whole, or the end; `nil` while it goes on.
    mutating func take() -> LineInput? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return nil }
        guard count > 0 else { return .end }
        bytes += buffer[..<count]
        guard bytes.last != Self.interrupt else { return .interrupted }
        // Far longer than any PIN, a line without an end is a mistake or worse.
        guard bytes.count < 4096 else { return .line("") }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        return .line(String(decoding: bytes[..<end], as: UTF8.self))
    }

    /// Gives the terminal its settings back.
    ///
    /// - Parameter isWhole: Else what was typed of it is forgotten, or it would appear in the next line.
    mutating func end(isWhole: Bool) {
        bytes = []
        _ = tcsetattr(STDIN_FILENO, isWhole ? TCSADRAIN : TCSAFLUSH, &before)
        Self.show("\n")
    }

    private static func show(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }
}
