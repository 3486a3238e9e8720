use connector_core::http::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::*;

fn answer(body: impl ToString) -> Response {
    Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_string().into() }
}

#[test]
fn the_sample_of_a_search_is_mapped() {
    let response = answer(include_str!("../../tests/samples/products_search.json"));
    let (products, last) = found(&response).expect("a page");
    assert!(last);
    let listings: Vec<Listing> = products.iter().map(|raw| listed(raw).expect("a listing")).collect();
    let [shirt, bottle] = &listings[..] else { panic!("two products: {listings:?}") };
    assert_eq!((shirt.listing_id.as_str(), shirt.option_id.as_str()), ("10900000001", ""));
    assert_eq!((shirt.name.as_str(), shirt.seller_code.as_deref()), ("시험 면 티셔츠", Some("TEE-001")));
    assert_eq!((shirt.price, shirt.stock), (Some(25_900), Some(30)));
    assert_eq!((shirt.state, shirt.status.as_str()), (ListingState::OnSale, "SALE"));
    assert!(
        shirt.raw.get().contains("\"channelProductNo\": 10990000001"),
        "with the number that orders carry"
    );
    assert_eq!(bottle.listing_id, "10900000002");
    assert_eq!((bottle.price, bottle.stock), (Some(69_000), Some(0)));
    assert_eq!((bottle.state, bottle.status.as_str()), (ListingState::SoldOut, "OUTOFSTOCK"));
}

#[test]
fn the_options_of_a_sample_product_are_mapped() {
    // The answer to a product that was made is the product, as a read gives it.
    let response = answer(include_str!("../../tests/samples/product_create_response.json"));
    let (listings, failures) = options(&response, "10900000001").expect("options");
    assert!(failures.is_empty());
    let rows: Vec<_> = listings
        .iter()
        .map(|listing| {
            let code = listing.seller_code.as_deref().unwrap_or_default();
            (listing.option_id.as_str(), code, listing.price, listing.stock)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("41230000001", "TEE-001-BK-L", Some(27_900), Some(10)),
            ("41230000002", "TEE-001-BK-M", Some(25_900), Some(10)),
            ("41230000003", "TEE-001-WH-M", Some(25_900), Some(10)),
        ]
    );
    assert_eq!(listings[0].option_name.as_deref(), Some("검정 / L"));
    assert_eq!((listings[0].name.as_str(), listings[0].state), ("시험 면 티셔츠", ListingState::OnSale));
    assert!(
        listings[0].raw.get().trim_start().starts_with('{') && listings[0].raw.get().contains("41230000001")
    );
}

#[test]
fn an_option_is_off_sale_where_it_or_its_product_is() {
    let row =
        |stock: i64, usable: bool| json!({"id": 5, "stockQuantity": stock, "price": 0, "usable": usable});
    for (status, row, expected) in [
        ("SALE", row(1, true), ListingState::OnSale),
        ("SALE", row(0, true), ListingState::SoldOut),
        ("SALE", row(1, false), ListingState::Stopped),
        ("OUTOFSTOCK", row(0, true), ListingState::SoldOut),
        ("SUSPENSION", row(1, true), ListingState::Stopped),
        ("PROHIBITION", row(1, true), ListingState::Rejected),
        ("UNADMISSION", row(1, true), ListingState::Pending),
        ("CLOSE", row(1, true), ListingState::Ended),
        ("ON_THE_MOON", row(1, true), ListingState::Unknown),
    ] {
        let body = json!({"originProduct": {
            "statusType": status, "name": "n", "salePrice": 100,
            "detailAttribute": {"optionInfo": {"optionCombinations": [row]}},
        }});
        let (listings, _) = options(&answer(body), "1").expect("options");
        assert_eq!((listings[0].state, listings[0].status.as_str()), (expected, status));
    }
}

#[test]
fn an_odd_option_fails_alone_and_standard_ones_have_no_surcharge() {
    let body = json!({"originProduct": {
        "statusType": "SALE", "name": "n", "salePrice": 100,
        "detailAttribute": {"optionInfo": {
            "optionCombinations": [
                {"id": 5, "price": 0.5}, {"price": 0}, [7], {"id": 8, "price": 20, "stockQuantity": "3"}
            ],
            "optionStandards": [{"id": 9, "stockQuantity": 4, "usable": true}],
        }},
    }});
    let (listings, failures) = options(&answer(body), "1").expect("options");
    let read: Vec<_> = listings.iter().map(|one| (one.option_id.as_str(), one.price, one.stock)).collect();
    assert_eq!(read, [("8", Some(120), Some(3)), ("9", Some(100), Some(4))]);
    let keys: Vec<Option<&str>> = failures.iter().map(|failure| failure.key.as_deref()).collect();
    assert_eq!(keys, [Some("1/5"), None, None]);
}

#[test]
fn a_product_is_told_by_the_shops_own_channel() {
    let product = |channels: Value| json!({"originProductNo": 7, "channelProducts": channels});
    let channel = |service: &str, price: i64| json!({"originProductNo": 7, "channelServiceType": service, "name": "n", "statusType": "SALE", "salePrice": price});
    let read = |product: Value| listed(&serde_json::value::to_raw_value(&product).expect("JSON"));
    let both = product(json!([channel("WINDOW", 1), channel("STOREFARM", 2)]));
    assert_eq!(read(both).expect("a listing").price, Some(2));
    assert_eq!(read(product(json!([channel("WINDOW", 1)]))).expect("a listing").price, Some(1));
    let without_number = json!({"channelProducts": [channel("STOREFARM", 3)]});
    assert_eq!(read(without_number).expect("a listing").listing_id, "7");
    assert_eq!(read(product(json!([]))).expect_err("nothing is told").key.as_deref(), Some("7/"));
}

proptest::proptest! {
    #[test]
    fn no_damaged_sample_makes_the_parsers_panic(
        damage in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..6),
    ) {
        for sample in [
            include_str!("../../tests/samples/products_search.json"),
            include_str!("../../tests/samples/product_create_response.json"),
        ] {
            let mut body = sample.as_bytes().to_vec();
            for (index, byte) in &damage {
                let at = index.index(body.len());
                body[at] = *byte;
            }
            let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() };
            if let Ok((products, _)) = found(&response) {
                for raw in products {
                    let named = listed(raw).map_or_else(|failure| !failure.reason.is_empty(), |_| true);
                    proptest::prop_assert!(named);
                }
            }
            if let Ok((_, failures)) = options(&response, "1") {
                proptest::prop_assert!(failures.iter().all(|failure| !failure.reason.is_empty()));
            }
        }
    }
}
