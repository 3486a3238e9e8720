//! Every way to go wrong at every endpoint that is read: the store equals the ledger at the end, and nothing is called
//! more often than the fault forces.

mod account;
mod cell;

use std::path::PathBuf;
use std::sync::Arc;

use connector_core::http::Live;
use connector_cafe24 as _;
use connector_smartstore as _;
use simulator::{Endpoint, Fault, FaultKind};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::open_database;
use crate::cell::{Cell, Course, Moment, account_of, least};

/// How many cells at once: most of a cell's time is spent in pauses.
const AT_ONCE: usize = 24;

fn cells(endpoints: &[Endpoint]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for endpoint in endpoints {
        let second = match endpoint {
            Endpoint::Token | Endpoint::MallToken | Endpoint::Visits | Endpoint::PageViews => Moment::Later,
            _ => Moment::Second,
        };
        for kind in FaultKind::all() {
            let probe = Fault::next(*endpoint, *kind);
            if *kind != FaultKind::Refused && probe.check().is_err() {
                continue;
            }
            cells.extend([Moment::First, second].map(|moment| Cell { kind: *kind, endpoint: *endpoint, moment }));
        }
    }
    cells
}

async fn run(endpoints: &[Endpoint]) -> Vec<(Cell, Course)> {
    account::wait_for_a_day_that_lasts().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template: PathBuf = folder.path().join("template.db");
    drop(open_database(&template).await);
    let live = Live::new().expect("a transport");
    let least = least(account_of(endpoints[0]), &template, &live).await;
    eprintln!("{least:?}");
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for cell in cells(endpoints) {
        let (places, template, live) = (Arc::clone(&places), template.clone(), live.clone());
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            (cell, cell.run(&template, &live, least).await)
        });
    }
    let mut courses = tasks.join_all().await;
    courses.sort_by_key(|(cell, _)| (cell.endpoint, cell.kind, cell.moment as u8));
    courses
}

fn show(courses: &[(Cell, Course)]) {
    for (cell, c) in courses {
        eprintln!(
            "{:10} {:30} {:7} met {} {:22} runs {} {:9} last {:10} calls {:3} least {:3} extra {:3} | {} | {}",
            cell.endpoint.name(), cell.kind.name(), format!("{:?}", cell.moment), c.met, format!("{:?}", c.ended), c.runs,
            if c.repaired { "REPAIRED" } else { "" }, format!("{:?}", c.last), c.calls, c.least, c.calls as i64 - c.least as i64,
            c.difference.as_deref().unwrap_or("-"), c.said.chars().take(150).collect::<String>()
        );
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads")
}

#[test]
fn the_smart_store() {
    let courses = runtime().block_on(run(&[Endpoint::Token, Endpoint::Feed, Endpoint::Query]));
    show(&courses);
}

#[test]
fn the_orders_of_a_mall() {
    let courses = runtime().block_on(run(&[Endpoint::Orders]));
    show(&courses);
}

#[test]
fn the_figures_of_a_mall() {
    let courses = runtime().block_on(run(&[Endpoint::MallToken, Endpoint::Visits, Endpoint::PageViews, Endpoint::Sales, Endpoint::Domains]));
    show(&courses);
}
