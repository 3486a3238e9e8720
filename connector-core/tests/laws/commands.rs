//! What the orchard can be told: to confirm lines, and to send them.

use connector_core::carrier::CarrierCode;
use connector_core::command::{Again, Parcel};
use connector_core::http::{Client, Request};
use connector_core::{
    Action, Command, CommandName, CommandSpec, Error, Finding, OrderState, Outcome, Receipt, Record, Result,
    Spec, Standing,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Flaw, Orchard, SPEC};

pub(crate) const CONFIRM: CommandSpec =
    CommandSpec { name: CommandName::Confirm, batch: 3, look: 6, again: Again::Refused, note: "" };
pub(crate) const SHIP: CommandSpec =
    CommandSpec { name: CommandName::Ship, batch: 1, look: 6, again: Again::Refused, note: "" };

pub(crate) const CARRIERS: &[CarrierCode] =
    &[CarrierCode { carrier: "CJGLS", code: "1" }, CarrierCode { carrier: "LOTTE", code: "2" }];

const CANCEL: CommandSpec =
    CommandSpec { name: CommandName::Cancel, batch: 1, look: 1, again: Again::Doubled, note: "" };

static WITH_CANCEL: Spec = Spec {
    commands: &[CONFIRM, SHIP, CANCEL],
    carriers: CARRIERS,
    ..Spec::reading(SPEC.streams, SPEC.limits)
};
static NARROW_LOOK: Spec = Spec {
    commands: &[CommandSpec { look: 2, ..CONFIRM }, SHIP],
    carriers: CARRIERS,
    ..Spec::reading(SPEC.streams, SPEC.limits)
};
static ODD_CARRIERS: Spec = Spec {
    commands: &[CONFIRM, SHIP],
    // The platform's code of one is the name of the other.
    carriers: &[CarrierCode { carrier: "CJGLS", code: "LOTTE" }, CarrierCode { carrier: "LOTTE", code: "2" }],
    ..Spec::reading(SPEC.streams, SPEC.limits)
};

/// The spec of a connector whose flaw lies in its commands.
pub(crate) fn spec(flaw: Flaw) -> Option<&'static Spec> {
    match flaw {
        Flaw::OffersUnseen => Some(&WITH_CANCEL),
        Flaw::LooksTooNarrowly => Some(&NARROW_LOOK),
        Flaw::MixesUpCarriers => Some(&ODD_CARRIERS),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Answered {
    done: Vec<String>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    found: Vec<&'a RawValue>,
}

impl Orchard {
    pub(crate) async fn carry_out(&self, http: &Client, command: &Command) -> Result<Receipt> {
        let ids: Vec<String> = command.actions.iter().map(Action::target).collect();
        let request = match (command.name, &command.actions[0]) {
            (CommandName::Confirm, _) => Request::post("confirm", "/confirm").json(&json!({"ids": ids}))?,
            (CommandName::Ship, Action::Ship { parcel, .. }) => {
                Request::post("ship", "/ship").json(&sent(&ids[0], parcel)?)?
            }
            _ if self.flaw == Flaw::TakesWhatItDoesNotOffer => {
                return Ok(Receipt { outcomes: vec![Outcome::accepted(); ids.len()] });
            }
            (name, _) => return Err(Error::unsupported(name.name())),
        };
        let request = if self.flaw == Flaw::CommandsAsReads { request.reads() } else { request };
        let response = match http.send(request.clone()).await {
            Ok(response) => response,
            Err(_) if self.flaw == Flaw::CommandsTwice => http.send(request).await?,
            Err(_) if self.flaw == Flaw::BelievesInSuccess => {
                return Ok(Receipt { outcomes: vec![Outcome::accepted(); ids.len()] });
            }
            Err(error) if self.flaw == Flaw::KnowsNoDoubt => {
                return Err(Error::new(error.kind(), "it did not work").with_retry(error.retry()));
            }
            Err(error) => return Err(error),
        };
        let answered: Answered = response.json()?;
        let mut outcomes: Vec<Outcome> = ids
            .iter()
            .map(|id| match answered.done.contains(id) {
                true => Outcome::accepted(),
                false => Outcome::Unknown { reason: "it is not named".to_owned() },
            })
            .collect();
        if self.flaw == Flaw::ForgetsAnOutcome && outcomes.len() > 1 {
            outcomes.pop();
        }
        Ok(Receipt { outcomes })
    }

    pub(crate) async fn look(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        if !matches!(command.name, CommandName::Confirm | CommandName::Ship) {
            return Err(Error::unsupported(command.name.name()));
        }
        let mut ids: Vec<String> = command.actions.iter().map(Action::target).collect();
        ids.dedup();
        let request = Request::post("states", "/states").json(&json!({"ids": ids}))?;
        let request = if self.flaw == Flaw::LooksByWriting { request } else { request.reads() };
        let response = http.send(request).await?;
        let found: Found<'_> = response.json().map_err(|error| error.in_operation("states"))?;
        let finding = |action: &Action| {
            let rows = found.found.iter().filter_map(|raw| self.order(raw, None).ok());
            let row = rows.into_iter().find(|record| record.key() == action.target());
            match row {
                Some(record) => Finding { standing: self.standing(action, &record), records: vec![record] },
                None => Finding::bare(Standing::Unclear { reason: "it is not shown".to_owned() }),
            }
        };
        let mut findings: Vec<Finding> = command.actions.iter().map(finding).collect();
        if self.flaw == Flaw::ForgetsAFinding && findings.len() > 1 {
            findings.pop();
        }
        Ok(findings)
    }

    fn standing(&self, action: &Action, record: &Record) -> Standing {
        let state = record.as_order().map(|order| order.state);
        let raw: Value = serde_json::from_str(record.raw().get()).unwrap_or_default();
        if self.flaw == Flaw::NamesBuyers {
            return Standing::barred(format!("{} must be asked", raw["buyer"]["name"]));
        }
        let so = match action {
            Action::Ship { parcel, .. } => raw["parcel"].as_str() == parcel.tracking_number.as_deref(),
            _ => matches!(state, Some(OrderState::Preparing | OrderState::Shipped)),
        };
        if so && self.flaw != Flaw::SeesNoEffect { Standing::in_effect() } else { Standing::NotInEffect }
    }
}

fn sent(id: &str, parcel: &Parcel) -> Result<Value> {
    let carrier = SPEC.carrier(parcel.carrier.as_deref().unwrap_or_default())?;
    Ok(json!({"id": id, "carrier": carrier, "number": parcel.tracking_number}))
}
