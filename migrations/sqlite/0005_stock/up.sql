-- `stock` is what lies on the shelf, `reserved` the part of it that sold and not yet shipped order lines wait for; both are kept in
-- the transaction that writes their movement. What left the shelf before `stock_counted_at` is not taken off again.
ALTER TABLE products ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN stock_counted_at TIMESTAMP;

-- The id by which order lines name the product, where it is another than `listing_id`.
ALTER TABLE listings ADD COLUMN sold_as TEXT;
CREATE INDEX listings_by_sold_as ON listings (sold_as) WHERE sold_as IS NOT NULL;

-- What an order line does to a product: one row per line, whatever is read again and in whatever order.
CREATE TABLE stock_holds (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    line_id BIGINT NOT NULL UNIQUE,
    product_id BIGINT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    quantity BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX stock_holds_by_state ON stock_holds (connector_id, state, line_id);
CREATE INDEX stock_holds_by_product ON stock_holds (product_id, state);

-- The ledger: every change of stock with its cause, and what there was after it. It outlives products and accounts.
CREATE TABLE stock_movements (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id BIGINT,
    product_id BIGINT NOT NULL,
    at TIMESTAMP NOT NULL,
    cause TEXT NOT NULL,
    on_hand_change BIGINT NOT NULL,
    reserved_change BIGINT NOT NULL,
    on_hand BIGINT,
    reserved BIGINT NOT NULL,
    connector_id BIGINT,
    line_id BIGINT,
    order_id TEXT,
    actor TEXT,
    note TEXT
);
CREATE INDEX stock_movements_by_product ON stock_movements (product_id, id);
CREATE INDEX stock_movements_by_owner ON stock_movements (owner_id, id);

-- What was last told to a platform of a listing's stock. `pending`: it is not certain that the platform shows it, so it is told
-- again. `stopped`: its sale was stopped because nothing was left, so it is resumed once there is something again.
CREATE TABLE stock_pushes (
    listing_row BIGINT PRIMARY KEY NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    stock BIGINT NOT NULL,
    pending BOOLEAN NOT NULL DEFAULT FALSE,
    stopped BOOLEAN NOT NULL DEFAULT FALSE,
    attempts BIGINT NOT NULL DEFAULT 0,
    message TEXT,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX stock_pushes_by_account ON stock_pushes (connector_id, pending);

-- The ledger begins with what there is.
UPDATE products SET stock_counted_at = CURRENT_TIMESTAMP WHERE stock IS NOT NULL;
INSERT INTO stock_movements
    (owner_id, product_id, at, cause, on_hand_change, reserved_change, on_hand, reserved, note)
SELECT owner_id, id, CURRENT_TIMESTAMP, 'manual', stock, 0, stock, 0, 'brought forward' FROM products WHERE stock IS NOT NULL;

CREATE TRIGGER stock_movements_keep BEFORE UPDATE ON stock_movements
BEGIN SELECT RAISE(ABORT, 'the stock ledger is append-only'); END;
CREATE TRIGGER stock_movements_hold BEFORE DELETE ON stock_movements
BEGIN SELECT RAISE(ABORT, 'the stock ledger is append-only'); END;
