-- Orders of a state or of a platform's own word, by time. Instead of the index without the word, not beside it: each costs a
-- twentieth at every insert.
DROP INDEX store_orders_by_state;
CREATE INDEX store_orders_by_state ON store_orders (connector_id, state, status, ordered_at);
