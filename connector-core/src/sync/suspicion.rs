//! When an empty answer cannot be true.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Store, Window};
use crate::error::Result;

/// Shorter stretches than this are often empty.
const SHORTEST: TimeDelta = TimeDelta::minutes(30);

/// How many earlier days are compared.
const DAYS: i32 = 14;

/// How many rows a stretch must have had on average before its silence says something.
const EXPECTED: u64 = 10;

/// Why a run over `range` that brought nothing is not to be believed; `None` when it may well be quiet.
///
/// `through` is where the last complete run ended. Two signs, both out of the account's own history:
/// 1. A row changes at the earliest when it is ordered. So every stored row that was ordered in the range must be
///    listed in the range, however often it changed since.
/// 2. The same hours of each of the last fourteen days brought something, and ten rows on average.
pub(super) async fn empty_run(
    store: &dyn Store,
    stream: &'static str,
    range: Window,
    through: Option<DateTime<Utc>>,
) -> Result<Option<String>> {
    let stored = store.ordered_in(stream, range).await?;
    // A row or two may have changed in the very seconds that a run leaves out at its end.
    let least = if range.to - range.from >= TimeDelta::days(1) { 1 } else { 3 };
    if stored >= least {
        return Ok(Some(format!(
            "the platform listed nothing, but {stored} stored rows were ordered in {range}"
        )));
    }
    let Some(through) = through else { return Ok(None) };
    let length = range.to - through;
    if length < SHORTEST {
        return Ok(None);
    }
    // More than a day would count the same rows for several days.
    let length = length.min(TimeDelta::days(1));
    let mut total = 0;
    for day in 1..=DAYS {
        let from = through - TimeDelta::days(i64::from(day));
        let rows = store.ordered_in(stream, Window { from, to: from + length }).await?;
        if rows == 0 {
            return Ok(None);
        }
        total += rows;
    }
    let average = total / u64::from(DAYS.unsigned_abs());
    Ok((average >= EXPECTED).then(|| {
        format!(
            "the platform listed nothing, but the same hours brought {average} rows a day for {DAYS} days"
        )
    }))
}
