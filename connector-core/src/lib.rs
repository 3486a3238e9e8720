//! What every platform connector stands on.
//!
//! A connector describes a platform and translates its JSON ([`Connector`]); everything that moves happens here, once:
//! the request path ([`http`]) paces, signs, classifies and retries; the engine ([`sync`]) walks windows and pages and
//! hands batches with checkpoints to a [`sync::Store`].
//!
//! | Module | Holds |
//! |---|---|
//! | [`connector`] | the trait, and capabilities as data |
//! | [`record`] | orders, claims, settlements, listings, metrics, states |
//! | [`command`] | what can be done at a platform, and how it is done safely |
//! | [`carrier`] | carriers by neutral codes |
//! | [`config`] | settings, [`Secret`], JSON Schema |
//! | [`registry`] | which connectors are linked in |
//! | [`error`] | kinds, retry advice |
//! | [`http`] | the one request path, live and from fixtures |
//! | [`sync`] | the engine and what it needs of a store |
//! | [`lenient`] | scalars whose JSON type varies |
//! | [`time`], [`clock`] | Korean time; the one source of time |
//! | [`xml`] | answers and bodies in XML, and their charsets |
//! | `conformance` | the laws every connector keeps, behind the feature of that name |

pub mod carrier;
pub mod clock;
pub mod command;
pub mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod connector;
pub mod error;
pub mod http;
pub mod lenient;
pub mod record;
pub mod registry;
pub mod sync;
pub mod time;
pub mod xml;

pub use clock::Clock;
pub use command::{Action, Command, CommandName, CommandSpec, Finding, Outcome, Receipt, Standing};
pub use config::{CommonSettings, Field, FieldKind, Mode, Secret};
pub use connector::{
    Census, Connector, Consent, DayList, Details, FetchRequest, Fetched, Figures, Next, Page, Place,
    ReadRequest, Reread, Spec, StreamSpec, SyncMode, View, Wanted,
};
pub use error::{Error, ErrorKind, Result, Retry};
pub use record::{
    Change, Claim, ClaimKind, ClaimState, Failure, Listing, ListingState, Metric, Order, OrderState, RELAYED,
    Recipient, RecipientFields, Record, Settlement, SettlementKind, Unread,
};
pub use registry::Registration;

/// Used by registrations; not part of the contract.
pub use inventory;
