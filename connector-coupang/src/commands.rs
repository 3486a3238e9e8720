//! What a seller does: one call for a batch, and looks that tell whether it is so.

use connector_core::command::Refusal;
use connector_core::command::{Again, CommandName, CommandSpec};
use connector_core::http::{Client, Request, Response};
use connector_core::lenient::{Object, Text};
use connector_core::{Command, Error, Finding, Outcome, Receipt, Result};
use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Coupang;
use connector_core::error::words;

mod claims;
mod draft;
mod lines;
mod listings;
mod look;
mod parcels;

const fn command(
    name: CommandName,
    batch: usize,
    look: usize,
    again: Again,
    note: &'static str,
) -> CommandSpec {
    CommandSpec { name, batch, look, again, note }
}

/// Fifty parcels are the most that the platform confirms at once; longer lists run into its time limit.
pub(crate) const COMMANDS: &[CommandSpec] = &[
    command(
        CommandName::Confirm,
        50,
        50,
        Again::Refused,
        "confirms the parcel: all of its lines. The buyer's address is final from then on",
    ),
    command(
        CommandName::Ship,
        20,
        20,
        Again::Refused,
        "sends the parcel with all of its lines, once it is confirmed. With a quantity, which must be all pieces of a line, \
         the lines named go first and the others later: that cannot be taken back",
    ),
    command(
        CommandName::Cancel,
        1,
        10,
        Again::Refused,
        "needs user_id, and lowers the seller's score. Reasons: sold_out, wrong_price, wrong_information, wrong_address. A \
         line that is not confirmed is cancelled whole",
    ),
    command(
        CommandName::ApproveClaim,
        1,
        10,
        Again::Refused,
        "takes the claim one step on: stops the parcel, confirms that the goods are back, approves the refund; for an \
         exchange confirms that the goods are back, then sends others with the parcel given",
    ),
    command(
        CommandName::RejectClaim,
        1,
        10,
        Again::Refused,
        "of a request to stop a parcel: it has left, as the parcel given. Of an exchange: the reason must be SOLDOUT or \
         WITHDRAW. Other returns are disputed in WING",
    ),
    command(CommandName::SetStock, 1, 10, Again::Same, "of an approved option"),
    command(
        CommandName::SetPrice,
        1,
        10,
        Again::Same,
        "of an approved option; in tens of won, at least half and at most twice the present price",
    ),
    command(CommandName::StopSale, 1, 10, Again::Same, "of an approved option"),
    command(CommandName::ResumeSale, 1, 10, Again::Same, "of an approved option"),
    command(
        CommandName::CreateListing,
        1,
        1,
        Again::Doubled,
        "needs user_id, and the platform's product object with one item at least; the fields go into its first item. \
         Approval follows later, and it takes a minute until the product is found by its code",
    ),
    command(
        CommandName::UpdateListing,
        1,
        1,
        Again::Refused,
        "changes the product as last read, and has it approved anew. Stock and price of an approved option have commands of \
         their own",
    ),
];

impl Coupang {
    /// Carries out a batch with one call.
    pub(crate) async fn execute_command(&self, http: &Client, command: &Command) -> Result<Receipt> {
        let outcomes = match command.name {
            CommandName::Confirm => self.confirm(http, &command.actions).await?,
            CommandName::Ship => self.ship(http, &command.actions).await?,
            CommandName::Cancel => vec![self.cancel(http, only(command)?).await?],
            CommandName::ApproveClaim | CommandName::RejectClaim => {
                vec![self.answer_claim(http, only(command)?).await?]
            }
            CommandName::SetStock
            | CommandName::SetPrice
            | CommandName::StopSale
            | CommandName::ResumeSale
            | CommandName::CreateListing
            | CommandName::UpdateListing => vec![self.change_listing(http, only(command)?).await?],
            CommandName::HoldClaim => {
                return Err(Error::unsupported(&format!("the command {}", command.name.name())));
            }
        };
        Ok(Receipt { outcomes })
    }

    /// Looks at each action's target.
    pub(crate) async fn inspect_command(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        match command.name {
            CommandName::Confirm | CommandName::Ship | CommandName::Cancel => {
                self.inspect_lines(http, &command.actions).await
            }
            CommandName::HoldClaim => {
                Err(Error::unsupported(&format!("the command {}", command.name.name())))
            }
            _ => {
                let mut findings = Vec::with_capacity(command.actions.len());
                for action in &command.actions {
                    findings.push(match command.name {
                        CommandName::ApproveClaim | CommandName::RejectClaim => {
                            self.inspect_claim(http, action).await?
                        }
                        _ => self.inspect_listing(http, action).await?,
                    });
                }
                Ok(findings)
            }
        }
    }
}

/// The action of a command that takes one to a call.
fn only(command: &Command) -> Result<&connector_core::Action> {
    match &command.actions[..] {
        [action] => Ok(action),
        actions => Err(Error::unsupported(&format!("{} of {} at once", command.name.name(), actions.len()))),
    }
}

/// A request that changes something.
fn write(method: Method, operation: &'static str, path: String) -> Request {
    let mut request = Request::post(operation, path).writes();
    request.method = method;
    request
}

/// A refusal of ours, before anything is sent.
fn refused(message: impl Into<String>) -> Refusal {
    Refusal { kind: connector_core::ErrorKind::Rejected, code: None, message: message.into() }
}

/// What a call must name, where the object that we keep lacks it.
fn lacking(field: &str) -> Refusal {
    refused(format!("{field} is not known; read it again with a sync, then repeat"))
}

/// An id as the number that the platform wants.
fn number(id: &str, field: &str) -> Result<u64, Refusal> {
    id.trim().parse().map_err(|_| refused(format!("{field} is no number")))
}

/// What an answer to a single change says: `resultCode` of `data`, which one call wraps once more.
fn result(response: &Response) -> Outcome {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Wire<'a> {
        #[serde(borrow)]
        result_code: Text<'a>,
        #[serde(borrow)]
        result_message: Text<'a>,
        #[serde(borrow)]
        data: Option<&'a RawValue>,
    }
    let mut object = std::str::from_utf8(&response.body).ok();
    while let Some(text) = object {
        let Ok(Object(wire)) = serde_json::from_str::<Object<Wire<'_>>>(text) else { break };
        match wire.result_code.filled() {
            Some("SUCCESS" | "OK") => return Outcome::accepted(),
            Some(code) => {
                return Outcome::refused(code, words(wire.result_message.filled().unwrap_or_default()));
            }
            None => object = wire.data.map(RawValue::get),
        }
    }
    Outcome::Unknown { reason: "the answer does not say whether it was done".to_owned() }
}

#[cfg(test)]
mod tests;
