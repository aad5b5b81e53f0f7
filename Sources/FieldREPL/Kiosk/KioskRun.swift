import EntryModel
import FieldStore

/// A locked form for whoever comes along: entry after entry, until the operator who began it ends it with the PIN.
///
/// Nothing is on disk before an entry is whole: a person who leaves in the middle, or is too young, leaves nothing behind.
@MainActor
struct KioskRun {
    let desk: Desk
    let reader: any LineReading
    let promotion: Promotion
    let person: Desk.SignedIn
    let idleSeconds: Int

    /// Typed instead of an answer, asks for the PIN.
    nonisolated static let leaving = "#leave"

    /// - Returns: How many entries were taken.
    func run() async -> Int {
        var entries = 0
        var notice: StyledText?
        while true {
            let check = FormCheck(promotion: promotion, postal: desk.postal)
            var form = KioskForm(check: check, postal: desk.postal, today: desk.today(for: promotion))
            switch await fill(&form, notice) {
            case .left:
                desk.output.wipe()
                return entries
            case .abandoned: notice = nil
            case .tooYoung:
                notice = StyledText("Thank you. You have to be \(promotion.minimumAge ?? 0) or older to enter; nothing was kept.", .warning)
            case .filled:
                notice = store(form.values)
                if notice == nil {
                    entries += 1
                    notice = StyledText("Thank you, your entry is in.", .good)
                }
            }
        }
    }

    private enum Outcome { case filled, abandoned, tooYoung, left }

    private func fill(_ form: inout KioskForm, _ notice: StyledText?) async -> Outcome {
        begin(notice)
        while true {
            for line in form.explanation { desk.output.line(StyledText("  \(line)")) }
            var request = LineRequest(prompt: form.prompt)
            // Before the first answer there is nothing to be forgotten.
            request.idleSeconds = form.isFresh && notice == nil ? LineRequest.never : idleSeconds
            switch await reader.read(request) {
            case .interrupted, .idle: return .abandoned
            case .end:
                // Ctrl-D is no way out; a terminal that is gone is.
                guard TerminalSize.isTerminalInput else { return .left }
                return .abandoned
            case .line(Self.leaving):
                if await mayLeave() { return .left }
                return .abandoned
            case .line(let line):
                switch form.take(line) {
                case .ask: continue
                case .again(let why): desk.output.line(StyledText("  \(why)", .warning))
                case .tooYoung: return .tooYoung
                case .finished: return .filled
                }
            }
        }
    }

    /// Wipes what the person before left on the screen.
    private func begin(_ notice: StyledText?) {
        desk.output.wipe()
        if let notice {
            desk.output.line(notice)
            desk.output.line("")
        }
        desk.output.line(StyledText(promotion.name, .strong))
        desk.output.line(StyledText("Answer and press Enter; < goes back. Nothing is kept before the last answer.", .dim))
        desk.output.line("")
    }

    /// - Returns: `nil` when the entry is stored; else what to say.
    private func store(_ values: [(field: String, keyed: Keyed)]) -> StyledText? {
        do {
            _ = try desk.database.capture(Capture(promotion: promotion.id, channel: .kiosk, values: values), by: person.id)
            return nil
        } catch {
            return StyledText("Sorry, your entry could not be stored. Please tell the staff: \(CommandRunner.text(of: error))", .error)
        }
    }

    /// Only the PIN of who began it, or a supervisor's, ends it.
    private func mayLeave() async -> Bool {
        let request = LineRequest(prompt: StyledText("PIN of \(person.name): "), isSecret: true, idleSeconds: idleSeconds)
        guard case .line(let pin) = await reader.read(request) else { return false }
        do {
            desk.become(try desk.database.signIn(person.name, pin: pin.trimmed))
            return true
        } catch {
            desk.output.line(StyledText(CommandRunner.text(of: error), .error))
            return false
        }
    }
}
