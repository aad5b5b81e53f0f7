import CReadline
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads lines with GNU readline on a thread of its own, so that a sync goes on while somebody types.
///
/// The thread waits for keys and for signals at once. Readline's own history is filled anew for every line and emptied for fields: a line
/// of it that is changed while it is shown stays changed there, and so a value could reach the history file. What is cut out of a line is
/// forgotten with the line.
final class ReadlineConsole: LineReading {
    private struct Pending {
        var request: LineRequest
        var prompt: String
        var reply: CheckedContinuation<LineInput, Never>
    }

    private let pending = Mutex<Pending?>(nil)
    private let messages = Mutex<[String]>([])
    private let onInterrupt = Mutex<(@Sendable () -> Void)?>(nil)
    private let rendersColours: Bool

    /// - Parameter rendersColours: Whether prompts have colours.
    /// - Returns: `nil` when the system cannot give what it needs, which is a pipe and a thread.
    init?(rendersColours: Bool) {
        self.rendersColours = rendersColours
        guard let events = SignalPipe.open() else { return nil }
        // Prompts and names are UTF-8 whatever the locale of the terminal's shell says.
        setlocale(LC_CTYPE, "")
        if String(cString: nl_langinfo(nl_item(CODESET))) != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
        let thread = Thread { [self] in run(events: events) }
        thread.name = "readline"
        thread.start()
    }

    func read(_ request: LineRequest) async -> LineInput {
        let prompt = rendersColours ? Self.marked(request.prompt) : request.prompt.plain
        return await withCheckedContinuation { reply in
            pending.withLock { $0 = Pending(request: request, prompt: prompt, reply: reply) }
            SignalPipe.send(.request)
        }
    }

    /// Shows a line above the one being typed, which goes on below; from any thread.
    func show(_ text: StyledText) {
        let line = "\(rendersColours ? text.ansi : text.plain)\n"
        messages.withLock { $0.append(line) }
        SignalPipe.send(.message)
    }

    /// Sets what Ctrl-C does while no line is being typed.
    func whenInterrupted(_ action: (@Sendable () -> Void)?) {
        onInterrupt.withLock { $0 = action }
    }

    /// Readline has to know which bytes of a prompt take no column.
    static func marked(_ prompt: StyledText) -> String {
        prompt.spans.map { span in
            span.style.code.map { "\u{01}\u{1B}[\($0)m\u{02}\(span.text)\u{01}\u{1B}[0m\u{02}" } ?? span.text
        }.joined()
    }
}

extension ReadlineConsole {
    /// A line that is being asked for.
    private struct Asking {
        var pending: Pending
        var secret: SecretLine?
        var lastKey = ContinuousClock.now

        /// How long to wait for a key; -1 for ever.
        var patienceMilliseconds: Int32 {
            guard let seconds = pending.request.idleSeconds, seconds < LineRequest.never else { return -1 }
            let left = lastKey.advanced(by: .seconds(seconds)) - .now
            return Int32(clamping: max(0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1))
        }
    }

    /// The thread: one line at a time, until the program ends.
    private func run(events: Int32) {
        fieldentry_readline_prepare(
            completeReadlineWord,
            { meta in fieldentry_readline_prepare_terminal(meta, SignalPipe.isLocked ? 0 : 1) },
            { _, _ in
                ReadlineState.shared.interrupt()
                fieldentry_readline_end_line()
                return 0
            })
        var asking: Asking?
        while true {
            var descriptors = [pollfd(fd: events, events: Int16(POLLIN), revents: 0)]
            if asking != nil { descriptors.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
            let ready = poll(&descriptors, nfds_t(descriptors.count), asking?.patienceMilliseconds ?? -1)
            if ready < 0, errno != EINTR { return }
            if ready == 0, let idle = asking, idle.patienceMilliseconds == 0 { endIdle(idle, &asking) }
            guard ready > 0 else { continue }
            if descriptors[0].revents != 0 { handleEvent(from: events, &asking) }
            guard asking != nil, descriptors.count == 2, descriptors[1].revents != 0 else { continue }
            takeKeys(&asking)
        }
    }

    private func takeKeys(_ asking: inout Asking?) {
        asking?.lastKey = .now
        let input: LineInput?
        if asking?.secret != nil {
            input = asking?.secret?.take()
            if let input { asking?.secret?.end(isWhole: input != .interrupted) }
        } else {
            rl_callback_read_char()
            input = ReadlineState.shared.takeInput()
        }
        guard let input, let answered = asking else { return }
        if answered.secret == nil { fieldentry_readline_forget_kills() }
        asking = nil
        answered.pending.reply.resume(returning: input)
    }

    private func endIdle(_ idle: Asking, _ asking: inout Asking?) {
        asking = nil
        guard idle.secret == nil else { return stop(idle, answering: .idle("")) }
        let typed = String(cString: fieldentry_readline_buffer())
        fieldentry_readline_clear_line()
        stop(idle, answering: .idle(typed))
    }

    /// Ends asking without a whole line.
    private func stop(_ asking: Asking, answering input: LineInput) {
        if var secret = asking.secret {
            secret.end(isWhole: false)
        } else {
            rl_callback_sigcleanup()
            rl_callback_handler_remove()
            fieldentry_readline_forget_kills()
        }
        asking.pending.reply.resume(returning: input)
    }

    private func handleEvent(from events: Int32, _ asking: inout Asking?) {
        switch SignalPipe.receive(from: events) {
        case nil: return
        case .request:
            guard asking == nil else { return }
            let next = pending.withLock { pending in
                defer { pending = nil }
                return pending
            }
            if let next { asking = begin(next) }
        case .interrupt:
            guard let interrupted = asking else {
                onInterrupt.withLock { $0 }?()
                return
            }
            asking = nil
            // What was typed before Ctrl-C goes with it.
            tcflush(STDIN_FILENO, TCIFLUSH)
            if interrupted.secret == nil { print("^C") }
            stop(interrupted, answering: .interrupted)
        case .message: showMessages(asking)
        case .resized: if asking?.secret == nil { rl_resize_terminal() }
        case .resume: if asking != nil, asking?.secret == nil { fieldentry_readline_redisplay_after_stop() }
        case .terminate: end(SIGTERM, asking)
        case .hangUp: if SignalPipe.endsOnHangUp { end(SIGHUP, asking) }
        }
    }

    private func showMessages(_ asking: Asking?) {
        let text = messages.withLock { messages in
            defer { messages = [] }
            return messages.joined()
        }
        guard !text.isEmpty else { return }
        if let asking, asking.secret == nil {
            fieldentry_readline_show_above(text)
        } else {
            // A command is at work, perhaps with a progress line; or a PIN is asked for, of which nothing is seen.
            let prompt = asking.map { $0.pending.prompt } ?? ""
            fieldentry_readline_write("\r\u{1B}[K\(text)\(prompt)")
        }
    }

    private func begin(_ pending: Pending) -> Asking {
        if pending.request.isSecret { return Asking(pending: pending, secret: SecretLine(prompt: pending.request.prompt.plain)) }
        clear_history()
        for line in pending.request.history { add_history(line) }
        ReadlineState.shared.begin(pending.request.completion)
        fieldentry_readline_complete_whole_line(pending.request.completion.isOfWholeLine ? 1 : 0)
        rl_callback_handler_install(pending.prompt) { line in ReadlineState.shared.finish(line) }
        if !pending.request.initial.isEmpty {
            rl_insert_text(pending.request.initial)
            rl_redisplay()
        }
        return Asking(pending: pending)
    }

    /// Leaves the terminal as it was and ends the program as the signal would have; what was done is in the file already.
    private func end(_ number: Int32, _ asking: Asking?) {
        if var secret = asking?.secret {
            secret.end(isWhole: false)
        } else if asking != nil {
            rl_callback_handler_remove()
        }
        SignalPipe.lock(false)
        signal(number, SIG_DFL)
        // Not `raise`: this thread blocks signals, the main one does not.
        kill(getpid(), number)
    }
}

/// What readline's callbacks, which are C functions without a context, hand to the thread that called readline.
private final class ReadlineState: Sendable {
    private struct Content: Sendable {
        var input: LineInput?
        var completion = Completion.none
        var candidates: [String] = []
        var isInterrupted = false
    }

    static let shared = ReadlineState()
    private let content = Mutex(Content())

    func begin(_ completion: Completion) {
        content.withLock { $0 = Content(completion: completion) }
    }

    /// Ctrl-C was read as a key: the line that ends now is to be forgotten.
    func interrupt() {
        content.withLock { $0.isInterrupted = true }
    }

    func finish(_ line: UnsafeMutablePointer<CChar>?) {
        // Readline shows its prompt again unless it is told at once that the line is done.
        rl_callback_handler_remove()
        let isInterrupted = content.withLock { $0.isInterrupted }
        if isInterrupted { print("^C") }
        let input = isInterrupted ? .interrupted : line.map { LineInput.line(String(cString: $0)) } ?? .end
        // With bracketed paste, readline ends the line of a Ctrl-D itself.
        if line == nil, !isInterrupted, String(cString: rl_variable_value("enable-bracketed-paste")) != "on" { print() }
        free(line)
        content.withLock { $0.input = input }
    }

    func takeInput() -> LineInput? {
        content.withLock { content in
            defer { content.input = nil }
            return content.input
        }
    }

    var completion: Completion { content.withLock { $0.completion } }

    func setCandidates(_ candidates: [String]) {
        content.withLock { $0.candidates = candidates }
    }

    func candidate(_ index: Int) -> String? {
        content.withLock { $0.candidates.indices.contains(index) ? $0.candidates[index] : nil }
    }
}

/// Readline's completion function: asks for the candidates and hands them over one by one.
private func completeReadlineWord(
    _ text: UnsafePointer<CChar>?, _ start: CInt, _ end: CInt
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    let line = String(decoding: UnsafeRawBufferPointer(start: fieldentry_readline_buffer(), count: Int(end)), as: UTF8.self)
    guard let candidates = ReadlineState.shared.completion.candidates(line) else {
        fieldentry_readline_completion_suffix(CChar(UInt8(ascii: " ")))
        return nil
    }
    fieldentry_readline_no_filenames()
    ReadlineState.shared.setCandidates(candidates)
    let endsInEquals = candidates.allSatisfy { $0.hasSuffix("=") } && !candidates.isEmpty
    let isAnswer = ReadlineState.shared.completion.isOfWholeLine
    fieldentry_readline_completion_suffix(endsInEquals || isAnswer ? 0 : CChar(UInt8(ascii: " ")))
    let matches = rl_completion_matches(text) { _, state in
        ReadlineState.shared.candidate(Int(state)).flatMap { strdup($0) }
    }
    // Answers may begin otherwise than what was typed, as states' codes do: what they have in common must not take its place.
    if isAnswer, candidates.count > 1, let text, let matches, let common = matches[0],
        !String(cString: common).lowercased().hasPrefix(String(cString: text).lowercased())
    {
        free(common)
        matches[0] = strdup(text)
    }
    return matches
}
