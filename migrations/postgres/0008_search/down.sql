DROP TRIGGER delete_search ON connectors;
DROP FUNCTION delete_search_of_connector;
DROP TABLE search_groups;
DROP TABLE search_lines;
DROP TABLE search_products;
DROP TABLE search_queue;
