//! The store, on SQLite and PostgreSQL: every test runs on both, unless it is about one of them.

mod claims;
mod concurrency;
mod dry;
mod failed_records;
mod faults;
mod intents;
mod leases;
mod listing;
mod listings;
mod metrics;
mod place;
mod products;
mod saving;
mod schedules;
mod schema;
mod sealing;
mod searching;
mod server;
mod settlements;
mod stock;
mod terms;
mod turns;
mod webhooks;
