DROP TABLE failed_records;
DROP TABLE sync_logs;
DROP TABLE meta;
DROP TABLE metrics_daily;
DROP TABLE store_orders;
DROP TABLE connectors;
DROP FUNCTION delete_orders_of_connector;
