//! Instants as the columns keep them: UTC without zone, in whole microseconds, which is what PostgreSQL holds.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Timelike as _, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{FromStaticSqlRow, Queryable};
use diesel::sql_types::{Nullable, Timestamp};

/// The column's form of an instant.
pub(crate) fn column(at: DateTime<Utc>) -> NaiveDateTime {
    let naive = at.naive_utc();
    let micros = naive.nanosecond() / 1_000 * 1_000;
    naive.with_nanosecond(micros).expect("fewer nanoseconds than before")
}

/// The instant in a column.
pub(crate) fn instant(column: NaiveDateTime) -> DateTime<Utc> {
    column.and_utc()
}

/// What SQLite keeps of an instant; text that sorts as time does.
pub(crate) fn sqlite_text(column: NaiveDateTime) -> String {
    let mut text = String::with_capacity(26);
    let (date, time) = (column.date(), column.time());
    write!(
        text,
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
    .expect("writing to a text cannot fail");
    let micros = time.nanosecond() / 1_000;
    if micros % 1_000 != 0 {
        write!(text, ".{micros:06}").expect("writing to a text cannot fail");
    } else if micros != 0 {
        write!(text, ".{:03}", micros / 1_000).expect("writing to a text cannot fail");
    }
    text
}

/// Reads a column into an instant, for `#[diesel(deserialize_as = Instant)]`.
pub struct Instant(NaiveDateTime);

impl<DB: Backend> Queryable<Timestamp, DB> for Instant
where
    NaiveDateTime: FromStaticSqlRow<Timestamp, DB>,
{
    type Row = NaiveDateTime;

    fn build(row: Self::Row) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<Instant> for DateTime<Utc> {
    fn from(column: Instant) -> Self {
        instant(column.0)
    }
}

/// Reads a column that may be empty.
pub struct MaybeInstant(Option<NaiveDateTime>);

impl<DB: Backend> Queryable<Nullable<Timestamp>, DB> for MaybeInstant
where
    Option<NaiveDateTime>: FromStaticSqlRow<Nullable<Timestamp>, DB>,
{
    type Row = Option<NaiveDateTime>;

    fn build(row: Self::Row) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl From<MaybeInstant> for Option<DateTime<Utc>> {
    fn from(column: MaybeInstant) -> Self {
        column.0.map(instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_text_is_what_diesel_would_write() {
        for nanos in [0, 1_000, 1_000_000, 999_000_000, 123_456_000] {
            let at = DateTime::from_timestamp(1_770_000_000, nanos).expect("in range");
            let column = column(at);
            assert_eq!(sqlite_text(column), column.format("%F %T%.f").to_string());
        }
    }

    #[test]
    fn finer_than_a_microsecond_is_cut_off() {
        let at = DateTime::from_timestamp(1_770_000_000, 123_456_789).expect("in range");
        assert_eq!(instant(column(at)).timestamp_subsec_nanos(), 123_456_000);
    }
}
