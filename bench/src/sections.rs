//! What is measured, one function for each question.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postgres::{Client, NoTls};
use serde::Serialize;
use simulator::smartstore::{ChangeSome, Stage};
use simulator::{Calls, Endpoint, machine_now};
use tests::installation::Installation;

use crate::Arguments;
use crate::measure::{self, Taken, median};
use crate::shop::Shop;

const ACCOUNT: &str = "bench";
/// Longer than the product waits for the platform to make up its mind.
const SETTLED: Duration = Duration::from_secs(4);

/// The first sync into one database beside its bare limits.
#[derive(Debug, Serialize)]
pub(crate) struct FirstSync {
    pub(crate) database: &'static str,
    pub(crate) orders: usize,
    pub(crate) repetitions: usize,
    pub(crate) wall_ms: f64,
    pub(crate) orders_per_second: f64,
    pub(crate) cpu_ms: f64,
    pub(crate) peak_mib: f64,
    pub(crate) fetch_only_ms: f64,
    pub(crate) bare_ms: f64,
    pub(crate) bare_cpu_ms: f64,
    pub(crate) bare_peak_mib: f64,
    /// The product's time over the time of only fetching the same bytes: the middle of all repetitions.
    pub(crate) over_fetch_only: f64,
    /// The product's time over that of a bare fetch-parse-insert loop: the middle of all repetitions.
    pub(crate) over_bare: f64,
}

/// A run over data that are stored already.
#[derive(Debug, Serialize)]
pub(crate) struct Increment {
    pub(crate) database: &'static str,
    pub(crate) changed: usize,
    pub(crate) wall_ms: f64,
    pub(crate) calls: u64,
    pub(crate) feed_calls: u64,
    pub(crate) detail_calls: u64,
}

/// A first sync under the platform's own limits.
#[derive(Debug, Serialize)]
pub(crate) struct AtLimits {
    pub(crate) orders: usize,
    pub(crate) wall_s: f64,
    pub(crate) calls: u64,
    pub(crate) feed_calls: u64,
    pub(crate) detail_calls: u64,
    pub(crate) refused: u64,
    /// The shortest time in which the limits let that many calls of the feed through.
    pub(crate) shortest_s: f64,
    pub(crate) percent_of_ceiling: f64,
}

/// Memory and time of a very long first sync.
#[derive(Debug, Serialize)]
pub(crate) struct Long {
    pub(crate) orders: usize,
    pub(crate) wall_s: f64,
    pub(crate) orders_per_second: f64,
    pub(crate) peak_mib: f64,
}

/// A database to measure with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn install(self, arguments: &Arguments, shop: &Shop) -> Result<(Installation, Option<Scratch>)> {
        let (installation, scratch) = match self {
            Self::Sqlite => (Installation::on_sqlite(), None),
            Self::Postgres => {
                let scratch = database(arguments)?;
                (Installation::on_postgres(&scratch.url), Some(scratch))
            }
        };
        installation.add_smartstore(ACCOUNT, &shop.remote.store_url(), &[]);
        Ok((installation, scratch))
    }
}

/// A new, empty database.
fn database(arguments: &Arguments) -> Result<Scratch> {
    let server = arguments.postgres.as_deref().context("no PostgreSQL asked for")?;
    if server == "auto" {
        let url = tests::postgres::database("the benchmark")
            .context("PostgreSQL is not installed; give an address")?;
        return Ok(Scratch { url, server: None });
    }
    let name = format!("bench_{}", machine_now());
    Client::connect(server, NoTls)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
    let (address, options) =
        server.split_once('?').map_or((server, None), |(address, options)| (address, Some(options)));
    let (host, _) = address.rsplit_once('/').context("an address ends with the name of a database")?;
    let options = options.map_or_else(String::new, |options| format!("?{options}"));
    Ok(Scratch { url: format!("{host}/{name}{options}"), server: Some((server.to_owned(), name)) })
}

/// A database that goes when this is dropped; one of the server made for us goes with the server.
pub(crate) struct Scratch {
    url: String,
    server: Option<(String, String)>,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server
            && let Ok(mut client) = Client::connect(server, NoTls)
        {
            // What is left over is the user's to see and remove.
            drop(client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")));
        }
    }
}

/// Syncs everything into new databases, beside the bare limits, one after the other and again.
pub(crate) fn first_syncs(arguments: &Arguments, kinds: &[Kind]) -> Result<Vec<FirstSync>> {
    let shop = Shop::open(&market(arguments, arguments.orders, "off"))?;
    let mut fetches = Vec::new();
    let mut runs: Vec<(Kind, Vec<Taken>, Vec<Taken>)> =
        kinds.iter().map(|kind| (*kind, Vec::new(), Vec::new())).collect();
    for _ in 0..arguments.repetitions {
        fetches.push(bare(&shop, arguments, &["fetch"])?);
        for (kind, products, limits) in &mut runs {
            limits.push(match kind {
                Kind::Sqlite => {
                    let folder = tempfile::tempdir()?;
                    let path = folder.path().join("bare.db").display().to_string();
                    bare(&shop, arguments, &["sqlite", &path])?
                }
                Kind::Postgres => bare(&shop, arguments, &["postgres", &database(arguments)?.url])?,
            });
            products.push(sync(&kind.install(arguments, &shop)?.0)?);
        }
    }
    let of = |taken: &[Taken], value: fn(&Taken) -> f64| median(&taken.iter().map(value).collect::<Vec<_>>());
    let walls = |taken: &[Taken]| of(taken, |taken| taken.wall.as_secs_f64());
    let cpus = |taken: &[Taken]| of(taken, |taken| taken.cpu.as_secs_f64());
    let peaks = |taken: &[Taken]| of(taken, |taken| mib(taken.peak_kib));
    let ratios = |taken: &[Taken], to: &[Taken]| {
        let pairs = taken.iter().zip(to);
        median(
            &pairs.map(|(one, other)| one.wall.as_secs_f64() / other.wall.as_secs_f64()).collect::<Vec<_>>(),
        )
    };
    Ok(runs
        .into_iter()
        .map(|(kind, products, limits)| FirstSync {
            database: kind.name(),
            orders: arguments.orders,
            repetitions: arguments.repetitions,
            wall_ms: walls(&products) * 1e3,
            orders_per_second: arguments.orders as f64 / walls(&products),
            cpu_ms: cpus(&products) * 1e3,
            peak_mib: peaks(&products),
            fetch_only_ms: walls(&fetches) * 1e3,
            bare_ms: walls(&limits) * 1e3,
            bare_cpu_ms: cpus(&limits) * 1e3,
            bare_peak_mib: peaks(&limits),
            over_fetch_only: ratios(&products, &fetches),
            over_bare: ratios(&products, &limits),
        })
        .collect())
}

/// Runs again with nothing changed, then with one order in a hundred changed.
pub(crate) fn increments(arguments: &Arguments, kinds: &[Kind]) -> Result<Vec<Increment>> {
    let mut increments = Vec::new();
    for kind in kinds {
        let shop = Shop::open(&market(arguments, arguments.orders, "off"))?;
        let (installation, _scratch) = kind.install(arguments, &shop)?;
        sync(&installation)?;
        let mut quiet = Vec::new();
        for _ in 0..arguments.repetitions {
            quiet.push(increment(*kind, &shop, &installation, 0)?);
        }
        let mut busy = Vec::new();
        for round in 0..arguments.repetitions {
            let changed = arguments.orders / 100;
            let stage = if round % 2 == 0 { Stage::Dispatched } else { Stage::Decided };
            shop.remote.change_some(&ChangeSome { count: changed, stage, spread_ms: 0 })?;
            std::thread::sleep(SETTLED);
            busy.push(increment(*kind, &shop, &installation, changed)?);
        }
        for runs in [quiet, busy] {
            let wall = median(&runs.iter().map(|run| run.wall_ms).collect::<Vec<_>>());
            increments.extend(runs.into_iter().find(|run| run.wall_ms == wall));
        }
    }
    Ok(increments)
}

fn increment(kind: Kind, shop: &Shop, installation: &Installation, changed: usize) -> Result<Increment> {
    shop.remote.reset_calls()?;
    let taken = sync(installation)?;
    let calls = shop.remote.totals()?;
    Ok(Increment {
        database: kind.name(),
        changed,
        wall_ms: taken.wall.as_secs_f64() * 1e3,
        calls: all(&calls),
        feed_calls: calls.of(Endpoint::Feed).calls,
        detail_calls: calls.of(Endpoint::Query).calls,
    })
}

/// 10,000 orders of 29 days at two calls a second, four at once.
pub(crate) fn at_limits(arguments: &Arguments) -> Result<AtLimits> {
    const ORDERS: usize = 10_000;
    let shop = Shop::open(&market(arguments, ORDERS, "2"))?;
    let taken = sync(&Kind::Sqlite.install(arguments, &shop)?.0)?;
    let calls = shop.remote.totals()?;
    let feed = calls.of(Endpoint::Feed);
    let details = calls.of(Endpoint::Query);
    let (burst, rate) = (4.0, 2.0);
    let shortest_s = (feed.calls as f64 - burst).max(0.0) / rate;
    Ok(AtLimits {
        orders: ORDERS,
        wall_s: taken.wall.as_secs_f64(),
        calls: all(&calls),
        feed_calls: feed.calls,
        detail_calls: details.calls,
        refused: calls.all().limited,
        shortest_s,
        percent_of_ceiling: shortest_s / taken.wall.as_secs_f64() * 100.0,
    })
}

/// A million orders into SQLite.
pub(crate) fn million(arguments: &Arguments) -> Result<Long> {
    const ORDERS: usize = 1_000_000;
    let shop = Shop::open(&market(arguments, ORDERS, "off"))?;
    let taken = sync(&Kind::Sqlite.install(arguments, &shop)?.0)?;
    Ok(Long {
        orders: ORDERS,
        wall_s: taken.wall.as_secs_f64(),
        orders_per_second: ORDERS as f64 / taken.wall.as_secs_f64(),
        peak_mib: mib(taken.peak_kib),
    })
}

/// A database that holds all the orders. It goes when the second is dropped.
pub(crate) fn filled(arguments: &Arguments, kind: Kind) -> Result<(Installation, Option<Scratch>)> {
    let shop = Shop::open(&market(arguments, arguments.orders, "off"))?;
    let installed = kind.install(arguments, &shop)?;
    sync(&installed.0)?;
    Ok(installed)
}

fn market(arguments: &Arguments, orders: usize, rate: &str) -> Vec<String> {
    let options = [
        ("--orders", orders.to_string()),
        ("--days", arguments.days.to_string()),
        ("--seed", arguments.seed.to_string()),
        ("--latency-ms", arguments.latency_ms.to_string()),
        ("--rate", rate.to_owned()),
    ];
    options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

fn sync(installation: &Installation) -> Result<Taken> {
    measure::run(installation.runner().args(["-q", "--connector", ACCOUNT]))
}

/// This program again, as one of the bare loops. One day more than there is data for, as a sync looks back.
fn bare(shop: &Shop, arguments: &Arguments, what: &[&str]) -> Result<Taken> {
    let mut command = Command::new(std::env::current_exe()?);
    let (address, days) = (shop.address.to_string(), (arguments.days + 1).to_string());
    measure::run(command.args(["bare", &address, &days]).args(what))
}

fn all(calls: &Calls) -> u64 {
    calls.all().calls
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
