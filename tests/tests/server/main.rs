//! The REST server: the real program on a free port, spoken to over HTTP.

mod accounts;
mod audit;
mod document;
mod lists;
mod place;
mod repeats;
mod rights;
mod schedules;
mod secrets;
mod session;
mod shutdown;
mod syncs;
mod webhooks;
