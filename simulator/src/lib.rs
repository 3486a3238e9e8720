//! Marketplaces on the loopback address, with real state: to try the product without keys, to test connectors, and to
//! prove what the product promises.
//!
//! A [`Simulator`] holds accounts at the platforms, [`smartstore`], [`cafe24`], [`coupang`] and [`eleventh_street`],
//! behind one address:
//!
//! | Paths | Whose |
//! |---|---|
//! | `/external/…` | the Smart Store |
//! | `/api/v2/…`, `/visitors/…`, `/products/…`, `/visitpaths/…`, `/api/v1/malls/ID/…` | Cafe24; also below `/malls/ID` |
//! | `/v2/providers/…` | Coupang |
//! | `/rest/…` | 11st |
//! | `/__sim/…` | the control calls; `GET /__sim/` lists them |
//!
//! It is written from the platforms' documents and shares no code with the connectors, so that a mistake cannot hide on
//! both sides. It keeps a **ledger**: the truth about every order and figure ([`Simulator::ledger`]) and about every call
//! ([`Simulator::calls`]), with the account it was for and the door it came through ([`Simulator::open_door`]).
//!
//! ```no_run
//! use simulator::smartstore::{self, AddOrders, Market};
//! use simulator::{Endpoint, Fault, FaultKind};
//!
//! # fn main() -> std::io::Result<()> {
//! let market = Market::start(smartstore::Config::of(1_000))?;
//! market.fault(Fault::next(Endpoint::Feed, FaultKind::CutBody).at(2));
//! // … run a client against market.base_url() …
//! market.add(&AddOrders::now(5));
//! assert_eq!(market.calls().of(Endpoint::Feed).calls, 3);
//! # Ok(())
//! # }
//! ```
//!
//! Several accounts, several callers: [`Config::accounts`], [`Simulator::markets`], [`Simulator::malls`],
//! [`Simulator::vendors`], [`Simulator::sellers`]. From another
//! process: `runner sim`, and [`Remote`].

mod answer;
pub mod cafe24;
mod calls;
mod control;
mod core;
pub mod coupang;
mod door;
mod draw;
mod effect;
pub mod eleventh_street;
mod endpoint;
mod fault;
mod instant;
mod json;
mod life;
pub mod plain_http;
mod remote;
mod serve;
mod simulator;
pub mod smartstore;

pub use calls::{Call, Calls, Count, FeedCall, Total};
pub use draw::Draw;
pub use effect::Effect;
pub use endpoint::{Endpoint, Platform};
pub use fault::{Fault, FaultKind, Standing, When};
pub use instant::{Millis, kst_text, machine_now};
pub use life::{Age, Aged};
pub use remote::Remote;
pub use simulator::{Account, Clock, Config, FRONT, Simulator};
