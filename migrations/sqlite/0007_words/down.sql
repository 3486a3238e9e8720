DROP INDEX store_orders_by_state;
CREATE INDEX store_orders_by_state ON store_orders (connector_id, state, ordered_at);
