import EntryModel
import GRDB

extension FieldDatabase {
    /// Wrong PINs after which none is taken for a minute.
    public static let wrongPINs = 5
    static let lockMilliseconds: Int64 = 60_000

    /// Lets a person in by name and PIN.
    ///
    /// An attempt is counted before the PIN is looked at, so that a program that is killed over it gives no free one away. After five wrong
    /// ones nobody gets in under that name for a minute, whichever program asks.
    ///
    /// - Parameters:
    ///   - pin: `nil` when none was given; enough while nobody at this station has a PIN, and then new names are taken as well.
    /// - Throws: `unknownOperator`, `wrongPIN`, `locked`.
    public func signIn(_ name: String, pin: String?) throws -> Operator {
        guard try asksForPIN() else {
            let id = try operatorID(named: name)
            guard let person = try operators().first(where: { $0.id == id }), !person.isRemoved else { throw noEntry() }
            return person
        }
        let name = try cleaned(name)
        let attempt = try beginAttempt(name)
        let matches: Bool
        do {
            matches = try PIN.matches(pin ?? "", attempt.sealed)
        } catch {
            throw FieldStoreError(.unavailable, path: path, message: "The PIN could not be compared. Try again.", underlying: error)
        }
        guard matches else { throw wrong(name, left: attempt.left) }
        return try unlockOperator(name)
    }

    /// Counts an attempt.
    /// - Returns: What the PIN is compared with, and how many more wrong ones there may be.
    private func beginAttempt(_ name: String) throws -> (sealed: [UInt8], left: Int) {
        let now = surroundings.now()
        return try write { database in
            guard let person = try Self.find(name, database), !person.isRemoved, person.hasPIN else { throw noEntry() }
            var wrong = try database.integer("SELECT wrong FROM operator WHERE id = ?", [.text(person.id)])
            if let until = person.lockedUntil {
                // A clock that was put back must not make a long wait of a minute.
                if until > now, until - now <= Self.lockMilliseconds { throw locked(name, milliseconds: until - now) }
                wrong = 0
            }
            wrong += 1
            let isLast = wrong >= Int64(Self.wrongPINs)
            try database.run(
                "UPDATE operator SET wrong = ?, locked_until = ? WHERE id = ?",
                [.integer(wrong), isLast ? .integer(now + Self.lockMilliseconds) : .null, .text(person.id)])
            let sealed = try database.first("SELECT pin FROM operator WHERE id = ?", [.text(person.id)]) { $0.blob(0) }
            return (sealed ?? [], Self.wrongPINs - Int(wrong))
        }
    }

    private func noEntry() -> FieldStoreError {
        failure(
            .unknownOperator,
            "Nobody of that name may sign in at this station. A supervisor adds people with `operator --add NAME`. Check how it is written."
        )
    }

    private func wrong(_ name: String, left: Int) -> FieldStoreError {
        guard left > 0 else { return locked(name, milliseconds: Self.lockMilliseconds) }
        return failure(
            .wrongPIN,
            "That is not the PIN of \(name). \(left == 1 ? "One more wrong one" : "\(left) more wrong ones") and it is locked for a minute."
        )
    }

    private func locked(_ name: String, milliseconds: Int64) -> FieldStoreError {
        failure(
            .locked,
            "After \(Self.wrongPINs) wrong PINs none of \(name) is taken for another \((milliseconds + 999) / 1000) seconds. "
                + "Everything keyed is safe in the file. A supervisor ends this with `operator --unlock NAME`.")
    }
}
