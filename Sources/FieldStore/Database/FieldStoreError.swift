/// What went wrong with a station's database, for a program by its code and for a person by its message.
///
/// Whatever the code, the operation that threw changed nothing: each is one transaction. A message never holds what was keyed.
public struct FieldStoreError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        // The file.
        case notADatabase, otherApplication, newer, damaged, diskFull, readOnly, inUse, unavailable
        // Enrolment.
        case notEnrolled, alreadyEnrolled, wrongCentre, revoked
        // What an operation was asked for.
        case unknownPromotion, unknownEntry, unknownField, unknownBatch, unknownChange, unknownOperator
        case closedBatch, unbalancedBatch, sameOperator, erased, noConflict, nothingToUndo, invalid, limit
        // Who may.
        case wrongPIN, locked
        // Emptying the file.
        case unsentWork
        // What the centre sent.
        case badPage, pageOutOfPlace
    }

    public var code: Code
    /// The database file.
    public var path: String
    /// Whole sentences: what happened, what is safe, what to do next.
    public var message: String
    /// What another library reported, where that is the cause; for a log, not for a person.
    public var underlying: (any Error)?

    public init(_ code: Code, path: String, message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.underlying = underlying
    }
}

extension FieldStoreError: CustomStringConvertible {
    public var description: String { message }
}
