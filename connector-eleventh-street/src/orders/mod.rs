//! The lists of order lines, each of what stands in one state just now, and whole orders by their numbers.

use std::collections::HashMap;

use connector_core::http::{Client, Request};
use connector_core::{Error, FetchRequest, Fetched, Result};

use crate::answer::{document, parts};
use crate::list::{FORCED, Holds, List};
use crate::path::path;

pub(crate) mod model;

/// The most days between the two ends of an order list's window.
pub(crate) const DAYS: u32 = 7;

/// In the order of an order's life, so that of a line that moves on while the lists are read the later state is stored last.
/// Lines with a claim stand in no list of orders, and are found by the lists of claims.
pub(crate) const LISTS: [List; 12] = [
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

const fn orders(name: &'static str, path: &'static str, holds: Holds) -> List {
    List { name, path, max_days: DAYS, holds }
}

/// Whole lines of orders, by number: all lines of each order, in any state. The answer is not documented to say how a line
/// stands; where it does not, the list of states is asked, once for all.
pub(crate) async fn fetch(http: &Client, request: &FetchRequest) -> Result<Fetched> {
    const ORDER: &str = "ordservices/complete/order";
    const STATES: &str = "claimservice/orderlistall";
    let numbers = request.wholes(|line| parts(line).map(|(order, _)| order));
    let mut answers = Vec::with_capacity(numbers.len());
    for number in &numbers {
        let path = path(&["ordservices", "complete", number]).map_err(|_| bad_number())?;
        answers.push(http.ask(Request::get(ORDER, path), document).await?);
    }
    let mut told = HashMap::new();
    if !answers.iter().all(model::all_say_their_status) {
        let path = path(&["claimservice", "orderlistall", &numbers.join(",")]).map_err(|_| bad_number())?;
        told = http.ask(Request::get(STATES, path), |response| model::statuses(&document(response)?)).await?;
    }
    let mut fetched = Fetched::default();
    for root in &answers {
        let page = model::lines(root, &told, &request.keys).map_err(|error| error.in_operation(ORDER))?;
        fetched.records.extend(page.records);
        fetched.failures.extend(page.failures);
    }
    Ok(fetched)
}

fn bad_number() -> Error {
    Error::decode("the order number of a key cannot stand in an address")
}
