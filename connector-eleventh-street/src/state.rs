//! What the platform's codes mean in our words.
//!
//! Codes: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=115&apiSeq=1725&apiSpecType=1> (order lines),
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=49&apiSeq=1643&apiSpecType=1> (claims), #1007 (products),
//! read 2026-09.

use std::collections::BTreeSet;

use connector_core::{ClaimState, ListingState, OrderState};

/// The neutral state of an order line by its `ordPrdStat`. A code that we do not know is `Unknown`.
pub(crate) fn order(code: &str) -> OrderState {
    match code {
        // 200 is a gift whose address is awaited, 801 a payment that is to be approved again.
        "101" | "102" | "103" | "200" | "801" => OrderState::PaymentWaiting,
        "201" | "202" => OrderState::Paid,
        "301" => OrderState::Preparing,
        "401" => OrderState::Shipped,
        "501" => OrderState::Delivered,
        "901" => OrderState::Decided,
        // A return or an exchange: the claims stream tells which.
        "601" => OrderState::ReturnRequested,
        "701" => OrderState::CancelRequested,
        "A01" => OrderState::Returned,
        "B01" | "C01" => OrderState::Cancelled,
        _ => OrderState::Unknown,
    }
}

/// How far a cancel is, by `ordCnStatCd`.
pub(crate) fn cancel(code: &str) -> ClaimState {
    match code {
        "01" => ClaimState::Requested,
        "02" => ClaimState::Done,
        "05" => ClaimState::Withdrawn,
        _ => ClaimState::Unknown,
    }
}

/// How far a return or an exchange is, by `clmStat`.
pub(crate) fn claim(code: &str) -> ClaimState {
    match code {
        "103" | "105" | "201" => ClaimState::Requested,
        "104" | "109" | "214" => ClaimState::Held,
        "212" | "301" => ClaimState::Collecting,
        "106" | "221" | "302" => ClaimState::Done,
        "107" | "232" => ClaimState::Rejected,
        "108" | "233" => ClaimState::Withdrawn,
        _ => ClaimState::Unknown,
    }
}

/// Where a product stands, by `selStatCd`.
pub(crate) fn listing(code: &str) -> ListingState {
    match code {
        "101" | "102" | "110" => ListingState::Pending,
        "103" => ListingState::OnSale,
        "104" => ListingState::SoldOut,
        "105" => ListingState::Stopped,
        "106" | "107" => ListingState::Ended,
        "108" | "109" => ListingState::Rejected,
        _ => ListingState::Unknown,
    }
}

/// Codes of one answer that we do not know; each is logged once.
#[derive(Debug, Default)]
pub(crate) struct Unknowns(BTreeSet<String>);

impl Unknowns {
    pub(crate) fn note(&mut self, code: &str) {
        // A code is short; anything longer may be something else.
        self.0.insert(code.chars().filter(|c| !c.is_control()).take(20).collect());
    }

    pub(crate) fn log(self, what: &'static str) {
        for code in self.0 {
            tracing::warn!(code, "11st: {what} has a code that is not known; it is kept as it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_order_code_has_a_state() {
        for (codes, expected) in [
            ("101 102 103 200 801", OrderState::PaymentWaiting),
            ("201 202", OrderState::Paid),
            ("301", OrderState::Preparing),
            ("401", OrderState::Shipped),
            ("501", OrderState::Delivered),
            ("901", OrderState::Decided),
            ("601", OrderState::ReturnRequested),
            ("701", OrderState::CancelRequested),
            ("A01", OrderState::Returned),
            ("B01 C01", OrderState::Cancelled),
            ("999 a01 null", OrderState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(order(code), expected, "{code}");
            }
        }
    }

    #[test]
    fn every_documented_claim_code_has_a_state() {
        for (codes, expected) in [
            ("103 105 201", ClaimState::Requested),
            ("104 109 214", ClaimState::Held),
            ("212 301", ClaimState::Collecting),
            ("106 221 302", ClaimState::Done),
            ("107 232", ClaimState::Rejected),
            ("108 233", ClaimState::Withdrawn),
            ("01 999", ClaimState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(claim(code), expected, "{code}");
            }
        }
        assert_eq!(
            ["01", "02", "05", "03"].map(cancel),
            [ClaimState::Requested, ClaimState::Done, ClaimState::Withdrawn, ClaimState::Unknown]
        );
    }

    #[test]
    fn every_documented_product_code_has_a_state() {
        for (codes, expected) in [
            ("101 102 110", ListingState::Pending),
            ("103", ListingState::OnSale),
            ("104", ListingState::SoldOut),
            ("105", ListingState::Stopped),
            ("106 107", ListingState::Ended),
            ("108 109", ListingState::Rejected),
            ("201 999", ListingState::Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(listing(code), expected, "{code}");
            }
        }
    }
}
