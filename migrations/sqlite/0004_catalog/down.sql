DROP TABLE pricing_rules;
DROP TABLE channel_terms;
ALTER TABLE products DROP COLUMN removed_at;
ALTER TABLE products DROP COLUMN details_json;
ALTER TABLE products DROP COLUMN status;
ALTER TABLE products DROP COLUMN cost;
ALTER TABLE products DROP COLUMN safety_stock;
