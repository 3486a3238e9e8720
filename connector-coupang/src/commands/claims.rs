//! The seller's part in returns and exchanges, one step at a time.
//!
//! <https://developers.coupangcorp.com/hc/ko/articles/360033919613> (returns),
//! <https://developers.coupangcorp.com/hc/ko/articles/360033397594> (exchanges), read 2026-11.

use chrono::{Days, NaiveDate};
use connector_core::command::{OfClaim, Refusal};
use connector_core::http::Client;
use connector_core::lenient::Object;
use connector_core::time::{kst_date, parse_kst};
use connector_core::{Action, Claim, ClaimKind, Finding, Outcome, Page, Record, Result, Standing};
use http::Method;
use serde_json::{Value, json};

use super::parcels::Invoice;
use super::{lacking, number, refused, result, write};
use crate::Coupang;
use crate::claims::exchanges::{self, Outgoing, PROGRESS, RECEIPT, REJECT, SUCCESS, WireExchange};
use crate::claims::returns::{ACCEPTED, COMPLETED, RECEIVED, STOP_REQUESTED, WireReturn};
use crate::claims::{EXCHANGE_LIST, RETURN_LIST};

/// What the claim, as it was last seen, asks of the seller.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The parcel was stopped; so many pieces.
    Stop { count: i64 },
    /// The parcel had left already.
    HadLeft { invoice: Invoice },
    /// The returned goods are back.
    Receive,
    /// Refund; so many pieces.
    Refund { count: i64 },
    /// The goods to be exchanged are back.
    ReceiveExchange,
    /// Others go out in these parcels.
    SendOthers { parcels: Vec<Outgoing>, invoice: Invoice },
    /// No exchange, by the platform's code.
    RefuseExchange { code: &'static str },
}

impl Step {
    fn of(action: &Action) -> Result<Self, Refusal> {
        let claim = action.claim().ok_or_else(|| lacking("the claim"))?;
        let raw = claim.raw.as_ref().ok_or_else(|| lacking("the claim as the platform told it"))?;
        match (action, claim.kind) {
            (Action::ApproveClaim { parcel, .. }, ClaimKind::Exchange) => {
                let exchange = read_exchange(raw)?;
                match word(&exchange.exchange_status) {
                    RECEIPT => Ok(Self::ReceiveExchange),
                    PROGRESS if word(&exchange.collect_status) != "CompleteCollect" => {
                        Err(Refusal::conflict("the goods are not collected yet"))
                    }
                    PROGRESS => {
                        let parcel = parcel.as_ref();
                        let parcel = parcel
                            .ok_or_else(|| refused("the parcel with the exchanged goods is missing"))?;
                        let parcels = exchange.outgoing();
                        if parcels.is_empty() {
                            return Err(Refusal::conflict(
                                "the platform has made no parcel for the exchanged goods yet; it takes up to ten minutes",
                            ));
                        }
                        Ok(Self::SendOthers { parcels, invoice: Invoice::of(parcel)? })
                    }
                    _ => Err(Refusal::conflict("the exchange is over")),
                }
            }
            (Action::RejectClaim { reason, .. }, ClaimKind::Exchange) => {
                let exchange = read_exchange(raw)?;
                let code = match reason.trim() {
                    "SOLDOUT" => "SOLDOUT",
                    "WITHDRAW" => "WITHDRAW",
                    _ => {
                        return Err(refused(
                            "Coupang takes SOLDOUT or WITHDRAW as the reason, and no other text",
                        ));
                    }
                };
                match word(&exchange.exchange_status) {
                    RECEIPT => Ok(Self::RefuseExchange { code }),
                    _ => Err(Refusal::conflict("the exchange is past that")),
                }
            }
            (Action::ApproveClaim { .. }, _) => {
                let receipt = read_return(raw)?;
                let count =
                    || receipt.cancel_count_sum.get().copied().ok_or_else(|| lacking("cancelCountSum"));
                match word(&receipt.receipt_status) {
                    _ if word(&receipt.receipt_type) == "CANCEL" => {
                        Err(Refusal::conflict("it is cancelled already, and asks for nothing"))
                    }
                    STOP_REQUESTED => Ok(Self::Stop { count: count()? }),
                    ACCEPTED => Ok(Self::Receive),
                    RECEIVED => Ok(Self::Refund { count: count()? }),
                    COMPLETED => Err(Refusal::conflict("the return is over")),
                    _ => Err(Refusal::conflict("the return stands where the seller can do nothing")),
                }
            }
            (Action::RejectClaim { parcel, .. }, _) => {
                let receipt = read_return(raw)?;
                if word(&receipt.receipt_status) != STOP_REQUESTED {
                    return Err(refused(
                        "Coupang takes no refusal of a return; dispute it in WING (쿠팡확인요청)",
                    ));
                }
                let parcel = parcel.as_ref();
                let parcel = parcel.ok_or_else(|| refused("the parcel that has left already is missing"))?;
                Ok(Self::HadLeft { invoice: Invoice::of(parcel)? })
            }
            _ => Err(refused("this is no answer to a claim")),
        }
    }

    /// Operation, method, the last part of the path and the body beside the claim's own number.
    fn call(&self, vendor_id: &str, id: u64) -> Result<(&'static str, Method, &'static str, Value), Refusal> {
        let receipt = |more: Value| {
            let mut body = json!({"vendorId": vendor_id, "receiptId": id});
            merge(&mut body, more);
            body
        };
        let exchange = |more: Value| {
            let mut body = json!({"vendorId": vendor_id, "exchangeId": id});
            merge(&mut body, more);
            body
        };
        Ok(match self {
            Self::Stop { count } => (
                "returnRequests/stoppedShipment",
                Method::PUT,
                "stoppedShipment",
                receipt(json!({"cancelCount": count})),
            ),
            Self::HadLeft { invoice } => (
                "returnRequests/completedShipment",
                Method::PUT,
                "completedShipment",
                receipt(json!({"deliveryCompanyCode": invoice.company, "invoiceNumber": invoice.number})),
            ),
            Self::Receive => {
                ("returnRequests/receiveConfirmation", Method::PUT, "receiveConfirmation", receipt(json!({})))
            }
            Self::Refund { count } => {
                ("returnRequests/approval", Method::PUT, "approval", receipt(json!({"cancelCount": count})))
            }
            Self::ReceiveExchange => (
                "exchangeRequests/receiveConfirmation",
                Method::PUT,
                "receiveConfirmation",
                exchange(json!({})),
            ),
            Self::RefuseExchange { code } => (
                "exchangeRequests/rejection",
                Method::PUT,
                "rejection",
                exchange(json!({"exchangeRejectCode": code})),
            ),
            Self::SendOthers { parcels, invoice } => {
                let parcel = |parcel: &Outgoing| {
                    Ok(exchange(json!({
                        "shipmentBoxId": number(&parcel.shipment_box_id, "shipmentBoxId")?,
                        "goodsDeliveryCode": invoice.company,
                        "invoiceNumber": invoice.number,
                    })))
                };
                let parcels: Result<Vec<Value>, Refusal> = parcels.iter().map(parcel).collect();
                ("exchangeRequests/invoices", Method::POST, "invoices", Value::Array(parcels?))
            }
        })
    }

    /// Whether the step is made, by the claim as it is now.
    fn standing(&self, claim: &Claim) -> Standing {
        let status = claim.status.trim();
        let past =
            || Standing::barred(format!("the claim has gone on to {}", crate::orders::model::word(status)));
        match self {
            Self::Stop { .. } | Self::HadLeft { .. } => {
                let stops = matches!(self, Self::Stop { .. });
                match (status, claim.kind) {
                    (STOP_REQUESTED, _) => Standing::NotInEffect,
                    (COMPLETED, ClaimKind::Cancel) if stops => Standing::in_effect(),
                    (ACCEPTED | RECEIVED | COMPLETED, ClaimKind::Return) if !stops => Standing::in_effect(),
                    _ => past(),
                }
            }
            Self::Receive => match status {
                ACCEPTED => Standing::NotInEffect,
                RECEIVED | COMPLETED => Standing::in_effect(),
                _ => past(),
            },
            Self::Refund { .. } => match status {
                RECEIVED => Standing::NotInEffect,
                COMPLETED => Standing::in_effect(),
                _ => past(),
            },
            Self::ReceiveExchange => match status {
                RECEIPT => Standing::NotInEffect,
                PROGRESS | SUCCESS => Standing::in_effect(),
                _ => past(),
            },
            Self::RefuseExchange { .. } => match status {
                RECEIPT => Standing::NotInEffect,
                REJECT => Standing::in_effect(),
                _ => past(),
            },
            Self::SendOthers { parcels, invoice } => {
                let Ok(exchange) = read_exchange(&claim.raw) else { return past() };
                let shown = exchange.outgoing();
                let number = |asked: &Outgoing| {
                    let now = shown.iter().find(|now| now.shipment_box_id == asked.shipment_box_id);
                    now.and_then(|now| now.invoice_number.clone())
                };
                let numbers: Vec<Option<String>> = parcels.iter().map(number).collect();
                if numbers.iter().all(|number| number.as_ref() == Some(&invoice.number)) {
                    Standing::in_effect()
                } else if numbers.iter().flatten().any(|number| *number != invoice.number) {
                    Standing::barred("the exchanged goods are on their way with another parcel")
                } else if matches!(status, PROGRESS | SUCCESS) {
                    Standing::NotInEffect
                } else {
                    past()
                }
            }
        }
    }
}

fn word<'a>(text: &'a connector_core::lenient::Text<'_>) -> &'a str {
    text.filled().unwrap_or_default().trim()
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

fn read_return(raw: &serde_json::value::RawValue) -> Result<WireReturn<'_>, Refusal> {
    let Object(receipt) =
        serde_json::from_str(raw.get()).map_err(|_| lacking("the return as the platform told it"))?;
    Ok(receipt)
}

fn read_exchange(raw: &serde_json::value::RawValue) -> Result<WireExchange<'_>, Refusal> {
    let Object(exchange) =
        serde_json::from_str(raw.get()).map_err(|_| lacking("the exchange as the platform told it"))?;
    Ok(exchange)
}

impl Coupang {
    pub(super) async fn answer_claim(&self, http: &Client, action: &Action) -> Result<Outcome> {
        let Some(claim) = action.claim() else { return Ok(Outcome::Refused(lacking("the claim"))) };
        let call = Step::of(action).and_then(|step| {
            step.call(&self.settings.vendor_id, number(&claim.claim_id, "the claim's number")?)
        });
        let (operation, method, last, body) = match call {
            Ok(call) => call,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let list = if claim.kind == ClaimKind::Exchange { EXCHANGE_LIST } else { RETURN_LIST };
        let path = format!("{}/{list}/{}/{last}", self.vendor_path("v4"), claim.claim_id);
        let response = http.send(write(method, operation, path).json(&body)?).await?;
        Ok(result(&response))
    }

    pub(super) async fn inspect_claim(&self, http: &Client, action: &Action) -> Result<Finding> {
        let step = Step::of(action);
        let Some(claim) = action.claim() else {
            return Ok(Finding::bare(Standing::Barred(lacking("the claim"))));
        };
        if let Err(refusal) = number(&claim.claim_id, "the claim's number") {
            return Ok(Finding::bare(Standing::Barred(refusal)));
        }
        let read = match claim.kind {
            ClaimKind::Exchange => match self.exchange_now(http, claim).await? {
                Ok(read) => read,
                Err(refusal) => return Ok(Finding::bare(Standing::Barred(refusal))),
            },
            _ => self.one_return(http, &claim.claim_id).await?,
        };
        let now = read.records.iter().find_map(|record| match record {
            Record::Claim(now) if now.claim_id == claim.claim_id && now.order_id == claim.order_id => {
                Some(now)
            }
            _ => None,
        });
        let standing = match (step, now) {
            (Err(refusal), _) => Standing::Barred(refusal),
            (Ok(step), Some(now)) => step.standing(now),
            (Ok(_), None) if !read.failures.is_empty() => {
                Standing::Unclear { reason: "the claim could not be read".to_owned() }
            }
            (Ok(_), None) => {
                Standing::barred("the platform shows the claim no more: its buyer has taken it back")
            }
        };
        Ok(Finding { standing, records: read.records })
    }

    /// An exchange as it is now; there is no call for a single one, so those of its order and days are listed.
    async fn exchange_now(&self, http: &Client, claim: &OfClaim) -> Result<Result<Page, Refusal>> {
        let told = claim.raw.as_ref().ok_or_else(|| lacking("the exchange as the platform told it"));
        let (order_id, day) = match told.and_then(|raw| whereabouts(raw)) {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // A week is the most that the platform lists.
        let week = (day - Days::new(1), day + Days::new(5));
        let request = self.exchange_list(week).query("orderId", order_id);
        Ok(Ok(http.ask(request, exchanges::read).await?))
    }
}

/// The order of an exchange, and the day on which it was made.
fn whereabouts(raw: &serde_json::value::RawValue) -> Result<(String, NaiveDate), Refusal> {
    let exchange = read_exchange(raw)?;
    let order_id = exchange.order_id.filled().ok_or_else(|| lacking("orderId"))?;
    let made = exchange.created_at.filled().and_then(parse_kst).ok_or_else(|| lacking("createdAt"))?;
    Ok((order_id.trim().to_owned(), kst_date(made)))
}
