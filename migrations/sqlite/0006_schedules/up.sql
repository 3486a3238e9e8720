-- Syncs that come by themselves. `planned_at` is the next run's place in the rhythm, `next_run_at` the same a little later, so that
-- many schedules do not run at one instant. `waiting_json`: accounts that the last run left out, since they were being synced.
-- `version` counts every change: of several servers that find a schedule due, the one that moves it on queues the sync.
CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    interval_minutes BIGINT NOT NULL,
    types_json TEXT NOT NULL,
    start_hour BIGINT,
    end_hour BIGINT,
    accounts_json TEXT,
    waiting_json TEXT,
    planned_at TIMESTAMP NOT NULL,
    next_run_at TIMESTAMP NOT NULL,
    last_run_at TIMESTAMP,
    last_sync_id BIGINT,
    note TEXT,
    version BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX schedules_by_owner ON schedules (owner_id, id);
CREATE INDEX schedules_by_time ON schedules (enabled, next_run_at);

-- What senders of webhooks prove themselves with, sealed.
CREATE TABLE webhook_secrets (
    connector_id INTEGER PRIMARY KEY NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What platforms and relays have told: a hint each, nothing of what they said of buyers. `state` is `waiting` until a sync was queued
-- for it, then `queued`; or `ignored`.
CREATE TABLE webhook_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    streams TEXT NOT NULL,
    day_kst TEXT,
    state TEXT NOT NULL,
    sync_id BIGINT,
    received_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (connector_id, event_id)
);
CREATE INDEX webhook_events_by_state ON webhook_events (state, connector_id, id);
CREATE INDEX webhook_events_by_age ON webhook_events (received_at);
