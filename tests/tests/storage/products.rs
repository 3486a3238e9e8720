//! The seller's products, and the listings that stand for them.

use connector_core::{Listing, ListingState, Record};
use storage::{ListingFilter, NewProduct, ProductFilter, Session, StockNote, Storage, StorageError};

use crate::place::{claim, new_row, on_both, page, raw, save, session};

fn product(code: &str) -> NewProduct {
    NewProduct {
        seller_code: code.to_owned(),
        name: "양말".to_owned(),
        price: Some(3_000),
        ..NewProduct::default()
    }
}

async fn list(session: &Session, listing_id: &str, code: Option<&str>) {
    let listing = Listing {
        listing_id: listing_id.to_owned(),
        option_id: String::new(),
        sold_as: None,
        seller_code: code.map(str::to_owned),
        name: "양말".to_owned(),
        option_name: None,
        price: None,
        stock: None,
        state: ListingState::OnSale,
        status: "SALE".to_owned(),
        raw: raw("{}"),
    };
    save(session, page("listings", 1, [Record::Listing(listing)])).await.expect("saves");
}

async fn unmatched(storage: &Storage) -> Vec<String> {
    let filter = ListingFilter { unmatched: true, ..ListingFilter::default() };
    let rows = storage.listings(filter, None, 100).await.expect("reads");
    rows.into_iter().map(|row| row.listing_id).collect()
}

on_both! {
    async fn a_code_is_its_owners_only_one(place) {
        let storage = place.open().await;
        let first = storage.add_product(product("A")).await.expect("adds");
        assert_eq!((first.seller_code.as_str(), first.price, first.stock), ("A", Some(3_000), None));
        let error = storage.add_product(product("A")).await.expect_err("a second one");
        assert!(matches!(&error, StorageError::Conflict(reason) if reason.contains("\"A\"")), "{error:?}");
        let owned = |owner| NewProduct { owner_id: Some(owner), ..product("A") };
        storage.add_product(owned(1)).await.expect("another owner's");
        storage.add_product(owned(2)).await.expect("another owner's");
        let error = storage.add_product(owned(2)).await.expect_err("a second one");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        for wrong in [product(""), NewProduct { stock: Some(-1), ..product("B") }] {
            let error = storage.add_product(wrong).await.expect_err("makes no sense");
            assert!(matches!(error, StorageError::Invalid(_)), "{error:?}");
        }
        assert_eq!(storage.count_products(ProductFilter::default()).await.expect("counts"), 3);
        let theirs = ProductFilter { owner_id: Some(2), ..ProductFilter::default() };
        assert_eq!(storage.products(theirs, None, 9).await.expect("reads").len(), 1);
        let codes = ProductFilter { seller_codes: vec!["A".to_owned()], ..ProductFilter::default() };
        let rows = storage.products(codes, Some(first.id), 9).await.expect("reads");
        assert_eq!(rows.len(), 2, "after the first");
        let ids = ProductFilter { ids: vec![first.id], ..ProductFilter::default() };
        assert_eq!(storage.products(ids, None, 9).await.expect("reads"), [first]);
    }
}

on_both! {
    async fn a_new_product_takes_the_listings_that_wait_for_it(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds").id;
        place.sql(&format!("UPDATE connectors SET owner_id = 7 WHERE id = {other}"));
        let theirs = storage.session(claim(&storage, other).await);
        list(&session, "L1", Some("A")).await;
        list(&session, "L2", Some("B")).await;
        list(&session, "L3", None).await;
        list(&theirs, "T1", Some("A")).await;
        assert_eq!(unmatched(&storage).await, ["L1", "L2", "L3", "T1"]);
        let product = storage.add_product(product("A")).await.expect("adds");
        assert_eq!(unmatched(&storage).await, ["L2", "L3", "T1"]);
        list(&session, "L4", Some("A")).await;
        assert_eq!(unmatched(&storage).await, ["L2", "L3", "T1"], "later ones, too");
        let filter = ListingFilter { product_id: Some(product.id), ..ListingFilter::default() };
        assert_eq!(storage.count_listings(filter).await.expect("counts"), 2);
    }
}

on_both! {
    async fn a_person_decides_which_product_a_listing_is(place) {
        let (storage, session) = session(place).await;
        list(&session, "L1", None).await;
        let listing = storage.listings(ListingFilter::default(), None, 1).await.expect("reads")[0].id;
        let product_a = storage.add_product(product("A")).await.expect("adds").id;
        storage.link_listing(listing, product_a).await.expect("links");
        list(&session, "L1", Some("B")).await;
        storage.add_product(product("B")).await.expect("adds");
        let linked = || place.value("SELECT COALESCE(product_id, 0) FROM listings");
        assert_eq!(linked(), product_a.to_string(), "whatever its code");
        storage.unlink_listing(listing).await.expect("unlinks");
        assert_eq!(linked(), "0");
        let theirs = storage.add_product(NewProduct { owner_id: Some(7), ..product("A") }).await.expect("adds").id;
        let error = storage.link_listing(listing, theirs).await.expect_err("another owner's");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        for (listing, product) in [(listing, 99), (99, product_a)] {
            let error = storage.link_listing(listing, product).await.expect_err("there is none");
            assert!(matches!(&error, StorageError::NoSuch(what) if what.contains("99")), "{error:?}");
        }
        storage.unlink_listing(99).await.expect_err("there is none");
        storage.link_listing(listing, product_a).await.expect("links");
        let checked = if place.backend() == storage::Backend::Sqlite { "PRAGMA foreign_keys = ON; " } else { "" };
        place.sql(&format!("{checked}DELETE FROM products WHERE id = {product_a}"));
        assert_eq!(linked(), "0", "a listing outlives its product");
    }
}

on_both! {
    async fn stock_and_price_are_set(place) {
        let storage = place.open().await;
        let id = storage.add_product(product("A")).await.expect("adds").id;
        storage.set_product_stock(id, Some(5), StockNote::default()).await.expect("sets");
        let row = storage.set_product_price(id, Some(2_500)).await.expect("sets");
        assert_eq!((row.stock, row.price), (Some(5), Some(2_500)));
        assert_eq!(storage.product(id).await.expect("reads"), row);
        assert_eq!(storage.set_product_stock(id, None, StockNote::default()).await.expect("sets").stock, None);
        storage.set_product_stock(id, Some(-1), StockNote::default()).await.expect_err("makes no sense");
        storage.set_product_price(id, Some(-1)).await.expect_err("makes no sense");
        let error = storage.set_product_stock(id + 1, Some(1), StockNote::default()).await.expect_err("there is none");
        assert!(matches!(error, StorageError::NoSuch(_)), "{error:?}");
        assert!(matches!(storage.product(id + 1).await, Err(StorageError::NoSuch(_))));
    }
}
