//! The store, on SQLite and PostgreSQL: every test runs on both, unless it is about one of them.

mod concurrency;
mod dry;
mod failed_records;
mod faults;
mod leases;
mod listing;
mod metrics;
mod place;
mod saving;
mod schema;
mod sealing;
mod server;
mod turns;
