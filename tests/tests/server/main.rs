//! The REST server: the real program on a free port, spoken to over HTTP.

mod accounts;
mod audit;
mod claims;
mod document;
mod guide;
mod inventory;
mod labels;
mod lists;
mod marketplaces;
mod orders_write;
mod place;
mod pricing;
mod product_sync;
mod products;
mod repeats;
mod rights;
mod sales;
mod schedules;
mod secrets;
mod session;
mod shops;
mod shutdown;
mod syncs;
mod tls;
mod webhooks;
