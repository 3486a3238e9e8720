//! The REST interface: accounts, syncs, orders and figures, for programs and for people with a browser.
//!
//! It stands on the store and on what the connectors say of themselves; how an account is synced or checked it asks of
//! its [`Host`]. The OpenAPI document is made of the handlers' own types, and what it says of rights is what the guard
//! enforces.
//!
//! | Module | Holds |
//! |---|---|
//! | [`host`] | what the server needs of the program around it |
//! | `access`, `throttle` | who calls, what they may do and see; how often |
//! | `writes`, `observe` | around every request: repeats, audit; ids, problems, headers, figures |
//! | `problem`, `extract`, `cursor`, `dates` | errors, and reading what was sent |
//! | `api` | the resources |
//! | `syncs` | the queue of syncs, and how they stand |
//! | `turns` | syncs and writes of one account, one after the other |
//! | `schedule`, `webhooks` | what makes syncs come by themselves |
//! | `tls` | HTTPS with a certificate that is given |
//! | `document`, `router` | the OpenAPI document and its reader; everything put together |

mod access;
mod api;
mod app;
mod cursor;
mod dates;
mod document;
mod extract;
mod figures;
pub mod host;
mod indexing;
mod observe;
mod password;
mod pricing;
mod problem;
mod router;
mod schedule;
mod serve;
mod syncs;
mod throttle;
mod tls;
mod token;
mod turns;
mod users;
mod webhooks;
mod writes;

pub use access::Role;
pub use document::document;
pub use host::Host;
pub use serve::{Options, serve};
pub use syncs::record_sync;
pub use tls::{Tls, TlsError, TlsFiles};
pub use users::{MadeToken, UserError, add_user, create_token};
