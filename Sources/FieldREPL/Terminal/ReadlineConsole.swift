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
/// of it that is changed while it is shown stays changed there, and so a value could reach the history file.
final class ReadlineConsole: LineReading {
    private struct Pending {
        var request: LineRequest
        var prompt: String
        var reply: CheckedContinuation<LineInput, Never>
    }

    private let pending = Mutex<Pending?>(nil)
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
    /// The thread: one line at a time, until the program ends.
    private func run(events: Int32) {
        fieldentry_readline_prepare(completeReadlineWord)
        var asking: Pending?
        while true {
            var descriptors = [pollfd(fd: events, events: Int16(POLLIN), revents: 0)]
            if asking != nil { descriptors.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
            let ready = poll(&descriptors, nfds_t(descriptors.count), -1)
            if ready < 0, errno != EINTR { return }
            guard ready > 0 else { continue }
            if descriptors[0].revents != 0 { handleEvent(from: events, &asking) }
            guard let pending = asking, descriptors.count == 2, descriptors[1].revents != 0 else { continue }
            rl_callback_read_char()
            if let input = ReadlineState.shared.takeInput() {
                asking = nil
                pending.reply.resume(returning: input)
            }
        }
    }

    private func handleEvent(from events: Int32, _ asking: inout Pending?) {
        switch SignalPipe.receive(from: events) {
        case nil: return
        case .request:
            guard asking == nil else { return }
            asking = pending.withLock { pending in
                defer { pending = nil }
                return pending
            }
            if let asking { begin(asking) }
        case .interrupt:
            guard let pending = asking else {
                onInterrupt.withLock { $0 }?()
                return
            }
            asking = nil
            print("^C")
            rl_callback_sigcleanup()
            rl_callback_handler_remove()
            pending.reply.resume(returning: .interrupted)
        case .resume:
            if asking != nil { fieldentry_readline_redisplay_after_stop() }
        case .terminate: end(SIGTERM, asking)
        case .hangUp: end(SIGHUP, asking)
        }
    }

    private func begin(_ pending: Pending) {
        clear_history()
        for line in pending.request.history { add_history(line) }
        ReadlineState.shared.begin(pending.request.completion)
        rl_callback_handler_install(pending.prompt) { line in ReadlineState.shared.finish(line) }
        if !pending.request.initial.isEmpty {
            rl_insert_text(pending.request.initial)
            rl_redisplay()
        }
    }

    /// Leaves the terminal as it was and ends the program as the signal would have; what was done is in the file already.
    private func end(_ number: Int32, _ asking: Pending?) {
        if asking != nil { rl_callback_handler_remove() }
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
    }

    static let shared = ReadlineState()
    private let content = Mutex(Content())

    func begin(_ completion: Completion) {
        content.withLock { $0 = Content(completion: completion) }
    }

    func finish(_ line: UnsafeMutablePointer<CChar>?) {
        // Readline shows its prompt again unless it is told at once that the line is done.
        rl_callback_handler_remove()
        let input = line.map { LineInput.line(String(cString: $0)) } ?? .end
        // With bracketed paste, readline ends the line of a Ctrl-D itself.
        if line == nil, String(cString: rl_variable_value("enable-bracketed-paste")) != "on" { print() }
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
    fieldentry_readline_completion_suffix(endsInEquals ? 0 : CChar(UInt8(ascii: " ")))
    return rl_completion_matches(text) { _, state in
        ReadlineState.shared.candidate(Int(state)).flatMap { strdup($0) }
    }
}
