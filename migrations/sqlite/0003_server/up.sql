-- Who may use the server. The password is an Argon2id hash; a user without one has tokens only.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What users show instead of a password. Only a hash is kept: who reads the database cannot sign in with it.
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP
);
CREATE INDEX tokens_by_user ON tokens (user_id, id);

-- What a repeated request is answered with. The answer is sealed: it may hold a token.
CREATE TABLE idempotency_keys (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    claimed_until TIMESTAMP NOT NULL,
    status BIGINT,
    answer TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what. Each row holds the hash of the one before, and the ids have no gap.
CREATE TABLE audit_logs (
    id INTEGER PRIMARY KEY NOT NULL,
    at TIMESTAMP NOT NULL,
    user_id BIGINT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT,
    status BIGINT NOT NULL,
    address TEXT,
    request_id TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);
CREATE INDEX audit_logs_by_user ON audit_logs (user_id, id);
CREATE TRIGGER audit_logs_keep BEFORE UPDATE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_logs_hold BEFORE DELETE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Syncs: those that somebody asked the server for, from the moment they are queued, and those of the command line, once they
-- have ended; these belong to the account's owner, or to nobody. `items_json` has one entry for each account and stream.
CREATE TABLE syncs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    sync_type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued',
    connector_id BIGINT,
    platforms TEXT NOT NULL,
    order_json TEXT NOT NULL,
    items_json TEXT NOT NULL DEFAULT '[]',
    retry_of BIGINT,
    runner TEXT,
    beat_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    started_at TIMESTAMP,
    finished_at TIMESTAMP
);
CREATE INDEX syncs_by_owner ON syncs (owner_id, id);
CREATE INDEX syncs_by_status ON syncs (status, id);

-- `label` is the name that the owner gave; `name` stays unique among all owners. A removed account's orders stay.
ALTER TABLE connectors ADD COLUMN label TEXT;
ALTER TABLE connectors ADD COLUMN removed_at TIMESTAMP;
CREATE INDEX connectors_by_owner ON connectors (owner_id);
