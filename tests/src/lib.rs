//! What the tests and the benchmark of the whole product use: small local servers, and the programs under test.

pub mod installation;
pub mod mall;
pub mod market;
pub mod plain_http;
pub mod postgres;
pub mod program;
