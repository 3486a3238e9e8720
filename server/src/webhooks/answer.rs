//! The sync that answers an account's hints.

use chrono::{DateTime, Days, NaiveDate, Utc};
use connector_core::time::kst_midnight;
use storage::{ConnectorRow, SyncRow, WebhookAnswer, WebhookEvent};

use super::event::{bygone, owned};
use crate::host::{Job, Reading, Step};
use crate::syncs::kinds::ORDER_STREAMS;
use crate::syncs::{Ask, Open, kinds};

/// Ranges of past days that one sync reads at most; the rest is left for the next one.
const MOST_RANGES: usize = 8;

/// What becomes of an account's hints, given the syncs that are queued or under way.
pub(super) fn answer(
    row: &ConnectorRow,
    events: &[WebhookEvent],
    open: &[SyncRow],
    server: &str,
    now: DateTime<Utc>,
) -> WebhookAnswer {
    let all = || events.iter().map(|event| event.id).collect();
    if !row.enabled {
        return WebhookAnswer::Ignored(all());
    }
    let open = Open::of(open);
    let day = |event: &WebhookEvent| bygone(event.day_kst.as_deref().and_then(|day| day.parse().ok()), now);
    let streams = union(events);
    // One that has yet to begin will read up to the moment of its reading: all but the days that are past.
    if let Some(sync_id) = open.about_to_read(row.id, &streams) {
        let answered = events.iter().filter(|event| day(event).is_none());
        return WebhookAnswer::By(answered.map(|event| event.id).collect(), sync_id);
    }
    if open.is_busy(row.id, &streams) {
        return WebhookAnswer::Later;
    }
    let ranges = ranges(events.iter().filter_map(day).collect());
    let is_answered = |event: &&WebhookEvent| {
        day(event).is_none_or(|day| ranges.iter().any(|(first, last)| (*first..=*last).contains(&day)))
    };
    let answered = events.iter().filter(is_answered).map(|event| event.id).collect();
    let mut steps = vec![kinds::live(streams.clone())];
    steps.extend(ranges.iter().map(|(first, last)| past(*first, *last)));
    let job = Job { steps };
    let ask = Ask {
        owner_id: row.owner_id,
        sync_type: streams.join(","),
        items: vec![kinds::entry(row, &job)],
        job,
        retry_of: None,
    };
    WebhookAnswer::Queue(answered, ask.to_row(server))
}

fn union(events: &[WebhookEvent]) -> Vec<String> {
    let mut streams: Vec<String> = events.iter().flat_map(|event| event.streams.clone()).collect();
    // `orders` before `claims`: the order lines that a claim is about come first.
    streams.sort_unstable_by(|one, other| other.cmp(one));
    streams.dedup();
    streams
}

/// The days as ranges, first and last day included: those that touch are one. The latest ranges, as many as one sync reads.
fn ranges(mut days: Vec<NaiveDate>) -> Vec<(NaiveDate, NaiveDate)> {
    days.sort_unstable();
    let mut ranges: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, last)) if *last == day || last.succ_opt() == Some(day) => *last = day,
            _ => ranges.push((day, day)),
        }
    }
    ranges.split_off(ranges.len().saturating_sub(MOST_RANGES))
}

/// Reading the orders of past days again; the live cursor stays.
fn past(first: NaiveDate, last: NaiveDate) -> Step {
    Step::Read(Reading {
        streams: owned(&ORDER_STREAMS),
        from: Some(kst_midnight(first)),
        to: Some(kst_midnight(last + Days::new(1))),
        is_chosen: true,
    })
}

#[cfg(test)]
mod tests {
    use connector_core::time::parse_kst;
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;
    use crate::syncs::Item;

    fn row() -> ConnectorRow {
        let now = parse_kst("2026-02-15").expect("a day");
        ConnectorRow {
            id: 3,
            owner_id: Some(7),
            platform: "smartstore".to_owned(),
            name: "main".to_owned(),
            mode: "api".to_owned(),
            enabled: true,
            config: Map::new(),
            created_at: now,
            updated_at: now,
            lease_owner: None,
            lease_until: None,
            config_fault: None,
            label: None,
            removed_at: None,
        }
    }

    fn told(id: i64, streams: &[&str], day: Option<&str>) -> WebhookEvent {
        let streams = streams.iter().map(|stream| (*stream).to_owned()).collect();
        WebhookEvent { id, streams, day_kst: day.map(str::to_owned) }
    }

    fn at(text: &str) -> DateTime<Utc> {
        parse_kst(text).expect("a time")
    }

    /// The sync of a job, as the queue has it.
    fn sync(steps: Vec<Step>, status: &str) -> SyncRow {
        let job = Job { steps };
        let mut item = Item::queued(&row(), "orders");
        if status == "running" {
            item.status = crate::syncs::Status::Running;
        }
        SyncRow {
            id: 11,
            owner_id: Some(7),
            sync_type: "orders".to_owned(),
            status: status.to_owned(),
            connector_id: Some(3),
            platforms: "|smartstore|".to_owned(),
            order_json: serde_json::to_string(&job).expect("JSON"),
            items_json: serde_json::to_string(&[item]).expect("JSON"),
            retry_of: None,
            runner: None,
            created_at: at("2026-02-15"),
            started_at: None,
            finished_at: None,
        }
    }

    fn answered(events: &[WebhookEvent], open: &[SyncRow]) -> WebhookAnswer {
        answer(&row(), events, open, "this server", at("2026-02-15T10:00"))
    }

    fn orders() -> Step {
        kinds::live(vec!["orders".to_owned()])
    }

    #[test]
    fn many_hints_are_one_sync() {
        let events: Vec<WebhookEvent> =
            (1..=1_000).map(|id| told(id, &["orders"], Some("2026-02-15"))).collect();
        let WebhookAnswer::Queue(ids, new) = answered(&events, &[]) else { panic!("a sync") };
        assert_eq!(ids.len(), 1_000);
        assert_eq!((new.owner_id, new.connector_id, new.sync_type.as_str()), (Some(7), Some(3), "orders"));
        assert_eq!(serde_json::from_str::<Job>(&new.order_json).expect("JSON").steps, [orders()]);
    }

    #[test]
    fn a_past_day_is_read_around_its_own_time() {
        let events = [
            told(1, &["orders"], Some("2024-01-08")),
            told(2, &["orders"], Some("2024-01-09")),
            told(3, &["orders"], None),
        ];
        let WebhookAnswer::Queue(ids, new) = answered(&events, &[]) else { panic!("a sync") };
        assert_eq!(ids, [1, 2, 3]);
        let job: Job = serde_json::from_str(&new.order_json).expect("JSON");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(job.steps, [orders(), past(day("2024-01-08"), day("2024-01-09"))]);
    }

    #[test]
    fn what_is_about_to_begin_answers_and_what_runs_is_waited_for() {
        let events = [told(1, &["orders"], None), told(2, &["orders"], Some("2024-01-08"))];
        let is = |open: &[SyncRow]| match answered(&events, open) {
            WebhookAnswer::By(ids, sync) => format!("{ids:?} by {sync}"),
            WebhookAnswer::Later => "later".to_owned(),
            WebhookAnswer::Ignored(ids) => format!("{ids:?} ignored"),
            WebhookAnswer::Queue(ids, _) => format!("{ids:?} queued"),
        };
        assert_eq!(is(&[sync(vec![orders()], "queued")]), "[1] by 11");
        assert_eq!(is(&[sync(vec![orders()], "running")]), "later");
        let day = "2026-02-01".parse().expect("a day");
        assert_eq!(is(&[sync(vec![past(day, day)], "queued")]), "later", "a range is no live reading");
        let others = kinds::live(vec!["settlements".to_owned()]);
        assert_eq!(is(&[sync(vec![others], "running")]), "[1, 2] queued");
        let everything = kinds::live(Vec::new());
        assert_eq!(is(&[sync(vec![everything], "running")]), "later");
    }

    #[test]
    fn an_account_that_is_off_hears_nothing() {
        let off = ConnectorRow { enabled: false, ..row() };
        let events = [told(1, &["orders"], None)];
        let WebhookAnswer::Ignored(ids) = answer(&off, &events, &[], "x", at("2026-02-15")) else {
            panic!("its events are to be ignored")
        };
        assert_eq!(ids, [1]);
    }

    proptest! {
        /// Ranges cover the days that they are made of, do not touch, and are not many.
        #[test]
        fn ranges_are_few_and_cover(offsets in prop::collection::vec(0_u64..60, 0..40)) {
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
            let days: Vec<NaiveDate> = offsets.iter().map(|days| first + Days::new(*days)).collect();
            let found = ranges(days.clone());
            prop_assert!(found.len() <= MOST_RANGES);
            for pair in found.windows(2) {
                prop_assert!(pair[0].1 + Days::new(1) < pair[1].0);
            }
            let is_in = |day: &NaiveDate| found.iter().any(|(from, to)| (*from..=*to).contains(day));
            prop_assert!(found.len() == MOST_RANGES || days.iter().all(is_in));
            let length: u64 = found.iter().map(|(from, to)| (*to - *from).num_days() as u64 + 1).sum();
            prop_assert!(length <= days.len() as u64);
        }
    }
}
