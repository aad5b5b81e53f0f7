import EntryModel
import FieldStore
import FieldSync

/// Makes the open file a station of the centre that gave out the code.
enum Enrolment {
    /// - Throws: `FieldStoreError` when the file is a station already; what the road and the centre throw.
    @MainActor
    static func run(_ desk: Desk, _ code: EnrolmentCode) async throws -> Report {
        let connection = try desk.connect(code.url)
        let engine = SyncEngine(database: desk.database, transport: connection.transport, surroundings: desk.surroundings)
        do {
            try await engine.enrol(code: code)
        } catch {
            try await connection.close()
            if case EnrolmentError.unreachable(let failure) = error, let advice = ConnectionAdvice.sentence(failure.code.rawValue) {
                throw CommandFailure("\(error) \(advice)")
            }
            throw error
        }
        try await connection.close()
        guard let identity = try desk.database.identity else {
            throw CommandFailure("The centre's answer did not enrol this file. Try again with the same code.")
        }
        return Report(
            StyledText("Enrolled as station \(identity.name) of client \(identity.vault).", .good),
            [
                ("station", .string(identity.station.description)), ("name", .string(identity.name)), ("client", .string(identity.vault)),
                ("url", .string(identity.url)),
            ])
    }
}
