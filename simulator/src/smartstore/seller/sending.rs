//! Confirm, dispatch, delay.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::words::{Body, DELAY_REASONS, DELIVERY_METHODS};
use super::{Desk, Failure, MOST, Named, Outcome};
use crate::answer::Answer;
use crate::effect::Effects;
use crate::instant::{DAY, Millis, kst_text};
use crate::smartstore::book::{Book, Stage};
use crate::smartstore::claim::{ClaimKind, Step};
use crate::smartstore::line::Delay;

/// How far a dispatch may be put off. The platform has an error for more, and does not say how much.
const LONGEST_DELAY: Millis = 90 * DAY;

/// An item of a dispatch.
struct Item {
    id: String,
    parcel: Named,
    at: Millis,
}

impl Desk<'_> {
    pub(super) fn confirm(&self) -> Result<Answer, Answer> {
        let ids = self.read()?.list("productOrderIds", MOST)?;
        let ids: Option<Vec<&str>> = ids.iter().map(Value::as_str).collect();
        let ids = ids.ok_or_else(|| self.stamp.unreadable_body())?;
        self.refuse_twice(ids.iter().copied())?;
        let mut outcome = Outcome::default();
        for id in ids {
            let result = self.find(id).and_then(|number| {
                self.store.work(|book, effects| confirm(book, effects, number, self.stamp.at))
            });
            let done = |changed| json!({"productOrderId": id, "isReceiverAddressChanged": changed});
            outcome.note(id, result.map(done));
        }
        Ok(self.envelope("successProductOrderInfos", outcome))
    }

    pub(super) fn dispatch(&self) -> Result<Answer, Answer> {
        let items = self.read()?.list("dispatchProductOrders", MOST)?;
        let items: Vec<Item> = items.into_iter().map(|item| self.item(item)).collect::<Result<_, _>>()?;
        self.refuse_twice(items.iter().map(|item| item.id.as_str()))?;
        let mut outcome = Outcome::default();
        for Item { id, parcel, at } in items {
            let result = self.find(&id).and_then(|number| {
                let work =
                    |book: &mut Book, effects: &mut Effects| self.send(book, effects, number, parcel, at);
                self.store.work(work)
            });
            outcome.note(&id, result.map(|()| Value::from(id.as_str())));
        }
        Ok(self.envelope("successProductOrderIds", outcome))
    }

    pub(super) fn delay(&self) -> Result<Answer, Answer> {
        let body = self.read()?;
        let delay = Delay {
            due_at: body.date("dispatchDueDate", self.settings.lenient_dates)?,
            reason: body.some_word("delayedDispatchReason", &DELAY_REASONS)?,
            detail: body.some_text("dispatchDelayedDetailedReason")?,
        };
        Ok(self.one(|book, effects, id| put_off(book, effects, id, delay, self.stamp.at)))
    }

    fn item(&self, item: Value) -> Result<Item, Answer> {
        let item = Body::of(item, self.stamp)?;
        let parcel = Named {
            method: item.some_word("deliveryMethod", &DELIVERY_METHODS)?,
            company: item.carrier("deliveryCompanyCode")?,
            number: item.text("trackingNumber")?,
        };
        let at = item.date("dispatchDate", self.settings.lenient_dates)?;
        Ok(Item { id: item.some_text("productOrderId")?, parcel, at })
    }

    /// A product order that a call names twice makes the call bad. Whether the platform refuses the whole call or the
    /// item is not documented.
    fn refuse_twice<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> Result<(), Answer> {
        let mut seen = HashSet::new();
        if ids.all(|id| seen.insert(id)) { Ok(()) } else { Err(self.stamp.known_error("104131")) }
    }

    /// Sends an order. An open request to cancel it is refused by that
    /// (<https://github.com/commerce-api-naver/commerce-api/discussions/2823>, read 2026-03-11).
    fn send(
        &self,
        book: &mut Book,
        effects: &mut Effects,
        id: u64,
        parcel: Named,
        at: Millis,
    ) -> Result<(), Failure> {
        let line = book.line(id).expect("an order that was found");
        match line.order.stage {
            stage if stage.is_to_send() => {}
            Stage::Dispatched => return Err(Failure::of("105306")),
            _ => return Err(Failure::of("104442")),
        }
        if line.confirmed_at().is_none() && !self.settings.send_unconfirmed {
            return Err(Failure::of("104443"));
        }
        let now = self.stamp.at;
        let confirmed_at = line.confirmed_at().unwrap_or(now);
        let parcel = parcel.check(book, id, at)?;
        let mut detail = [Some(parcel.method.as_str()), parcel.company.as_deref(), parcel.number.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        book.act(id, now, Some("DISPATCHED"), |order, handling| {
            order.stage = Stage::Dispatched;
            handling.confirmed_at = Some(confirmed_at);
            handling.shipment = Some(parcel);
            if let Some(claim) = handling.open_claim().filter(|claim| claim.kind == ClaimKind::Cancel) {
                claim.close(Step::Rejected, now);
                detail += ", its cancellation refused";
            }
        });
        effects.add(now, "ship", id, detail);
        Ok(())
    }
}

/// Confirms an order; whether its receiver's address was changed.
fn confirm(book: &mut Book, effects: &mut Effects, id: u64, now: Millis) -> Result<bool, Failure> {
    let line = book.line(id).expect("an order that was found");
    if !line.order.stage.is_to_send() {
        return Err(Failure::of("104442"));
    }
    if line.confirmed_at().is_some() {
        return Err(Failure::of("105306"));
    }
    let changed = line.order.stage == Stage::AddressChanged;
    book.act(id, now, None, |_, handling| handling.confirmed_at = Some(now));
    effects.add(now, "confirm", id, "");
    Ok(changed)
}

fn put_off(
    book: &mut Book,
    effects: &mut Effects,
    id: u64,
    delay: Delay,
    now: Millis,
) -> Result<(), Failure> {
    let line = book.line(id).expect("an order that was found");
    if !line.order.stage.is_to_send() || line.has_open_claim() {
        return Err(Failure::of("104442"));
    }
    if delay.due_at <= now || delay.due_at > now + LONGEST_DELAY {
        return Err(Failure::of("104105"));
    }
    if line.handling.delay.as_ref().is_some_and(|present| present.due_at == delay.due_at) {
        return Err(Failure::of("105306"));
    }
    let detail = format!("until {}, {}", kst_text(delay.due_at), delay.reason);
    book.act(id, now, None, |_, handling| handling.delay = Some(delay));
    effects.add(now, "delay", id, detail);
    Ok(())
}
