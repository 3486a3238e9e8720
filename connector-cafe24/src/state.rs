//! What the order item's status codes mean in our words.
//!
//! Codes: <https://developers.cafe24.com/docs/ko/api/admin/#orders> (version 2026-03-01, read 2026-10).

use connector_core::OrderState;

/// What of an item tells where it stands when its status is that of a refused claim.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub shipped: bool,
    pub delivered: bool,
    pub decided: bool,
}

/// The neutral state of an item. A code that we do not know is `Unknown`; the code itself is stored beside it.
pub(crate) fn state(code: &str, progress: Progress) -> OrderState {
    match code {
        "N00" | "N02" | "N03" => OrderState::PaymentWaiting,
        "N10" => OrderState::Paid,
        "N20" | "N21" | "N22" => OrderState::Preparing,
        "N30" => OrderState::Shipped,
        "N40" => OrderState::Delivered,
        "N50" => OrderState::Decided,
        // A refused claim leaves the item where it was, and the code does not say where that is.
        "C11" | "R11" | "E11" => match progress {
            Progress { decided: true, .. } => OrderState::Decided,
            Progress { delivered: true, .. } => OrderState::Delivered,
            Progress { shipped: true, .. } => OrderState::Shipped,
            _ => OrderState::Paid,
        },
        "C00" | "C10" | "C34" | "C35" | "C36" => OrderState::CancelRequested,
        "C40" | "C41" | "C42" | "C43" | "C47" | "C48" | "C49" => OrderState::Cancelled,
        "R00" | "R10" | "R12" | "R13" | "R20" | "R30" | "R31" | "R34" | "R36" => OrderState::ReturnRequested,
        "R40" | "R41" | "R42" | "R43" => OrderState::Returned,
        // N01 is the new item of an accepted exchange, not yet on its way.
        "N01" | "E00" | "E10" | "E12" | "E13" | "E20" | "E30" | "E31" | "E32" | "E33" | "E34" | "E35"
        | "E36" => OrderState::ExchangeRequested,
        "E40" => OrderState::Exchanged,
        _ => OrderState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use OrderState::*;

    use super::*;

    #[test]
    fn every_documented_code_has_a_state() {
        for (codes, expected) in [
            ("N00 N02 N03", PaymentWaiting),
            ("N10", Paid),
            ("N20 N21 N22", Preparing),
            ("N30", Shipped),
            ("N40", Delivered),
            ("N50", Decided),
            ("C00 C10 C34 C35 C36", CancelRequested),
            ("C40 C41 C42 C43 C47 C48 C49", Cancelled),
            ("R00 R10 R12 R13 R20 R30 R31 R34 R36", ReturnRequested),
            ("R40 R41 R42 R43", Returned),
            ("N01 E00 E10 E12 E13 E20 E30 E31 E32 E33 E34 E35 E36", ExchangeRequested),
            ("E40", Exchanged),
            ("N99 X Z00", Unknown),
        ] {
            for code in codes.split(' ') {
                assert_eq!(state(code, Progress::default()), expected, "{code}");
            }
        }
    }

    #[test]
    fn a_refused_claim_leaves_the_item_where_its_dates_say() {
        let at = |shipped, delivered, decided| state("R11", Progress { shipped, delivered, decided });
        assert_eq!(at(false, false, false), Paid);
        assert_eq!(at(true, false, false), Shipped);
        assert_eq!(at(true, true, false), Delivered);
        assert_eq!(at(true, true, true), Decided);
    }
}
