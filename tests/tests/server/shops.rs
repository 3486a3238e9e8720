//! A seller with a shop at each of three simulated platforms.

use serde_json::json;
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

/// Says what each platform wants to know beyond the product.
pub(crate) fn say_terms(caller: &Caller<'_>, product: i64, accounts: Accounts) {
    let ids = [accounts.smartstore, accounts.coupang, accounts.eleventh_street];
    for (account, platform) in ids.into_iter().zip(terms()) {
        caller
            .put(&format!("/products/{product}/listings/{account}"), &json!({"platform": platform}))
            .expect(200);
    }
}
