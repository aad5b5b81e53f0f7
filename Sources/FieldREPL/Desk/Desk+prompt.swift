import EntryModel
import FieldStore

extension Desk {
    /// The prompt: promotion, batch, next envelope, what waits for a decision, what is unsent, and how the last sync went.
    ///
    /// Where that would leave little of a narrow terminal's line, what is typed has the next line to itself, and the program's name is left
    /// out.
    var prompt: StyledText {
        let name = StyledText("fieldentry", .dim)
        var prompt: StyledText = ""
        if let promotion { prompt += " " + StyledText(promotion.id, .strong) }
        if let batch {
            prompt += " " + StyledText("\(batch.label) #\(batch.envelope)\(batch.expected.map { "/\($0)" } ?? "")", .good)
        }
        // A file that cannot be read says so at the next command, not in its prompt.
        if let state = try? database.syncState(for: person?.id) { prompt += standing(state) }
        if let columns = output.columns, promotion != nil, name.width + prompt.width > columns - Self.typingWidth {
            prompt.spans.removeFirst()
            return prompt + "\n> "
        }
        return name + prompt + "> "
    }

    /// So many columns a command wants at least.
    private static let typingWidth = 12

    /// What came since this person last looked, and of how many, where there were some before.
    private static func conflicts(_ state: SyncState) -> String {
        func count(_ number: Int) -> String { number >= SyncState.countedConflicts ? "\(SyncState.countedConflicts)+" : "\(number)" }
        let noun = state.conflicts == 1 ? "conflict" : "conflicts"
        let isAll = state.newConflicts == state.conflicts
        return isAll ? "\(count(state.newConflicts)) new \(noun)" : "\(count(state.newConflicts)) new of \(count(state.conflicts)) \(noun)"
    }

    /// Nothing while all that was ever made is at the centre and nobody has synced yet, as in a new file.
    private func standing(_ state: SyncState) -> StyledText {
        var parts: [StyledText] = []
        if state.newConflicts > 0 { parts.append(StyledText(Self.conflicts(state), .error)) }
        if state.unsent > 0 { parts.append(StyledText("\(state.unsent) unsent", .warning)) }
        if let failure = state.lastFailure {
            parts.append(StyledText("sync failed \(Moment.short(failure, now: surroundings.now()))", .error))
        } else if let sync = state.lastSync {
            parts.append(StyledText("synced \(Moment.short(sync, now: surroundings.now()))", .dim))
        } else if state.unsent > 0 {
            parts.append(StyledText("never synced", .warning))
        }
        if state.watchSeconds != nil, state.isPaused { parts.append(StyledText("sync paused", .warning)) }
        return parts.isEmpty ? "" : " (" + parts.joined(", ") + ")"
    }
}
