//! When a schedule runs: arithmetic only.
//!
//! A schedule has a rhythm: its runs are planned an interval apart, and where that falls outside the hours, when they next begin.
//! Each run comes a little later than planned, so that the schedules of many do not run at one instant; the rhythm does not drift by
//! that.

use chrono::{DateTime, Days, TimeDelta, Timelike as _, Utc};
use connector_core::time::{kst, kst_date, kst_midnight};
use sha2::{Digest as _, Sha256};

/// No run comes later than this after its plan, nor than a tenth of the interval.
const MOST_JITTER: TimeDelta = TimeDelta::minutes(5);

/// A run that is found due so late may still begin after the hours have ended.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// The Korean hours between which something runs, the end excluded; they may go past midnight. The end 24 is midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    start: u32,
    end: u32,
}

impl Hours {
    /// `None` where there are no such hours: a start beyond 23, an end beyond 24, or both the same.
    pub(crate) fn new(start: i64, end: i64) -> Option<Self> {
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        (start < 24 && end <= 24 && start != end).then_some(Self { start, end })
    }

    /// Whether it is one of them.
    pub(crate) fn contain(self, at: DateTime<Utc>) -> bool {
        let hour = at.with_timezone(&kst()).hour();
        match self.start < self.end {
            true => (self.start..self.end).contains(&hour),
            false => hour >= self.start || hour < self.end,
        }
    }

    /// The instant itself when it is within the hours, else when they next begin.
    fn from(self, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.contain(at) {
            return at;
        }
        let day = kst_midnight(kst_date(at));
        let begin = day + TimeDelta::hours(self.start.into());
        match begin > at {
            true => begin,
            false => kst_midnight(kst_date(at) + Days::new(1)) + TimeDelta::hours(self.start.into()),
        }
    }
}

/// The plan that follows on `after`: an interval later, or when the hours next begin.
pub(crate) fn next_plan(after: DateTime<Utc>, interval: TimeDelta, hours: Option<Hours>) -> DateTime<Utc> {
    let at = after + interval;
    hours.map_or(at, |hours| hours.from(at))
}

/// The run that follows on the plan `after`: `jitter` later than planned, but never outside the hours.
pub(crate) fn next_run(
    after: DateTime<Utc>,
    interval: TimeDelta,
    hours: Option<Hours>,
    jitter: TimeDelta,
) -> DateTime<Utc> {
    delayed(next_plan(after, interval, hours), hours, jitter)
}

fn delayed(plan: DateTime<Utc>, hours: Option<Hours>, jitter: TimeDelta) -> DateTime<Utc> {
    let run = plan + jitter;
    if hours.is_none_or(|hours| hours.contain(run)) { run } else { plan }
}

/// The last plan of the rhythm that lies at or before `now`: what was missed in between is made up for by one run.
pub(crate) fn latest_plan(planned: DateTime<Utc>, interval: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
    let length = interval.num_milliseconds().max(1);
    let missed = ((now - planned).num_milliseconds() / length).max(0);
    planned + TimeDelta::milliseconds(missed * length)
}

/// How much later than planned a run comes: the same for the same schedule and plan whoever works it out, and evenly spread from
/// nothing to a tenth of the interval, five minutes at most.
pub(crate) fn jitter(schedule: i64, plan: DateTime<Utc>, interval: TimeDelta) -> TimeDelta {
    let most = (interval / 10).min(MOST_JITTER).num_milliseconds().max(0);
    let mut hasher = Sha256::new();
    hasher.update(schedule.to_be_bytes());
    hasher.update(plan.timestamp_micros().to_be_bytes());
    let digest = hasher.finalize();
    let draw = digest.iter().take(4).fold(0_i64, |draw, byte| draw << 8 | i64::from(*byte));
    TimeDelta::milliseconds(draw % (most + 1))
}

/// The first plan of a schedule that is made or changed at `now`: at once, or an interval after its last run, or when the hours begin.
pub(crate) fn first_plan(
    now: DateTime<Utc>,
    last: Option<DateTime<Utc>>,
    interval: TimeDelta,
    hours: Option<Hours>,
) -> DateTime<Utc> {
    let at = last.map_or(now, |last| (last + interval).max(now));
    hours.map_or(at, |hours| hours.from(at))
}

/// When a run that is planned for an instant comes.
pub(crate) fn run_at(
    schedule: i64,
    plan: DateTime<Utc>,
    interval: TimeDelta,
    hours: Option<Hours>,
) -> DateTime<Utc> {
    delayed(plan, hours, jitter(schedule, plan, interval))
}

/// Whether a run that was due at `due` may begin at `now`.
pub(crate) fn may_begin(due: DateTime<Utc>, now: DateTime<Utc>, hours: Option<Hours>) -> bool {
    hours.is_none_or(|hours| hours.contain(now) || (hours.contain(due) && now - due < GRACE && now >= due))
}

#[cfg(test)]
mod tests {
    use connector_core::time::{kst_text, parse_kst};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        parse_kst(text).expect("a time")
    }

    fn hours(start: i64, end: i64) -> Option<Hours> {
        Some(Hours::new(start, end).expect("hours"))
    }

    fn next(after: &str, minutes: i64, hours: Option<Hours>) -> String {
        let run = next_run(at(after), TimeDelta::minutes(minutes), hours, TimeDelta::zero());
        kst_text(run)[..16].to_owned()
    }

    #[test]
    fn without_hours_runs_come_an_interval_apart() {
        assert_eq!(next("2026-02-15T10:00", 30, None), "2026-02-15T10:30");
        assert_eq!(next("2026-02-15T23:50", 30, None), "2026-02-16T00:20");
        assert_eq!(next("2026-12-31T00:00", 10_080, None), "2027-01-07T00:00");
    }

    #[test]
    fn the_guides_hours_are_korean_and_end_before_six_in_the_evening() {
        let day = hours(9, 18);
        assert_eq!(next("2026-02-15T09:00", 30, day), "2026-02-15T09:30");
        assert_eq!(next("2026-02-15T17:29", 30, day), "2026-02-15T17:59");
        assert_eq!(next("2026-02-15T17:30", 30, day), "2026-02-16T09:00", "the end is excluded");
        assert_eq!(next("2026-02-15T02:00", 30, day), "2026-02-15T09:00");
        assert_eq!(next("2026-02-28T17:59", 1, day), "2026-03-01T09:00", "over a month's end");
        assert_eq!(next("2026-02-15T09:00", 24 * 60, day), "2026-02-16T09:00");
        assert_eq!(next("2026-02-15T20:00", 24 * 60, day), "2026-02-17T09:00");
    }

    #[test]
    fn hours_may_go_past_midnight() {
        let night = hours(22, 6);
        assert_eq!(next("2026-02-15T22:00", 60, night), "2026-02-15T23:00");
        assert_eq!(next("2026-02-15T23:30", 60, night), "2026-02-16T00:30");
        assert_eq!(next("2026-02-16T05:30", 60, night), "2026-02-16T22:00");
        assert_eq!(next("2026-02-16T05:30", 29, night), "2026-02-16T05:59");
        assert_eq!(next("2026-02-16T12:00", 60, night), "2026-02-16T22:00");
    }

    #[test]
    fn midnight_is_an_hour_like_any_other() {
        assert_eq!(next("2026-02-15T23:30", 60, hours(0, 6)), "2026-02-16T00:30");
        assert_eq!(next("2026-02-15T05:30", 60, hours(0, 6)), "2026-02-16T00:00");
        assert_eq!(next("2026-02-15T23:30", 60, hours(20, 24)), "2026-02-16T20:00");
        assert_eq!(next("2026-02-15T23:30", 60, hours(20, 0)), "2026-02-16T20:00");
        assert_eq!(next("2026-02-15T23:30", 60, hours(0, 24)), "2026-02-16T00:30", "all day");
        for (start, end) in [(9, 9), (0, 0), (24, 1), (-1, 5), (5, 25), (i64::MAX, 1), (1, i64::MIN)] {
            assert_eq!(Hours::new(start, end), None, "{start} {end}");
        }
    }

    #[test]
    fn a_run_is_never_pushed_out_of_the_hours() {
        let minutes = TimeDelta::minutes;
        let run = next_run(at("2026-02-15T17:28"), minutes(30), hours(9, 18), minutes(3));
        assert_eq!(run, at("2026-02-15T17:58"));
        let run = next_run(at("2026-02-15T17:20"), minutes(30), hours(9, 18), minutes(3));
        assert_eq!(run, at("2026-02-15T17:53"));
        let run = next_run(at("2026-02-15T17:40"), minutes(30), hours(9, 18), minutes(3));
        assert_eq!(run, at("2026-02-16T09:03"));
    }

    #[test]
    fn missed_runs_are_one() {
        let minutes = TimeDelta::minutes;
        let latest = |now: &str| latest_plan(at("2026-02-15T10:00"), minutes(30), at(now));
        assert_eq!(latest("2026-02-15T10:00"), at("2026-02-15T10:00"));
        assert_eq!(latest("2026-02-15T10:29:59"), at("2026-02-15T10:00"));
        assert_eq!(latest("2026-02-20T12:45"), at("2026-02-20T12:30"), "the rhythm stays");
        assert_eq!(latest("2026-02-15T09:00"), at("2026-02-15T10:00"), "a clock that was set back");
    }

    #[test]
    fn a_change_neither_hurries_nor_forgets() {
        let minutes = TimeDelta::minutes(30);
        let now = at("2026-02-15T10:00");
        assert_eq!(first_plan(now, None, minutes, None), now);
        assert_eq!(first_plan(now, None, minutes, hours(12, 13)), at("2026-02-15T12:00"));
        assert_eq!(first_plan(now, Some(at("2026-02-15T09:45")), minutes, None), at("2026-02-15T10:15"));
        assert_eq!(first_plan(now, Some(at("2026-02-14T09:45")), minutes, None), now);
    }

    #[test]
    fn what_is_found_a_little_late_may_still_begin() {
        let day = hours(9, 18);
        assert!(may_begin(at("2026-02-15T17:59:59"), at("2026-02-15T18:00:30"), day));
        assert!(!may_begin(at("2026-02-15T17:59:00"), at("2026-02-15T18:00:30"), day));
        assert!(!may_begin(at("2026-02-15T11:00"), at("2026-02-15T20:00"), day));
        assert!(may_begin(at("2026-02-15T11:00"), at("2026-02-16T09:00"), day));
        assert!(may_begin(at("2020-01-01"), at("2026-02-16T09:00"), None));
    }

    fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
        (1_600_000_000_i64..2_000_000_000, 0_u32..1_000).prop_map(|(seconds, millis)| {
            DateTime::from_timestamp(seconds, millis * 1_000_000).expect("in range")
        })
    }

    fn any_hours() -> impl Strategy<Value = Option<Hours>> {
        (0_i64..24, 0_i64..=24).prop_map(|(start, end)| Hours::new(start, end))
    }

    proptest! {
        /// Whatever the rhythm: later than the last plan by the interval at least, within the hours, and not more than a day later than
        /// it would be without them.
        #[test]
        fn the_next_run_is_due_time_within_the_hours(
            after in any_instant(), minutes in 1_i64..=10_080, hours in any_hours(), id in any::<i64>(),
        ) {
            let interval = TimeDelta::minutes(minutes);
            let plan = next_plan(after, interval, hours);
            let drawn = jitter(id, plan, interval);
            prop_assert!(drawn >= TimeDelta::zero() && drawn <= MOST_JITTER && drawn <= interval / 10);
            prop_assert_eq!(drawn, jitter(id, plan, interval));
            let run = next_run(after, interval, hours, drawn);
            prop_assert_eq!(run, run_at(id, plan, interval, hours));
            prop_assert!(plan >= after + interval && plan < after + interval + TimeDelta::days(1));
            prop_assert!(run >= plan && run <= plan + drawn);
            prop_assert!(hours.is_none_or(|hours| hours.contain(run) && hours.contain(plan)));
            prop_assert!(may_begin(run, run, hours));
        }

        /// However long a server was away: the last plan lies less than an interval back, on the rhythm.
        #[test]
        fn the_latest_plan_is_on_the_rhythm(
            planned in any_instant(), minutes in 1_i64..=10_080, away in 0_i64..100_000_000,
        ) {
            let (interval, now) = (TimeDelta::minutes(minutes), planned + TimeDelta::seconds(away));
            let latest = latest_plan(planned, interval, now);
            prop_assert!(latest <= now && now - latest < interval);
            prop_assert_eq!((latest - planned).num_milliseconds() % interval.num_milliseconds(), 0);
        }
    }
}
