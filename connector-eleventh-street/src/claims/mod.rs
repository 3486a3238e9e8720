//! The lists of claims, each of what stands in one state just now.

use connector_core::ClaimKind;

use crate::list::{FORCED, Holds, List};

pub(crate) mod model;

/// The most days of a claim list, less a day: whether the thirtieth is counted is not documented.
pub(crate) const DAYS: u32 = 29;

/// Requests come before what becomes of them, for the same reason.
pub(crate) const LISTS: [List; 10] = [
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

const fn claims(name: &'static str, path: &'static str, kind: ClaimKind, status: &'static str) -> List {
    List { name, path, max_days: DAYS, holds: Holds::Claims(kind, status) }
}

/// The lists of claims of a kind.
pub(crate) fn of_kind(kind: ClaimKind) -> impl Iterator<Item = &'static List> {
    LISTS.iter().filter(move |list| matches!(list.holds, Holds::Claims(of, _) if of == kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_before_its_end() {
        for kind in ClaimKind::ALL {
            let names: Vec<&str> = of_kind(kind).map(|list| list.name).collect();
            assert!(names.len() >= 3 && !names[0].contains("ed"), "{names:?}");
        }
    }
}
