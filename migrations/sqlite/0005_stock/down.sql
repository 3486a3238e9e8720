DROP TABLE stock_pushes;
DROP TABLE stock_movements;
DROP TABLE stock_holds;
DROP INDEX listings_by_sold_as;
ALTER TABLE listings DROP COLUMN sold_as;
ALTER TABLE products DROP COLUMN stock_counted_at;
ALTER TABLE products DROP COLUMN reserved;
