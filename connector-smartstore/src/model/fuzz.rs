//! Whatever comes over the wire, the parsers answer and do not panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{answer, element, map, wanted, window};
use super::{details, feed_page, list_page};

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = answer(body);
        drop(feed_page(&answer, window()));
        drop(list_page(&answer, 1));
        drop(details(&answer, &wanted(&["1"])));
    }

    /// A sample with some bytes overwritten, which gets further than noise does.
    #[test]
    fn no_damaged_sample_makes_the_parsers_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        for sample in [
            include_str!("../../tests/samples/last_changed_statuses.json"),
            include_str!("../../tests/samples/product_orders_conditional.json"),
            include_str!("../../tests/samples/product_orders_query.json"),
        ] {
            let mut body = sample.as_bytes().to_vec();
            for (index, byte) in &damage {
                let at = index.index(body.len());
                body[at] = *byte;
            }
            if damage.len() == 1 {
                body.truncate(cut.index(body.len()));
            }
            let answer = answer(body);
            drop(feed_page(&answer, window()));
            drop(list_page(&answer, 1));
            drop(details(&answer, &wanted(&["2025120147233911"])));
        }
    }

    #[test]
    fn any_json_in_any_field_is_read_or_named(value in json_value(), field in prop::sample::select(FIELDS)) {
        match map(&element(&[(field, value)])) {
            Ok(order) => prop_assert!(!order.order_id.is_empty()),
            Err(failure) => prop_assert!(!failure.reason.is_empty() && failure.raw.is_some()),
        }
    }
}

const FIELDS: &[&str] = &[
    "orderDate",
    "productOrderStatus",
    "placeOrderStatus",
    "claimStatus",
    "totalPaymentAmount",
    "inflowPath",
    "quantity",
];

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}
