//! The small local servers that the tests and the benchmark of the whole product use.

pub mod market;
pub mod plain_http;
