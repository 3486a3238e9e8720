DROP INDEX connectors_by_owner;
ALTER TABLE connectors DROP COLUMN removed_at;
ALTER TABLE connectors DROP COLUMN label;
DROP TABLE syncs;
DROP TABLE audit_logs;
DROP FUNCTION audit_logs_refuse();
DROP TABLE idempotency_keys;
DROP TABLE tokens;
DROP TABLE users;
