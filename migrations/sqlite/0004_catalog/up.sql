-- What a product is, beside its code, price and stock: `details_json` holds what is told to platforms (description, images,
-- delivery). `cost` is what a piece costs the seller. A removed product keeps its row for the sake of what points at it.
ALTER TABLE products ADD COLUMN safety_stock BIGINT NOT NULL DEFAULT 5;
ALTER TABLE products ADD COLUMN cost BIGINT;
ALTER TABLE products ADD COLUMN status TEXT NOT NULL DEFAULT 'active';
ALTER TABLE products ADD COLUMN details_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE products ADD COLUMN removed_at TIMESTAMP;

-- What holds for a product at one account, and what was last told to the platform there. `price` stands in for the product's
-- own; `buffer` is the stock held back there; `platform_json` is what that platform wants to know beyond the product.
CREATE TABLE channel_terms (
    id INTEGER PRIMARY KEY NOT NULL,
    product_id BIGINT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    price BIGINT,
    buffer BIGINT NOT NULL DEFAULT 0,
    platform_json TEXT NOT NULL DEFAULT '{}',
    last_pushed_price BIGINT,
    last_pushed_stock BIGINT,
    last_pushed_hash BIGINT,
    last_pushed_at TIMESTAMP,
    last_error_code TEXT,
    last_error_message TEXT,
    last_error_fix TEXT,
    last_error_at TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    UNIQUE (product_id, connector_id)
);
CREATE INDEX channel_terms_by_connector ON channel_terms (connector_id);

-- How a price is made for a platform or an account; for all of them where neither is named. Rates are parts of a million.
CREATE TABLE pricing_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    platform TEXT,
    connector_id BIGINT REFERENCES connectors (id) ON DELETE CASCADE,
    basis TEXT NOT NULL,
    fee_rate BIGINT NOT NULL DEFAULT 0,
    margin_rate BIGINT NOT NULL DEFAULT 0,
    added BIGINT NOT NULL DEFAULT 0,
    round_to BIGINT NOT NULL DEFAULT 1,
    rounding TEXT NOT NULL DEFAULT 'up',
    minimum_price BIGINT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX pricing_rules_by_owner ON pricing_rules (owner_id, id);
