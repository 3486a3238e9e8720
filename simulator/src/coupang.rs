//! Coupang, as its WING Open API shows it.
//!
//! It is written from the platform's documents. What it takes from them: a signature on every call, over the path and
//! query as they are sent; lists of boxes by one status and the time of payment, by day with tokens or by minute
//! without; two dialects of one truth, v4 with plain numbers and v5 with money and offsets; cancelled orders that leave
//! the lists and stand among the returns; answers of 200 that refuse a part or all; boxes that get another number when
//! they are sent in parts; products that have no option ids until they are approved; a limit of calls that closes for a
//! while.

mod act;
mod answer;
mod ask;
mod book;
mod cancel;
mod carriers;
mod claim;
mod errors;
mod exchanges;
mod fulfil;
mod gate;
mod generate;
mod life;
mod limit;
mod listing;
mod path;
mod products;
mod render;
mod returns;
mod settings;
mod settlement;
mod sheets;
mod sign;
mod state;
mod time;
mod truth;
mod vendor;

use std::sync::{Arc, Mutex, MutexGuard};

pub use act::Act;
pub use book::Status;
pub(crate) use errors::is_documented;
pub(crate) use gate::{answer, route};
pub use generate::AddOrders;
pub(crate) use life::{age, step};
pub use settings::{Codes, DailyBound, LastToken, Rate, Settings, Storm};
pub use settlement::SettlementTruth;
pub use sign::{authorization, signature};
pub use truth::{ClaimKind, ClaimTruth, LineTruth, ListingTruth};
pub use vendor::Vendor;

use self::generate::Generator;
use self::listing::Shelf;
use self::state::State;
use crate::core::{SimClock, lock};
use crate::instant::{DAY, Millis, machine_now};
use crate::life::Lived;
use crate::simulator::Account;

/// An invented key.
pub const ACCESS_KEY: &str = "11111111-2222-3333-4444-000000000000";
/// Its secret.
pub const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef01230000";
/// The vendor.
pub const VENDOR_ID: &str = "A00012345";
/// The vendor's login, which a cancellation must name; the platform does not say how it is checked.
pub const USER_ID: &str = "simwing01";

/// An account as it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many order lines it has.
    pub orders: usize,
    /// Over how many days before `end` they were paid.
    pub days: u32,
    /// The instant before which everything was; `None` is the start of the simulator.
    pub end: Option<Millis>,
    /// How many products it has, with one to three options each; without any there are no orders.
    pub products: usize,
    /// The same seed gives the same orders.
    pub seed: u64,
    /// The vendor.
    pub vendor_id: String,
    /// Its key.
    pub access_key: String,
    /// The key's secret.
    pub secret_key: String,
    /// How it behaves at first.
    pub settings: Settings,
}

impl Default for Config {
    /// No orders and no limit.
    fn default() -> Self {
        Self {
            orders: 0,
            days: 29,
            end: None,
            products: 6,
            seed: 1,
            vendor_id: VENDOR_ID.to_owned(),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            settings: Settings::unlimited(),
        }
    }
}

impl Config {
    /// So many order lines over the default number of days, without a limit.
    #[must_use]
    pub fn of(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }

    /// The same as another vendor, with orders and a key of its own; number 0 is [`VENDOR_ID`].
    #[must_use]
    pub fn number(self, number: u32) -> Self {
        if number == 0 {
            return self;
        }
        Self {
            seed: self.seed.wrapping_add(u64::from(number) << 32),
            vendor_id: format!("A{:08}", 12_345 + number),
            access_key: format!("11111111-2222-3333-4444-{number:012}"),
            secret_key: format!("0123456789abcdef0123456789abcdef{number:08x}"),
            ..self
        }
    }
}

/// One account behind the simulator's doors.
#[derive(Debug)]
pub(crate) struct Premises {
    pub(crate) vendor_id: Arc<str>,
    /// By which calls are told apart, revoked or not.
    access_key: String,
    state: Mutex<State>,
    lived: Mutex<Lived<u64>>,
}

impl Premises {
    pub(crate) fn new(config: Config) -> Self {
        let end = config.end.unwrap_or_else(machine_now);
        let generator = Generator::new(config.seed);
        let shelf = Shelf::new(config.products, generator.product_base(), end, &config.vendor_id);
        let keys = (config.access_key.clone(), config.secret_key);
        let mut state = State::new(config.settings, keys, shelf, generator);
        state.fill(config.orders, Millis::from(config.days.max(1)) * DAY, end);
        Self {
            vendor_id: config.vendor_id.into(),
            access_key: config.access_key,
            state: Mutex::new(state),
            lived: Mutex::new(Lived::new(config.orders, config.days)),
        }
    }

    /// Taken before the state, where both are.
    fn lived(&self) -> MutexGuard<'_, Lived<u64>> {
        lock(&self.lived)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// How long a call takes at least, in milliseconds.
    pub(crate) fn latency(&self) -> u64 {
        self.state().settings.latency_ms
    }

    pub(crate) fn add(&self, orders: &AddOrders, now: Millis) -> Vec<String> {
        self.state().arrive(orders, now)
    }

    pub(crate) fn act(&self, act: &Act, now: Millis) -> Option<String> {
        self.state().act(act, now)
    }

    /// From now on nobody has the key.
    pub(crate) fn revoke_key(&self) {
        self.state().access_key = None;
    }

    /// Everything that is true of it.
    pub(crate) fn ledger(&self, clock: &SimClock) -> Account {
        let now = self.now(clock);
        let state = self.state();
        Account::Coupang {
            account: self.vendor_id.to_string(),
            orders: state.lines_truth(),
            claims: state.claims_truth(),
            listings: state.listings_truth(),
            settlements: state.settlements_truth(now),
            effects: state.effects.all(),
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    pub(crate) fn set(&self, settings: Settings) {
        let mut state = self.state();
        if state.settings.rate != settings.rate || state.settings.storm != settings.storm {
            state.limits.clear();
        }
        state.settings = settings;
    }

    pub(crate) fn now(&self, clock: &SimClock) -> Millis {
        clock.now() + self.state().settings.clock_offset_ms
    }

    /// Key and secret, as they are told to people.
    pub(crate) fn keys(&self) -> (String, String) {
        (self.access_key.clone(), self.state().secret_key.clone())
    }
}
