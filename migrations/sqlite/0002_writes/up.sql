-- One row per claim and order line: a claim on several lines is several rows.
CREATE TABLE claims (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    claim_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unknown',
    status TEXT NOT NULL,
    order_group_id TEXT,
    quantity BIGINT,
    reason TEXT,
    line_state TEXT,
    requested_at TEXT NOT NULL,
    date_kst TEXT NOT NULL,
    changed_at TIMESTAMP,
    content_hash BIGINT NOT NULL DEFAULT 0,
    observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    first_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT NOT NULL DEFAULT '{}',
    UNIQUE (claim_id, order_id, connector_id)
);
CREATE INDEX claims_by_order ON claims (order_id);
CREATE INDEX claims_by_time ON claims (connector_id, requested_at);
CREATE INDEX claims_by_state ON claims (connector_id, state, requested_at);

-- One row per row of a platform's settlement.
CREATE TABLE settlements (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    recognized_on TEXT NOT NULL,
    paid_on TEXT,
    order_group_id TEXT,
    order_id TEXT,
    product_name TEXT,
    sale_amount BIGINT NOT NULL DEFAULT 0,
    fee BIGINT NOT NULL DEFAULT 0,
    amount BIGINT NOT NULL DEFAULT 0,
    content_hash BIGINT NOT NULL DEFAULT 0,
    observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    first_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT NOT NULL DEFAULT '{}',
    UNIQUE (settlement_id, connector_id)
);
CREATE INDEX settlements_by_day ON settlements (connector_id, recognized_on);
CREATE INDEX settlements_by_order ON settlements (order_id);

-- One row per product of the seller, whatever the platforms on which it is listed. Two indexes, since no owner is
-- another value than no owner to an index.
CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT,
    seller_code TEXT NOT NULL,
    name TEXT NOT NULL,
    price BIGINT,
    stock BIGINT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (owner_id, seller_code)
);
CREATE UNIQUE INDEX products_without_owner ON products (seller_code) WHERE owner_id IS NULL;

-- One row per option on sale; a product without options is one row, with an empty option_id. product_id is empty where
-- nobody knows yet which product it is.
CREATE TABLE listings (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    platform TEXT NOT NULL,
    listing_id TEXT NOT NULL,
    option_id TEXT NOT NULL DEFAULT '',
    product_id BIGINT REFERENCES products (id) ON DELETE SET NULL,
    seller_code TEXT,
    name TEXT NOT NULL,
    option_name TEXT,
    price BIGINT,
    stock BIGINT,
    state TEXT NOT NULL DEFAULT 'unknown',
    status TEXT NOT NULL,
    content_hash BIGINT NOT NULL DEFAULT 0,
    observed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    first_seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    meta_json TEXT NOT NULL DEFAULT '{}',
    UNIQUE (listing_id, option_id, connector_id)
);
CREATE INDEX listings_by_connector ON listings (connector_id, id);
CREATE INDEX listings_by_product ON listings (product_id);
CREATE INDEX listings_by_code ON listings (seller_code);

-- One row per thing that is to be done at a platform, noted before it is done. Ids are never given out twice.
CREATE TABLE intents (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    command TEXT NOT NULL,
    target TEXT NOT NULL,
    body_json TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'planned',
    attempts BIGINT NOT NULL DEFAULT 0,
    reference TEXT,
    code TEXT,
    message TEXT,
    owner TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    sent_at TIMESTAMP,
    finished_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (connector_id, key)
);
CREATE INDEX intents_by_state ON intents (connector_id, state);
CREATE INDEX intents_by_target ON intents (connector_id, target);
