/// The schema, as steps that are named for what they do, run once in this order, and are never edited.
///
/// The text is SQLite's; `Dialect` turns the few words that differ into another engine's. The schema guards first: what
/// must not be is a constraint here, and Swift is the second lock.
enum Migrations {
    struct Step: Sendable {
        let name: String
        let statements: [String]
        /// What one engine alone wants to be told.
        var postgresql: [String] = []
    }

    static let steps =
        first + retention + instances + moves + clock + held + links + register + consents + serving + grants
        + consentsByForm + evidence + reports + integrations
        + announcements + probes + companies + events

    private static let first: [Step] = [
        Step(
            name: "lists and subscriptions",
            statements: [
                """
                CREATE TABLE list (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 40),
                    title TEXT NOT NULL,
                    description TEXT NOT NULL,
                    sender_name TEXT NOT NULL,
                    sender_address TEXT NOT NULL,
                    basis TEXT NOT NULL CHECK (basis IN ('consent', 'legitimate-interest')),
                    language TEXT NOT NULL,
                    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
                    created_at INTEGER NOT NULL,
                    closed_at INTEGER
                ) STRICT
                """,
                // `seq` is the order of arrival, by which a campaign meets its recipients; never used twice.
                """
                CREATE TABLE subscription (
                    seq INTEGER PRIMARY KEY AUTOINCREMENT,
                    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
                    list_id INTEGER NOT NULL REFERENCES list (id),
                    digest BLOB NOT NULL CHECK (length(digest) = 32),
                    person BLOB NOT NULL,
                    language TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'restricted')),
                    basis TEXT NOT NULL CHECK (basis IN ('consent', 'legitimate-interest')),
                    source TEXT NOT NULL,
                    consent_text TEXT,
                    consent_policy TEXT,
                    asked_at INTEGER,
                    confirmed_at INTEGER,
                    active_since INTEGER,
                    last_activity INTEGER NOT NULL,
                    last_notified INTEGER,
                    UNIQUE (digest, list_id),
                    CHECK (state = 'pending' OR active_since IS NOT NULL),
                    CHECK (basis <> 'consent' OR asked_at IS NOT NULL)
                ) STRICT
                """,
                "CREATE INDEX subscription_audience ON subscription (list_id, state, seq)",
                "CREATE INDEX subscription_pending ON subscription (asked_at) WHERE state = 'pending'",
                """
                CREATE TABLE token (
                    hash BLOB NOT NULL CHECK (length(hash) = 32),
                    subscription_id BLOB NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
                    purpose TEXT NOT NULL CHECK (purpose IN ('confirm', 'privacy')),
                    expires_at INTEGER NOT NULL,
                    PRIMARY KEY (hash, subscription_id)
                ) STRICT
                """,
                "CREATE INDEX token_subscription ON token (subscription_id)",
                "CREATE INDEX token_expiry ON token (expires_at)",
                """
                CREATE TABLE fingerprint (
                    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
                    list_id INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (fingerprint, list_id)
                ) STRICT
                """,
            ]),
        Step(
            name: "outbox",
            statements: [
                """
                CREATE TABLE outbox (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    subscription_id BLOB REFERENCES subscription (id) ON DELETE CASCADE,
                    mail BLOB NOT NULL,
                    due_at INTEGER NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    is_claimed INTEGER NOT NULL DEFAULT 0 CHECK (is_claimed IN (0, 1))
                ) STRICT
                """,
                "CREATE INDEX outbox_subscription ON outbox (subscription_id)",
                "CREATE INDEX outbox_due ON outbox (due_at) WHERE is_claimed = 0",
            ]),
        Step(
            name: "campaigns and deliveries",
            statements: [
                // Recipients up to `last_seq` that were active at `started_at` are the audience; it has been met up to `next_seq`.
                """
                CREATE TABLE campaign (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    list_id INTEGER NOT NULL REFERENCES list (id),
                    source TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN
                        ('draft', 'planned', 'approved', 'scheduled', 'sending', 'paused', 'sent', 'cancelled')),
                    reason TEXT,
                    created_by TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    idempotency_key TEXT,
                    approved_by TEXT,
                    scheduled_for INTEGER,
                    started_at INTEGER,
                    finished_at INTEGER,
                    next_seq INTEGER NOT NULL DEFAULT 0,
                    last_seq INTEGER NOT NULL DEFAULT 0,
                    recipients INTEGER NOT NULL DEFAULT 0,
                    accepted INTEGER NOT NULL DEFAULT 0,
                    withdrawn INTEGER NOT NULL DEFAULT 0,
                    dead INTEGER NOT NULL DEFAULT 0,
                    refused_for_us INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (created_by, idempotency_key)
                ) STRICT
                """,
                "CREATE INDEX campaign_at_work ON campaign (state) WHERE state IN ('scheduled', 'sending', 'paused')",
                """
                CREATE TABLE delivery (
                    seq INTEGER NOT NULL REFERENCES subscription (seq) ON DELETE CASCADE,
                    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
                    state TEXT NOT NULL CHECK (state IN ('claimed', 'deferred', 'in-doubt', 'refused', 'expired')),
                    attempts INTEGER NOT NULL DEFAULT 0,
                    next_at INTEGER,
                    status TEXT,
                    PRIMARY KEY (seq, campaign_id),
                    CHECK (state <> 'deferred' OR next_at IS NOT NULL)
                ) STRICT, WITHOUT ROWID
                """,
                "CREATE INDEX delivery_open ON delivery (campaign_id, state, next_at) WHERE state <> 'claimed'",
                """
                CREATE TABLE refusal (
                    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
                    status TEXT NOT NULL,
                    count INTEGER NOT NULL,
                    PRIMARY KEY (campaign_id, status)
                ) STRICT, WITHOUT ROWID
                """,
            ]),
        Step(
            name: "staff",
            statements: [
                """
                CREATE TABLE staff (
                    name TEXT NOT NULL PRIMARY KEY,
                    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'sender', 'privacy', 'admin')),
                    token_id TEXT NOT NULL UNIQUE,
                    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
                    created_at INTEGER NOT NULL,
                    expires_at INTEGER NOT NULL,
                    last_used INTEGER
                ) STRICT
                """
            ]),
        Step(
            name: "the key file's name",
            statements: ["CREATE TABLE installation (key_check BLOB NOT NULL) STRICT"]),
        Step(
            name: "confirming by code",
            statements: [
                "ALTER TABLE token ADD COLUMN request BLOB CHECK (request IS NULL OR length(request) = 32)",
                "CREATE INDEX token_request ON token (request) WHERE request IS NOT NULL",
            ]),
        Step(
            name: "audit",
            statements: [
                """
                CREATE TABLE audit (
                    number INTEGER PRIMARY KEY,
                    at INTEGER NOT NULL,
                    actor TEXT NOT NULL,
                    action TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    result TEXT NOT NULL,
                    code BLOB NOT NULL CHECK (length(code) = 32)
                ) STRICT
                """
            ]),
        Step(
            name: "rights",
            statements: [
                """
                CREATE TABLE rights_request (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    kind TEXT NOT NULL CHECK (kind IN ('access', 'rectification', 'restriction', 'lifting', 'objection',
                        'erasure', 'portability', 'other')),
                    received_at INTEGER NOT NULL,
                    due_at INTEGER NOT NULL,
                    is_extended INTEGER NOT NULL DEFAULT 0 CHECK (is_extended IN (0, 1)),
                    closed_at INTEGER,
                    outcome TEXT,
                    handler TEXT,
                    digest BLOB CHECK (digest IS NULL OR length(digest) = 32),
                    CHECK (closed_at IS NULL OR (outcome IS NOT NULL AND handler IS NOT NULL AND digest IS NULL))
                ) STRICT
                """,
                "CREATE INDEX rights_request_open ON rights_request (due_at) WHERE closed_at IS NULL",
                // A subscription has one at most.
                """
                CREATE TABLE address_change (
                    subscription_id BLOB NOT NULL PRIMARY KEY REFERENCES subscription (id) ON DELETE CASCADE,
                    hash BLOB NOT NULL CHECK (length(hash) = 32),
                    person BLOB NOT NULL,
                    digest BLOB NOT NULL CHECK (length(digest) = 32),
                    expires_at INTEGER NOT NULL
                ) STRICT
                """,
                "CREATE INDEX address_change_hash ON address_change (hash)",
                "CREATE INDEX address_change_digest ON address_change (digest)",
                "CREATE INDEX address_change_expiry ON address_change (expires_at)",
            ]),
        Step(
            name: "ledger of erasures",
            statements: [
                // On its way to the file; gone from here once it stands there.
                """
                CREATE TABLE erasure (
                    number INTEGER PRIMARY KEY,
                    subscription_id BLOB NOT NULL CHECK (length(subscription_id) = 16),
                    kept TEXT NOT NULL CHECK (kept IN ('-', 'l', 'e')),
                    erased_at INTEGER NOT NULL
                ) STRICT
                """,
                "CREATE TABLE ledger (number INTEGER NOT NULL, code BLOB) STRICT",
                "INSERT INTO ledger (number) VALUES (0)",
            ]),
        Step(
            name: "rotation of keys",
            statements: [
                // Numbers of sealing keys: the one that seals, and the oldest there still is.
                "ALTER TABLE installation ADD COLUMN newest_key INTEGER NOT NULL DEFAULT 1",
                "ALTER TABLE installation ADD COLUMN oldest_key INTEGER NOT NULL DEFAULT 1",
            ]),
        Step(
            name: "the audit's head",
            statements: [
                """
                CREATE TABLE audit_head (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    number INTEGER NOT NULL,
                    code BLOB NOT NULL,
                    seal BLOB NOT NULL
                ) STRICT
                """
            ]),
        Step(
            name: "what an approval was for",
            statements: [
                "ALTER TABLE campaign ADD COLUMN approved_digest TEXT",
                "ALTER TABLE campaign ADD COLUMN approved_at INTEGER",
                "ALTER TABLE campaign ADD COLUMN approved_recipients INTEGER",
            ]),
        Step(
            name: "policies and their notices",
            statements: [
                """
                CREATE TABLE policy (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    version TEXT NOT NULL UNIQUE CHECK (length(version) BETWEEN 1 AND 40),
                    effective TEXT NOT NULL CHECK (length(effective) = 10),
                    is_material INTEGER NOT NULL CHECK (is_material IN (0, 1)),
                    text TEXT NOT NULL,
                    hash TEXT NOT NULL CHECK (length(hash) = 64),
                    published_at INTEGER NOT NULL,
                    published_by TEXT NOT NULL
                ) STRICT
                """,
                "ALTER TABLE campaign ADD COLUMN notice TEXT REFERENCES policy (version)",
                "CREATE UNIQUE INDEX campaign_notice ON campaign (notice) WHERE notice IS NOT NULL",
                // The newest notice that another subscription of the same address has got.
                "ALTER TABLE subscription ADD COLUMN noticed INTEGER",
            ]),
    ]
}

extension Migrations {
    /// Runs what this database has not yet seen. Call it inside a transaction.
    ///
    /// - Parameter mayUpgrade: whether a database of an earlier version may be changed; a new one is always made.
    static func run(on connection: some SQLConnection, mayUpgrade: Bool = true) throws {
        func execute(_ statement: String) throws {
            try connection.execute(SQL(ofOurs: connection.dialect.schema(statement)))
        }
        try execute("CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY) STRICT")
        let pending = try pending(on: connection)
        guard mayUpgrade || pending.isEmpty || pending.count == steps.count else {
            throw StoreOpening.olderSchema(pending.count)
        }
        for step in pending {
            for statement in step.statements { try execute(statement) }
            if connection.dialect == .postgresql { for statement in step.postgresql { try execute(statement) } }
            try connection.execute("INSERT INTO migration (name) VALUES (\(step.name))")
        }
    }

    /// What this database has not yet seen: all, where it is new.
    static func pending(on connection: some SQLConnection) throws -> [Step] {
        let done = Set(try connection.query("SELECT name FROM migration") { try $0.text(0) })
        if let unknown = done.subtracting(steps.map(\.name)).sorted().first { throw StoreOpening.newerSchema(unknown) }
        return steps.filter { !done.contains($0.name) }
    }
}
