//! The lists that the streams are made of. Each holds only what stands in one state just now.
//!
//! Sources: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, entries 1728, 1876, 1635, 6897, 1727, 1637 (orders),
//! 1639, 1642, 1724, 1726, 1643, 1646, 1647, 1648, 1651, 1652 (claims), read 2026-09.

use connector_core::{ClaimKind, DayList};

/// The most days between the two ends of an order list's window.
pub(crate) const ORDER_DAYS: u32 = 7;

/// The same of a claim list, less a day: whether the thirtieth is counted is not documented.
pub(crate) const CLAIM_DAYS: u32 = 29;

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Order lines in the state of this code, which rows do not always repeat.
    Lines(&'static str),
    /// Little more than the keys of order lines: the lines themselves must be asked for. All of them stand in the state of this
    /// code, where there is one: a line whose claim was taken back or refused is listed again by the time at which it was sent.
    Keys(Option<&'static str>),
    /// Claims of a kind, in the state of this code where a row does not say it.
    Claims(ClaimKind, &'static str),
}

/// A list that is read by windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// The last part of its path, and the token of its only page.
    pub name: &'static str,
    /// Its path without the window; the operation's name as well.
    pub path: &'static str,
    pub holds: Holds,
}

/// In the order of an order's life, so that of a line that moves on while the lists are read the later state is stored last.
/// Lines with a claim stand in no list of orders, and are found by the lists of claims.
pub(crate) const ORDERS: [List; 12] = [
    orders("standby", "ordservices/standby", Holds::Lines("102")),
    orders("complete", "ordservices/complete", Holds::Lines("202")),
    orders("packaging", "ordservices/packaging", Holds::Lines("301")),
    orders("shipping", "ordservices/shipping", Holds::Keys(Some("401"))),
    orders("dlvcompleted", "ordservices/dlvcompleted", Holds::Lines("501")),
    orders("completed", "ordservices/completed", Holds::Lines("901")),
    orders("cancelorders", "claimservice/cancelorders", Holds::Keys(None)),
    orders("canceledorders", "claimservice/canceledorders", Holds::Keys(None)),
    orders("returnorders", "claimservice/returnorders", Holds::Keys(None)),
    orders("returnedorders", "claimservice/returnedorders", Holds::Keys(None)),
    orders("exchangeorders", "claimservice/exchangeorders", Holds::Keys(None)),
    orders(FORCED, "claimservice/officecancellist", Holds::Keys(None)),
];

/// The list of what the platform cancels by force. Keys may lack its API, as none needs it.
pub(crate) const FORCED: &str = "officecancellist";

/// Requests come before what becomes of them, for the same reason.
pub(crate) const CLAIMS: [List; 10] = [
    claims("cancelorders", "claimservice/cancelorders", ClaimKind::Cancel, "01"),
    claims("withdrawcanceledorders", "claimservice/withdrawcanceledorders", ClaimKind::Cancel, "05"),
    claims("canceledorders", "claimservice/canceledorders", ClaimKind::Cancel, "02"),
    // The platform cancels by force what the buyer had accepted; its rows are built like those of a return.
    claims(FORCED, "claimservice/officecancellist", ClaimKind::Cancel, "106"),
    claims("returnorders", "claimservice/returnorders", ClaimKind::Return, "105"),
    claims("retractretorders", "claimservice/retractretorders", ClaimKind::Return, "108"),
    claims("returnedorders", "claimservice/returnedorders", ClaimKind::Return, "106"),
    claims("exchangeorders", "claimservice/exchangeorders", ClaimKind::Exchange, "201"),
    claims("retractexcorders", "claimservice/retractexcorders", ClaimKind::Exchange, "233"),
    claims("exchangedorders", "claimservice/exchangedorders", ClaimKind::Exchange, "221"),
];

const fn orders(name: &'static str, path: &'static str, holds: Holds) -> List {
    List { name, path, holds }
}

const fn claims(name: &'static str, path: &'static str, kind: ClaimKind, status: &'static str) -> List {
    List { name, path, holds: Holds::Claims(kind, status) }
}

impl List {
    pub(crate) fn day_list(self) -> DayList {
        let max_days = if matches!(self.holds, Holds::Claims(..)) { CLAIM_DAYS } else { ORDER_DAYS };
        DayList { parts_of_days: true, ..DayList::new(self.path, self.name, max_days) }
    }
}

/// The lists of claims of a kind.
pub(crate) fn of_kind(kind: ClaimKind) -> impl Iterator<Item = &'static List> {
    CLAIMS.iter().filter(move |list| matches!(list.holds, Holds::Claims(of, _) if of == kind))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_list_has_a_name_of_its_own() {
        for lists in [&ORDERS[..], &CLAIMS[..]] {
            let names: HashSet<&str> = lists.iter().map(|list| list.name).collect();
            assert_eq!(names.len(), lists.len());
        }
        for list in ORDERS.iter().chain(&CLAIMS) {
            assert!(list.path.ends_with(&format!("/{}", list.name)), "{list:?}");
        }
    }

    #[test]
    fn a_request_is_read_before_its_end() {
        for kind in ClaimKind::ALL {
            let names: Vec<&str> = of_kind(kind).map(|list| list.name).collect();
            assert!(names.len() >= 3 && !names[0].contains("ed"), "{names:?}");
        }
    }
}
