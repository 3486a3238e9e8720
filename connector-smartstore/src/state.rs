//! What the platform's status words mean in ours.
//!
//! Words: <https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-get-product-orders-pay-order-seller>
//! (v2.73.0, read 2026-03-11). The list grows without notice; an unknown word is kept as it is and logged.

use std::collections::BTreeMap;

use connector_core::OrderState;

/// The platform's own words about one product order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Words<'a> {
    /// `productOrderStatus`.
    pub status: &'a str,
    /// `placeOrderStatus`: whether the seller has confirmed the order.
    pub place: Option<&'a str>,
    /// `CANCEL`, `RETURN`, `EXCHANGE`, ... of the claim that is open, or was the last one.
    pub claim_type: Option<&'a str>,
    /// How far that claim is.
    pub claim: Option<&'a str>,
}

/// Words that we did not know, counted, so that a page full of them makes one line of log each.
#[derive(Debug, Default)]
pub(crate) struct Unknowns(BTreeMap<(&'static str, String), u64>);

impl Unknowns {
    /// Counts a word that is not known; what is no word of the platform's make is not repeated.
    pub(crate) fn note(&mut self, field: &'static str, word: &str) {
        // A word of another make may be anything, a buyer's name included.
        let is_word =
            word.len() <= 60 && word.bytes().all(|b| b.is_ascii_uppercase() || b"_0123456789".contains(&b));
        let shown = if is_word { word.to_owned() } else { "(not a word of capitals)".to_owned() };
        *self.0.entry((field, shown)).or_default() += 1;
    }

    /// Logs each unknown word once.
    pub(crate) fn log(&self) {
        for ((field, word), orders) in &self.0 {
            tracing::warn!(
                field,
                word,
                orders,
                "smartstore: {field} holds a word we do not know: {word}; kept as it is"
            );
        }
    }

    #[cfg(test)]
    pub(crate) fn words(&self) -> Vec<(&'static str, &str)> {
        self.0.keys().map(|(field, word)| (*field, word.as_str())).collect()
    }
}

/// The neutral state. An open claim hides the status it was made in; a finished or rejected one does not.
pub(crate) fn state(words: Words<'_>, unknowns: &mut Unknowns) -> OrderState {
    let status = match words.status {
        "PAYMENT_WAITING" => OrderState::PaymentWaiting,
        "PAYED" => match words.place {
            Some("OK") => OrderState::Preparing,
            // CANCEL: the seller took the confirmation back.
            None | Some("NOT_YET" | "CANCEL") => OrderState::Paid,
            Some(other) => {
                unknowns.note("placeOrderStatus", other);
                OrderState::Paid
            }
        },
        "DELIVERING" => OrderState::Shipped,
        "DELIVERED" => OrderState::Delivered,
        "PURCHASE_DECIDED" => OrderState::Decided,
        "EXCHANGED" => OrderState::Exchanged,
        "CANCELED" | "CANCELED_BY_NOPAYMENT" => OrderState::Cancelled,
        "RETURNED" => OrderState::Returned,
        // The engine tells of it.
        _ => OrderState::Unknown,
    };
    if matches!(status, OrderState::Cancelled | OrderState::Returned) {
        return status;
    }
    match words.claim.unwrap_or_default() {
        ""
        | "CANCEL_DONE"
        | "CANCEL_REJECT"
        | "RETURN_DONE"
        | "RETURN_REJECT"
        | "EXCHANGE_DONE"
        | "EXCHANGE_REJECT"
        | "ADMIN_CANCEL_DONE"
        | "ADMIN_CANCEL_REJECT"
        | "PURCHASE_DECISION_HOLDBACK"
        | "PURCHASE_DECISION_REQUEST"
        | "PURCHASE_DECISION_HOLDBACK_RELEASE" => status,
        "CANCEL_REQUEST" | "CANCELING" | "ADMIN_CANCELING" => OrderState::CancelRequested,
        "RETURN_REQUEST" => OrderState::ReturnRequested,
        "EXCHANGE_REQUEST" | "EXCHANGE_REDELIVERING" => OrderState::ExchangeRequested,
        "COLLECTING" | "COLLECT_DONE" if words.claim_type == Some("EXCHANGE") => {
            OrderState::ExchangeRequested
        }
        "COLLECTING" | "COLLECT_DONE" => OrderState::ReturnRequested,
        other => {
            unknowns.note("claimStatus", other);
            OrderState::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use OrderState::*;

    use super::*;

    fn read(status: &str, place: &str, claim_type: &str, claim: &str) -> OrderState {
        fn some(text: &str) -> Option<&str> {
            Some(text).filter(|text| !text.is_empty())
        }
        let words = Words { status, place: some(place), claim_type: some(claim_type), claim: some(claim) };
        state(words, &mut Unknowns::default())
    }

    #[test]
    fn every_documented_status_has_a_state() {
        for (status, place, expected) in [
            ("PAYMENT_WAITING", "NOT_YET", PaymentWaiting),
            ("PAYED", "NOT_YET", Paid),
            ("PAYED", "", Paid),
            ("PAYED", "CANCEL", Paid),
            ("PAYED", "OK", Preparing),
            ("DELIVERING", "OK", Shipped),
            ("DELIVERED", "OK", Delivered),
            ("PURCHASE_DECIDED", "OK", Decided),
            ("EXCHANGED", "OK", Exchanged),
            ("CANCELED", "OK", Cancelled),
            ("CANCELED_BY_NOPAYMENT", "", Cancelled),
            ("RETURNED", "OK", Returned),
        ] {
            assert_eq!(read(status, place, "", ""), expected, "{status} {place}");
        }
    }

    #[test]
    fn an_open_claim_comes_before_the_status_and_a_finished_one_does_not() {
        for (status, claim_type, claim, expected) in [
            ("PAYED", "CANCEL", "CANCEL_REQUEST", CancelRequested),
            ("PAYED", "CANCEL", "CANCELING", CancelRequested),
            ("PAYED", "ADMIN_CANCEL", "ADMIN_CANCELING", CancelRequested),
            ("DELIVERING", "CANCEL", "CANCEL_REJECT", Shipped),
            ("PAYED", "CANCEL", "CANCEL_DONE", Preparing),
            ("CANCELED", "CANCEL", "CANCEL_DONE", Cancelled),
            ("DELIVERED", "RETURN", "RETURN_REQUEST", ReturnRequested),
            ("DELIVERED", "RETURN", "COLLECTING", ReturnRequested),
            ("DELIVERED", "RETURN", "COLLECT_DONE", ReturnRequested),
            ("DELIVERED", "RETURN", "RETURN_REJECT", Delivered),
            ("RETURNED", "RETURN", "COLLECT_DONE", Returned),
            ("DELIVERED", "EXCHANGE", "EXCHANGE_REQUEST", ExchangeRequested),
            ("DELIVERED", "EXCHANGE", "COLLECTING", ExchangeRequested),
            ("DELIVERED", "EXCHANGE", "COLLECT_DONE", ExchangeRequested),
            ("DELIVERED", "EXCHANGE", "EXCHANGE_REDELIVERING", ExchangeRequested),
            ("DELIVERED", "EXCHANGE", "EXCHANGE_REJECT", Delivered),
            ("EXCHANGED", "EXCHANGE", "EXCHANGE_DONE", Exchanged),
            ("EXCHANGED", "RETURN", "RETURN_REQUEST", ReturnRequested),
            ("DELIVERED", "PURCHASE_DECISION_HOLDBACK", "PURCHASE_DECISION_HOLDBACK", Delivered),
        ] {
            assert_eq!(read(status, "OK", claim_type, claim), expected, "{status} {claim}");
        }
    }

    #[test]
    fn an_unknown_word_is_noted_and_free_text_is_not_repeated() {
        let mut unknowns = Unknowns::default();
        for (status, claim) in
            [("ON_THE_MOON", None), ("PAYED", Some("홍길동")), ("PAYED", Some("TELEPORTING"))]
        {
            let words = Words { status, claim, ..Words::default() };
            assert_eq!(state(words, &mut unknowns), Unknown, "{status}");
        }
        let place = Words { status: "PAYED", place: Some("MAYBE"), ..Words::default() };
        assert_eq!(state(place, &mut unknowns), Paid);
        assert_eq!(
            unknowns.words(),
            [
                ("claimStatus", "(not a word of capitals)"),
                ("claimStatus", "TELEPORTING"),
                ("placeOrderStatus", "MAYBE"),
            ]
        );
    }
}
