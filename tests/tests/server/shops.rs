//! A seller with a shop at each of three simulated platforms.

use serde_json::{Value, json};
use simulator::smartstore::{Config, Market};
use simulator::{Endpoint, Fault, FaultKind};
use tests::shops::terms;

use crate::place::Caller;

pub(crate) use tests::shops::Shops;

/// The accounts' ids here.
#[derive(Clone, Copy)]
pub(crate) struct Accounts {
    pub(crate) smartstore: i64,
    pub(crate) coupang: i64,
    pub(crate) eleventh_street: i64,
}

/// Adds the three accounts, as the guide does.
pub(crate) fn join(shops: &Shops, caller: &Caller<'_>) -> Accounts {
    let [smartstore, coupang, eleventh_street] = shops.accounts().map(|account| caller.add_account(&account));
    Accounts { smartstore, coupang, eleventh_street }
}

/// A Smart Store whose details take so many milliseconds.
pub(crate) fn slow_market(millis: i64) -> Market {
    let market = Market::start(Config { days: 5, ..Config::of(3_000) }).expect("a free port");
    market.fault(Fault { millis: Some(millis), ..Fault::always(Endpoint::Query, FaultKind::Slow) });
    market
}

/// Adds the three accounts and a product, and says what each platform wants to know of it; no platform knows it yet.
pub(crate) fn register(shops: &Shops, caller: &Caller<'_>, product: &Value) -> (i64, Accounts) {
    let accounts = join(shops, caller);
    let id = caller.post("/products", product).expect(201)["id"].as_i64().expect("an id");
    say_terms(caller, id, accounts);
    (id, accounts)
}

/// Says what each platform wants to know beyond the product.
pub(crate) fn say_terms(caller: &Caller<'_>, product: i64, accounts: Accounts) {
    let ids = [accounts.smartstore, accounts.coupang, accounts.eleventh_street];
    for (account, platform) in ids.into_iter().zip(terms()) {
        caller
            .put(&format!("/products/{product}/listings/{account}"), &json!({"platform": platform}))
            .expect(200);
    }
}
