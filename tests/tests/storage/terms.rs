//! Products as the catalogue keeps them, and what holds for them at each account.

use serde_json::json;
use storage::{
    Accepted, ListingFilter, NewProduct, ProductChange, ProductDetails, ProductFilter, ProductStatus, Pushed,
    Refused, SAFETY_STOCK, StorageError, TermsChange,
};

use crate::place::{Place, add_row, on_both};

fn product(code: &str) -> NewProduct {
    NewProduct { seller_code: code.to_owned(), name: "양말".to_owned(), ..NewProduct::default() }
}

on_both! {
    async fn a_product_without_a_code_is_given_one(place) {
        let storage = place.open().await;
        storage.add_product(product("P-2")).await.expect("adds");
        let second = storage.add_product_without_code(product("")).await.expect("adds");
        assert_eq!((second.id, second.seller_code.as_str()), (2, "P-2-"), "the owner's own code stands");
        let third = storage.add_product_without_code(product("")).await.expect("adds");
        assert_eq!(third.seller_code, "P-3");
        assert_eq!((third.safety_stock, third.status), (SAFETY_STOCK, ProductStatus::Active));
    }
}

on_both! {
    async fn a_product_is_changed_field_by_field(place) {
        let storage = place.open().await;
        storage.add_product(product("A")).await.expect("adds");
        let details = ProductDetails { brand: Some("상표".to_owned()), weight: Some(250), ..ProductDetails::default() };
        let new = NewProduct { price: Some(1_000), cost: Some(400), details, ..product("B") };
        let before = storage.add_product(new).await.expect("adds");
        let details = json!({"weight": null, "main_image": "https://example.com/1.jpg\u{0}"});
        let change = ProductChange {
            price: Some(Some(2_000)),
            cost: Some(None),
            status: Some(ProductStatus::Inactive),
            details: details.as_object().expect("an object").clone(),
            ..ProductChange::default()
        };
        let after = storage.update_product(before.id, change).await.expect("changes");
        assert_eq!((after.name.as_str(), after.seller_code.as_str()), ("양말", "B"));
        assert_eq!((after.price, after.cost, after.status), (Some(2_000), None, ProductStatus::Inactive));
        assert_eq!((after.details.brand.as_deref(), after.details.weight), (Some("상표"), None));
        assert_eq!(after.details.main_image.as_deref(), Some("https://example.com/1.jpg"));
        let taken = ProductChange { seller_code: Some("A".to_owned()), ..ProductChange::default() };
        let error = storage.update_product(before.id, taken).await.expect_err("another's code");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        let found = |text: &str| ProductFilter { text: Some(text.to_owned()), ..ProductFilter::default() };
        assert_eq!(storage.count_products(found("양")).await.expect("counts"), 2);
        assert_eq!(storage.count_products(found("b")).await.expect("counts"), 1);
        assert_eq!(storage.count_products(found("%")).await.expect("counts"), 0);
        let inactive = ProductFilter { status: Some(ProductStatus::Inactive), ..ProductFilter::default() };
        assert_eq!(storage.count_products(inactive).await.expect("counts"), 1);
    }
}

async fn sell(place: &Place, connector_id: i64, product_id: i64, state: &str) {
    place.sql(&format!(
        "INSERT INTO listings (connector_id, platform, listing_id, product_id, seller_code, name, state, status)
         VALUES ({connector_id}, 'smartstore', '{state}', {product_id}, 'A', '양말', '{state}', '')"
    ));
}

on_both! {
    async fn what_is_on_sale_is_not_removed_unasked(place) {
        let storage = place.open().await;
        let account = add_row(&storage).await.id;
        let id = storage.add_product(product("A")).await.expect("adds").id;
        sell(place, account, id, "on_sale").await;
        let error = storage.remove_product(id, false).await.expect_err("on sale");
        assert!(matches!(error, StorageError::Conflict(_)), "{error:?}");
        storage.remove_product(id, true).await.expect("asked for");
        assert!(matches!(storage.product(id).await, Err(StorageError::NoSuch(_))));
        assert!(matches!(storage.remove_product(id, true).await, Err(StorageError::NoSuch(_))));
        assert!(matches!(storage.update_product(id, ProductChange::default()).await, Err(StorageError::NoSuch(_))));
        assert_eq!(storage.count_products(ProductFilter::default()).await.expect("counts"), 0);
        let unmatched = ListingFilter { unmatched: true, ..ListingFilter::default() };
        assert_eq!(storage.count_listings(unmatched.clone()).await.expect("counts"), 1, "the listing stays");
        storage.add_product(product("A")).await.expect("the code is free");
        assert_eq!(storage.count_listings(unmatched).await.expect("counts"), 0, "and knows its listing");
    }
}

on_both! {
    async fn terms_are_kept_for_each_account(place) {
        let storage = place.open().await;
        let account = add_row(&storage).await.id;
        let id = storage.add_product(product("A")).await.expect("adds").id;
        assert_eq!(storage.channel_terms(vec![id, 99], None).await.expect("reads"), []);
        let platform = json!({"leafCategoryId": "50000803"}).as_object().expect("an object").clone();
        let all = TermsChange { price: Some(Some(900)), buffer: Some(2), platform: Some(platform.clone()) };
        let terms = storage.set_channel_terms(id, account, all).await.expect("sets");
        assert_eq!((terms.price, terms.buffer, &terms.platform), (Some(900), 2, &platform));
        let price = TermsChange { price: Some(None), ..TermsChange::default() };
        let terms = storage.set_channel_terms(id, account, price).await.expect("sets");
        assert_eq!((terms.price, terms.buffer, &terms.platform), (None, 2, &platform), "the rest stays");
        assert_eq!(storage.channel_terms(vec![id, id], Some(account)).await.expect("reads"), [terms]);
        let negative = TermsChange { buffer: Some(-1), ..TermsChange::default() };
        let error = storage.set_channel_terms(id, account, negative).await.expect_err("makes no sense");
        assert!(matches!(error, StorageError::Invalid(_)), "{error:?}");
        let error = storage.set_channel_terms(9, account, TermsChange::default()).await.expect_err("no product");
        assert!(matches!(error, StorageError::NoSuch(_)), "{error:?}");
        let error = storage.set_channel_terms(id, 99, TermsChange::default()).await.expect_err("no account");
        assert!(matches!(error, StorageError::NotFound(_)), "{error:?}");
    }
}

on_both! {
    async fn what_was_accepted_ends_the_error_before_it(place) {
        let storage = place.open().await;
        let account = add_row(&storage).await.id;
        let id = storage.add_product(product("A")).await.expect("adds").id;
        let push = |product_id, connector_id, outcome| Pushed { product_id, connector_id, outcome };
        let accepted = Accepted { price: Some(1_000), stock: Some(7), hash: Some(-3) };
        let refused = Refused { code: Some("BAD".to_owned()), message: "nothing\u{0}".to_owned(), fix: None };
        let pushes = vec![push(id, account, Ok(accepted)), push(id, account, Err(refused)), push(id, 99, Ok(accepted))];
        storage.note_pushes(pushes).await.expect("notes");
        let terms = storage.channel_terms(vec![id], None).await.expect("reads").remove(0);
        let error = terms.last_error.expect("refused");
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("BAD"), "nothing"));
        assert_eq!((terms.last_pushed_price, terms.last_pushed_stock, terms.last_pushed_hash), (Some(1_000), Some(7), Some(-3)));
        let stock = Accepted { stock: Some(6), ..Accepted::default() };
        storage.note_pushes(vec![push(id, account, Ok(stock))]).await.expect("notes");
        let terms = storage.channel_terms(vec![id], None).await.expect("reads").remove(0);
        assert_eq!(terms.last_error, None);
        assert_eq!((terms.last_pushed_price, terms.last_pushed_stock), (Some(1_000), Some(6)));
    }
}
