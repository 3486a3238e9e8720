//! What is to be done about one product at one account.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::command::Draft;
use connector_core::{Action, CommandName, ListingState};
use storage::{
    Accepted, ChannelTerms, ConnectorRow, IntentRow, IntentState, ListingRow, ProductRow, ProductStatus,
    Refused,
};

use super::sale::Sale;
use crate::draft::{content_digest, digest, draft, price, stock};
use crate::write::hidden_until;

/// How long a product that the platform has taken, and shows in no list, is waited for before it may be sent once more.
pub(super) const AWAITED_FOR: TimeDelta = TimeDelta::days(1);

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
    /// The rows of the listings whose sale or stock it is, and whether they were taken off sale here; none for anything else.
    pub(super) listing_rows: Vec<(i64, bool)>,
}

impl Planned {
    fn new(key: String, action: Action, accepts: Accepted) -> Self {
        Self { key, action, accepts, listing_rows: Vec::new() }
    }

    /// Whether it puts a product on sale that is not there yet.
    pub(super) fn is_new(&self) -> bool {
        self.action.name() == CommandName::CreateListing
    }
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
    pub(super) sale: Sale,
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
            (ProductStatus::Inactive, _) => Plan::Tasks(self.stops(product, &listings)),
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
                    if let Some(until) = hidden_until(intent).filter(|until| self.now < *until) {
                        return Plan::Later(until);
                    }
                }
                IntentState::Planned | IntentState::Refused => {}
            }
        }
        let draft = draft(product, terms, price, stock);
        let accepts = self.whole(&draft);
        let digest = digest(&draft);
        let action = Action::CreateListing { draft };
        Plan::Tasks(vec![Planned::new(self.key_of(&action, &format!("{digest:x}")), action, accepts)])
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
                tasks.push(Planned::new(self.key_of(&action, &format!("{digest:x}")), action, accepts));
            }
        }
        for listing in listings {
            if let Some(price) = price.filter(|price| listing.price != Some(*price)) {
                let action = Action::SetPrice { listing: listing.target(), price };
                let accepts = Accepted { price: Some(price), ..Accepted::default() };
                tasks.push(Planned::new(self.key_of(&action, &price.to_string()), action, accepts));
            }
        }
        tasks.extend(self.resumes(product, terms, listings));
        Plan::Tasks(tasks)
    }

    fn whole(&self, draft: &Draft) -> Accepted {
        Accepted { price: Some(draft.price), stock: Some(draft.stock), hash: Some(content_digest(draft)) }
    }

    /// The same thing asked for in the same sync has the same key; what differs has another.
    pub(super) fn key_of(&self, action: &Action, content: &str) -> String {
        format!("publish-{}:{}:{}:{content}", self.key, action.name().name(), action.target())
    }
}

#[cfg(test)]
mod tests;
