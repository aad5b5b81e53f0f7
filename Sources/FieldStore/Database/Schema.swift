import GRDB

/// The tables of a station's file, as steps that are frozen once shipped: a later version adds a step, it never edits one.
///
/// Rows refer to each other by small numbers, so that indexes stay small and grow at one end. The log (`change`) is the only place where
/// values live; a row of `entry` or `batch` holds what the merge made of its changes and nothing that a person wrote.
///
/// Changes have no index of their ids, which grows at random places and would cost half as much again as the rest of a capture: a change
/// is found by what it belongs to, of which there are few, or by its sequence.
///
/// A change keeps the digest of its body in clear, so that one whose bytes rotted still has a place in the chain; and the feed's position at
/// which the centre sent it, so that a restored centre gets back what it lost. `unconfirmed` holds the changes that it may have lost.
enum Schema {
    /// "FES1" in the file's header: what makes it one of ours.
    static let applicationID: Int64 = 0x4645_5331

    /// The version that this program writes, and the newest that it reads.
    static var version: Int64 { Int64(steps.count) }

    /// The step at index n takes a file from version n to n + 1.
    static let steps = [version1, version2, version3, version4, version5, version6, version7, version8, version9, version10]

    /// Brings the tables to the last version that the steps lead to, in one transaction.
    /// - Throws: `DatabaseError`; the file then stays at the version it had.
    static func migrate(_ database: Database, by steps: [String] = steps) throws {
        let found = Int(try database.integer("PRAGMA user_version"))
        guard found < steps.count else { return }
        try database.inTransaction(.immediate) {
            for step in steps[found...] { try database.execute(sql: step) }
            try database.execute(sql: "PRAGMA user_version = \(steps.count)")
            return .commit
        }
    }

    private static let version1 = """
        CREATE TABLE station (
            number INTEGER PRIMARY KEY CHECK (number = 1),
            look_up_key BLOB NOT NULL,
            indexed INTEGER NOT NULL DEFAULT 0,
            vault TEXT, station BLOB, name TEXT, url TEXT, invitation BLOB,
            signing_key BLOB, agreement_key BLOB, centre_key BLOB, centre_agreement_key BLOB,
            skew INTEGER, synced INTEGER, failed INTEGER, failure TEXT,
            recovered INTEGER, recovery TEXT
        ) STRICT;

        CREATE TABLE enrolment (
            invitation BLOB PRIMARY KEY, signing_key BLOB NOT NULL, agreement_key BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE epoch (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE, forked_from BLOB,
            acknowledged INTEGER NOT NULL, acknowledged_chain BLOB NOT NULL,
            head INTEGER NOT NULL, head_chain BLOB NOT NULL,
            durable INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE operator (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;

        CREATE TABLE promotion (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, withdrawn INTEGER NOT NULL DEFAULT 0
        ) STRICT;

        CREATE TABLE batch (
            number INTEGER PRIMARY KEY,
            promotion INTEGER NOT NULL REFERENCES promotion, label TEXT NOT NULL,
            closed INTEGER NOT NULL DEFAULT 0, expected INTEGER,
            conflicts INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0,
            UNIQUE (promotion, label)
        ) STRICT;

        CREATE TABLE entry (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            promotion INTEGER NOT NULL REFERENCES promotion,
            batch INTEGER REFERENCES batch, envelope INTEGER, card INTEGER, channel TEXT,
            flags INTEGER NOT NULL DEFAULT 0, conflicts INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0,
            words BLOB
        ) STRICT;
        CREATE INDEX entry_promotion ON entry (promotion);
        CREATE INDEX entry_batch ON entry (batch, envelope) WHERE batch IS NOT NULL;
        CREATE INDEX entry_conflict ON entry (promotion) WHERE conflicts > 0;
        CREATE INDEX entry_leaving ON entry (number) WHERE flags >= 8;

        CREATE TABLE change (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL,
            entry INTEGER REFERENCES entry, batch INTEGER REFERENCES batch,
            header BLOB NOT NULL, body BLOB NOT NULL,
            epoch INTEGER REFERENCES epoch, sequence INTEGER, chain BLOB,
            undoes INTEGER, mac BLOB, quarantined TEXT, body_digest BLOB NOT NULL, position INTEGER
        ) STRICT;
        CREATE INDEX change_entry ON change (entry) WHERE entry IS NOT NULL;
        CREATE INDEX change_batch ON change (batch) WHERE batch IS NOT NULL;
        CREATE UNIQUE INDEX change_sequence ON change (epoch, sequence) WHERE epoch IS NOT NULL;
        CREATE INDEX change_quarantined ON change (id) WHERE quarantined IS NOT NULL;
        CREATE UNIQUE INDEX change_of_promotion ON change (id) WHERE entry IS NULL AND batch IS NULL;

        CREATE TABLE unconfirmed (change INTEGER PRIMARY KEY) STRICT;

        CREATE TABLE document (
            promotion INTEGER NOT NULL REFERENCES promotion, version INTEGER NOT NULL, change INTEGER NOT NULL REFERENCES change,
            PRIMARY KEY (promotion, version)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE feed_key (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, promotion INTEGER NOT NULL REFERENCES promotion,
            position INTEGER, digest BLOB, checkpoints BLOB
        ) STRICT;
        CREATE TABLE holding (
            entry INTEGER NOT NULL, feed_key INTEGER NOT NULL, PRIMARY KEY (entry, feed_key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE look_up (
            word INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (word, entry)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE look_up_due (entry INTEGER PRIMARY KEY) STRICT;

        CREATE TABLE draft (promotion TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// Bundles that were written, so that their answers are known: references of the requests, and the pull's first line.
    private static let version2 = """
        CREATE TABLE export (
            number INTEGER PRIMARY KEY,
            made INTEGER NOT NULL, epoch INTEGER NOT NULL REFERENCES epoch,
            acknowledged INTEGER NOT NULL, last INTEGER NOT NULL,
            requests BLOB NOT NULL, pull BLOB NOT NULL, cursors BLOB
        ) STRICT;
        ALTER TABLE station ADD COLUMN revoked INTEGER;
        CREATE INDEX holding_doubted ON holding (entry) WHERE feed_key < 0;
        """

    /// Who may do what: roles and PINs, with the wrong attempts; how each sync ended, and whether the station syncs by itself.
    ///
    /// Look-ups are made anew, because names are found by their first three letters from here on.
    private static let version3 = """
        ALTER TABLE operator ADD COLUMN role TEXT NOT NULL DEFAULT 'keyer';
        ALTER TABLE operator ADD COLUMN pin BLOB;
        ALTER TABLE operator ADD COLUMN wrong INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE operator ADD COLUMN locked_until INTEGER;
        ALTER TABLE operator ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE station ADD COLUMN idle_minutes INTEGER;
        ALTER TABLE station ADD COLUMN watch_seconds INTEGER;
        ALTER TABLE station ADD COLUMN is_paused INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE sync_run (
            number INTEGER PRIMARY KEY,
            began INTEGER NOT NULL, ended INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,
            outcome TEXT NOT NULL, message TEXT NOT NULL,
            sent INTEGER NOT NULL, received INTEGER NOT NULL, conflicts INTEGER NOT NULL, exceptions INTEGER NOT NULL
        ) STRICT;
        UPDATE station SET indexed = 0;
        """

    /// Exports of people's data, each with who made it and why.
    private static let version4 = """
        CREATE TABLE personal_export (
            number INTEGER PRIMARY KEY,
            made INTEGER NOT NULL, operator TEXT NOT NULL, promotion TEXT NOT NULL, entries INTEGER NOT NULL, reason TEXT NOT NULL
        ) STRICT;
        """

    /// When the centre told of changes that a bundle carries as well, by its own clock: an answer that came by file may be older.
    private static let version5 = """
        CREATE TABLE answered (
            epoch INTEGER NOT NULL REFERENCES epoch, through INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (epoch, through)
        ) STRICT, WITHOUT ROWID;
        """

    /// What people did, by the hour and without anything that was keyed; looks at first keyings that no second keying tells of yet; known
    /// cards with what they say, and how their fields were keyed.
    private static let version6 = """
        CREATE TABLE work (
            hour INTEGER NOT NULL, operator TEXT NOT NULL, promotion INTEGER NOT NULL,
            cards INTEGER NOT NULL, keystrokes INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
            corrected INTEGER NOT NULL, corrected_by_others INTEGER NOT NULL, checked INTEGER NOT NULL, mistaken INTEGER NOT NULL,
            verified INTEGER NOT NULL, differed INTEGER NOT NULL, changed INTEGER NOT NULL, peeks INTEGER NOT NULL,
            again_keystrokes INTEGER NOT NULL, again_milliseconds INTEGER NOT NULL,
            PRIMARY KEY (hour, operator, promotion)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE peek (
            entry BLOB NOT NULL, field TEXT NOT NULL, operator TEXT NOT NULL, made INTEGER NOT NULL, beside INTEGER NOT NULL,
            PRIMARY KEY (entry, field, operator)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE known_card (
            promotion INTEGER NOT NULL, batch TEXT NOT NULL, envelope INTEGER NOT NULL, card INTEGER NOT NULL, body BLOB NOT NULL,
            operator TEXT, keyed INTEGER, fields INTEGER NOT NULL DEFAULT 0, wrong INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (promotion, batch, envelope, card)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE known_field (
            hour INTEGER NOT NULL, operator TEXT NOT NULL, promotion INTEGER NOT NULL, field TEXT NOT NULL,
            keyed INTEGER NOT NULL, wrong INTEGER NOT NULL, PRIMARY KEY (hour, operator, promotion, field)
        ) STRICT, WITHOUT ROWID;
        """

    /// Since when an entry is in conflict, counted in conflicts and not by a clock, and up to where each operator has looked at them.
    ///
    /// The ends of ids, by which people name entries: those made together differ only there. Filled when somebody asks, as look-ups are.
    private static let version7 = """
        ALTER TABLE station ADD COLUMN conflicts_made INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE entry ADD COLUMN conflicted INTEGER;
        UPDATE entry SET conflicted = 1 WHERE conflicts > 0;
        CREATE INDEX entry_conflicted ON entry (promotion, conflicted) WHERE conflicts > 0;
        CREATE TABLE conflicts_seen (
            operator TEXT NOT NULL, promotion INTEGER NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (operator, promotion)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE station ADD COLUMN ends_indexed INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE entry_end (ending INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (ending, entry)) STRICT, WITHOUT ROWID;
        """

    /// Whom the station lets answer at the centre's address, below the signatures: certificate authorities of its own, and whether plain HTTP
    /// is taken.
    private static let version8 = """
        ALTER TABLE station ADD COLUMN authorities BLOB;
        ALTER TABLE station ADD COLUMN allows_plain INTEGER NOT NULL DEFAULT 0;
        """

    /// Whether the centre was found to be put back, and no sync has come to its end since.
    private static let version9 = """
        ALTER TABLE station ADD COLUMN asks_again INTEGER NOT NULL DEFAULT 0;
        """

    /// The last sequence of each epoch whose change was dropped; of what was dropped before, only that it was safe for good is known.
    private static let version10 = """
        ALTER TABLE epoch ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
        UPDATE epoch SET dropped = durable WHERE head > (SELECT count(*) FROM change c WHERE c.epoch = epoch.number);
        """
}
