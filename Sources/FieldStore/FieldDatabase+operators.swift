import EntryModel
import GRDB

extension FieldDatabase {
    /// The opaque id under which an operator's changes go out, made when the name is first used here.
    ///
    /// Asks for no PIN: a program that lets people in by PIN asks `signIn(_:pin:)`. The first operator of a file is its supervisor, all
    /// others are keyers until a supervisor says otherwise.
    ///
    /// - Parameter name: As the operator signs in. It stays in this file and is sent nowhere.
    /// - Throws: `FieldStoreError.Code.unknownOperator` for an empty name.
    public func operatorID(named name: String) throws -> String {
        let name = try cleaned(name)
        if let known = try read({ try Self.find(name, $0) }) { return known.id }
        return try write { try insert(name, nil, $0) }
    }

    /// The name of an operator of this station; `nil` for those of others.
    public func operatorName(_ id: String) throws -> String? {
        try read { try $0.first("SELECT name FROM operator WHERE id = ?", [.text(id)]) { $0.text(0) } }
    }

    /// Everybody who ever signed in here, by name.
    public func operators() throws -> [Operator] {
        try read { try $0.list("SELECT \(Self.columns) FROM operator ORDER BY name", [], Self.read) }
    }

    static func operatorNames(_ database: Database) throws -> [String: String] {
        var names: [String: String] = [:]
        try database.rows("SELECT id, name FROM operator") { names[$0.text(0)] = $0.text(1) }
        return names
    }

    /// Whether people sign in by PIN at this station: from the first PIN on, all of them do. Before, a name is enough and roles bind nobody.
    public func asksForPIN() throws -> Bool {
        try read { try Self.asksForPIN($0) }
    }

    /// Makes a person an operator.
    ///
    /// - Parameter pin: 4 to 12 digits.
    /// - Throws: `invalid` when the PIN is none, or there is an operator of that name.
    public func addOperator(_ name: String, role: OperatorRole, pin: String) throws -> Operator {
        let name = try cleaned(name)
        let sealed = try sealed(pin)
        return try write { database in
            guard try Self.asksForPIN(database) else {
                throw failure(
                    .invalid, "The first PIN of a station is that of its supervisor. Nothing was changed. Choose your own first.")
            }
            if let known = try Self.find(name, database) {
                guard known.isRemoved || !known.hasPIN else {
                    throw failure(.invalid, "There is an operator of that name. Nothing was changed. Choose another name.")
                }
                try database.run("UPDATE operator SET role = ? WHERE id = ?", [.text(role.rawValue), .text(known.id)])
            } else {
                _ = try insert(name, role, database)
            }
            try Self.store(sealed, name, database)
            return try known(name, database)
        }
    }

    /// Gives a person another PIN, which also ends a lock. The first PIN of a station makes its owner a supervisor.
    /// - Throws: `invalid` when it is none; `unknownOperator`.
    public func setPIN(_ pin: String, of name: String) throws -> Operator {
        let name = try cleaned(name)
        let sealed = try sealed(pin)
        return try write { database in
            _ = try known(name, database)
            if try !Self.asksForPIN(database) {
                try database.run(
                    "UPDATE operator SET role = ? WHERE name = ?", [.text(OperatorRole.supervisor.rawValue), .text(name)])
            }
            try Self.store(sealed, name, database)
            return try known(name, database)
        }
    }

    /// - Throws: `invalid` when no supervisor would be left; `unknownOperator`.
    public func setRole(_ role: OperatorRole, of name: String) throws -> Operator {
        let name = try cleaned(name)
        return try write { database in
            let (before, asked) = (try known(name, database), try Self.asksForPIN(database))
            try database.run("UPDATE operator SET role = ? WHERE id = ?", [.text(role.rawValue), .text(before.id)])
            try checkSupervision(asked, database)
            return try known(name, database)
        }
    }

    /// Lets a person sign in no more. What they keyed stays, under their name; `addOperator` lets them in again.
    /// - Throws: `invalid` when no supervisor would be left; `unknownOperator`.
    public func removeOperator(_ name: String) throws -> Operator {
        let name = try cleaned(name)
        return try write { database in
            let (before, asked) = (try known(name, database), try Self.asksForPIN(database))
            try database.run("UPDATE operator SET removed = 1, pin = NULL WHERE id = ?", [.text(before.id)])
            try checkSupervision(asked, database)
            return try known(name, database)
        }
    }

    /// Ends the minute in which no PIN of this person is taken.
    public func unlockOperator(_ name: String) throws -> Operator {
        let name = try cleaned(name)
        return try write { database in
            let locked = try known(name, database)
            try database.run("UPDATE operator SET wrong = 0, locked_until = NULL WHERE id = ?", [.text(locked.id)])
            return try known(name, database)
        }
    }

    /// Minutes without a key after which a person has to give the PIN again; 0 for never.
    public func idleMinutes() throws -> Int {
        Int(try read { try $0.first("SELECT idle_minutes FROM station") { $0.optionalInteger(0) } ?? nil } ?? 10)
    }

    public func setIdleMinutes(_ minutes: Int) throws {
        _ = try write { try $0.run("UPDATE station SET idle_minutes = ?", [.integer(Int64(minutes))]) }
    }
}

extension FieldDatabase {
    static let columns = "id, name, role, pin IS NOT NULL, locked_until, removed"

    static func read(_ row: SQLRow) throws -> Operator {
        Operator(
            id: row.text(0), name: row.text(1), role: OperatorRole(rawValue: row.text(2)) ?? .keyer, hasPIN: row.integer(3) != 0,
            lockedUntil: row.optionalInteger(4), isRemoved: row.integer(5) != 0)
    }

    static func find(_ name: String, _ database: Database) throws -> Operator? {
        try database.first("SELECT \(columns) FROM operator WHERE name = ?", [.text(name)], read)
    }

    static func asksForPIN(_ database: Database) throws -> Bool {
        try database.integer("SELECT EXISTS (SELECT 1 FROM operator WHERE pin IS NOT NULL)") != 0
    }

    /// A name without blanks at its ends and with single ones inside.
    func cleaned(_ name: String) throws -> String {
        let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !name.isEmpty else { throw failure(.unknownOperator, "An operator needs a name. Nothing was changed.") }
        return name
    }

    func known(_ name: String, _ database: Database) throws -> Operator {
        guard let known = try Self.find(name, database) else {
            throw failure(
                .unknownOperator,
                "No operator of this station has that name. Nothing was changed. A supervisor adds people with `operator --add NAME`.")
        }
        return known
    }

    /// - Parameter role: `nil` for what the first operator of a file and all others have by themselves.
    private func insert(_ name: String, _ role: OperatorRole?, _ database: Database) throws -> String {
        let isFirst = try database.integer("SELECT count(*) FROM operator") == 0
        let id = "op-" + Hex.encode(surroundings.randomBytes(8).prefix(6))
        try database.run(
            "INSERT INTO operator (id, name, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.text(id), .text(name), .text((role ?? (isFirst ? .supervisor : .keyer)).rawValue)])
        return try Self.find(name, database)?.id ?? id
    }

    private func sealed(_ pin: String) throws -> [UInt8] {
        if let fault = PIN.fault(pin) { throw failure(.invalid, "\(fault) Nothing was changed. Choose another.") }
        do {
            return try PIN.sealed(pin, salt: surroundings.randomBytes(16))
        } catch {
            throw FieldStoreError(.unavailable, path: path, message: "The PIN could not be stored. Nothing was changed.", underlying: error)
        }
    }

    private static func store(_ sealed: [UInt8], _ name: String, _ database: Database) throws {
        try database.run(
            "UPDATE operator SET pin = ?, wrong = 0, locked_until = NULL, removed = 0 WHERE name = ?", [.blob(sealed), .text(name)])
    }

    /// Thrown inside a transaction, this undoes it.
    /// - Parameter asked: Whether PINs were asked for before; a station never goes back to names alone.
    private func checkSupervision(_ asked: Bool, _ database: Database) throws {
        let supervisors = try database.integer(
            "SELECT count(*) FROM operator WHERE pin IS NOT NULL AND role = ?", [.text(OperatorRole.supervisor.rawValue)])
        guard !asked || supervisors > 0 else {
            throw failure(
                .invalid, "This is the station's last supervisor with a PIN. Nothing was changed. Make somebody else a supervisor first.")
        }
    }
}
