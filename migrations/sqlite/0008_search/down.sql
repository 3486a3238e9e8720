DROP TABLE search_groups;
DROP TABLE search_lines;
DROP TABLE search_products;
DROP TABLE search_queue;
