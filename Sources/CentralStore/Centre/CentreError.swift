public import EntryModel

/// Why an administration command was refused or failed; each with a sentence for the person at the centre.
public enum CentreError: Error, Sendable {
    /// The name is no client id.
    case badClientID(String)
    case clientExists(String)
    case unknownClient(String)
    case unknownPromotion(String, client: String)
    case unknownStation(UniqueID)
    case unknownEntry(UniqueID)
    case unknownField(String, promotion: String)
    /// The field has one value, or equal ones: there is nothing to decide.
    case noConflict(UniqueID, field: String)
    /// The change named is no head of the field.
    case noHead(Digest, field: String)
    /// The choice does not fit the field: `$void` is decided by `.void` or `.keep`, other fields by a head or a value.
    case wrongChoice(field: String)
    /// Every fault of a promotion's document.
    case document(PromotionFaults)
    /// No promotion was named and the client has none that is open.
    case nothingToAssign(client: String)
    /// No address was given and none was recorded by a server.
    case noAddress
    /// The change would pass a limit of the protocol.
    case limit(ChangeError)
    /// The catalog is shared by several machines, and a file would be found by one of them only.
    case notShared(client: String)
    /// A name is empty or longer than 100 characters.
    case badName(String)
    /// The name is no id of an account.
    case badStaffID(String)
    /// The id is an account's, or was one's.
    case staffExists(String)
    case unknownStaff(String)
    /// An account without any role.
    case noGrant(String)
    /// The purpose of a read is too short, too long, or has line breaks.
    case badPurpose
    /// The quarantine has no such change; what was decided about it, if anything.
    case notInQuarantine(String, String?)
    /// A change in the quarantine, by its number, that cannot be merged, and why.
    case cannotRelease(Int64, String)
    /// There is no promotion at all, under whose documents a rejection could stand.
    case noPromotion(client: String)
    /// The table of ZIP codes, which checks typed values, is missing or damaged.
    case postalTable(PostalTableError)
    /// The data directory cannot be used.
    case directory(path: String, reason: String)
    /// The file belongs to a newer version of this program.
    case newerSchema(path: String)
    /// The database failed; nothing of the action was stored.
    case storage(SQLFailure)
}

extension CentreError: CustomStringConvertible {
    /// What happened, to what, and what to do next.
    public var description: String {
        switch self {
        case .badClientID(let id):
            "\"\(id)\" cannot be a client's id: use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter."
        case .clientExists(let id): "There is a client \"\(id)\" already; nothing was changed."
        case .unknownClient(let id): "There is no client \"\(id)\" here. Add it first, or look for the name in the list of clients."
        case .unknownPromotion(let id, let client):
            "The client \"\(client)\" has no promotion \"\(id)\". Put its document first."
        case .unknownStation(let id): "No station \(id) is enrolled for this client."
        case .unknownEntry(let id): "There is no entry \(id) in this client's store."
        case .unknownField(let field, let promotion): "The form of the promotion \"\(promotion)\" has no field \"\(field)\"."
        case .noConflict(let entry, let field): "Entry \(entry) has no conflict in \"\(field)\": nothing was changed."
        case .noHead(let change, let field):
            "Change \(change) is not one of the values that stand in \"\(field)\" now. Look at the conflict again; nothing was changed."
        case .wrongChoice(let field):
            field == "$void"
                ? "A contested void is decided by voiding or keeping the entry; nothing was changed."
                : "Take one of the values that stand in \"\(field)\", or give another; nothing was changed."
        case .document(let faults): faults.description
        case .nothingToAssign(let client):
            "The client \"\(client)\" has no open promotion. Put a promotion's document first, or name the promotions."
        case .noAddress: "The centre's address is not known yet: start the server once, or give the address."
        case .notShared(let client):
            "The catalog is in PostgreSQL, where other machines find it, so the vault of \(client) cannot be a file. Name a PostgreSQL database."
        case .limit(let error): "The change is over a limit (\(error)); nothing was changed."
        case .badName(let name): name.isEmpty ? "A name is needed." : "The name is longer than 100 characters."
        case .badStaffID(let id):
            "\"\(id)\" cannot be an account's id: use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter. Nothing was changed."
        case .staffExists(let id):
            "\"\(id)\" is an account's id already, or was one's; ids are not given out again. Nothing was changed."
        case .unknownStaff(let id): "There is no account \"\(id)\". Nothing was changed; look for it in the list of accounts."
        case .noGrant(let id): "The account \"\(id)\" needs a role. Nothing was changed."
        case .badPurpose: "The purpose of reading people's data is 3 to \(Centre.longestPurpose) characters on one line. Nothing was shown."
        case .notInQuarantine(let name, let decision):
            decision.map { "Change \(name) is no longer in the quarantine: it was \($0). Nothing was changed." }
                ?? "There is no change \(name) in the quarantine. Look at the list again; a change may have gone on by itself."
        case .cannotRelease(let number, let reason): "Change \(number) cannot be released. \(reason) It stays in the quarantine."
        case .noPromotion(let client):
            "The client \"\(client)\" has no promotion yet, and a rejection stands in a promotion's feed. Put a document first."
        case .postalTable(let error): "The table of ZIP codes cannot be read: \(error). Nothing was changed."
        case .directory(let path, let reason): "The folder \(path) cannot be used: \(reason)."
        case .newerSchema(let path): "\(path) was written by a newer version of this program. Update the program; the file was not touched."
        case .storage(let failure): "The database refused: \(failure). Nothing of this action was stored; it can be tried again."
        }
    }
}
