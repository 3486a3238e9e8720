//! Listings: kept by option, and linked to the seller's product.

use connector_core::{Listing, ListingState, Record};
use storage::{ListingFilter, Storage};

use crate::place::{on_both, page, raw, save, session};

fn listing(n: i64) -> Listing {
    Listing {
        listing_id: format!("L{}", n / 2),
        option_id: format!("{}", n % 2),
        sold_as: None,
        seller_code: Some(format!("SKU-{n}")),
        name: "양말".to_owned(),
        option_name: Some("검정".to_owned()),
        price: Some(3_000),
        stock: Some(10),
        state: ListingState::OnSale,
        status: "SALE".to_owned(),
        raw: raw(&format!("{{\"n\": {n}}}")),
    }
}

fn page_of(observed: i64, list: impl IntoIterator<Item = Listing>) -> connector_core::sync::Batch {
    page("listings", observed, list.into_iter().map(Record::Listing))
}

on_both! {
    async fn each_listing_is_new_changed_unchanged_or_older(place) {
        let (_storage, session) = session(place).await;
        assert_eq!(save(&session, page_of(100, (0..700).map(listing))).await.expect("saves"), [700, 0, 0, 0, 700]);
        let edits: [fn(&mut Listing); 8] = [
            |l| l.seller_code = None,
            |l| l.name = "모자".to_owned(),
            |l| l.option_name = None,
            |l| l.price = None,
            |l| l.stock = Some(0),
            |l| l.state = ListingState::SoldOut,
            |l| l.status = "OUTOFSTOCK".to_owned(),
            |l| l.raw = raw("{}"),
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut edited = listing(1);
            edit(&mut edited);
            let both = [edited, listing(0)];
            assert_eq!(save(&session, page_of(200, both)).await.expect("saves"), [0, 1, 1, 0, 2], "edit {number}");
            assert_eq!(save(&session, page_of(199, [listing(1)])).await.expect("saves"), [0, 0, 0, 1, 1]);
            assert_eq!(save(&session, page_of(200, [listing(1)])).await.expect("saves")[1], 1, "edit {number} back");
        }
        let stored = place.sql(
            "SELECT platform, listing_id, option_id, product_id, seller_code, name, option_name, price, stock, state,
             status, meta_json FROM listings WHERE seller_code = 'SKU-1'",
        );
        let expected = [
            "smartstore", "L0", "1", "∅", "SKU-1", "양말", "검정", "3000", "10", "on_sale", "SALE", "{\"n\": 1}",
        ];
        assert_eq!(stored, [expected.map(str::to_owned)]);
    }
}

on_both! {
    async fn a_listing_is_linked_by_its_code_once_and_keeps_its_product(place) {
        let (_storage, session) = session(place).await;
        place.sql(
            "INSERT INTO products (owner_id, seller_code, name) VALUES (NULL, 'SKU-1', 'one'), (7, 'SKU-2', 'not ours'),
             (NULL, 'SKU-3', 'three')",
        );
        let linked = || {
            place.sql(
                "SELECT l.listing_id || '/' || l.option_id, p.name FROM listings l
                 LEFT JOIN products p ON p.id = l.product_id ORDER BY 1",
            )
        };
        let mut codeless = listing(4);
        codeless.seller_code = None;
        save(&session, page_of(1, [listing(1), listing(2), codeless])).await.expect("saves");
        assert_eq!(linked(), [["L0/1", "one"], ["L1/0", "∅"], ["L2/0", "∅"]]);
        // Another code, and a code at last.
        let mut recoded = listing(1);
        recoded.seller_code = Some("SKU-3".to_owned());
        let mut coded = listing(4);
        coded.seller_code = Some("SKU-3".to_owned());
        assert_eq!(save(&session, page_of(2, [recoded.clone(), coded.clone()])).await.expect("saves")[1], 2);
        assert_eq!(linked(), [["L0/1", "one"], ["L1/0", "∅"], ["L2/0", "three"]]);
        // A link that a person took away comes back with no mere change of the stock.
        place.sql("UPDATE listings SET product_id = NULL");
        (recoded.stock, coded.stock) = (Some(1), Some(1));
        assert_eq!(save(&session, page_of(3, [recoded, coded])).await.expect("saves")[1], 2);
        assert_eq!(linked(), [["L0/1", "∅"], ["L1/0", "∅"], ["L2/0", "∅"]]);
    }
}

async fn found(storage: &Storage, filter: ListingFilter) -> Vec<String> {
    let rows = storage.listings(filter.clone(), None, 100).await.expect("reads");
    let count = storage.count_listings(filter).await.expect("counts");
    assert_eq!(i64::try_from(rows.len()).expect("few"), count);
    rows.into_iter().map(|row| format!("{}/{}", row.listing_id, row.option_id)).collect()
}

on_both! {
    async fn listings_are_listed_by_what_they_are(place) {
        let (storage, session) = session(place).await;
        let mut sold_out = listing(3);
        sold_out.state = ListingState::SoldOut;
        place.sql("INSERT INTO products (seller_code, name) VALUES ('SKU-2', 'two')");
        save(&session, page_of(1, [listing(0), listing(1), listing(2), sold_out])).await.expect("saves");
        let id = storage.connectors().await.expect("reads")[0].id;
        let filter = ListingFilter::default;
        assert_eq!(found(&storage, filter()).await, ["L0/0", "L0/1", "L1/0", "L1/1"]);
        assert_eq!(found(&storage, ListingFilter { unmatched: true, ..filter() }).await, ["L0/0", "L0/1", "L1/1"]);
        let product = place.value("SELECT id FROM products").parse().expect("a number");
        assert_eq!(found(&storage, ListingFilter { product_id: Some(product), ..filter() }).await, ["L1/0"]);
        let code = ListingFilter { seller_code: Some("SKU-1".to_owned()), ..filter() };
        assert_eq!(found(&storage, code).await, ["L0/1"]);
        let whole = ListingFilter { listing_id: Some("L1".to_owned()), ..filter() };
        assert_eq!(found(&storage, whole).await, ["L1/0", "L1/1"]);
        let states = ListingFilter { states: vec![ListingState::SoldOut], ..filter() };
        assert_eq!(found(&storage, states).await, ["L1/1"]);
        let nobodys = ListingFilter { connector_ids: vec![id + 1], ..filter() };
        assert_eq!(found(&storage, nobodys).await, Vec::<String>::new());
        let first = storage.listings(filter(), None, 2).await.expect("reads");
        let rest = storage.listings(filter(), Some(first[1].id), 9).await.expect("reads");
        assert_eq!((first.len(), rest.len(), first[0].meta_json.is_none()), (2, 2, true));
        let ids = ListingFilter { ids: vec![first[1].id], with_raw: true, ..filter() };
        let one = storage.listings(ids, None, 9).await.expect("reads");
        assert_eq!((one.len(), one[0].meta_json.as_deref()), (1, Some("{\"n\": 1}")));
        let rows = storage.listing_rows(id, &["L1".to_owned(), "L9".to_owned()]).await.expect("reads");
        assert_eq!(rows.len(), 2, "all options");
        let target = rows[1].target();
        assert_eq!((target.listing_id.as_str(), target.option_id.as_str()), ("L1", "1"));
        assert_eq!(target.raw.expect("with the platform's object").get(), "{\"n\": 3}");
        assert_eq!(storage.listing_rows(id + 1, &["L1".to_owned()]).await.expect("reads").len(), 0);
    }
}
