//! `runner claims …`: what buyers ask for after the order, and the seller's answers.

use connector_core::command::{OfClaim, Parcel};
use connector_core::{Action, ClaimKind};
use storage::{ClaimFilter, ClaimRow};
use tokio_util::sync::CancellationToken;

use crate::cli::{self, ClaimsCommand, ClaimsListArgs, ParcelArgs};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::orders::{name_of, parcel_of};
use crate::output::{Output, Table, counted};
use crate::selection::stored_at;
use crate::write::{Keys, claims, write};

/// Carries out a command on claims.
///
/// # Errors
/// `Usage` for a filter or a claim that cannot be; what a platform refuses is in the report and the exit code.
pub async fn run(
    context: &Context,
    command: ClaimsCommand,
    output: Output,
    stop: &CancellationToken,
) -> Result<u8> {
    let now = context.clock.now();
    let (args, connector, write_args, action): (_, _, _, Box<dyn Fn(OfClaim) -> Action + Send>) =
        match command {
            ClaimsCommand::List(args) => return list(context, args, output).await,
            ClaimsCommand::Approve(args) => {
                let parcel = given(&args.parcel, now)?;
                let make = move |claim| Action::ApproveClaim { claim, parcel: parcel.clone() };
                (args.claims.claims, args.claims.connector, args.write, Box::new(make))
            }
            ClaimsCommand::Reject(args) => {
                let (parcel, reason) = (given(&args.parcel, now)?, told(args.reason)?);
                let make = move |claim| Action::RejectClaim {
                    claim,
                    reason: reason.clone(),
                    parcel: parcel.clone(),
                };
                (args.claims.claims, args.claims.connector, args.write, Box::new(make))
            }
            ClaimsCommand::Hold(args) => {
                let reason = told(args.reason)?;
                let make = move |claim| Action::HoldClaim { claim, reason: reason.clone() };
                (args.claims.claims, args.claims.connector, args.write, Box::new(make))
            }
        };
    let keys = Keys::new(write_args.key);
    let work = claims(context, connector.as_deref(), &args, &keys, action).await?;
    let report = write(context, work, write_args.dry_run, stop).await;
    output.show(&report, |report| report.text())?;
    Ok(report.exit_code())
}

/// A parcel, where one was named.
fn given(args: &ParcelArgs, now: chrono::DateTime<chrono::Utc>) -> Result<Option<Parcel>> {
    if args.carrier.is_none() && args.tracking_number.is_none() {
        return Ok(None);
    }
    parcel_of(args, now).map(Some)
}

fn told(reason: String) -> Result<String> {
    match reason.trim() {
        "" => Err(Error::usage("the reason is empty", "write what the buyer is told: --reason \"…\"")),
        text => Ok(text.to_owned()),
    }
}

async fn list(context: &Context, args: ClaimsListArgs, output: Output) -> Result<u8> {
    let (connector_ids, names) = stored_at(context, &args.connector).await?;
    let kind = |word: &String| {
        ClaimKind::from_name(word).ok_or_else(|| {
            Error::usage(format!("{word:?} is no kind of claim"), "use cancel, return or exchange")
        })
    };
    let filter = ClaimFilter {
        connector_ids,
        kinds: args.kind.iter().map(kind).collect::<Result<_>>()?,
        open_only: args.open,
        order_id: args.order_id,
        from: args.from.as_deref().map(|day| cli::day("--from", day)).transpose()?,
        to: args.to.as_deref().map(|day| cli::day("--to", day)).transpose()?,
        ..ClaimFilter::default()
    };
    let total = context.storage.count_claims(filter.clone()).await?;
    let found = context.storage.claims(filter, None, i64::from(args.limit)).await?;
    output.show(&found, |found| table(found, &names, u64::try_from(total).unwrap_or(0)))?;
    Ok(0)
}

fn table(claims: &[ClaimRow], names: &std::collections::HashMap<i64, String>, total: u64) -> String {
    if claims.is_empty() {
        return "No claims match. Collect some: runner --connector NAME".to_owned();
    }
    let mut table =
        Table::new(&["Made (KST)", "Connector", "Claim", "Kind", "State", "Status", "Order line", "#Pieces"]);
    for claim in claims {
        table.row([
            claim.requested_at.get(..19).unwrap_or(&claim.requested_at).replace('T', " "),
            name_of(names, claim.connector_id),
            claim.claim_id.clone(),
            claim.kind.clone(),
            claim.state.clone(),
            claim.status.clone(),
            claim.order_id.clone(),
            claim.quantity.map_or_else(|| "-".to_owned(), |number| number.to_string()),
        ]);
    }
    let shown = counted(claims.len() as u64, "claim", "claims");
    let end = if (claims.len() as u64) < total {
        format!("The newest {shown} of {total}.")
    } else {
        format!("{shown}.")
    };
    format!("{}\n{end}\n", table.text())
}
