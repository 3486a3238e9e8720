//! The host of the connectors: rows of the database become connectors, connectors go through the engine into the
//! database. It knows no platform by name.
//!
//! | Module | Holds |
//! |---|---|
//! | [`settings`] | every environment variable, and the key for secrets |
//! | [`cli`], [`dispatch`] | the command line, and what it leads to |
//! | [`context`] | what every command works with |
//! | [`selection`], [`account`] | from names to rows, from a row to its connector |
//! | [`connection`], [`lease`], [`owner`] | from an account to its client; holding an account, and who holds it |
//! | [`sync`], [`progress`], [`summary`] | the main job, what shows while it runs, what it says at its end |
//! | [`check`], [`verify`], [`record`], [`doctor`] | proofs: of a row, of completeness, of payloads, of the whole |
//! | [`serve`], [`users`] | the REST server over all of this, and who may use it |
//! | [`mod@write`] | writing to platforms: actions in, one result each out |
//! | [`orders`], [`claims`], [`products`], [`stock`], [`settlements`], [`intents`], [`carriers`], [`pull`], [`sheet`] | the commands that do so, and what they list |
//! | [`order_states`] | the page on order states, made from the code |
//! | [`connectors`], [`authorize`], [`secrets`], [`catalogue`], [`metrics`], [`run_log`] | the other commands |
//! | [`sim`], [`demo`], [`chaos`], [`oversell`] | marketplaces on this machine, a tour with them, the proof that nothing is lost, and how much is sold twice; these name the simulator's platforms |
//! | [`output`], [`export`], [`logging`], [`error`] | what goes out, and where |

pub mod account;
mod agreement;
pub mod authorize;
pub mod carriers;
pub mod catalogue;
pub mod chaos;
pub mod check;
pub mod claims;
pub mod cli;
pub mod connection;
pub mod connectors;
pub mod context;
pub mod demo;
pub mod dispatch;
pub mod doctor;
mod draft;
pub mod error;
pub mod export;
mod handover;
pub mod intents;
pub mod lease;
pub mod logging;
pub mod metrics;
pub mod order_states;
pub mod orders;
pub mod output;
pub mod oversell;
pub mod owner;
mod platforms;
pub mod products;
pub mod progress;
pub mod pull;
pub mod record;
pub mod run_log;
pub mod secrets;
pub mod selection;
pub mod serve;
pub mod settings;
pub mod settlements;
pub mod sheet;
pub mod sim;
mod simulated;
pub mod stock;
pub mod summary;
pub mod sync;
pub mod users;
pub mod verify;
pub mod write;
