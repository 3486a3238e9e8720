//! Every way to go wrong at every endpoint that is read: the store equals the ledger at the end, and nothing is called
//! more often than 1.2 times the least and what the fault itself forces.
//!
//! A cell is one way to go wrong at one endpoint at one call, with an account of its own. The disturbed run ends as
//! [`expected`] says; two undisturbed runs at most follow. Where a list lacks a row and looks whole, no run can know;
//! then the comparison with the platform's second list must find and mend it, and so it must for no other cell.

mod account;
mod cell;
mod expected;

use std::path::PathBuf;
use std::sync::Arc;

use connector_cafe24 as _;
use connector_core::http::Live;
use connector_smartstore as _;
use simulator::{Endpoint, Fault, FaultKind};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::account::{Kind, open_database};
use crate::cell::{Cell, Moment, account_of, least, stays_within_the_quota};
use crate::expected::is_a_lie;

/// How many cells at once: most of a cell's time is spent in pauses.
const AT_ONCE: usize = 24;

fn cells(endpoint: Endpoint) -> Vec<Cell> {
    let mut cells = Vec::new();
    for kind in FaultKind::all() {
        if *kind != FaultKind::Refused && Fault::next(endpoint, *kind).check().is_err() {
            continue;
        }
        let moments = match endpoint {
            // Asked once in a run.
            Endpoint::Token | Endpoint::MallToken | Endpoint::Visits | Endpoint::PageViews => {
                [Moment::First, Moment::Later]
            }
            _ => [Moment::First, Moment::Second],
        };
        for moment in moments {
            // The first day of figures is read once only, and so believed.
            let is_first_day = moment == Moment::First && endpoint.is_analytics();
            let moment = if is_first_day && is_a_lie(*kind) { Moment::Later } else { moment };
            cells.push(Cell { kind: *kind, endpoint, moment });
        }
    }
    cells
}

/// The template of a database, a transport, and what keeps the template.
async fn prepare() -> (PathBuf, Live, tempfile::TempDir) {
    account::wait_for_a_day_that_lasts().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = folder.path().join("template.db");
    drop(open_database(&template).await);
    (template, Live::new().expect("a transport"), folder)
}

async fn try_all(endpoints: &[Endpoint], at_least: usize) {
    let (template, live, _folder) = prepare().await;
    let least = least(account_of(endpoints[0]), &template, &live).await;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for cell in endpoints.iter().flat_map(|endpoint| cells(*endpoint)) {
        let (places, template, live) = (Arc::clone(&places), template.clone(), live.clone());
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            cell.judge(&template, &live, least).await
        });
    }
    let verdicts = tasks.join_all().await;
    assert!(verdicts.len() >= at_least, "{} cells", verdicts.len());
    let wrong: Vec<String> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} cells went wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("threads").block_on(work);
}

#[test]
fn the_smart_store_recovers_from_everything() {
    block_on(try_all(&[Endpoint::Token, Endpoint::Feed, Endpoint::Query, Endpoint::List], 200));
}

#[test]
fn the_orders_of_a_mall_recover_from_everything() {
    block_on(try_all(&[Endpoint::Orders], 60));
}

#[test]
fn the_figures_of_a_mall_recover_from_everything() {
    let endpoints =
        [Endpoint::MallToken, Endpoint::Visits, Endpoint::PageViews, Endpoint::Sales, Endpoint::Domains];
    block_on(try_all(&endpoints, 250));
}

#[test]
fn recovering_stays_within_the_quota() {
    block_on(async {
        let (template, live, _folder) = prepare().await;
        let mut tasks = JoinSet::new();
        for (kind, endpoints) in [
            (Kind::Store, &[Endpoint::Feed, Endpoint::Query][..]),
            (Kind::MallFigures, &[Endpoint::Visits, Endpoint::Sales]),
            (Kind::MallOrders, &[Endpoint::Orders]),
        ] {
            for endpoint in endpoints {
                for fault in [
                    FaultKind::RateLimitedWithRetryAfter,
                    FaultKind::ServerError,
                    FaultKind::LostAnswer,
                    FaultKind::CutBody,
                    FaultKind::AbsentData,
                    FaultKind::TokenExpired,
                ] {
                    let (template, live) = (template.clone(), live.clone());
                    let fault = Fault::next(*endpoint, fault).at(if endpoints.len() == 1 { 1 } else { 2 });
                    let fault = if *endpoint == Endpoint::Visits { fault.at(1) } else { fault };
                    tasks.spawn(async move { stays_within_the_quota(kind, fault, &template, &live).await });
                }
            }
        }
        tasks.join_all().await;
    });
}
