//! Looking at the platform: whether what a command asks for is so.

use chrono::{DateTime, Days, Utc};
use connector_core::command::{
    Action, Command, Draft, Finding, Line, OfClaim, OfListing, Parcel, Refusal, ShippingMethod, Standing,
};
use connector_core::http::{Client, Request};
use connector_core::sync::Window;
use connector_core::time::{kst_date, kst_midnight};
use connector_core::{
    Claim, ClaimKind, ClaimState, Error, ErrorKind, FetchRequest, Fetched, ListingState, Order, OrderState,
    Record, Result, Wanted,
};
use serde_json::Value;

use crate::answer::{Row, document, time};
use crate::claims::of_kind;
use crate::{ORDERS, SPEC, claims, listings, orders};

pub(crate) async fn inspect(http: &Client, command: &Command) -> Result<Vec<Finding>> {
    let [action] = &command.actions[..] else {
        return Err(Error::unsupported("a look at more than one thing"));
    };
    let finding = match action {
        Action::Confirm { line } => at_line(http, line, confirmed).await?,
        Action::Ship { line, parcel, .. } => at_line(http, line, |order| shipped(order, parcel)).await?,
        Action::Cancel { line, .. } => at_line(http, line, cancelled).await?,
        Action::ApproveClaim { claim, .. } => at_claim(http, claim, Answer::Approved, None).await?,
        Action::RejectClaim { claim, parcel, .. } => {
            at_claim(http, claim, Answer::Rejected, parcel.as_ref()).await?
        }
        Action::HoldClaim { claim, .. } => at_claim(http, claim, Answer::Held, None).await?,
        Action::CreateListing { draft } => at_code(http, draft).await?,
        Action::SetStock { listing, .. }
        | Action::SetPrice { listing, .. }
        | Action::StopSale { listing }
        | Action::ResumeSale { listing }
        | Action::UpdateListing { listing, .. } => at_listing(http, listing, action).await?,
    };
    Ok(vec![finding])
}

fn not_there(message: &str) -> Standing {
    Standing::Barred(Refusal { kind: ErrorKind::NotFound, code: None, message: message.to_owned() })
}

fn unclear(reason: impl Into<String>) -> Standing {
    Standing::Unclear { reason: reason.into() }
}

/// The order of a line, with all its lines.
async fn whole(http: &Client, line: &str) -> Result<Fetched> {
    let keys = vec![Wanted { key: line.to_owned(), changed_at: None }];
    orders::fetch(http, &FetchRequest { stream: &ORDERS, keys }).await
}

async fn at_line(http: &Client, line: &Line, judge: impl Fn(&Order) -> Standing) -> Result<Finding> {
    let fetched = whole(http, &line.order_id).await?;
    let own =
        fetched.records.iter().filter_map(Record::as_order).find(|order| order.order_id == line.order_id);
    let standing = match own {
        Some(order) => judge(order),
        None => match fetched.failures.first() {
            Some(failure) => unclear(format!("the order cannot be read: {}", failure.reason)),
            None => not_there("the platform shows no such order line"),
        },
    };
    Ok(Finding { standing, records: fetched.records })
}

/// Where nothing is in effect, the line's state speaks: the engine keeps the moves of every platform.
fn confirmed(order: &Order) -> Standing {
    match order.state {
        OrderState::Preparing | OrderState::Shipped | OrderState::Delivered | OrderState::Decided => {
            Standing::in_effect()
        }
        _ => Standing::NotInEffect,
    }
}

fn cancelled(order: &Order) -> Standing {
    if order.state == OrderState::Cancelled { Standing::in_effect() } else { Standing::NotInEffect }
}

fn shipped(order: &Order, parcel: &Parcel) -> Standing {
    match order.state {
        OrderState::Shipped | OrderState::Delivered | OrderState::Decided => {}
        OrderState::Paid => {
            return Standing::barred("11st ships only what was confirmed: confirm the line first");
        }
        _ => return Standing::NotInEffect,
    }
    if parcel.method == ShippingMethod::Nothing {
        return Standing::in_effect();
    }
    let own: Value = serde_json::from_str(order.raw.get()).unwrap_or_default();
    let text =
        |name: &str| own[name].as_str().map(str::trim).filter(|text| !text.is_empty() && *text != "null");
    let plain = |number: &str| number.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let asked = parcel.tracking_number.as_deref().map(plain);
    let carrier = parcel.carrier.as_deref().and_then(|carrier| SPEC.carrier(carrier).ok());
    // A list that names no carrier does not speak against the asked one; a number that is not there does.
    let same_carrier = text("dlvEtprsCd").zip(carrier).is_none_or(|(shown, asked)| shown == asked);
    if asked == text("invcNo").map(plain) && same_carrier {
        Standing::in_effect()
    } else {
        Standing::barred("the line is shipped with another parcel")
    }
}

/// What the seller answers to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Approved,
    Rejected,
    Held,
}

async fn at_claim(http: &Client, of: &OfClaim, answer: Answer, parcel: Option<&Parcel>) -> Result<Finding> {
    let shown = find_claim(http, of).await?;
    // A cancel has no code for a refusal: it ends like one that the buyer takes back, but the line is on its way.
    let refused = |claim: &Claim| {
        answer == Answer::Rejected && claim.kind == ClaimKind::Cancel && claim.state == ClaimState::Withdrawn
    };
    if let Some(claim) = shown.as_ref().filter(|claim| !refused(claim)) {
        let standing = answered(claim, answer);
        return Ok(Finding { standing, records: shown.map(Record::Claim).into_iter().collect() });
    }
    // A claim that no list shows has been refused, or is older than the lists.
    let mut records = whole(http, &of.order_id).await?.records;
    let line = records.iter().filter_map(Record::as_order).find(|order| order.order_id == of.order_id);
    let standing = match (line, answer, parcel) {
        (Some(line), Answer::Rejected, Some(parcel)) if shown.is_some() => match shipped(line, parcel) {
            Standing::InEffect { reference } => Standing::InEffect { reference },
            _ => Standing::barred("the claim is withdrawn"),
        },
        (Some(line), Answer::Approved, _) if line.state == of.kind.done_state() => Standing::in_effect(),
        (Some(line), Answer::Rejected, _)
            if matches!(line.state, OrderState::Shipped | OrderState::Delivered | OrderState::Decided) =>
        {
            Standing::in_effect()
        }
        _ if shown.is_some() => Standing::barred("the claim is withdrawn"),
        _ => unclear("no list shows the claim"),
    };
    records.extend(shown.map(Record::Claim));
    Ok(Finding { standing, records })
}

/// The claim as the lists of its kind show it, from its request on.
async fn find_claim(http: &Client, of: &OfClaim) -> Result<Option<Claim>> {
    let window = since(requested_at(of), http.now());
    for list in of_kind(of.kind) {
        let page = list.read(http, window).await?;
        let own = page.records.into_iter().find_map(|record| match record {
            Record::Claim(claim) if claim.claim_id == of.claim_id && claim.order_id == of.order_id => {
                Some(claim)
            }
            _ => None,
        });
        if own.is_some() {
            return Ok(own);
        }
    }
    Ok(None)
}

fn answered(claim: &Claim, answer: Answer) -> Standing {
    let sent_out = claim.kind == ClaimKind::Exchange && claim.state == ClaimState::Collecting;
    match (claim.state, answer) {
        (ClaimState::Done, Answer::Approved)
        | (ClaimState::Rejected, Answer::Rejected)
        | (ClaimState::Held, Answer::Held) => Standing::in_effect(),
        (ClaimState::Collecting, Answer::Approved) if sent_out => Standing::in_effect(),
        (ClaimState::Requested, _) | (ClaimState::Held, Answer::Approved | Answer::Rejected) => {
            Standing::NotInEffect
        }
        (ClaimState::Unknown, _) => unclear("the platform says something of the claim that is not known"),
        (state, _) => Standing::barred(format!("the claim is {}", state.name())),
    }
}

/// When the claim was asked for, as last seen.
fn requested_at(of: &OfClaim) -> Option<DateTime<Utc>> {
    let own: Value = serde_json::from_str(of.raw.as_deref()?.get()).ok()?;
    ["createDt", "reqDt"].into_iter().find_map(|name| time(own[name].as_str()?.trim()))
}

/// Whole Korean days from then until today, as far back as one call reaches.
fn since(from: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Window {
    let today = kst_date(now);
    let earliest = today - Days::new(u64::from(claims::DAYS) - 1);
    let first = from.map_or(earliest, |from| kst_date(from).clamp(earliest, today));
    Window { from: kst_midnight(first), to: kst_midnight(today + Days::new(1)) }
}

async fn at_listing(http: &Client, of: &OfListing, action: &Action) -> Result<Finding> {
    let Some(product) = listings::product(http, &of.listing_id).await? else {
        return Ok(Finding::bare(not_there("the platform shows no such product")));
    };
    let read = listings::options(http, &product).await?;
    let mut listings = read.records.iter().filter_map(|record| match record {
        Record::Listing(listing) => Some(listing),
        _ => None,
    });
    let own = listings.find(|listing| of.option_id.is_empty() || listing.option_id == of.option_id);
    let standing = match (action, own) {
        // Its options are replaced as well.
        (Action::UpdateListing { draft, .. }, _) => {
            let row = Row(&product);
            let code = row.text("sellerPrdCd") == Some(draft.seller_code.trim());
            let price = row.number("selPrc").ok().flatten() == Some(draft.price);
            same(code && price && row.text("prdNm") == Some(draft.name.trim()))
        }
        (_, None) => not_there("the platform shows no such option"),
        (Action::SetStock { stock, .. }, Some(own)) => same(own.stock == Some(*stock)),
        (Action::SetPrice { price, .. }, Some(own)) => same(own.price == Some(*price)),
        (action, Some(own)) => sold(own.state, matches!(action, Action::ResumeSale { .. })),
    };
    Ok(Finding { standing, records: read.records })
}

fn same(is_so: bool) -> Standing {
    if is_so { Standing::in_effect() } else { Standing::NotInEffect }
}

fn sold(state: ListingState, wanted: bool) -> Standing {
    match state {
        ListingState::OnSale | ListingState::SoldOut => same(wanted),
        ListingState::Stopped => same(!wanted),
        ListingState::Unknown => unclear("the platform says something of the product that is not known"),
        ListingState::Pending | ListingState::Rejected | ListingState::Ended => {
            Standing::barred(format!("the product is {}", state.name()))
        }
    }
}

/// A new product is found by the seller's code, #1621.
async fn at_code(http: &Client, draft: &Draft) -> Result<Finding> {
    const OPERATION: &str = "prodmarketservice/sellerprodcode";
    let path = match crate::path::path(&["prodmarketservice", "sellerprodcode", draft.seller_code.trim()]) {
        Ok(path) => path,
        Err(refusal) => return Ok(Finding::bare(Standing::Barred(refusal))),
    };
    let root = document(&http.send(Request::get(OPERATION, path)).await?).and_then(listings::model::products);
    let found = match root {
        Ok(root) => root,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Finding::bare(Standing::NotInEffect)),
        Err(error) => return Err(error.in_operation(OPERATION)),
    };
    let over = |row: &Row<'_>| {
        let state = row.word("selStatCd").map(listings::model::state);
        matches!(state, Some(ListingState::Ended | ListingState::Rejected))
    };
    let number = found.all("product").map(Row).filter(|row| !over(row)).find_map(|row| row.word("prdNo"));
    let Some(number) = number else { return Ok(Finding::bare(Standing::NotInEffect)) };
    let standing = Standing::InEffect { reference: Some(number.to_owned()) };
    // That it is there is certain; what it is like can also be read later.
    let records = shown(http, number).await.unwrap_or_default();
    Ok(Finding { standing, records })
}

/// The product of that number, as it is shown now.
async fn shown(http: &Client, number: &str) -> Result<Vec<Record>> {
    let Some(product) = listings::product(http, number).await? else { return Ok(Vec::new()) };
    Ok(listings::options(http, &product).await?.records)
}

#[cfg(test)]
#[path = "look/tests.rs"]
mod tests;
