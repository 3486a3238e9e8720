//! Small statements that go with every batch.
//!
//! Diesel has the database parse and plan an update or an upsert of its own making anew each time; one whose text never
//! changes can stay prepared.

use std::marker::PhantomData;

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text, Timestamp};

use crate::backend::{Database, on_backend};
use crate::error::Failure;

/// The text of a statement, cut where its values go. After the last value there may be more text.
pub(crate) trait Statement: 'static {
    const SQL: &'static [&'static str];
}

/// A value of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Number(i64),
    Text(&'a str),
    Time(NaiveDateTime),
}

/// Runs the statement with `values`, in the order of their places, and returns how many rows it touched.
pub(crate) fn execute<S: Statement>(
    connection: &mut Database,
    values: &[Value<'_>],
) -> Result<usize, Failure> {
    debug_assert!((values.len()..=values.len() + 1).contains(&S::SQL.len()), "each value has its place");
    let filled = Filled::<S> { values, statement: PhantomData };
    Ok(on_backend!(connection, inner => filled.execute(inner)?))
}

struct Filled<'a, S> {
    values: &'a [Value<'a>],
    statement: PhantomData<S>,
}

impl<S: Statement> QueryId for Filled<'_, S> {
    type QueryId = Filled<'static, S>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S, Conn> RunQueryDsl<Conn> for Filled<'_, S> {}

impl<S, DB> QueryFragment<DB> for Filled<'_, S>
where
    S: Statement,
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        for text in S::SQL {
            out.push_sql(text);
            match values.next() {
                Some(Value::Number(number)) => out.push_bind_param::<BigInt, _>(number)?,
                Some(Value::Text(text)) => out.push_bind_param::<Text, _>(*text)?,
                Some(Value::Time(time)) => out.push_bind_param::<Timestamp, _>(time)?,
                None => {}
            }
        }
        Ok(())
    }
}
