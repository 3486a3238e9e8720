//! The REST server: the real program on a free port, spoken to over HTTP.

mod accounts;
mod audit;
mod claims;
mod document;
mod labels;
mod lists;
mod orders_write;
mod place;
mod repeats;
mod rights;
mod secrets;
mod session;
mod shops;
mod shutdown;
mod syncs;
