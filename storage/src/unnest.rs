//! Many rows by one statement on PostgreSQL.
//!
//! One array for each column, so that the statement stays prepared whatever the number of rows, and costs one round trip.

use std::marker::PhantomData;

use chrono::NaiveDateTime;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};

/// Where rows go, and what becomes of those whose keys are there. Its rows always have the same columns.
pub(crate) trait Target: 'static {
    const TABLE: &'static str;
    const ON_CONFLICT: &'static [&'static str];
}

/// What all rows of an insert have in common.
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    pub(crate) connector_id: i64,
    pub(crate) platform: &'a str,
    pub(crate) observed_at: NaiveDateTime,
    pub(crate) now: NaiveDateTime,
}

/// The values of a column, row by row.
pub(crate) enum Values<'a> {
    Text(Vec<&'a str>),
    MaybeText(Vec<Option<&'a str>>),
    Number(Vec<i64>),
    MaybeNumber(Vec<Option<i64>>),
    MaybeTime(Vec<Option<NaiveDateTime>>),
}

/// Rows to insert, as columns.
pub(crate) struct Insert<'a, T> {
    common: Common<'a>,
    columns: Vec<(&'static str, Values<'a>)>,
    target: PhantomData<T>,
}

impl<'a, T: Target> Insert<'a, T> {
    /// The columns of all rows, beside those that they have in common.
    pub(crate) fn new(common: Common<'a>, columns: Vec<(&'static str, Values<'a>)>) -> Self {
        Self { common, columns, target: PhantomData }
    }
}

impl<T: Target> QueryId for Insert<'_, T> {
    type QueryId = Insert<'static, T>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T> RunQueryDsl<PgConnection> for Insert<'_, T> {}

impl<T: Target> QueryFragment<Pg> for Insert<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(T::TABLE);
        out.push_sql(" (connector_id, platform, observed_at, first_seen_at, updated_at");
        for (name, _) in &self.columns {
            out.push_sql(", ");
            out.push_sql(name);
        }
        out.push_sql(") SELECT ");
        out.push_bind_param::<BigInt, _>(&self.common.connector_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.common.platform)?;
        for time in [&self.common.observed_at, &self.common.now, &self.common.now] {
            out.push_sql(", ");
            out.push_bind_param::<Timestamp, _>(time)?;
        }
        out.push_sql(", line.* FROM unnest(");
        for (place, (_, values)) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            match values {
                Values::Text(values) => out.push_bind_param::<Array<Text>, _>(values)?,
                Values::MaybeText(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values)?,
                Values::Number(values) => out.push_bind_param::<Array<BigInt>, _>(values)?,
                Values::MaybeNumber(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?,
                Values::MaybeTime(values) => out.push_bind_param::<Array<Nullable<Timestamp>>, _>(values)?,
            }
        }
        out.push_sql(") AS line");
        T::ON_CONFLICT.iter().for_each(|sql| out.push_sql(sql));
        Ok(())
    }
}
