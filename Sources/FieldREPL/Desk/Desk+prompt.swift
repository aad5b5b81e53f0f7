import EntryModel
import FieldStore

extension Desk {
    /// The prompt: promotion, batch, next envelope, what waits for a decision, what is unsent, and how the last sync went.
    var prompt: StyledText {
        var prompt = StyledText("fieldentry", .dim)
        if let promotion { prompt += " " + StyledText(promotion.id, .strong) }
        if let batch {
            prompt += " " + StyledText("\(batch.label) #\(batch.envelope)\(batch.expected.map { "/\($0)" } ?? "")", .good)
        }
        // A file that cannot be read says so at the next command, not in its prompt.
        if let state = try? database.syncState() { prompt += standing(state) }
        return prompt + "> "
    }

    /// Nothing while all that was ever made is at the centre and nobody has synced yet, as in a new file.
    private func standing(_ state: SyncState) -> StyledText {
        var parts: [StyledText] = []
        if state.conflicts > 0 {
            let isMore = state.conflicts >= SyncState.countedConflicts
            let count = isMore ? "\(SyncState.countedConflicts)+ conflicts" : Plural.of(state.conflicts, "conflict")
            parts.append(StyledText(count, .error))
        }
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
