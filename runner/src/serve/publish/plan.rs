//! What is to be done about one product at one account.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::command::Draft;
use connector_core::{Action, CommandName, ListingState};
use storage::{
    Accepted, ChannelTerms, ConnectorRow, IntentRow, IntentState, ListingRow, ProductRow, ProductStatus,
    Refused,
};

use crate::draft::{content_digest, digest, draft, price, stock};

/// How long a platform may take until it shows a new product under its code; Coupang names a minute
/// (<https://developers.coupangcorp.com/hc/ko/articles/360033877853>, read 2026-11). Until then nobody can tell that a product
/// which may have been sent was not taken.
const SHOWN_WITHIN: TimeDelta = TimeDelta::seconds(75);

/// How long a product that the platform has taken, and shows in no list, is waited for before it may be sent once more.
const AWAITED_FOR: TimeDelta = TimeDelta::days(1);

/// What to do about a product.
pub(super) enum Plan {
    /// All is as it should be.
    Same,
    /// To be sent.
    Tasks(Vec<Planned>),
    /// A new product may have been sent a moment ago: the platform is to be looked at after this instant.
    Later(DateTime<Utc>),
    /// The platform has taken it and its listing is not stored yet.
    Awaited,
    /// It cannot be told.
    Cannot(Refused),
}

/// One thing to send.
pub(super) struct Planned {
    pub(super) key: String,
    pub(super) action: Action,
    /// What the platform has accepted when it is done.
    pub(super) accepts: Accepted,
}

/// What plans are made of: the account, and what is known of a chunk of products there.
pub(super) struct Known<'a> {
    pub(super) row: &'a ConnectorRow,
    /// Begins every key of this sync.
    pub(super) key: &'a str,
    /// The commands that the connector has.
    pub(super) offers: &'a [CommandName],
    pub(super) now: DateTime<Utc>,
    pub(super) terms: HashMap<i64, ChannelTerms>,
    pub(super) listings: HashMap<i64, Vec<ListingRow>>,
    /// Earlier attempts to make a product of a code, latest first.
    pub(super) earlier: HashMap<String, Vec<IntentRow>>,
    /// Those of their references whose listings are stored.
    pub(super) stored: Vec<String>,
}

/// Those listings that something can be done to: not what has ended, and not an option's row from before its approval where it
/// has another by now.
fn current(listings: &[ListingRow]) -> Vec<&ListingRow> {
    let is = |listing: &ListingRow, state: ListingState| listing.state == state.name();
    let is_replaced = |old: &ListingRow| {
        let newer = |listing: &&ListingRow| {
            listing.listing_id == old.listing_id && !is(listing, ListingState::Pending)
        };
        is(old, ListingState::Pending) && listings.iter().any(|listing| newer(&listing))
    };
    listings.iter().filter(|listing| !is(listing, ListingState::Ended) && !is_replaced(listing)).collect()
}

fn cannot(code: &str, message: String, fix: String) -> Plan {
    Plan::Cannot(Refused { code: Some(code.to_owned()), message, fix: Some(fix) })
}

impl Known<'_> {
    fn missing(&self, product: &ProductRow, what: &str, field: &str) -> Plan {
        let fix = format!("PATCH /api/v1/products/{} {{\"{field}\": …}}", product.id);
        cannot(&format!("{what}_missing"), format!("the product has no {what}"), fix)
    }

    pub(super) fn terms_of(&self, product_id: i64) -> ChannelTerms {
        let none = || ChannelTerms { product_id, connector_id: self.row.id, ..ChannelTerms::default() };
        self.terms.get(&product_id).cloned().unwrap_or_else(none)
    }

    pub(super) fn plan(&self, product: &ProductRow) -> Plan {
        let terms = self.terms_of(product.id);
        let listings = current(self.listings.get(&product.id).map(Vec::as_slice).unwrap_or_default());
        let plan = match (product.status, listings.is_empty()) {
            (ProductStatus::Inactive, _) => self.stops(&listings),
            (ProductStatus::Active, true) => self.creation(product, &terms),
            (ProductStatus::Active, false) => self.changes(product, &terms, &listings),
        };
        match &plan {
            Plan::Tasks(tasks) if tasks.is_empty() => Plan::Same,
            Plan::Tasks(tasks) => {
                match tasks.iter().find(|task| !self.offers.contains(&task.action.name())) {
                    Some(task) => cannot(
                        "unsupported",
                        format!("{} is not offered for {}", task.action.name().name(), self.row.platform),
                        match task.action {
                            Action::CreateListing { .. } => format!(
                                "put it on sale at the platform under the code {}, then POST /api/v1/sync/products \
                             {{\"platform_account_ids\": [{}]}} links it",
                                product.seller_code, self.row.id
                            ),
                            _ => "change it at the platform itself".to_owned(),
                        },
                    ),
                    None => plan,
                }
            }
            _ => plan,
        }
    }

    fn stops(&self, listings: &[&ListingRow]) -> Plan {
        let on_sale = listings.iter().filter(|listing| listing.state == ListingState::OnSale.name());
        let stop = |listing: &&ListingRow| {
            let action = Action::StopSale { listing: listing.target() };
            Planned { key: self.key_of(&action, ""), action, accepts: Accepted::default() }
        };
        Plan::Tasks(on_sale.map(stop).collect())
    }

    fn creation(&self, product: &ProductRow, terms: &ChannelTerms) -> Plan {
        let Some(price) = price(product, terms) else { return self.missing(product, "price", "price") };
        let Some(stock) = stock(product, terms) else {
            return self.missing(product, "stock", "stock_quantity");
        };
        for intent in self.earlier.get(&product.seller_code).into_iter().flatten() {
            match intent.state {
                IntentState::Done | IntentState::Already | IntentState::Unverified => {
                    let is_unseen = intent.reference.as_ref().is_some_and(|held| !self.stored.contains(held));
                    if is_unseen && self.now - intent.updated_at < AWAITED_FOR {
                        return Plan::Awaited;
                    }
                }
                IntentState::Failed | IntentState::Sending | IntentState::Unknown => {
                    if let Some(sent_at) = intent.sent_at
                        && self.now < sent_at + SHOWN_WITHIN
                    {
                        return Plan::Later(sent_at + SHOWN_WITHIN);
                    }
                }
                IntentState::Planned | IntentState::Refused => {}
            }
        }
        let draft = draft(product, terms, price, stock);
        let accepts = self.whole(&draft);
        let digest = digest(&draft);
        let action = Action::CreateListing { draft };
        Plan::Tasks(vec![Planned { key: self.key_of(&action, &format!("{digest:x}")), action, accepts }])
    }

    fn changes(&self, product: &ProductRow, terms: &ChannelTerms, listings: &[&ListingRow]) -> Plan {
        let mut tasks = Vec::new();
        let price = price(product, terms);
        let first = listings[0];
        let draft = |listing: &ListingRow| {
            let price = price.or(listing.price)?;
            let stock = stock(product, terms).or(listing.stock)?;
            Some(draft(product, terms, price, stock))
        };
        let digest_of = |draft: &Draft| content_digest(draft);
        let is_told = match (terms.last_pushed_hash, draft(first)) {
            (Some(told), Some(draft)) => told == digest_of(&draft),
            // What was never told whole is the platform's own, as long as nothing is said against it here.
            (None, _) => {
                terms.platform.is_empty() && listings.iter().all(|listing| listing.name == product.name)
            }
            (Some(_), None) => return self.missing(product, "price", "price"),
        };
        if !is_told {
            let mut seen: Vec<&str> = Vec::new();
            for listing in listings {
                if seen.contains(&listing.listing_id.as_str()) {
                    continue;
                }
                seen.push(&listing.listing_id);
                let Some(draft) = draft(listing) else {
                    return self.missing(product, "price or stock", "price");
                };
                let accepts = Accepted { stock: None, ..self.whole(&draft) };
                let digest = digest(&draft);
                let action = Action::UpdateListing { listing: listing.target(), draft };
                tasks.push(Planned { key: self.key_of(&action, &format!("{digest:x}")), action, accepts });
            }
        }
        for listing in listings {
            if let Some(price) = price.filter(|price| listing.price != Some(*price)) {
                let action = Action::SetPrice { listing: listing.target(), price };
                let accepts = Accepted { price: Some(price), ..Accepted::default() };
                tasks.push(Planned { key: self.key_of(&action, &price.to_string()), action, accepts });
            }
        }
        Plan::Tasks(tasks)
    }

    fn whole(&self, draft: &Draft) -> Accepted {
        Accepted { price: Some(draft.price), stock: Some(draft.stock), hash: Some(content_digest(draft)) }
    }

    /// The same thing asked for in the same sync has the same key; what differs has another.
    fn key_of(&self, action: &Action, content: &str) -> String {
        format!("publish-{}:{}:{}:{content}", self.key, action.name().name(), action.target())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use storage::ProductDetails;

    use super::*;

    const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn account() -> ConnectorRow {
        ConnectorRow {
            id: 3,
            platform: "somewhere".to_owned(),
            name: "main".to_owned(),
            mode: "api".to_owned(),
            enabled: true,
            config: serde_json::Map::new(),
            owner_id: None,
            label: None,
            removed_at: None,
            created_at: AT,
            updated_at: AT,
            lease_owner: None,
            lease_until: None,
            config_fault: None,
        }
    }

    fn product() -> ProductRow {
        ProductRow {
            id: 1,
            owner_id: None,
            seller_code: "P-1".to_owned(),
            name: "양말".to_owned(),
            price: Some(3_000),
            stock: Some(7),
            created_at: AT,
            updated_at: AT,
            safety_stock: 5,
            cost: None,
            status: ProductStatus::Active,
            details: ProductDetails::default(),
            reserved: 0,
        }
    }

    fn listing(option_id: &str, price: i64, state: ListingState) -> ListingRow {
        ListingRow {
            id: 1,
            connector_id: 3,
            platform: "somewhere".to_owned(),
            listing_id: "900".to_owned(),
            option_id: option_id.to_owned(),
            product_id: Some(1),
            seller_code: Some("P-1".to_owned()),
            name: "양말".to_owned(),
            option_name: None,
            price: Some(price),
            stock: Some(1),
            state: state.name().to_owned(),
            status: String::new(),
            observed_at: AT,
            first_seen_at: AT,
            updated_at: AT,
            meta_json: None,
        }
    }

    fn intent(state: IntentState, reference: Option<&str>, sent_ago: i64) -> IntentRow {
        IntentRow {
            id: 1,
            connector_id: 3,
            key: String::new(),
            command: "create_listing".to_owned(),
            target: "P-1".to_owned(),
            body: Value::Null,
            state,
            attempts: 1,
            reference: reference.map(str::to_owned),
            code: None,
            message: None,
            owner: String::new(),
            created_at: AT,
            sent_at: Some(AT - TimeDelta::seconds(sent_ago)),
            finished_at: None,
            updated_at: AT - TimeDelta::seconds(sent_ago),
        }
    }

    /// What is planned, in short.
    fn planned(
        product: &ProductRow,
        offers: &[CommandName],
        change: impl FnOnce(&mut Known<'_>),
    ) -> Vec<String> {
        let row = account();
        let mut known = Known {
            row: &row,
            key: "k",
            offers,
            now: AT,
            terms: HashMap::new(),
            listings: HashMap::new(),
            earlier: HashMap::new(),
            stored: Vec::new(),
        };
        change(&mut known);
        match known.plan(product) {
            Plan::Same => vec!["same".to_owned()],
            Plan::Later(_) => vec!["later".to_owned()],
            Plan::Awaited => vec!["awaited".to_owned()],
            Plan::Cannot(refused) => vec![refused.code.unwrap_or_default()],
            Plan::Tasks(tasks) => tasks
                .iter()
                .map(|task| format!("{} {}", task.action.name().name(), task.action.target()))
                .collect(),
        }
    }

    const ALL: &[CommandName] = &CommandName::ALL;

    #[test]
    fn what_is_not_there_is_made_and_what_cannot_be_made_says_why() {
        assert_eq!(planned(&product(), ALL, |_| {}), ["create_listing P-1"]);
        assert_eq!(planned(&product(), &[], |_| {}), ["unsupported"]);
        assert_eq!(planned(&ProductRow { price: None, ..product() }, ALL, |_| {}), ["price_missing"]);
        assert_eq!(planned(&ProductRow { stock: None, ..product() }, ALL, |_| {}), ["stock_missing"]);
        let inactive = ProductRow { status: ProductStatus::Inactive, ..product() };
        assert_eq!(planned(&inactive, ALL, |_| {}), ["same"]);
        let own_price = |known: &mut Known<'_>| {
            known.terms.insert(1, ChannelTerms { price: Some(10), ..ChannelTerms::default() });
        };
        assert_eq!(planned(&ProductRow { price: None, ..product() }, ALL, own_price), ["create_listing P-1"]);
    }

    #[test]
    fn what_may_have_been_made_is_not_made_again() {
        let after = |state, reference, sent_ago| {
            planned(&product(), ALL, |known| {
                known.earlier.insert("P-1".to_owned(), vec![intent(state, reference, sent_ago)]);
            })
        };
        assert_eq!(after(IntentState::Failed, None, 10), ["later"]);
        assert_eq!(after(IntentState::Sending, None, 74), ["later"]);
        assert_eq!(after(IntentState::Failed, None, 76), ["create_listing P-1"]);
        assert_eq!(after(IntentState::Refused, None, 10), ["create_listing P-1"]);
        assert_eq!(after(IntentState::Unverified, Some("900"), 76), ["awaited"]);
        assert_eq!(after(IntentState::Done, Some("900"), 100_000), ["create_listing P-1"]);
        let seen = planned(&product(), ALL, |known| {
            known.earlier.insert("P-1".to_owned(), vec![intent(IntentState::Done, Some("900"), 10)]);
            known.stored.push("900".to_owned());
        });
        assert_eq!(
            seen,
            ["create_listing P-1"],
            "a listing that ended, or belongs to another: the platform is asked"
        );
    }

    fn at(product: &ProductRow, listings: Vec<ListingRow>, terms: Value) -> Vec<String> {
        planned(product, ALL, |known| {
            known.listings.insert(1, listings);
            let platform = terms.as_object().cloned().unwrap_or_default();
            known.terms.insert(1, ChannelTerms { platform, ..ChannelTerms::default() });
        })
    }

    #[test]
    fn only_what_differs_is_changed() {
        let on_sale = |price| vec![listing("", price, ListingState::OnSale)];
        assert_eq!(at(&product(), on_sale(3_000), json!({})), ["same"]);
        assert_eq!(at(&product(), on_sale(2_000), json!({})), ["set_price 900/"]);
        assert_eq!(at(&product(), on_sale(3_000), json!({"brand": "b"})), ["update_listing 900/"]);
        let renamed = ProductRow { name: "긴 양말".to_owned(), ..product() };
        assert_eq!(at(&renamed, on_sale(2_000), json!({})), ["update_listing 900/", "set_price 900/"]);
        let inactive = ProductRow { status: ProductStatus::Inactive, ..product() };
        assert_eq!(at(&inactive, on_sale(2_000), json!({})), ["stop_sale 900/"]);
        let ended = vec![listing("", 3_000, ListingState::Ended)];
        assert_eq!(at(&product(), ended, json!({})), ["create_listing P-1"]);
        let approved =
            vec![listing("pending-1", 1, ListingState::Pending), listing("5", 2_000, ListingState::OnSale)];
        assert_eq!(at(&product(), approved, json!({})), ["set_price 900/5"]);
    }

    #[test]
    fn what_was_told_whole_is_told_again_when_it_differs() {
        let product = product();
        let told = |hash| {
            planned(&product, ALL, |known| {
                known.listings.insert(1, vec![listing("", 3_000, ListingState::OnSale)]);
                known
                    .terms
                    .insert(1, ChannelTerms { last_pushed_hash: Some(hash), ..ChannelTerms::default() });
            })
        };
        let now = content_digest(&draft(&product, &ChannelTerms::default(), 1, 1));
        assert_eq!(told(now), ["same"]);
        assert_eq!(told(now + 1), ["update_listing 900/"]);
    }
}
