//! Cafe24's own deliveries: `POST` with `{"event_no", "resource"}` and the app's key in `X-API-Key`.
//!
//! Source: <https://developers.cafe24.com/docs/ko/api/admin/> (webhooks); notice 213 of 2023-08-02 asks receivers to compare the key.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::event::{self, Hint};
use crate::syncs::kinds::ORDER_STREAMS;
use crate::token;

/// The platform's key.
pub(crate) const PLATFORM: &str = "cafe24";

/// The setting that names an account's mall.
pub(crate) const MALL: &str = "mall_id";

/// A delivery that says the same within this time, in seconds, is a repetition: none carries an id of its own for certain.
const SAME_WITHIN: i64 = 600;

/// A delivery.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Delivery {
    /// What has happened.
    #[schema(example = 90023)]
    pub(crate) event_no: u64,
    /// To what, in which mall.
    #[schema(value_type = Object)]
    pub(crate) resource: Map<String, Value>,
}

impl Delivery {
    /// The mall that it is about.
    pub(crate) fn mall(&self) -> Option<&str> {
        self.resource.get(MALL)?.as_str()
    }

    pub(crate) fn hint(&self) -> Hint {
        let streams: &[&str] = match self.event_no {
            // Received, shipping, payment, cancellation, return, exchange, refund, receiver, the bulk forms of these, shipping code.
            90_023..=90_029 | 90_064 | 90_071..=90_074 | 90_162 => &ORDER_STREAMS,
            // Products made, changed, removed, restored, changed in bulk; stock; sold out.
            90_001..=90_003 | 90_022 | 90_041 | 90_075 | 90_150 => &["listings"],
            _ => &[],
        };
        let day = event::day(&Value::Object(self.resource.clone()));
        Hint { kind: self.event_no.to_string(), streams: event::owned(streams), day }
    }
}

/// The id of a delivery: the sender's where it gives one, else a mark of what it says at about what time.
pub(crate) fn id(trace: Option<&str>, body: &[u8], now: DateTime<Utc>) -> String {
    match trace.filter(|trace| super::is_id(trace)) {
        Some(trace) => format!("trace:{trace}"),
        None => {
            let time = now.timestamp().div_euclid(SAME_WITHIN);
            format!("body:{}:{time}", token::hex(&Sha256::digest(body)))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_that_was_received_is_a_hint_at_orders() {
        let delivery: Delivery = serde_json::from_value(json!({"event_no": 90_023, "resource": {
            "mall_id": "samplemall", "event_shop_no": "1", "order_id": "20260710-0000013",
            "order_date": "2026-07-10T11:21:35+09:00", "buyer_name": "홍길동", "wished_delivery_date": "0000-00-00",
        }}))
        .expect("a delivery");
        assert_eq!(delivery.mall(), Some("samplemall"));
        let hint = delivery.hint();
        assert_eq!((hint.kind.as_str(), hint.streams[0].as_str()), ("90023", "orders"));
        assert_eq!(hint.day.map(|day| day.to_string()).as_deref(), Some("2026-07-10"));
        assert!(!format!("{hint:?}").contains("홍길동"));
    }

    #[test]
    fn the_same_said_again_is_a_repetition() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("in range");
        let soon = DateTime::from_timestamp(1_700_000_100, 0).expect("in range");
        assert_eq!(id(None, b"x", now), id(None, b"x", soon));
        assert_ne!(id(None, b"x", now), id(None, b"y", now));
        assert_ne!(id(None, b"x", now), id(None, b"x", now + chrono::TimeDelta::hours(1)));
        assert_eq!(id(Some("t-1"), b"x", now), id(Some("t-1"), b"y", now));
        assert!(id(Some("a b"), b"x", now).starts_with("body:"), "no id");
    }
}
