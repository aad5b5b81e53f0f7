import EntryModel
import FieldStore

/// Asks a person for one card, field by field. Each answer is on disk when its Enter is taken: a power cut costs the field being typed.
@MainActor
struct CardKeying {
    enum Outcome {
        case captured(Captured, unseen: [Finding])
        /// Another card of the envelope before, not the first of this one.
        case sameEnvelope
        /// Nothing was answered.
        case nothing
        /// The card was given up; nothing of it is kept.
        case dropped
        /// The card is kept as a draft.
        case setAside(answered: Int)
    }

    let desk: Desk
    let reader: any LineReading
    let promotion: Promotion
    let operatorID: String

    /// - Parameters:
    ///   - draft: The card as it stands: its place, and what was answered before.
    ///   - remarks: Said before the first field is asked for.
    func key(_ draft: Draft, remarks: [StyledText]) async throws -> Outcome {
        var form = KeyingForm(
            check: FormCheck(promotion: promotion, postal: desk.postal), postal: desk.postal, last: desk.lastTexts, begun: draft.values,
            today: desk.today(for: promotion))
        guard !form.fields.isEmpty else { throw CommandFailure("The form of \(promotion.id) has no fields to be keyed.") }
        begin(draft, form, remarks)
        var draft = draft
        var shown: [Finding] = []
        while true {
            if let choice = form.cityChoice { desk.output.line(StyledText("    " + choice, .dim)) }
            let field = form.field
            let request = LineRequest(prompt: form.prompt, completion: FieldHint.completion(field, cities: form.cities))
            let asked = desk.surroundings.now()
            guard case .line(let line) = await reader.answer(request) else {
                return form.isFresh ? .nothing : .setAside(answered: form.values.count)
            }
            draft.effort.add(line: line, milliseconds: desk.surroundings.now() - asked)
            let wasFresh = form.isFresh
            let step = form.take(line)
            switch step {
            case .ask(let findings), .again(let findings), .finished(let findings):
                if !form.isFresh {
                    draft.values = form.values
                    try desk.database.saveDraft(draft)
                }
                let isAgain = if case .again = step { true } else { false }
                for finding in findings where isAgain || !shown.contains(finding) {
                    show(finding, isAgain ? " Enter keeps it so, ! says why." : "")
                }
                // Going back and answering again may find something else.
                shown.removeAll { $0.field == field.id }
                shown += findings
                if case .finished = step {
                    desk.lastTexts = form.repeatableTexts
                    return try capture(draft, shown)
                }
            case .help: for line in FieldHint.help(field) { desk.output.line(line) }
            case .refused(let message): desk.output.line(StyledText("    \(message)", .warning))
            case .sameEnvelope: return .sameEnvelope
            case .stopped:
                guard !wasFresh else { return .nothing }
                try desk.database.discardDraft(promotion: promotion.id)
                return .dropped
            }
        }
    }

    /// Says where the card lies and what is answered already.
    private func begin(_ draft: Draft, _ form: KeyingForm, _ remarks: [StyledText]) {
        let heading = draft.place.map { EntryText.place($0) } ?? draft.channel.rawValue
        desk.output.line(StyledText(heading, .strong) + StyledText("   ? help, < back, \" last card's, ! flag, . stop", .dim))
        for remark in remarks { desk.output.line(remark) }
        for (field, keyed) in form.values where !keyed.text.isEmpty {
            desk.output.line(StyledText("  \(EntryText.label(field, of: promotion)): ", .dim) + StyledText(keyed.text))
        }
    }

    private func show(_ finding: Finding, _ more: String) {
        desk.output.line(StyledText("    \(finding.message)", FindingText.style(finding.severity)) + StyledText(more, .dim))
    }

    /// Stores the entry; its draft goes with the same transaction.
    private func capture(_ draft: Draft, _ shown: [Finding]) throws -> Outcome {
        let capture = Capture(promotion: draft.promotion, channel: draft.channel, place: draft.place, values: draft.values)
        do {
            let captured = try desk.database.capture(capture, by: operatorID, endsDraft: true, effort: draft.effort)
            if !captured.isKnownCard { desk.lastEntry = captured.entry }
            if let place = draft.place, place.batch == desk.batch?.label { desk.keyed(envelope: place.envelope) }
            return .captured(captured, unseen: captured.findings.filter { !shown.contains($0) })
        } catch let error as FieldStoreError {
            throw CommandFailure(error.message + " What was keyed of the card is kept; `draft` goes on with it.")
        }
    }
}
