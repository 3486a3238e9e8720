//! The Smart Store, as its API shows it.
//!
//! It is written from the platform's documents. What it takes from them: the token call with its signature, clock and
//! reuse rules; the list of changes with inclusive bounds, `moreFrom` and `moreSequence`, and one row for each product
//! order that moves when it changes; details by id; the conditional list; the rate limit with its headers; the penalty
//! for a token request outside the rules; the gateway's errors; buyers that are masked as the platform masks them; the
//! seller's calls for orders and claims, with success and failure item by item; goods with their options, status and
//! stock; what is paid out. Where the documents are silent, the code says what was chosen.

mod answer;
mod book;
mod bucket;
mod catalogue;
mod claim;
mod errors;
mod generate;
mod life;
mod line;
mod market;
mod orders;
mod others;
mod payload;
mod platform;
mod seller;
mod settings;
mod settle;
mod state;
mod token;

pub use book::Stage;
pub use bucket::{Rate, Refill};
pub use catalogue::{ListingTruth, OptionTruth};
pub use claim::ClaimTruth;
pub(crate) use life::{age, step};
pub use market::Market;
pub(crate) use others::act;
pub use others::{Act, Doing};
pub(crate) use platform::{answer, asked, callee, is_documented, route};
pub use settings::Settings;
pub use settle::SettlementTruth;
pub(crate) use state::Store;
pub use state::{AddOrders, ChangeOrders, ChangeSome, Hook, Truth};
pub use token::signature;

use crate::draw::Draw;
use crate::instant::Millis;

/// An invented application.
pub const CLIENT_ID: &str = "simclient0000000000000";
/// Its secret: a bcrypt salt, as the real ones are.
pub const CLIENT_SECRET: &str = "$2a$04$KBTMVR2jQfWqZLnH7cDxYe";

/// An application with its shop, as it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many product orders it has.
    pub orders: usize,
    /// Over how many days before `end` their last changes are spread.
    pub days: u32,
    /// The instant before which everything has changed; `None` is the start of the simulator.
    pub end: Option<Millis>,
    /// How many goods it has: at least the eight that its orders are of.
    pub listings: usize,
    /// The same seed gives the same orders.
    pub seed: u64,
    /// The application that may call.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// How it behaves at first.
    pub settings: Settings,
}

impl Default for Config {
    /// An empty shop without a rate limit.
    fn default() -> Self {
        Self {
            orders: 0,
            listings: 8,
            days: 29,
            end: None,
            seed: 1,
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            settings: Settings::unlimited(),
        }
    }
}

impl Config {
    /// `orders` over the default number of days, without a rate limit.
    #[must_use]
    pub fn of(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }

    /// The same as another application, with orders and a secret of its own; number 0 is [`CLIENT_ID`].
    #[must_use]
    pub fn number(self, number: u32) -> Self {
        if number == 0 {
            return self;
        }
        let mut draw = Draw::new(u64::from(number));
        let letters = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut salt: String = (0..21).map(|_| char::from(draw.pick(letters))).collect();
        // The last letter of a salt carries two bits: the four letters that carry no others are read alike by all.
        salt.push(char::from(draw.pick(b".Oeu")));
        Self {
            seed: self.seed.wrapping_add(u64::from(number) << 32),
            client_id: format!("simclient{number:013}"),
            client_secret: format!("$2a$04${salt}"),
            ..self
        }
    }
}
