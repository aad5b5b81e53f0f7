import EntryModel
import FieldStore

extension Desk {
    /// Takes the names of what has come into the look-ups, so that whoever looks for one next does not have to wait for that.
    ///
    /// What is not taken in, because a person stops it, the next `find` takes in by itself.
    func indexNames() async throws {
        let all = try database.dueLookUps()
        guard all > 0 else { return }
        let progress = WorkProgress("Indexing names", counting: "entry", began: surroundings.now())
        var done = 0
        while try !database.indexLookUps(portion: 2000) {
            done += 2000
            output.progress(progress.line(min(done, all), share: Double(done) / Double(all), now: surroundings.now()))
            // Lets a Ctrl-C come through.
            await Task.yield()
            if Task.isCancelled { break }
        }
        output.clearProgress()
    }

    /// The same beside a person's work: so little at a time that nobody feels it at the keys.
    func indexNamesAside() async throws {
        while try !database.indexLookUps(portion: 100) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
