//! What the tests and the benchmark of the whole product use: an installation, its database, the program under test.

pub mod installation;
pub mod postgres;
pub mod program;
pub mod shops;
