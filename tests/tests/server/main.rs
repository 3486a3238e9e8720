//! The REST server: the real program on a free port, spoken to over HTTP.

mod accounts;
mod audit;
mod document;
mod inventory;
mod lists;
mod place;
mod pricing;
mod product_sync;
mod products;
mod repeats;
mod rights;
mod secrets;
mod session;
mod shops;
mod shutdown;
mod syncs;
