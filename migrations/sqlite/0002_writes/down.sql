DROP TABLE intents;
DROP TABLE listings;
DROP TABLE products;
DROP TABLE settlements;
DROP TABLE claims;
