//! What can be done: each command as one call, and the looks that tell whether it is in effect.

mod answer;
mod cancel;
mod claims;
mod confirm;
mod line;
mod listings;
mod ship;
#[cfg(test)]
mod tests;

use connector_core::command::Refusal;
use connector_core::http::{Client, Request};
use connector_core::{
    Action, Command, CommandName, Error, ErrorKind, Finding, Outcome, Receipt, Result, Standing,
};

use self::answer::Answered;
use crate::spec::SPEC;

/// What is sent for an action, or why it cannot be.
type Plan<T> = std::result::Result<T, Refusal>;

/// Carries out a batch with one call; items that cannot be sent at all are refused and left out of it.
pub(crate) async fn execute(http: &Client, command: &Command) -> Result<Receipt> {
    SPEC.command(command.name)?;
    let sent = match command.name {
        CommandName::Confirm => confirm::execute(http, &command.actions).await,
        CommandName::Ship => ship::execute(http, &command.actions).await,
        _ => single(http, command).await,
    };
    match sent {
        // Whether it was we who brought it there, the look tells.
        Err(error) if error.code() == Some(answer::AS_REQUESTED) => {
            let reason = error.to_string();
            Ok(Receipt { outcomes: vec![Outcome::Unknown { reason }; command.actions.len()] })
        }
        other => other.map(|outcomes| Receipt { outcomes }),
    }
}

/// The commands that take one item a call.
async fn single(http: &Client, command: &Command) -> Result<Vec<Outcome>> {
    let [action] = &command.actions[..] else {
        return Err(Error::unsupported("more than one item in a call"));
    };
    let (request, answered) = match plan(action) {
        Ok(planned) => planned,
        Err(refusal) => return Ok(vec![Outcome::Refused(refusal)]),
    };
    let operation = request.operation;
    let response = http.send(request).await?;
    let outcome = answered.outcome(&response).map_err(|error| error.in_operation(operation))?;
    Ok(vec![outcome])
}

/// The call for an action of its own, and how its answer is read.
fn plan(action: &Action) -> Plan<(Request, Answered)> {
    match action {
        Action::Cancel { .. } => cancel::plan(action),
        Action::ApproveClaim { .. } | Action::RejectClaim { .. } | Action::HoldClaim { .. } => {
            claims::plan(action)
        }
        Action::Confirm { .. } | Action::Ship { .. } => {
            Err(refusal("confirmations and dispatches are sent in batches"))
        }
        _ => listings::plan(action),
    }
}

/// Looks at the platform; changes nothing.
pub(crate) async fn inspect(http: &Client, command: &Command) -> Result<Vec<Finding>> {
    SPEC.command(command.name)?;
    match command.name {
        CommandName::Confirm => line::look(http, command, |_, line| confirm::standing(line)).await,
        CommandName::Ship => line::look(http, command, ship::standing).await,
        CommandName::Cancel => line::look(http, command, cancel::standing).await,
        CommandName::ApproveClaim | CommandName::RejectClaim | CommandName::HoldClaim => {
            line::look(http, command, claims::standing).await
        }
        _ => listings::look(http, command).await,
    }
}

/// A refusal of ours: the command as it stands cannot be said to this platform.
fn refusal(message: impl Into<String>) -> Refusal {
    Refusal { kind: ErrorKind::Rejected, code: None, message: message.into() }
}

/// What is not in effect and cannot be sent is barred, so that a dry run says so, too.
fn sendable<T>(standing: Standing, plan: impl FnOnce() -> Plan<T>) -> Standing {
    match standing {
        Standing::NotInEffect => plan().map_or_else(Standing::Barred, |_| Standing::NotInEffect),
        other => other,
    }
}
