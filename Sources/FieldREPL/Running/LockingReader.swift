import FieldStore

/// Locks the desk when nobody has pressed a key for a while: the screen is wiped, and only the PIN of who is signed in goes on.
///
/// Whoever asked for a line notices nothing of it: what stood in the line stands there again afterwards.
@MainActor
final class LockingReader: LineReading {
    private let reader: any LineReading
    /// Whose desk it is; the desk has this reader.
    weak var desk: Desk?

    init(_ reader: any LineReading) {
        self.reader = reader
    }

    @MainActor func read(_ request: LineRequest) async -> LineInput {
        var request = request
        // Whoever asks with a time of its own has a use of its own for it.
        let isLocking = request.idleSeconds == nil && !request.isSecret
        while true {
            if isLocking { request.idleSeconds = idleSeconds }
            let input = await reader.read(request)
            guard isLocking, case .idle(let typed) = input, let desk, let person = desk.person, person.hasPIN else { return input }
            guard await unlock(desk, person.name) else { return .end }
            request.initial = typed
        }
    }

    /// `nil` while there is no PIN to unlock with.
    private var idleSeconds: Int? {
        guard let desk, desk.person?.hasPIN == true, let minutes = try? desk.database.idleMinutes(), minutes > 0 else { return nil }
        return minutes * 60
    }

    /// - Returns: `false` when the person rather leaves; everything keyed is in the file.
    private func unlock(_ desk: Desk, _ name: String) async -> Bool {
        desk.output.wipe()
        desk.output.line(StyledText("Locked. Everything keyed is in the file; Ctrl-D ends the program.", .warning))
        while true {
            let prompt = StyledText("PIN of \(name): ")
            switch await reader.read(LineRequest(prompt: prompt, isSecret: true)) {
            case .end: return false
            case .interrupted, .idle: continue
            case .line(let line):
                do {
                    desk.become(try desk.database.signIn(name, pin: line.trimmed))
                    desk.output.wipe()
                    return true
                } catch {
                    desk.output.line(StyledText(CommandRunner.text(of: error), .error))
                }
            }
        }
    }
}
