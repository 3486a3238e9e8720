//! Commands: one call each, and what its answer says.
//!
//! State changes are `GET`s for orders and claims, so each request here says that it writes: nothing repeats it by itself.
//! Sources: the entries of <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall> named at each call (read 2026-09).

mod claim;
mod line;
mod listing;
#[cfg(test)]
mod tests;

use connector_core::command::{
    Action, Again, Command, CommandName, CommandSpec, Outcome, Parcel, Receipt, Refusal, ShippingMethod,
};
use connector_core::http::{Client, Request};
use connector_core::xml::Element;
use connector_core::{Error, ErrorKind, Result};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::SPEC;
use crate::answer::{Row, document, unexpected};
use crate::fault::{Said, said};

const fn single(name: CommandName, again: Again, note: &'static str) -> CommandSpec {
    CommandSpec { name, batch: 1, look: 1, again, note }
}

pub(crate) const COMMANDS: &[CommandSpec] = &[
    single(
        CommandName::Confirm,
        Again::Refused,
        "confirms all lines of the same product in the same delivery with it",
    ),
    single(
        CommandName::Ship,
        Again::Refused,
        "ships all lines of the same delivery number with it; with the line's whole quantity named, this line alone, for which \
         the buyer must have agreed. A line must be confirmed first",
    ),
    single(
        CommandName::Cancel,
        Again::Refused,
        "the whole line only; reasons that are the seller's fault cost credit points",
    ),
    single(
        CommandName::ApproveClaim,
        Again::Refused,
        "an exchange is approved with the parcel of the goods that go out",
    ),
    single(
        CommandName::RejectClaim,
        Again::Refused,
        "a cancel is refused with the parcel that is on its way; the platform tells the buyer of it in its own words",
    ),
    single(CommandName::HoldClaim, Again::Refused, "returns only"),
    single(CommandName::SetStock, Again::Same, "of one option; zero may be refused: stop the sale instead"),
    single(
        CommandName::SetPrice,
        Again::Same,
        "of the whole product, in steps of 10 won, at most half as much again and no less than a fifth of the present price",
    ),
    single(CommandName::StopSale, Again::Same, "of the whole product"),
    single(CommandName::ResumeSale, Again::Same, "of the whole product"),
    single(CommandName::CreateListing, Again::Doubled, "500 a day"),
    single(
        CommandName::UpdateListing,
        Again::Same,
        "replaces the whole product: what the draft's own object leaves out is lost",
    ),
];

pub(crate) async fn execute(http: &Client, command: &Command) -> Result<Receipt> {
    let [action] = &command.actions[..] else {
        return Err(Error::unsupported("more than one thing in one call"));
    };
    let outcome = match request(action) {
        Err(refusal) => Outcome::Refused(refusal),
        Ok(request) => {
            let operation = request.operation;
            let root = document(&http.send(request).await?);
            root.and_then(|root| outcome(command.name, &root))
                .map_err(|error| error.in_operation(operation))?
        }
    };
    Ok(Receipt { outcomes: vec![outcome] })
}

/// The call that an action takes.
pub(crate) fn request(action: &Action) -> Result<Request, Refusal> {
    match action {
        Action::Confirm { line } => line::confirm(line),
        Action::Ship { line, parcel, quantity } => line::ship(line, parcel, *quantity),
        Action::Cancel { line, reason, note, quantity } => {
            line::cancel(line, *reason, note.as_deref(), *quantity)
        }
        Action::ApproveClaim { claim, parcel } => claim::approve(claim, parcel.as_ref()),
        Action::RejectClaim { claim, reason, parcel } => claim::reject(claim, reason, parcel.as_ref()),
        Action::HoldClaim { claim, reason } => claim::hold(claim, reason),
        Action::SetStock { listing, stock } => listing::set_stock(listing, *stock),
        Action::SetPrice { listing, price } => listing::set_price(listing, *price),
        Action::StopSale { listing } => listing::stop(listing),
        Action::ResumeSale { listing } => listing::resume(listing),
        Action::CreateListing { draft } => listing::create(draft),
        Action::UpdateListing { listing, draft } => listing::update(listing, draft),
    }
}

/// What the answer says.
///
/// # Errors
/// `Decode` for an answer of another kind, after which nobody knows what became of the command.
pub(crate) fn outcome(name: CommandName, root: &Element) -> Result<Outcome> {
    let said = said(root);
    let of_orders = matches!(
        name,
        CommandName::Confirm
            | CommandName::Ship
            | CommandName::Cancel
            | CommandName::ApproveClaim
            | CommandName::RejectClaim
            | CommandName::HoldClaim
    );
    let expected = if of_orders { "ResultOrder" } else { "ClientMessage" };
    if root.name() != expected {
        return Err(unexpected(root, expected));
    }
    let Some(code) = said.code.clone() else {
        return Ok(Outcome::Unknown { reason: "the answer holds no result code".to_owned() });
    };
    Ok(if of_orders { of_order(name, &code, said) } else { of_product(name, &code, said, root) })
}

fn of_order(name: CommandName, code: &str, said: Said) -> Outcome {
    let on_claim =
        matches!(name, CommandName::ApproveClaim | CommandName::RejectClaim | CommandName::HoldClaim);
    let kind = match code {
        "0" => return Outcome::accepted(),
        // Done already, perhaps along with another line of its delivery: only a look tells.
        "-3206" | "-3308" | "-3309" => {
            return unknown("the platform says that it is done already", code, said);
        }
        "-3207" | "-3311" => return unknown("the platform failed while doing it", code, said),
        // A claim that is settled already is told in free words.
        "-1" if on_claim => return unknown("the platform has no code for what is wrong", code, said),
        "-3211" | "-3214" | "-3310" | "-3313" | "-21004" | "-21005" => ErrorKind::Conflict,
        _ => ErrorKind::Rejected,
    };
    Outcome::Refused(Refusal { kind, code: Some(code.to_owned()), message: said.text })
}

fn of_product(name: CommandName, code: &str, said: Said, root: &Element) -> Outcome {
    let creates = name == CommandName::CreateListing;
    let kind = match code {
        "200" | "210" if creates => {
            return match Row(root).word("productNo") {
                Some(number) => Outcome::Accepted { reference: Some(number.to_owned()) },
                None => unknown("the answer names no product", code, said),
            };
        }
        "200" => return Outcome::accepted(),
        "400" if creates => ErrorKind::Quota,
        "404" => ErrorKind::NotFound,
        _ => ErrorKind::Rejected,
    };
    Outcome::Refused(Refusal { kind, code: Some(code.to_owned()), message: said.text })
}

fn unknown(words: &str, code: &str, said: Said) -> Outcome {
    let reason = if said.text.is_empty() {
        format!("{words} ({code})")
    } else {
        format!("{words} ({code}): {}", said.text)
    };
    Outcome::Unknown { reason }
}

/// What we refuse ourselves: the platform would, or would do something else.
fn refused(message: impl Into<String>) -> Refusal {
    Refusal { kind: ErrorKind::Rejected, code: None, message: message.into() }
}

/// The platform's own object of a target, as last seen.
#[derive(Debug)]
struct Own(Value);

impl Own {
    fn of(raw: Option<&RawValue>) -> Result<Self, Refusal> {
        let value = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        value.map(Self).ok_or_else(|| {
            refused("the platform's own object is not stored: sync the account, then try again")
        })
    }

    /// The member of an object below these names.
    fn text(&self, path: &[&str]) -> Option<&str> {
        let value = path.iter().try_fold(&self.0, |value, name| value.get(name))?;
        Some(value.as_str()?.trim()).filter(|text| !text.is_empty() && *text != "null")
    }

    fn require(&self, path: &[&str]) -> Result<&str, Refusal> {
        self.text(path).ok_or_else(|| {
            refused(format!(
                "the platform's own object does not name {}: sync the account, then try again",
                path.join(".")
            ))
        })
    }
}

/// How a parcel travels, in the codes that calls take; those of the lists are others.
struct Shipment {
    method: &'static str,
    carrier: &'static str,
    number: String,
}

/// What stands where there is nothing.
const NOTHING: &str = "null";

fn shipment(parcel: &Parcel) -> Result<Shipment, Refusal> {
    let carrier = parcel.carrier.as_deref().map(|carrier| SPEC.carrier(carrier)).transpose();
    let carrier = carrier.map_err(|error| Refusal::from(&error))?;
    let number = parcel.tracking_number.as_deref().map(str::trim).filter(|number| !number.is_empty());
    let method = match parcel.method {
        ShippingMethod::Parcel => {
            let (Some(carrier), Some(number)) = (carrier, number) else {
                return Err(refused("a parcel needs a carrier and a tracking number"));
            };
            return Ok(Shipment { method: "01", carrier, number: number.to_owned() });
        }
        ShippingMethod::Direct => "03",
        ShippingMethod::Quick => "04",
        ShippingMethod::Nothing => {
            return Ok(Shipment { method: "05", carrier: NOTHING, number: NOTHING.to_owned() });
        }
        ShippingMethod::Visit => {
            return Err(refused(
                "11st takes a visit with a code that the buyer shows; confirm it in the Seller Office",
            ));
        }
    };
    Ok(Shipment { method, carrier: carrier.unwrap_or(NOTHING), number: number.unwrap_or(NOTHING).to_owned() })
}
