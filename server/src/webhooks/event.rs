//! What an event says, as far as it is a hint. Nothing that it says of buyers is kept.

use chrono::{DateTime, NaiveDate, Utc};
use connector_core::time::{kst_date, parse_kst};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::syncs::kinds::ORDER_STREAMS;

/// Earlier orders are those of no platform: somebody's clock, or a mark for nothing.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(2010, 1, 1).expect("a day");

/// The longest kind of event that is kept.
const LONGEST_KIND: usize = 100;

/// Members of the data in which senders say when an order was made.
const TIMES: [&str; 6] = ["orderedAt", "ordered_at", "orderDate", "order_date", "orderDateTime", "createdAt"];

/// An event, as the guide writes it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Event {
    /// The platform's key, or one of its other names.
    #[schema(example = "coupang")]
    pub(crate) platform: String,
    /// What has happened; what stands before the dot says to what.
    #[schema(example = "order.created")]
    pub(crate) event_type: String,
    /// What the platform says of it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) data: Value,
}

/// What is made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// What the sender calls it, short enough to be kept.
    pub(crate) kind: String,
    /// The streams that may have something new; none for an event that is ignored.
    pub(crate) streams: Vec<String>,
    /// The Korean day of the order.
    pub(crate) day: Option<NaiveDate>,
}

impl Event {
    pub(crate) fn hint(&self) -> Hint {
        let kind: String = self.event_type.chars().filter(|c| !c.is_control()).take(LONGEST_KIND).collect();
        let about = kind.split(['.', ':', '/', '_', '-', ' ']).next().unwrap_or_default().to_lowercase();
        let streams: &[&str] = match about.as_str() {
            "order" | "orders" | "payment" | "shipping" | "shipment" | "delivery" | "claim" | "claims"
            | "cancel" | "return" | "exchange" | "refund" => &ORDER_STREAMS,
            "product" | "products" | "listing" | "item" | "inventory" | "stock" => &["listings"],
            _ => &[],
        };
        Hint { kind, streams: owned(streams), day: day(&self.data) }
    }
}

pub(super) fn owned(streams: &[&str]) -> Vec<String> {
    streams.iter().map(|stream| (*stream).to_owned()).collect()
}

/// The Korean day on which the order was made, where the data says so.
pub(super) fn day(data: &Value) -> Option<NaiveDate> {
    let text = TIMES.iter().find_map(|name| data.get(name)?.as_str())?;
    parse_kst(text).map(kst_date).filter(|day| *day >= EARLIEST)
}

/// The day, if the live cursor has left it behind: an order of it is read around its own time, for a platform that lists by the day
/// of the order shows it nowhere else.
pub(super) fn bygone(day: Option<NaiveDate>, now: DateTime<Utc>) -> Option<NaiveDate> {
    let yesterday = kst_date(now).pred_opt()?;
    day.filter(|day| *day < yesterday)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn hint(event: Value) -> Hint {
        serde_json::from_value::<Event>(event).expect("an event").hint()
    }

    #[test]
    fn the_guides_event_is_about_an_order_of_its_day() {
        let told = hint(json!({
            "platform": "coupang", "event_type": "order.created",
            "data": {"orderId": "5000000123", "orderedAt": "2024-01-08T10:30:00Z", "orderItems": [
                {"vendorItemId": "70000123", "vendorItemName": "프리미엄 무선 이어폰", "shippingCount": 1, "orderPrice": 149_000},
            ]},
        }));
        assert_eq!(told.streams, ORDER_STREAMS);
        assert_eq!(told.day, NaiveDate::from_ymd_opt(2024, 1, 8));
    }

    #[test]
    fn what_an_event_is_about_stands_before_the_dot() {
        for (kind, streams) in [
            ("order.created", ORDER_STREAMS.to_vec()),
            ("ORDER_PAID", ORDER_STREAMS.to_vec()),
            ("return.requested", ORDER_STREAMS.to_vec()),
            ("stock.changed", vec!["listings"]),
            ("review.written", vec![]),
            ("", vec![]),
            ("reorder.x", vec![]),
        ] {
            let told = hint(json!({"platform": "coupang", "event_type": kind}));
            assert_eq!((told.kind.as_str(), told.streams), (kind, owned(&streams)));
        }
    }

    #[test]
    fn only_a_day_that_is_past_is_read_by_itself() {
        let now = parse_kst("2026-02-15T00:30:00").expect("a time");
        for (text, is_bygone) in [
            ("2026-02-14T00:00:00", false),
            ("2026-02-13T23:59:59", true),
            ("2026-02-13T15:00:00Z", false),
            ("2030-01-01", false),
            ("2009-12-31", false),
            ("0000-00-00", false),
            ("soon", false),
        ] {
            let day = day(&json!({"order_date": text}));
            assert_eq!(bygone(day, now).is_some(), is_bygone, "{text}");
        }
        assert_eq!(day(&json!({"order_date": 7})), None);
        assert_eq!(day(&json!([])), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.+Z-]{0,20})?".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(
                    (
                        prop_oneof![
                            "[a-z_]{0,8}",
                            prop::sample::select(TIMES.to_vec()).prop_map(str::to_owned)
                        ],
                        inner
                    ),
                    0..4
                )
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is sent: an event or an error, and what is kept of it is short and holds no control characters.
        #[test]
        fn any_event_is_understood_or_refused(kind in "\\PC{0,200}", noise in any::<char>(), data in any_json()) {
            let text = json!({"platform": "coupang", "event_type": format!("{kind}{noise}"), "data": data}).to_string();
            let told = crate::extract::read::<Event>(text.as_bytes()).expect("an event").hint();
            prop_assert!(told.kind.chars().count() <= LONGEST_KIND && !told.kind.chars().any(char::is_control));
            prop_assert!(told.day.is_none_or(|day| day >= EARLIEST));
        }

        #[test]
        fn any_bytes_are_understood_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(crate::extract::read::<Event>(&bytes));
            drop(crate::extract::read::<super::super::cafe24::Delivery>(&bytes));
        }

        #[test]
        fn any_json_is_understood_or_refused(value in any_json()) {
            drop(crate::extract::read::<Event>(value.to_string().as_bytes()));
            if let Ok(delivery) = crate::extract::read::<super::super::cafe24::Delivery>(value.to_string().as_bytes()) {
                delivery.hint();
            }
        }
    }
}
