//! Compares what the platform lists with what is stored, per Korean day.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use connector_core::http::{Client, CredentialStore};
use connector_core::sync::{self, CensusLine, Window};
use connector_core::time::{floor_millis, kst_date, kst_midnight};
use connector_core::{Error, ErrorKind, Result, StreamSpec};
use serde::Serialize;
use storage::ConnectorRow;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, open_account};
use crate::connection::connect;
use crate::context::Context;
use crate::handover;
use crate::lease::{Held, Hold, hold};
use crate::output::{Table, grouped};

/// What to compare.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// The rows.
    pub rows: Vec<ConnectorRow>,
    /// The first Korean day, `YYYY-MM-DD`.
    pub from: String,
    /// The last Korean day, included.
    pub to: String,
    /// Whether days that differ are read again.
    pub repair: bool,
}

/// One day of one account.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedDay {
    /// The row's id.
    pub connector_id: i64,
    /// The row's name.
    pub connector: String,
    /// The Korean day.
    pub date_kst: String,
    /// Order lines that the platform lists.
    pub platform_orders: i64,
    /// Their sum in won.
    pub platform_amount: i64,
    /// Order lines in the store.
    pub stored_orders: i64,
    /// Their sum in won.
    pub stored_amount: i64,
    /// Ids that the platform lists and the store lacks.
    pub missing: Vec<String>,
    /// Ids that the store holds and the platform does not list.
    pub surplus: Vec<String>,
    /// Ids whose amount differs.
    pub differing: Vec<String>,
    /// Whether the day was read again and now agrees.
    pub repaired: bool,
}

impl VerifiedDay {
    /// Whether platform and store agree on the day, or do since it was read again.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.repaired || (self.missing.is_empty() && self.surplus.is_empty() && self.differing.is_empty())
    }
}

/// The outcome of a comparison.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VerifyReport {
    /// Every day of every account.
    pub days: Vec<VerifiedDay>,
}

impl VerifyReport {
    /// 1 when a day differs, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.days.iter().all(VerifiedDay::agrees))
    }

    /// The report for people: a line for each day, then the ids that differ.
    #[must_use]
    pub fn text(&self) -> String {
        let mut table =
            Table::new(&["Account", "Day (KST)", "#At the platform", "#Won", "#Stored", "#Won", "Result"]);
        let mut ids = String::new();
        let mut differing = 0_u64;
        for day in &self.days {
            let result = match (day.agrees(), day.repaired) {
                (true, true) => "repaired",
                (true, false) => "same",
                (false, _) => "differs",
            };
            differing += u64::from(!day.agrees());
            table.row([
                day.connector.clone(),
                day.date_kst.clone(),
                day.platform_orders.to_string(),
                day.platform_amount.to_string(),
                day.stored_orders.to_string(),
                day.stored_amount.to_string(),
                result.to_owned(),
            ]);
            for (what, list) in [
                ("missing here", &day.missing),
                ("only here", &day.surplus),
                ("amount differs", &day.differing),
            ] {
                if !list.is_empty() {
                    ids.push_str(&format!(
                        "{} {}: {what}: {}\n",
                        day.connector,
                        day.date_kst,
                        list.join(", ")
                    ));
                }
            }
        }
        let end = match differing {
            0 => "Every day agrees.\n".to_owned(),
            number => format!(
                "{} of {} days differ; --repair reads them again.\n",
                grouped(number),
                self.days.len()
            ),
        };
        format!("{}\n{ids}{end}", table.text())
    }
}

/// Compares, and repairs where asked to.
///
/// # Errors
/// When an account cannot be read; what was repaired by then is kept.
pub async fn run(context: &Context, job: &VerifyJob, stop: CancellationToken) -> Result<VerifyReport> {
    let mut report = VerifyReport::default();
    for row in &job.rows {
        let account = open_account(context, row).await?;
        let held = match hold(&context.storage, row.id, &stop).await? {
            Hold::Held(held) => Some(held),
            Hold::Busy(message) if job.repair => {
                return Err(
                    Error::new(ErrorKind::Conflict, message).with_fix("repeat when that runner is done")
                );
            }
            Hold::Busy(_) => None,
        };
        let days =
            Comparison { context, account: &account, held: held.as_ref(), job, stop: &stop }.days().await;
        if let Some(held) = held {
            held.release().await;
        }
        report.days.extend(days?);
    }
    Ok(report)
}

/// One account under comparison.
struct Comparison<'a> {
    context: &'a Context,
    account: &'a Account,
    held: Option<&'a Held>,
    job: &'a VerifyJob,
    stop: &'a CancellationToken,
}

impl Comparison<'_> {
    async fn days(&self) -> Result<Vec<VerifiedDay>> {
        let session = self.held.map(|held| held.session.clone());
        let session = session.unwrap_or_else(|| self.context.storage.dry_session(self.account.row.id));
        let credentials: Arc<dyn CredentialStore> = Arc::new(session.clone());
        let client = connect(self.account, Some(credentials), self.stop.clone(), |transport| transport)?;
        handover::take(&session, &client).await;
        let days = self.each_day(&client).await;
        handover::leave(&session, &client).await;
        days
    }

    async fn each_day(&self, client: &Client) -> Result<Vec<VerifiedDay>> {
        client.ready().await?;
        let streams = self.account.connector.spec().streams;
        let stream = streams.iter().find(|stream| stream.census.is_some()).ok_or_else(|| {
            Error::unsupported("a second way to list a range").with_fix("this platform cannot be verified")
        })?;
        let mut days = Vec::new();
        let last = day_of(&self.job.to)?;
        let mut day = day_of(&self.job.from)?;
        while day <= last {
            if self.stop.is_cancelled() {
                return Err(Error::new(ErrorKind::Interrupted, "stopped; days repaired so far are kept"));
            }
            if kst_midnight(day) >= client.now() {
                break;
            }
            days.push(self.day(client, stream, day).await?);
            day = day.succ_opt().ok_or_else(|| Error::config("the range ends beyond the calendar"))?;
        }
        Ok(days)
    }

    async fn day(&self, client: &Client, stream: &'static StreamSpec, day: NaiveDate) -> Result<VerifiedDay> {
        let from = kst_midnight(day);
        // A platform may refuse a range that ends in its future.
        let to =
            (from + TimeDelta::days(1)).min(floor_millis(client.now() - TimeDelta::seconds(3))).max(from);
        let mut lines = sync::census(client, stream, Window { from, to }).await?;
        // The first instant of the next day belongs to the range and not to the day.
        lines.retain(|line| kst_date(line.ordered_at) == day);
        let mut found = self.compare(day, &lines).await?;
        if let (true, false, Some(held)) = (self.job.repair, found.agrees(), self.held) {
            let keys: Vec<String> =
                [&found.missing, &found.surplus, &found.differing].into_iter().flatten().cloned().collect();
            tracing::info!(connector.id = self.account.row.id, %day, orders = keys.len(), "reading orders again");
            sync::refetch(client, stream, &held.session, &keys).await?;
            let after = self.compare(day, &lines).await?;
            // What was found stays in the report; it is repaired when nothing of it is left.
            found.repaired = after.agrees();
            (found.stored_orders, found.stored_amount) = (after.stored_orders, after.stored_amount);
        }
        Ok(found)
    }

    async fn compare(&self, day: NaiveDate, lines: &[CensusLine]) -> Result<VerifiedDay> {
        let row = &self.account.row;
        let date_kst = day.to_string();
        let stored: BTreeMap<String, i64> = self
            .context
            .storage
            .day(row.id, &date_kst)
            .await?
            .into_iter()
            .map(|l| (l.order_id, l.amount))
            .collect();
        let listed: BTreeMap<&str, i64> =
            lines.iter().map(|line| (line.order_id.as_str(), line.amount)).collect();
        let ids = |wanted: &dyn Fn(&str, i64) -> bool| -> Vec<String> {
            listed
                .iter()
                .filter(|(id, amount)| wanted(id, **amount))
                .map(|(id, _)| (*id).to_owned())
                .collect()
        };
        Ok(VerifiedDay {
            connector_id: row.id,
            connector: row.name.clone(),
            platform_orders: count(listed.len()),
            platform_amount: listed.values().sum(),
            stored_orders: count(stored.len()),
            stored_amount: stored.values().sum(),
            missing: ids(&|id, _| !stored.contains_key(id)),
            differing: ids(&|id, amount| stored.get(id).is_some_and(|stored| *stored != amount)),
            surplus: stored.keys().filter(|id| !listed.contains_key(id.as_str())).cloned().collect(),
            date_kst,
            repaired: false,
        })
    }
}

fn day_of(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| {
        Error::config(format!("{text:?} is no day")).with_fix("write days as YYYY-MM-DD, such as 2026-02-15")
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
