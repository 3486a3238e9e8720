//! Whether order lines stand as a command wants them: the order's parcels, and the claims on them, as they are now.

use std::collections::HashMap;

use chrono::Days;
use connector_core::command::{Line, Refusal};
use connector_core::http::Client;
use connector_core::lenient::Object;
use connector_core::time::kst_date;
use connector_core::{
    Action, Claim, ClaimKind, ClaimState, CommandName, Error, Finding, Order, OrderState, Page, Record,
    Result, Standing,
};

use super::parcels::{Invoice, Sheet, option_of};
use crate::Coupang;
use crate::claims::returns;
use crate::orders::MAX_DAYS;
use crate::orders::model::{WireBox, is_number};

/// An order as the platform shows it now.
#[derive(Default)]
struct Shown {
    records: Vec<Record>,
    /// Something of it could not be read, so that what is missing may be there.
    is_unclear: bool,
}

impl Shown {
    fn lines(&self) -> impl Iterator<Item = &Order> {
        self.records.iter().filter_map(Record::as_order)
    }

    fn line(&self, order_id: &str) -> Option<&Order> {
        self.lines().find(|order| order.order_id == order_id)
    }

    fn claims(&self, order_id: &str) -> impl Iterator<Item = &Claim> {
        self.records.iter().filter_map(move |record| match record {
            Record::Claim(claim) if claim.order_id == order_id => Some(claim),
            _ => None,
        })
    }

    /// Where a line stands that is not among those shown.
    fn gone(&self) -> Standing {
        if self.is_unclear {
            return Standing::Unclear { reason: "a part of the order could not be read".to_owned() };
        }
        Standing::barred("the platform shows the order line no more: it is cancelled or returned")
    }

    /// The claim that somebody must answer before the line can go on.
    fn open_claim(&self, order_id: &str) -> Option<&Claim> {
        self.claims(order_id).find(|claim| claim.state.is_open())
    }
}

impl Coupang {
    pub(super) async fn inspect_lines(&self, http: &Client, actions: &[Action]) -> Result<Vec<Finding>> {
        let mut orders: HashMap<String, Shown> = HashMap::new();
        let mut findings = Vec::with_capacity(actions.len());
        for action in actions {
            let Some(line) = action.line() else {
                return Err(Error::unsupported("looking at a line that is none"));
            };
            let Some(order_id) = order_of(line) else {
                findings.push(Finding::bare(Standing::Unclear {
                    reason: "the number of its order is not known".to_owned(),
                }));
                continue;
            };
            if !orders.contains_key(&order_id) {
                let shown = self.shown(http, &order_id, action.name()).await?;
                orders.insert(order_id.clone(), shown);
            }
            let shown = &orders[&order_id];
            findings
                .push(Finding { standing: standing(action, line, shown), records: shown.records.clone() });
        }
        Ok(findings)
    }

    /// The parcels of an order, and the claims on it where the command must know of them, or where no parcel is shown.
    async fn shown(&self, http: &Client, order_id: &str, command: CommandName) -> Result<Shown> {
        let read = self.order(http, order_id).await?;
        let is_gone = read.records.is_empty() && read.failures.is_empty();
        let mut shown = Shown { records: read.records, is_unclear: !read.failures.is_empty() };
        // Before the seller confirms, a cancellation is at once, and in a list of its own.
        let lists: &[Option<&str>] = match command {
            _ if is_gone => &[None, Some("CANCEL")],
            CommandName::Confirm => &[],
            CommandName::Cancel => &[None, Some("CANCEL")],
            _ => &[None],
        };
        for kind in lists {
            let claims = self.claims_of(http, order_id, *kind).await?;
            shown.is_unclear |= !claims.failures.is_empty();
            shown.records.extend(claims.records);
        }
        Ok(shown)
    }

    async fn claims_of(&self, http: &Client, order_id: &str, kind: Option<&str>) -> Result<Page> {
        let today = kst_date(http.now());
        let first = today - Days::new(u64::from(MAX_DAYS) - 1);
        let request =
            self.return_list((first, today)).query("orderId", order_id).query_some("cancelType", kind);
        http.ask(request, returns::read).await
    }
}

fn order_of(line: &Line) -> Option<String> {
    let known = line.order_group_id.clone().filter(|id| is_number(id));
    known.or_else(|| {
        let parcel: Object<WireBox<'_>> = serde_json::from_str(line.raw.as_ref()?.get()).ok()?;
        parcel.order_id.filled().map(|id| id.trim().to_owned()).filter(|id| is_number(id))
    })
}

fn standing(action: &Action, line: &Line, shown: &Shown) -> Standing {
    match action {
        Action::Ship { parcel, .. } => match Invoice::of(parcel) {
            Ok(invoice) => shipped(&invoice, line, shown),
            Err(refusal) => Standing::Barred(refusal),
        },
        Action::Cancel { quantity, .. } => cancelled(*quantity, line, shown),
        _ => confirmed(line, shown),
    }
}

fn confirmed(line: &Line, shown: &Shown) -> Standing {
    let Some(order) = shown.line(&line.order_id) else { return shown.gone() };
    match order.state {
        OrderState::Paid => match shown.open_claim(&line.order_id) {
            Some(claim) => claimed(claim),
            None => Standing::NotInEffect,
        },
        OrderState::Preparing
        | OrderState::Shipped
        | OrderState::Delivered
        | OrderState::Decided
        | OrderState::ReturnRequested
        | OrderState::Returned => Standing::in_effect(),
        OrderState::Unknown => unknown(order),
        state => Standing::barred(format!("the order line is {}", state.name())),
    }
}

fn shipped(invoice: &Invoice, line: &Line, shown: &Shown) -> Standing {
    let own = shown.line(&line.order_id);
    // What is sent ahead of a split parcel's rest gets a new parcel's number.
    let elsewhere = || {
        let option = option_of(line);
        let others = shown.lines().filter(|order| order.order_id != line.order_id);
        others
            .filter(|order| order.option_id.as_deref() == option)
            .find_map(|order| (shows(invoice, order) == Some(true)).then(|| order.order_id.clone()))
    };
    match own {
        None => match elsewhere() {
            Some(order_id) => Standing::InEffect { reference: Some(order_id) },
            None => shown.gone(),
        },
        Some(order) => match order.state {
            OrderState::Paid => Standing::barred("it must be confirmed before it is sent"),
            OrderState::Preparing => match shown.open_claim(&line.order_id) {
                Some(claim) => claimed(claim),
                None => Standing::NotInEffect,
            },
            OrderState::Unknown => unknown(order),
            OrderState::CancelRequested | OrderState::Cancelled => {
                Standing::barred(format!("the order line is {}", order.state.name()))
            }
            _ => match shows(invoice, order) {
                Some(true) => Standing::in_effect(),
                Some(false) => Standing::barred("it is on its way with another parcel"),
                None => Standing::Unclear {
                    reason: "it is on its way with this number, by a carrier whose name we do not know"
                        .to_owned(),
                },
            },
        },
    }
}

/// Whether the line's parcel shows this invoice; `None` where its carrier cannot be told.
fn shows(invoice: &Invoice, order: &Order) -> Option<bool> {
    let parcel: Object<WireBox<'_>> = serde_json::from_str(order.raw.get()).ok()?;
    let number = parcel.invoice_number.filled().unwrap_or_default();
    invoice.is_shown(number, parcel.delivery_company_name.filled().unwrap_or_default())
}

fn cancelled(quantity: Option<i64>, line: &Line, shown: &Shown) -> Standing {
    let receipt = shown
        .claims(&line.order_id)
        .find(|claim| claim.kind == ClaimKind::Cancel && claim.state == ClaimState::Done);
    let reference = receipt.map(|claim| claim.claim_id.clone());
    let Some(order) = shown.line(&line.order_id) else {
        return match (receipt, shown.claims(&line.order_id).next()) {
            (Some(_), _) => Standing::InEffect { reference },
            (None, Some(claim)) => claimed(claim),
            (None, None) => Standing::Unclear {
                reason: "the platform shows neither the order line nor a cancellation of it".to_owned(),
            },
        };
    };
    let count = |raw| {
        let sheet = Sheet::of(Some(raw)).ok()?;
        sheet.item(option_of(line)?)?.cancel_count.get().copied()
    };
    let (before, now) = (line.raw.as_deref().and_then(count), count(&order.raw));
    let is_part = quantity.zip(before.zip(now)).is_some_and(|(asked, (before, now))| now - before >= asked);
    match order.state {
        OrderState::Cancelled => Standing::InEffect { reference },
        _ if is_part => Standing::InEffect { reference },
        OrderState::Paid | OrderState::Preparing => match shown.open_claim(&line.order_id) {
            Some(claim) => claimed(claim),
            None => Standing::NotInEffect,
        },
        OrderState::Unknown => unknown(order),
        state => Standing::barred(format!("the order line is {}", state.name())),
    }
}

fn claimed(claim: &Claim) -> Standing {
    Standing::Barred(Refusal::conflict(format!(
        "claim {} ({}, {}) stands against it and must be answered first",
        claim.claim_id,
        claim.kind.name(),
        claim.state.name()
    )))
}

fn unknown(order: &Order) -> Standing {
    Standing::Unclear {
        reason: format!(
            "its status is one that we do not know: {}",
            crate::orders::model::word(&order.status)
        ),
    }
}
