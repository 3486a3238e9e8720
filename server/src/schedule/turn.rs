//! What a schedule's turn comes to, worked out inside the transaction that writes it down.

use chrono::{DateTime, TimeDelta, Utc};
use storage::{ConnectorRow, Plan, ScheduleRow, ScheduleTerms, ScheduleTurn, SyncRow};

use super::timing::{self, Hours};
use crate::host::{Job, Step};
use crate::syncs::{Ask, Open, kinds};

/// What is known before the transaction begins.
pub(super) struct Situation {
    pub(super) now: DateTime<Utc>,
    /// The server that would carry a sync out.
    pub(super) server: String,
    /// The accounts that have something of what the schedule asks for.
    pub(super) accounts: Vec<ConnectorRow>,
}

fn interval(terms: &ScheduleTerms) -> TimeDelta {
    // A row that was written by hand may hold anything.
    TimeDelta::minutes(terms.interval_minutes.clamp(1, super::LONGEST_INTERVAL))
}

fn hours(terms: &ScheduleTerms) -> Option<Hours> {
    terms.hours.and_then(|(start, end)| Hours::new(start, end))
}

fn plan(id: i64, planned_at: DateTime<Utc>, terms: &ScheduleTerms) -> Plan {
    let next_run_at = timing::run_at(id, planned_at, interval(terms), hours(terms));
    Plan { planned_at, next_run_at }
}

/// The first run of a schedule that is made or changed: at once, an interval after its last one, or when its hours begin.
pub(crate) fn first(terms: &ScheduleTerms, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Plan {
    let planned_at = timing::first_plan(now, last, interval(terms), hours(terms));
    // People made it at some moment of theirs: that spreads it well enough.
    Plan { planned_at, next_run_at: planned_at }
}

impl Situation {
    /// The schedule's turn, given the syncs that are queued or under way.
    pub(super) fn turn(&self, schedule: &ScheduleRow, open: &[SyncRow]) -> ScheduleTurn {
        let (terms, now) = (&schedule.terms, self.now);
        let is_due = schedule.plan.next_run_at <= now;
        if !timing::may_begin(schedule.plan.next_run_at, now, hours(terms)) {
            // What is due is made up for when the hours begin, by one run of all accounts.
            let again = timing::first_plan(now, None, interval(terms), hours(terms));
            let plan = is_due.then(|| plan(schedule.id, again, terms));
            let note = is_due.then(|| "it was due outside its hours, and runs when they begin".to_owned());
            return ScheduleTurn { sync: None, waiting: Vec::new(), plan, note };
        }
        let next = is_due.then(|| {
            let latest = timing::latest_plan(schedule.plan.planned_at, interval(terms), now);
            let planned_at = timing::next_plan(latest, interval(terms), hours(terms));
            let jitter = timing::jitter(schedule.id, planned_at, interval(terms));
            let next_run_at = timing::next_run(latest, interval(terms), hours(terms), jitter);
            Plan { planned_at, next_run_at }
        });
        let job = kinds::job(&terms.sync_types);
        let streams: Vec<String> = job.steps.iter().flat_map(Step::streams).cloned().collect();
        let open = Open::of(open);
        let wanted = self.accounts.iter().filter(|row| is_due || schedule.waiting.contains(&row.id));
        let (busy, free): (Vec<&ConnectorRow>, Vec<&ConnectorRow>) =
            wanted.partition(|row| open.is_busy(row.id, &streams));
        let waiting: Vec<i64> = busy.iter().map(|row| row.id).collect();
        let note = match (busy.is_empty(), free.is_empty()) {
            (true, true) if is_due => Some("no enabled account has anything of this".to_owned()),
            (true, _) => None,
            (false, _) => {
                let names: Vec<&str> = busy.iter().map(|row| row.title()).collect();
                Some(format!("waits for another sync of {} to end", names.join(", ")))
            }
        };
        let sync = (!free.is_empty()).then(|| self.ask(schedule, &job, &free).to_row(&self.server));
        ScheduleTurn { sync, waiting, plan: next, note }
    }

    fn ask(&self, schedule: &ScheduleRow, job: &Job, rows: &[&ConnectorRow]) -> Ask {
        Ask {
            owner_id: Some(schedule.owner_id),
            sync_type: schedule.terms.sync_types.join(","),
            job: job.clone(),
            items: rows.iter().map(|row| kinds::entry(row, job)).collect(),
            retry_of: None,
        }
    }
}
