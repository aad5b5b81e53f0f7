import EntryModel

/// A vault's tables, version by version; a version that has shipped is never changed.
///
/// Rows refer to each other by small numbers that are given under the vault's lock, so that tables grow at their end. There are no foreign
/// keys: nothing is deleted that others refer to, and checking them would cost as much as the rows themselves.
enum VaultSchema {
    static func migrate(_ sql: any SQLTransaction, _ dialect: SQLDialect, client: String, path: String) throws {
        try Schema.migrate(sql, path: path, versions: [{ try version1($0, dialect, client: client) }, { try version2($0, dialect) }])
        let owner = try sql.map("SELECT client FROM vault") { $0.text(0) }.first
        guard owner == client else { throw SQLFailure(.damaged, "\(path) is the vault of another client") }
    }

    private static func version1(_ sql: any SQLTransaction, _ dialect: SQLDialect, client: String) throws {
        for (name, columns) in tables1 { try sql.execute(dialect.table(name, columns), []) }
        for (name, columns) in keyedTables1 { try sql.execute(dialect.table(name, columns, isKeyed: true), []) }
        for index in indexes1 { try sql.execute(index, []) }
        try sql.execute(
            """
            INSERT INTO vault (number, client, position, digest, revision, entry, batch, change, quarantined, quarantine, erased, rejected, \
            moment, indexed) VALUES (1, ?, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            """, [.text(client), .blob(FeedDigest.start(vault: client).bytes)])
    }

    /// What stations without network send by file.
    private static func version2(_ sql: any SQLTransaction, _ dialect: SQLDialect) throws {
        for (name, columns) in tables2 { try sql.execute(dialect.table(name, columns), []) }
        for index in indexes2 { try sql.execute(index, []) }
    }

    private static let tables1 = [
        (
            // One row: the feed's end, the last number given in each table, how many changes are in quarantine and rejected, and entries erased,
            // the last change in `change_id`, and where the vault is now, if a move has left this one behind.
            "vault",
            """
            number INTEGER PRIMARY KEY, client TEXT NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL, \
            revision INTEGER NOT NULL, entry INTEGER NOT NULL, batch INTEGER NOT NULL, change INTEGER NOT NULL, \
            quarantined INTEGER NOT NULL, quarantine INTEGER NOT NULL, erased INTEGER NOT NULL, rejected INTEGER NOT NULL, \
            moment INTEGER NOT NULL, indexed INTEGER NOT NULL, moved TEXT
            """
        ),
        (
            "station",
            """
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL, signing_key BLOB NOT NULL, \
            agreement_key BLOB NOT NULL, enrolled INTEGER NOT NULL, revoked INTEGER, seen INTEGER, trouble TEXT, troubled INTEGER
            """
        ),
        (
            "epoch",
            """
            number INTEGER PRIMARY KEY, station INTEGER NOT NULL, id BLOB NOT NULL, forked_from BLOB, began INTEGER NOT NULL, \
            sequence INTEGER NOT NULL, chain BLOB NOT NULL, UNIQUE (station, id)
            """
        ),
        (
            // What one push added to an epoch: the chain before it and the ids, from which the chain at any sequence follows.
            "link",
            """
            epoch INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, received INTEGER NOT NULL, chain BLOB NOT NULL, \
            ids BLOB NOT NULL, PRIMARY KEY (epoch, first)
            """
        ),
        ("promotion", "number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE"),
        (
            "document",
            """
            promotion INTEGER NOT NULL, version INTEGER NOT NULL, change INTEGER NOT NULL, line BLOB NOT NULL, \
            PRIMARY KEY (promotion, version)
            """
        ),
        (
            // Nothing of a person stands here: values live in the bodies of changes only.
            "entry",
            """
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, promotion INTEGER NOT NULL, batch TEXT, envelope INTEGER, card INTEGER, \
            channel TEXT, void INTEGER NOT NULL, erased INTEGER NOT NULL, conflicts INTEGER NOT NULL, changes INTEGER NOT NULL
            """
        ),
        (
            "batch",
            """
            number INTEGER PRIMARY KEY, promotion INTEGER NOT NULL, label TEXT NOT NULL, conflicts INTEGER NOT NULL, \
            changes INTEGER NOT NULL, UNIQUE (promotion, label)
            """
        ),
        (
            "change",
            """
            number INTEGER PRIMARY KEY, id BLOB NOT NULL, promotion INTEGER NOT NULL, entry INTEGER, batch INTEGER, epoch INTEGER, \
            sequence INTEGER, received INTEGER NOT NULL, header BLOB NOT NULL, body BLOB NOT NULL
            """
        ),
        ("feed_key", "number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE"),
        (
            // `change` of a change row, `entry` of a leave row. Epoch and sequence only where the maker need not get its own line back.
            "feed",
            """
            position INTEGER PRIMARY KEY, feed_key INTEGER NOT NULL, change INTEGER, entry INTEGER, epoch INTEGER, sequence INTEGER, \
            digest BLOB NOT NULL
            """
        ),
        (
            "quarantine",
            """
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, station INTEGER NOT NULL, epoch INTEGER NOT NULL, \
            sequence INTEGER NOT NULL, subject TEXT, promotion TEXT, problem TEXT NOT NULL, received INTEGER NOT NULL, \
            header BLOB NOT NULL, body BLOB NOT NULL
            """
        ),
        // What staff decided about a change that was in quarantine under this number.
        ("decision", "number INTEGER PRIMARY KEY, id BLOB NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL"),
        // The targets of all `reject` changes in the log: what comes under such an id is kept and never merged.
        ("rejected", "target BLOB PRIMARY KEY, change INTEGER NOT NULL"),
        // Where the feed stood at a time, about once an hour: what is old enough to be called durable.
        ("milestone", "at INTEGER PRIMARY KEY, position INTEGER NOT NULL"),
    ]

    private static let keyedTables1 = [
        ("assignment", "station INTEGER NOT NULL, promotion TEXT NOT NULL, PRIMARY KEY (station, promotion)"),
        ("membership", "entry INTEGER NOT NULL, feed_key INTEGER NOT NULL, PRIMARY KEY (entry, feed_key)"),
        ("entitlement", "station INTEGER NOT NULL, feed_key INTEGER NOT NULL, PRIMARY KEY (station, feed_key)"),
        // What stations have proved that they were given before a restore.
        ("reach", "station INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (station, entry)"),
        // What was rejected before it was merged, by what it was about: it is of no subject in `change`, and an erasure has to find it.
        ("archived", "subject TEXT NOT NULL, change INTEGER NOT NULL, PRIMARY KEY (subject, change)"),
        // The first eight bytes of changes' ids; see `ChangeIndex`.
        ("change_id", "prefix INTEGER NOT NULL, change INTEGER NOT NULL, PRIMARY KEY (prefix, change)"),
    ]

    private static let indexes1 = [
        "CREATE INDEX link_received ON link (epoch, received, last)",
        "CREATE INDEX entry_conflict ON entry (number) WHERE conflicts > 0",
        // What is of no entry and no batch here: documents, rejects that name no subject, and what was rejected in quarantine.
        "CREATE UNIQUE INDEX change_alone ON change (id) WHERE entry IS NULL AND batch IS NULL",
        "CREATE INDEX change_entry ON change (entry) WHERE entry IS NOT NULL",
        "CREATE INDEX change_batch ON change (batch) WHERE batch IS NOT NULL",
        "CREATE INDEX feed_position ON feed (feed_key, position)",
        "CREATE INDEX feed_leave ON feed (entry) WHERE entry IS NOT NULL",
        "CREATE INDEX quarantine_subject ON quarantine (subject)",
        "CREATE INDEX quarantine_promotion ON quarantine (promotion)",
    ]

    private static let tables2 = [
        (
            // Pushes out of bundles that are not taken yet; when they were, for those that were since, whose lines are gone.
            "parked",
            """
            number INTEGER PRIMARY KEY, station INTEGER NOT NULL, epoch BLOB NOT NULL, after_sequence INTEGER NOT NULL, \
            changes INTEGER NOT NULL, reason TEXT NOT NULL, reference BLOB NOT NULL UNIQUE, received INTEGER NOT NULL, taken INTEGER, \
            line BLOB NOT NULL, lines BLOB NOT NULL
            """
        ),
        (
            // Requests that came by file, for the receipts: their first lines, and the ids of their changes.
            "asked",
            """
            number INTEGER PRIMARY KEY, station INTEGER NOT NULL, kind TEXT NOT NULL, reference BLOB NOT NULL UNIQUE, \
            received INTEGER NOT NULL, line BLOB NOT NULL, ids BLOB NOT NULL, refused BLOB NOT NULL
            """
        ),
    ]

    private static let indexes2 = [
        "CREATE INDEX parked_waiting ON parked (station) WHERE taken IS NULL",
        "CREATE INDEX asked_station ON asked (station, number)",
    ]
}
