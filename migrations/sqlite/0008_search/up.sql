-- Orders that are stored and not yet found by their words: the ids of lines as a JSON array, written with the lines themselves. What
-- lists words reads them a little later, so that a sync does not wait for it.
CREATE TABLE search_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    order_ids TEXT NOT NULL
);
CREATE INDEX search_queue_by_account ON search_queue (connector_id);

-- What order lines call a product. They are few, so that each can be looked at for a part of a name; '' where a line has none.
CREATE TABLE search_products (
    id INTEGER PRIMARY KEY NOT NULL,
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    product_id TEXT NOT NULL,
    product_name TEXT NOT NULL,
    seller_code TEXT NOT NULL,
    UNIQUE (connector_id, product_id, seller_code, product_name)
);

-- The lines of each, by time. A line that is called something else later stays here: whoever looks reads the line itself as well.
CREATE TABLE search_lines (
    search_product BIGINT NOT NULL REFERENCES search_products (id) ON DELETE CASCADE,
    ordered_at TEXT NOT NULL,
    line_id BIGINT NOT NULL,
    PRIMARY KEY (search_product, ordered_at, line_id)
) WITHOUT ROWID;

-- The lines of each payment.
CREATE TABLE search_groups (
    connector_id BIGINT NOT NULL REFERENCES connectors (id) ON DELETE CASCADE,
    order_group_id TEXT NOT NULL,
    line_id BIGINT NOT NULL,
    PRIMARY KEY (connector_id, order_group_id, line_id)
) WITHOUT ROWID;

INSERT INTO search_queue (connector_id, order_ids)
SELECT connector_id, json_group_array(order_id) FROM store_orders GROUP BY connector_id, id / 300;
