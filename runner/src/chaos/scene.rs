//! The market of a season, and the accounts that the program has in it.

use simulator::cafe24::{self, Mall};
use simulator::coupang::{self, Vendor};
use simulator::eleventh_street::{self, Seller};
use simulator::smartstore::{self, Market, Rate, Refill, Stage};
use simulator::{Age, Config, Simulator};
use tokio::runtime::Handle;

use super::plan::{Life, Round, Season, Who};
use super::program::{Program, refused};
use super::tally::TOKEN_RENEWED;
use crate::error::Result;
use crate::simulated::{mall_row, seller_row, store_row, vendor_row};

const DAYS: u32 = 3;
/// As far back as a first run looks: a day more than there is.
const LOOKBACK: u32 = DAYS + 1;
/// The mall has fewer orders than the store, as its list shows them whole.
const MALL_SHARE: usize = 5;
/// Order lines of the vendor and of the seller: every run reads all their days again.
const DAILY_LINES: usize = 120;

/// A season under way.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) simulator: Simulator,
    pub(super) accounts: Vec<Account>,
    pace: &'static str,
}

/// A row, and the account of the market that it is for.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) row: i64,
    pub(super) name: String,
    pub(super) of: Of,
}

/// An account of the market.
#[derive(Clone, Debug)]
pub(super) enum Of {
    Store(Market),
    Mall(Mall),
    Vendor(Vendor),
    Seller(Seller),
}

impl Scene {
    /// Opens a market with accounts for the season; `rate` calls a second and endpoint are allowed.
    ///
    /// # Errors
    /// When the system gives no port or no threads.
    pub(super) fn open(season: &Season, orders: usize, rate: Option<u32>) -> Result<Self> {
        let rate = rate.map(|per_second| Rate { per_second, burst: 4, refill: Refill::default() });
        let store = smartstore::Config {
            days: DAYS,
            seed: season.seed,
            // Short-lived tokens, so that kills meet the token call as well.
            settings: smartstore::Settings {
                token_life_s: 2 * TOKEN_RENEWED / 1_000,
                token_renew_s: TOKEN_RENEWED / 1_000,
                rate,
                ..smartstore::Settings::unlimited()
            },
            ..smartstore::Config::of(orders)
        };
        let mall = cafe24::Config {
            orders: orders / MALL_SHARE,
            days: DAYS,
            seed: season.seed,
            settings: cafe24::Settings { limited: rate.is_some(), ..cafe24::Settings::default() },
            ..cafe24::Config::default()
        };
        let malls = u32::try_from(season.accounts(Who::Mall)).expect("a few rounds");
        let vendor = coupang::Config {
            days: DAYS,
            seed: season.seed,
            settings: coupang::Settings {
                rate: rate.map(|_| coupang::Rate::of_platform()),
                ..coupang::Settings::default()
            },
            ..coupang::Config::of(DAILY_LINES)
        };
        let seller = eleventh_street::Config {
            days: DAYS,
            seed: season.seed,
            ..eleventh_street::Config::of(DAILY_LINES)
        };
        // One store, vendor and seller serve all their rows. A mall gives one pair of tokens, so each of its rows needs
        // one of its own.
        let config = Config {
            stores: vec![store.clone()],
            vendors: vec![vendor],
            sellers: vec![seller],
            ..Config::accounts(malls.max(1), &store, &mall)
        };
        let simulator =
            Simulator::start(config).map_err(|error| refused("no market can be opened", &error))?;
        let pace = if rate.is_some() { "auto" } else { "off" };
        Ok(Self { simulator, accounts: Vec::new(), pace })
    }

    /// The account of a round: a new row, or the platform's last one. Rows bear the season's number.
    ///
    /// # Errors
    /// When the database refuses, or access is not granted.
    pub(super) fn account(
        &mut self,
        runtime: &Handle,
        program: &Program,
        (season, round): (usize, &Round),
    ) -> Result<Account> {
        let is_meant = |account: &&Account| account.of.who() == round.who;
        if !round.fresh
            && let Some(account) = self.accounts.iter().rev().find(is_meant)
        {
            return Ok(account.clone());
        }
        let number = self.accounts.iter().filter(is_meant).count();
        let (of, row) = match round.who {
            Who::Store => {
                let store = self.simulator.market(smartstore::CLIENT_ID).expect("every season has it");
                let row = store_row(&format!("store-{season}-{number}"), &store, LOOKBACK, self.pace);
                (Of::Store(store), row)
            }
            Who::Mall => {
                let mall = self.simulator.malls().into_iter().nth(number).expect("one for each new account");
                let row = mall_row(&format!("mall-{season}-{number}"), &mall, LOOKBACK, self.pace);
                (Of::Mall(mall), row)
            }
            Who::Vendor => {
                let vendor = self.simulator.vendor(coupang::VENDOR_ID).expect("every season has it");
                let row = vendor_row(&format!("vendor-{season}-{number}"), &vendor, LOOKBACK, self.pace);
                (Of::Vendor(vendor), row)
            }
            Who::Seller => {
                let seller = self.simulator.seller(eleventh_street::SELLER_ID).expect("every season has it");
                // 11st has no limit to keep.
                let row = seller_row(&format!("seller-{season}-{number}"), &seller, LOOKBACK, "off");
                (Of::Seller(seller), row)
            }
        };
        let name = row.name.clone();
        let row = runtime.block_on(program.add_row(row))?;
        let account = Account { row, name, of };
        account.grant(program)?;
        self.accounts.push(account.clone());
        Ok(account)
    }
}

impl Of {
    fn who(&self) -> Who {
        match self {
            Self::Store(_) => Who::Store,
            Self::Mall(_) => Who::Mall,
            Self::Vendor(_) => Who::Vendor,
            Self::Seller(_) => Who::Seller,
        }
    }
}

impl Account {
    /// The platform's name of it.
    pub(super) fn id(&self) -> &str {
        match &self.of {
            Of::Store(market) => market.client_id(),
            Of::Mall(mall) => mall.mall_id(),
            Of::Vendor(vendor) => vendor.vendor_id(),
            Of::Seller(seller) => seller.seller_id(),
        }
    }

    /// Lets the mall's operator grant access; no other account needs any.
    ///
    /// # Errors
    /// With what the program said, when it cannot use the grant.
    pub(super) fn grant(&self, program: &Program) -> Result<()> {
        let Of::Mall(mall) = &self.of else { return Ok(()) };
        mall.clear_faults();
        program.calmly(&["connectors", "authorize", &self.name, "--code", &mall.issue_code()])
    }

    /// The market lives on.
    pub(super) fn live(&self, simulator: &Simulator, life: Life) {
        let account = Some(self.id().to_owned());
        simulator.age(&Age { arrive: life.arrive, move_on: life.move_on, account });
        match &self.of {
            Of::Store(store) => {
                let delivered =
                    store.truth().into_iter().filter(|order| order.status == Stage::Delivered.status());
                let ids: Vec<String> = delivered.take(life.claims).map(|order| order.id).collect();
                store.change(&ids, Stage::ReturnRequested);
            }
            Of::Mall(_) => {}
            Of::Vendor(vendor) => buy_back_from_vendor(vendor, life),
            Of::Seller(seller) => buy_back_from_seller(seller, life),
        }
    }
}

/// What buyers take back: each kind of claim in turn, now of this line and now of that.
fn buy_back_from_vendor(vendor: &Vendor, life: Life) {
    for _ in 0..life.claims {
        let turn = vendor.claims().len();
        let ids = from_one_on(turn, vendor.truth().into_iter().map(|line| line.order_id).collect());
        let mut ids = ids.iter();
        let _made = match turn % 3 {
            0 => ids.find_map(|id| vendor.buyer_cancels(id, None)),
            1 => ids.find_map(|id| vendor.buyer_returns(id, None)),
            _ => ids.find_map(|id| vendor.buyer_exchanges(id, None)),
        };
    }
    let newest_first = vendor.claims().into_iter().rev();
    newest_first.filter(|claim| vendor.withdraw(&claim.claim_id)).take(life.withdrawals).for_each(drop);
}

/// The same at 11st, one piece each, so that something of many lines is left.
fn buy_back_from_seller(seller: &Seller, life: Life) {
    for _ in 0..life.claims {
        let turn = seller.claims().len();
        let ids = from_one_on(turn, seller.truth().into_iter().map(|line| line.order_id).collect());
        let mut ids = ids.iter();
        let _made = match turn % 3 {
            0 => ids.find_map(|id| seller.cancel(id, 1)),
            1 => ids.find_map(|id| seller.request_return(id, 1)),
            _ => ids.find_map(|id| seller.request_exchange(id, 1)),
        };
    }
    let newest_first = seller.claims().into_iter().rev();
    newest_first.filter(|claim| seller.withdraw(&claim.claim_id)).take(life.withdrawals).for_each(drop);
}

/// All ids, from another one on at each turn.
fn from_one_on(turn: usize, mut ids: Vec<String>) -> Vec<String> {
    let first = turn * 7 % ids.len().max(1);
    ids.rotate_left(first);
    ids
}
