//! A running simulator, and the handle by which a program holds it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use axum::Router;
use serde::{Deserialize, Serialize};
use tokio::runtime::{self, Runtime};

use crate::cafe24::{self, Figures, Mall, MallTruth, Premises};
use crate::calls::{Calls, Of};
use crate::core::{Core, lock};
use crate::coupang::{self, Vendor};
use crate::door::{Door, DoorState, Visit};
use crate::effect::Effect;
use crate::eleventh_street::{self, Seller};
use crate::fault::{Fault, Standing};
use crate::instant::{Millis, machine_now};
use crate::life::{self, Age, Aged, Life};
use crate::smartstore::{self, ClaimTruth, ListingTruth, Market, SettlementTruth, Store, Truth};
use crate::{plain_http, serve};

/// How often life is looked at.
const TICK: Duration = Duration::from_millis(200);
/// The label of the door that a simulator starts with.
pub const FRONT: &str = "front";

/// What a simulator starts with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The applications of the Smart Store, each with its shop.
    pub stores: Vec<smartstore::Config>,
    /// The malls of Cafe24.
    pub malls: Vec<cafe24::Config>,
    /// The accounts at Coupang.
    pub vendors: Vec<coupang::Config>,
    /// The sellers of 11st.
    pub sellers: Vec<eleventh_street::Config>,
    /// How many times as fast as the clock life passes by itself; `None` lets nothing happen but on request.
    pub speed: Option<f64>,
}

impl Default for Config {
    /// Nothing, on a free port of the loopback address.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            stores: Vec::new(),
            malls: Vec::new(),
            vendors: Vec::new(),
            sellers: Vec::new(),
            speed: None,
        }
    }
}

impl Config {
    /// So many accounts at the Smart Store and at Cafe24 each, each with orders and credentials of its own made after these.
    #[must_use]
    pub fn accounts(count: u32, store: &smartstore::Config, mall: &cafe24::Config) -> Self {
        Self {
            stores: (0..count).map(|number| store.clone().number(number)).collect(),
            malls: (0..count).map(|number| mall.clone().number(number)).collect(),
            ..Self::default()
        }
    }

    /// The same with so many accounts at Coupang, made in the same way.
    #[must_use]
    pub fn with_vendors(self, count: u32, vendor: &coupang::Config) -> Self {
        Self { vendors: (0..count).map(|number| vendor.clone().number(number)).collect(), ..self }
    }

    /// The same with so many sellers of 11st, made in the same way.
    #[must_use]
    pub fn with_sellers(self, count: u32, seller: &eleventh_street::Config) -> Self {
        Self { sellers: (0..count).map(|number| seller.clone().number(number)).collect(), ..self }
    }
}

/// A running simulator. Cloning shares it; it ends with the last handle, those of its accounts included.
#[derive(Clone, Debug)]
pub struct Simulator(Arc<Running>);

#[derive(Debug)]
struct Running {
    core: Arc<Core>,
    /// `None` once it ends.
    runtime: Option<Runtime>,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What the clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The platforms' time, in milliseconds since 1970.
    pub now: Millis,
    /// How far it is ahead of the machine's.
    pub offset_ms: Millis,
    /// How far life is ahead of the platforms' time.
    pub life_ahead_ms: Millis,
    /// How many times as fast life passes; 1 where it does not pass by itself.
    pub speed: f64,
}

/// The truth of one account: what a complete store must hold as well.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "platform", rename_all = "snake_case")]
pub enum Account {
    /// An application of the Smart Store.
    Smartstore {
        /// Its client id.
        account: String,
        /// Every product order, by id.
        orders: Vec<Truth>,
        /// Every claim, by id.
        #[serde(default)]
        claims: Vec<ClaimTruth>,
        /// Every good, by number.
        #[serde(default)]
        listings: Vec<ListingTruth>,
        /// Every settled item, by day and id.
        #[serde(default)]
        settlements: Vec<SettlementTruth>,
        /// What calls have changed, in order.
        #[serde(default)]
        effects: Vec<Effect>,
    },
    /// A mall of Cafe24.
    Cafe24 {
        /// Its id.
        account: String,
        /// Every order item, by code.
        orders: Vec<MallTruth>,
        /// The figures of every day, by shop and day.
        figures: Vec<Figures>,
    },
    /// An account at Coupang.
    Coupang {
        /// The vendor.
        account: String,
        /// Every order line, by id.
        orders: Vec<coupang::LineTruth>,
        /// Every claim, by id.
        claims: Vec<coupang::ClaimTruth>,
        /// Every option of every product.
        listings: Vec<coupang::ListingTruth>,
        /// Every option of every sale and refund that was recognised until now.
        settlements: Vec<coupang::SettlementTruth>,
        /// What calls have changed, in order.
        effects: Vec<Effect>,
    },
    /// A seller of 11st.
    EleventhStreet {
        /// The seller's id.
        account: String,
        /// Every order line, by id.
        orders: Vec<eleventh_street::OrderTruth>,
        /// Every claim, by number.
        claims: Vec<eleventh_street::ClaimTruth>,
        /// Every option of every product.
        listings: Vec<eleventh_street::ListingTruth>,
        /// What is settled for decided purchases.
        settlements: Vec<eleventh_street::SettlementTruth>,
        /// What was changed through the API, in order.
        effects: Vec<Effect>,
    },
}

impl Simulator {
    /// Makes the orders of all accounts and serves them, on threads of the simulator's own. May be called within another
    /// runtime.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("simulator")
            .enable_all()
            .build()?;
        let life = Life::new(config.speed.unwrap_or(1.0), machine_now());
        let stores = config.stores.into_iter().map(Store::new).map(Arc::new).collect();
        let malls = config.malls.into_iter().map(Premises::new).map(Arc::new).collect();
        let vendors = config.vendors.into_iter().map(coupang::Premises::new).map(Arc::new).collect();
        let sellers = config.sellers.into_iter().map(eleventh_street::Premises::new).map(Arc::new).collect();
        let core = Arc::new(Core::new(stores, malls, vendors, sellers, life));
        let address = open_door(&runtime, &core, config.listen, FRONT)?;
        if config.speed.is_some() {
            let core = Arc::clone(&core);
            runtime.spawn(async move {
                loop {
                    tokio::time::sleep(TICK).await;
                    life::pass(&core);
                }
            });
        }
        Ok(Self(Arc::new(Running { core, runtime: Some(runtime), address })))
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0.core
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The base address of the Smart Store: `http://127.0.0.1:PORT/external`.
    #[must_use]
    pub fn store_url(&self) -> String {
        format!("http://{}/external", self.address())
    }

    /// The base address of both of Cafe24's APIs, for whatever mall.
    #[must_use]
    pub fn mall_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The base address of Coupang: paths begin with `/v2/providers/`.
    #[must_use]
    pub fn vendor_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The base address of 11st: `http://127.0.0.1:PORT/rest`.
    #[must_use]
    pub fn seller_url(&self) -> String {
        format!("http://{}/rest", self.address())
    }

    /// Opens another door to the same accounts, on a free port of the same address; calls through it bear the label.
    /// It takes what a proxy takes as well, so that a program is led through it by `http_proxy`.
    ///
    /// # Errors
    /// When the system gives no port.
    ///
    /// # Panics
    /// Never: the simulator runs as long as it has a handle.
    pub fn open_door(&self, label: &str) -> io::Result<SocketAddr> {
        let runtime = self.0.runtime.as_ref().expect("it runs as long as it has a handle");
        open_door(runtime, &self.0.core, (self.address().ip(), 0).into(), label)
    }

    /// The shop of that application.
    #[must_use]
    pub fn market(&self, client_id: &str) -> Option<Market> {
        let store = self.core().stores.get(client_id)?;
        Some(Market::new(self.clone(), Arc::clone(store)))
    }

    /// The shops of all applications, by client id.
    #[must_use]
    pub fn markets(&self) -> Vec<Market> {
        self.core().stores.values().map(|store| Market::new(self.clone(), Arc::clone(store))).collect()
    }

    /// The mall of that id.
    #[must_use]
    pub fn mall(&self, mall_id: &str) -> Option<Mall> {
        let mall = self.core().malls.get(mall_id)?;
        Some(Mall::new(self.clone(), Arc::clone(mall)))
    }

    /// All malls, by id.
    #[must_use]
    pub fn malls(&self) -> Vec<Mall> {
        self.core().malls.values().map(|mall| Mall::new(self.clone(), Arc::clone(mall))).collect()
    }

    /// The account of that vendor.
    #[must_use]
    pub fn vendor(&self, vendor_id: &str) -> Option<Vendor> {
        let vendor = self.core().vendors.get(vendor_id)?;
        Some(Vendor::new(self.clone(), Arc::clone(vendor)))
    }

    /// All accounts at Coupang, by vendor.
    #[must_use]
    pub fn vendors(&self) -> Vec<Vendor> {
        self.core().vendors.values().map(|vendor| Vendor::new(self.clone(), Arc::clone(vendor))).collect()
    }

    /// The seller of that id.
    #[must_use]
    pub fn seller(&self, seller_id: &str) -> Option<Seller> {
        let seller = self.core().sellers.get(seller_id)?;
        Some(Seller::new(self.clone(), Arc::clone(seller)))
    }

    /// All sellers, by id.
    #[must_use]
    pub fn sellers(&self) -> Vec<Seller> {
        self.core().sellers.values().map(|seller| Seller::new(self.clone(), Arc::clone(seller))).collect()
    }

    /// Lets something go wrong.
    ///
    /// # Errors
    /// With what the platform cannot do.
    pub fn fault(&self, fault: Fault) -> Result<(), String> {
        self.core().faults().set(fault)
    }

    /// The faults that are set, and what each has met.
    #[must_use]
    pub fn faults(&self) -> Vec<Standing> {
        self.core().faults().standing()
    }

    /// Lets everything go well again, but for doors that are shut: those open when their time comes.
    pub fn clear_faults(&self) {
        self.core().faults().clear();
    }

    /// Everything that was called since the start or the last reset, by whomever.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.core().ledger().read(Of::default(), true)
    }

    /// The same without the single calls.
    #[must_use]
    pub fn totals(&self) -> Calls {
        self.core().ledger().read(Of::default(), false)
    }

    /// Forgets the calls so far; faults and hooks that are set stay so.
    pub fn reset_calls(&self) {
        self.core().ledger().reset();
    }

    /// The truth of every account: those of the Smart Store by client id, then the malls, the vendors and the sellers by
    /// id.
    #[must_use]
    pub fn ledger(&self) -> Vec<Account> {
        ledger(self.core(), None)
    }

    /// What the clocks show.
    #[must_use]
    pub fn clock(&self) -> Clock {
        clock(self.core())
    }

    /// Moves the platforms' clocks against the machine's; `Date` headers follow.
    pub fn set_clock_offset(&self, millis: Millis) {
        self.core().clock.set_offset(millis);
    }

    /// Lets so much of life pass at once: orders arrive and go on, dated now. The clocks stay.
    pub fn advance(&self, by: Duration) -> Aged {
        life::advance(self.core(), Millis::try_from(by.as_millis()).unwrap_or(Millis::MAX / 4))
    }

    /// Lets orders arrive or go on, whatever their time.
    pub fn age(&self, age: &Age) -> Aged {
        life::age(self.core(), age)
    }

    /// Waits until the calls of callers that were killed are all in the ledger: what they had sent may still be on its
    /// way. No other caller may be connected to any door.
    ///
    /// # Errors
    /// When somebody stays connected for ten seconds.
    pub fn wait_for_the_dead(&self) -> io::Result<()> {
        let doors: Vec<Arc<DoorState>> = lock(&self.core().doors).clone();
        for door in doors.iter().filter(|door| !door.is_shut()) {
            // Connections are taken in the order in which they were made, so once this one is served the others are
            // known.
            plain_http::call(door.address, "GET", "/__sim/clock", &[], b"")?;
        }
        let asked = Instant::now();
        while doors.iter().any(|door| door.connected() > 0) {
            if asked.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("somebody is still connected"));
            }
            sleep(Duration::from_micros(200));
        }
        Ok(())
    }
}

pub(crate) fn clock(core: &Core) -> Clock {
    let life = core.life();
    Clock {
        now: core.clock.now(),
        offset_ms: core.clock.offset(),
        life_ahead_ms: life.ahead,
        speed: life.speed,
    }
}

pub(crate) fn ledger(core: &Core, account: Option<&str>) -> Vec<Account> {
    let is_meant = |id: &str| account.is_none_or(|wanted| wanted == id);
    let stores =
        core.stores.values().filter(|store| is_meant(&store.client_id)).map(|store| Account::Smartstore {
            account: store.client_id.to_string(),
            orders: store.truth(),
            claims: store.claims(),
            listings: store.listings(),
            settlements: store.settlements(store.now(&core.clock)),
            effects: store.effects(),
        });
    let malls = core.malls.values().filter(|mall| is_meant(&mall.mall_id)).map(|mall| {
        let state = mall.state();
        Account::Cafe24 { account: mall.mall_id.to_string(), orders: state.truth(), figures: state.figures() }
    });
    let vendors = core.vendors.values().filter(|vendor| is_meant(&vendor.vendor_id));
    let vendors = vendors.map(|vendor| vendor.ledger(&core.clock));
    let sellers = core.sellers.values().filter(|seller| is_meant(&seller.seller_id)).map(|seller| {
        let now = seller.now(core);
        let state = seller.state();
        Account::EleventhStreet {
            account: seller.seller_id.to_string(),
            orders: state.orders_truth(),
            claims: state.claims_truth(),
            listings: state.listings_truth(),
            settlements: state.settlements_truth(now),
            effects: state.effects.all(),
        }
    });
    stores.chain(malls).chain(vendors).chain(sellers).collect()
}

fn open_door(
    runtime: &Runtime,
    core: &Arc<Core>,
    address: SocketAddr,
    label: &str,
) -> io::Result<SocketAddr> {
    let within = runtime.enter();
    let door = Door::open(address, label)?;
    drop(within);
    let state = door.state();
    let address = state.address;
    lock(&core.doors).push(state);
    let router = Router::new().fallback(serve::handle).with_state(Arc::clone(core));
    runtime.spawn(async move {
        // It ends with the runtime alone.
        drop(axum::serve(door, router.into_make_service_with_connect_info::<Visit>()).await);
    });
    Ok(address)
}
