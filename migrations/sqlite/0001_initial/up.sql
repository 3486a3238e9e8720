-- One row per seller account. AUTOINCREMENT: an id is never given out twice, because secrets are sealed to it.
CREATE TABLE connectors (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT,
    platform TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL DEFAULT 'fixture',
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    config_json TEXT NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    lease_owner TEXT,
    lease_until TIMESTAMP,
    lease_epoch BIGINT NOT NULL DEFAULT 0
);

-- One row per order line. meta_json comes last: a read of the columns before it need not touch its pages.
CREATE TABLE store_orders (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    order_id TEXT NOT NULL,
    order_group_id TEXT,
    ordered_at TEXT NOT NULL,
    date_kst TEXT NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unknown',
    amount BIGINT NOT NULL DEFAULT 0,
    order_place_id TEXT,
    order_place_name TEXT,
    product_id TEXT,
    product_name TEXT,
    option_id TEXT,
    option_name TEXT,
    seller_code TEXT,
    quantity BIGINT,
    unit_price BIGINT,
    changed_at TIMESTAMP,
    content_hash BIGINT NOT NULL DEFAULT 0,
    observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    first_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT NOT NULL DEFAULT '{}',
    UNIQUE (order_id, connector_id)
);
CREATE INDEX store_orders_by_time ON store_orders (connector_id, ordered_at);
-- For the rows that are read again from time to time: a hundredth of the time for a twentieth more at each insert.
CREATE INDEX store_orders_by_state ON store_orders (connector_id, state, ordered_at);

CREATE TABLE metrics_daily (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    shop_no BIGINT NOT NULL DEFAULT 1,
    impressions BIGINT,
    clicks BIGINT,
    conversions BIGINT,
    conversion_value BIGINT,
    spend BIGINT,
    content_hash BIGINT NOT NULL DEFAULT 0,
    observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT NOT NULL DEFAULT '{}',
    UNIQUE (connector_id, date, entity_type, entity_id, shop_no)
);

-- Cursors (`cursor:orders`) and other small state of one account.
CREATE TABLE meta (
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (connector_id, key)
);

-- One row per run and stream, opened before the first call.
CREATE TABLE sync_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    mode TEXT NOT NULL,
    runner TEXT NOT NULL DEFAULT '',
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP,
    window_from TIMESTAMP,
    window_to TIMESTAMP,
    calls BIGINT NOT NULL DEFAULT 0,
    pages BIGINT NOT NULL DEFAULT 0,
    seen BIGINT NOT NULL DEFAULT 0,
    new_rows BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL DEFAULT 0,
    unchanged BIGINT NOT NULL DEFAULT 0,
    older BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    stored BIGINT NOT NULL DEFAULT 0,
    duration_ms BIGINT,
    outcome TEXT NOT NULL DEFAULT 'running',
    message TEXT
);
CREATE INDEX sync_logs_by_connector ON sync_logs (connector_id, id);

-- Rows that the platform sent and that could not be read; later runs try them again.
CREATE TABLE failed_records (
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    record_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 1,
    first_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT,
    PRIMARY KEY (connector_id, stream, record_key)
);
