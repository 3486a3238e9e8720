DROP TRIGGER delete_records ON connectors;
DROP FUNCTION delete_records_of_connector;
DROP TABLE intents;
DROP TABLE listings;
DROP TABLE products;
DROP TABLE settlements;
DROP TABLE claims;
