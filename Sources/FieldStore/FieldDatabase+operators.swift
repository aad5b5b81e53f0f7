import EntryModel
import GRDB

extension FieldDatabase {
    /// The opaque id under which an operator's changes go out, made when the name is first used here.
    ///
    /// - Parameter name: As the operator signs in. It stays in this file and is sent nowhere.
    /// - Throws: `FieldStoreError.Code.invalid` for an empty name.
    public func operatorID(named name: String) throws -> String {
        let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !name.isEmpty else {
            throw failure(.unknownOperator, "An operator needs a name. Nothing was changed.")
        }
        if let known = try read({ try Self.operatorID(name, $0) }) { return known }
        return try write { database in
            let id = "op-" + Hex.encode(surroundings.randomBytes(8).prefix(6))
            try database.run("INSERT INTO operator (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING", [.text(id), .text(name)])
            return try Self.operatorID(name, database) ?? id
        }
    }

    /// The name of an operator of this station; `nil` for those of others.
    public func operatorName(_ id: String) throws -> String? {
        try read { try $0.first("SELECT name FROM operator WHERE id = ?", [.text(id)]) { $0.text(0) } }
    }

    /// Everybody who ever signed in here, by name.
    public func operators() throws -> [(id: String, name: String)] {
        try read { try $0.list("SELECT id, name FROM operator ORDER BY name") { ($0.text(0), $0.text(1)) } }
    }

    static func operatorNames(_ database: Database) throws -> [String: String] {
        var names: [String: String] = [:]
        try database.rows("SELECT id, name FROM operator") { names[$0.text(0)] = $0.text(1) }
        return names
    }

    private static func operatorID(_ name: String, _ database: Database) throws -> String? {
        try database.first("SELECT id FROM operator WHERE name = ?", [.text(name)]) { $0.text(0) }
    }
}
