//! What is planned for which products.

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
        reserved: 0,
        safety_stock: 5,
        cost: None,
        status: ProductStatus::Active,
        details: ProductDetails::default(),
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
fn planned(product: &ProductRow, offers: &[CommandName], change: impl FnOnce(&mut Known<'_>)) -> Vec<String> {
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
        sale: Sale::default(),
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
            known.terms.insert(1, ChannelTerms { last_pushed_hash: Some(hash), ..ChannelTerms::default() });
        })
    };
    let now = content_digest(&draft(&product, &ChannelTerms::default(), 1, 1));
    assert_eq!(told(now), ["same"]);
    assert_eq!(told(now + 1), ["update_listing 900/"]);
}

/// What is planned for a product whose listings were taken off sale here, those of the given rows.
fn marked(product: &ProductRow, listings: Vec<ListingRow>, rows: &[i64]) -> Vec<String> {
    planned(product, ALL, |known| {
        let family = listings.clone();
        known.sale.families.insert("900".to_owned(), family);
        known.sale.stopped = rows.iter().copied().collect();
        known.listings.insert(1, listings);
    })
}

#[test]
fn what_was_taken_off_sale_here_is_put_back_once_it_is_there_to_be_sold() {
    let stopped =
        |price, stock| ListingRow { stock: Some(stock), ..listing("", price, ListingState::Stopped) };
    let active = product();
    assert_eq!(marked(&active, vec![stopped(3_000, 7)], &[1]), ["resume_sale 900/"]);
    assert_eq!(
        marked(&active, vec![stopped(2_000, 1)], &[1]),
        ["set_price 900/", "set_stock 900/", "resume_sale 900/"],
        "price and stock come before buyers do"
    );
    assert_eq!(marked(&active, vec![stopped(3_000, 7)], &[]), ["same"], "its seller has stopped it");
    let on_sale = listing("", 3_000, ListingState::OnSale);
    assert_eq!(marked(&active, vec![on_sale], &[1]), ["same"]);
    let inactive = ProductRow { status: ProductStatus::Inactive, ..product() };
    assert_eq!(marked(&inactive, vec![stopped(3_000, 7)], &[1]), ["same"]);
    let sold_out = ProductRow { stock: Some(0), ..product() };
    assert_eq!(marked(&sold_out, vec![stopped(3_000, 7)], &[1]), ["same"], "nothing is left of it");
    let reserved = ProductRow { reserved: 7, ..product() };
    assert_eq!(marked(&reserved, vec![stopped(3_000, 7)], &[1]), ["same"]);
    // Where no stock is kept here, the platform's own counts.
    let uncounted = ProductRow { stock: None, ..product() };
    assert_eq!(marked(&uncounted, vec![stopped(3_000, 7)], &[1]), ["resume_sale 900/"]);
    assert_eq!(marked(&uncounted, vec![stopped(3_000, 0)], &[1]), ["same"]);
    let buffered = planned(&active, ALL, |known| {
        known.listings.insert(1, vec![stopped(3_000, 7)]);
        known.sale.stopped.insert(1);
        known.terms.insert(1, ChannelTerms { buffer: 7, ..ChannelTerms::default() });
    });
    assert_eq!(buffered, ["same"], "all of it is held back there");
    let unoffered = planned(&active, &[CommandName::SetStock], |known| {
        known.listings.insert(1, vec![stopped(3_000, 7)]);
        known.sale.stopped.insert(1);
    });
    assert_eq!(unoffered, ["same"]);
}

#[test]
fn options_are_taken_off_and_put_back_together_where_the_product_is_listed_beside_them() {
    let rows = |state| {
        ["", "5", "6"].map(|option_id| ListingRow {
            id: option_id.parse().unwrap_or(4),
            ..listing(option_id, 3_000, state)
        })
    };
    let inactive = ProductRow { status: ProductStatus::Inactive, ..product() };
    assert_eq!(marked(&inactive, rows(ListingState::OnSale).to_vec(), &[]), ["stop_sale 900/"]);
    assert_eq!(
        marked(&product(), rows(ListingState::Stopped).to_vec(), &[4, 5, 6]),
        ["set_stock 900/5", "set_stock 900/6", "resume_sale 900/"]
    );
    // Another product that is sold under it is not taken off with it.
    let mut shared = rows(ListingState::OnSale).to_vec();
    shared[2].product_id = Some(2);
    let own = shared[1].clone();
    let alone = planned(&inactive, ALL, |known| {
        known.sale.families.insert("900".to_owned(), shared);
        known.listings.insert(1, vec![own]);
    });
    assert_eq!(alone, ["stop_sale 900/5"]);
}
