//! `runner demo`: a tour in one command, without network and keys.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connector_core::Secret;
use connector_core::http::CredentialStore;
use serde::Serialize;
use simulator::cafe24::{self, Mall};
use simulator::smartstore::{self, AddOrders, Market, Stage};
use simulator::{Config, Endpoint, Fault, FaultKind, Simulator};
use storage::{ConnectorRow, KeyRing};
use tokio_util::sync::CancellationToken;

use crate::account::open_account;
use crate::agreement::{self, Agreement};
use crate::cli::DemoArgs;
use crate::connection::connect;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::{Output, counted, duration_text};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::simulated::{Folder, mall_row, store_row};
use crate::summary::RunSummary;
use crate::sync::{self, SyncJob};

const STORE_ORDERS: usize = 240;
const MALL_ORDERS: usize = 80;
const DAYS: u32 = 9;
/// As far back as the first run looks: a day more than there is.
const LOOKBACK: u32 = 10;
const A_DAY: Duration = Duration::from_secs(86_400);
/// A change is listed once it is some seconds old.
const SETTLED: Duration = Duration::from_secs(4);

/// What happened, step by step.
#[derive(Debug, Serialize)]
struct Tour {
    database: String,
    steps: Vec<Step>,
    agreement: Agreement,
    kept: bool,
    duration_ms: u64,
}

#[derive(Debug, Serialize)]
struct Step {
    title: &'static str,
    said: String,
}

/// Takes the tour. Returns 0 when the database holds what the market holds, else 1.
///
/// # Errors
/// `Usage` where there is a database already, else what the database or the system says.
pub async fn run(args: DemoArgs, settings: Settings, output: Output, stop: CancellationToken) -> Result<u8> {
    let folder = Folder::new(args.keep.as_deref(), "demo")?;
    if folder.database().exists() {
        return Err(Error::usage(
            format!(
                "{} is there already, and the tour begins with an empty database",
                folder.database().display()
            ),
            "name another folder, or remove that file",
        ));
    }
    tokio::select! {
        tour = take(&args, &folder, settings, output) => {
            let tour = tour?;
            if output.is_human() {
                output.note(&tour.end())?;
            } else {
                output.show(&tour, |_| String::new())?;
            }
            Ok(u8::from(!tour.agreement.is_whole()))
        }
        () = stop.cancelled() => Ok(130),
    }
}

async fn take(args: &DemoArgs, folder: &Folder, settings: Settings, output: Output) -> Result<Tour> {
    let started = Instant::now();
    let kept = matches!(folder, Folder::Kept(_));
    // A database that goes with the tour leaves no key behind either.
    let passing_key = Secret::new(KeyRing::generate().1);
    let settings = if kept { settings } else { Settings { secret_key: Some(passing_key), ..settings } };
    let database = format!("sqlite://{}", folder.database().display());
    let mut tour = Tour {
        database: database.clone(),
        steps: Vec::new(),
        agreement: Agreement::default(),
        kept,
        duration_ms: 0,
    };
    let (market, mall) = open_market(args.seed)?;
    tour.step(
        output,
        "A marketplace opens on this machine",
        format!(
            "{}: a Smart Store with {} of the last {DAYS} days, and a Cafe24 mall with {} and daily figures.",
            mall.base_url(),
            counted(STORE_ORDERS as u64, "order line", "order lines"),
            counted(MALL_ORDERS as u64, "order", "orders"),
        ),
    )?;

    let context = Context::open(settings, &database).await?;
    let rows = add_rows(&context, &market, &mall).await?;
    tour.step(
        output,
        "Two accounts are added to an empty database",
        "Their secrets and tokens are sealed in it. The mall's operator has granted access.".to_owned(),
    )?;

    let first = sync_all(&context, &rows).await?;
    tour.step(output, "The first sync collects everything", told(&first))?;

    let aged = market.simulator().advance(2 * A_DAY);
    let claimed = claim(&market);
    let added = market.add(&AddOrders { stage: Some(Stage::Paid), ..AddOrders::now(3) });
    tour.step(
        output,
        "Two days pass in the market",
        format!(
            "{} arrive, {} are taken: paid, sent, delivered, decided, cancelled. {}",
            counted((aged.arrived + added.len()) as u64, "new order", "new orders"),
            counted(aged.moved as u64, "step", "steps"),
            match claimed {
                Some(id) => format!("A buyer wants to return product order {id}."),
                None => "Nobody wants to return anything.".to_owned(),
            }
        ),
    )?;

    market.fault(Fault::next(Endpoint::Feed, FaultKind::RateLimited));
    market.fault(Fault::next(Endpoint::Query, FaultKind::CutBody));
    market.simulator().reset_calls();
    tokio::time::sleep(SETTLED).await;
    let second = sync_all(&context, &rows).await?;
    let calls = market.calls();
    tour.step(
        output,
        "The second sync brings what is new, although two calls go wrong",
        format!(
            "{} The Smart Store answered {} with 429, and cut {} in the middle of an answer: both were made \
             again.",
            told(&second),
            counted(calls.of(Endpoint::Feed).limited, "call", "calls"),
            counted(
                calls.at(Endpoint::Query).filter(|call| call.fault == Some(FaultKind::CutBody)).count()
                    as u64,
                "connection",
                "connections"
            ),
        ),
    )?;

    agreement::compare_store(&context, rows[0].id, &market, &mut tour.agreement).await?;
    agreement::compare_mall(&context, rows[1].id, &mall, &mut tour.agreement).await?;
    let said = tour.agreement.text();
    tour.step(output, "The database is compared with the market's own ledger", said)?;
    tour.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(tour)
}

impl Tour {
    /// Notes a step, and tells people of it at once.
    fn step(&mut self, output: Output, title: &'static str, said: String) -> Result<()> {
        if output.is_human() {
            output.note(&format!("{}. {title}\n   {said}\n", self.steps.len() + 1))?;
        }
        self.steps.push(Step { title, said });
        Ok(())
    }

    fn end(&self) -> String {
        let mut text = format!("Done in {}. ", duration_text(self.duration_ms));
        let database = &self.database;
        if self.kept {
            text.push_str("Look around:\n");
            for command in ["orders list --limit 10", "metrics list --limit 10", "log", "connectors list"] {
                writeln!(text, "  runner {command} --database-url {database}")
                    .expect("texts take everything");
            }
            text.push_str("The market has closed; `runner sim` opens one that stays.");
        } else {
            text.push_str(
                "Nothing is left behind. `runner demo --keep tour` keeps the database, to look around with:\n  \
                 runner orders list --database-url tour/commerce.db\n\
                 `runner sim` opens a market that stays, and says how to connect to it.",
            );
        }
        text
    }
}

fn open_market(seed: u64) -> Result<(Market, Mall)> {
    let store = smartstore::Config { days: DAYS, seed, ..smartstore::Config::of(STORE_ORDERS) };
    let mall = cafe24::Config { orders: MALL_ORDERS, days: DAYS, seed, ..cafe24::Config::default() };
    let simulator = Simulator::start(Config::accounts(1, &store, &mall)).map_err(|error| {
        Error::usage(format!("no market can be opened: {error}"), "allow this program to listen on 127.0.0.1")
    })?;
    let market = simulator.market(smartstore::CLIENT_ID).expect("it was asked for");
    let mall = simulator.mall(cafe24::MALL_ID).expect("it was asked for");
    Ok((market, mall))
}

async fn add_rows(context: &Context, market: &Market, mall: &Mall) -> Result<Vec<ConnectorRow>> {
    context.ensure_key()?;
    let store = store_row("store", market, LOOKBACK, "off");
    let store = context.storage.add_connector(store).await?;
    let row = context.storage.add_connector(mall_row("mall", mall, LOOKBACK, "off")).await?;
    let account = open_account(context, &row).await?;
    let credentials: Arc<dyn CredentialStore> = Arc::new(context.storage.dry_session(row.id));
    let client = connect(&account, Some(credentials), CancellationToken::new(), |transport| transport)?;
    client.redeem(&Secret::new(mall.issue_code())).await?;
    Ok(vec![store, row])
}

async fn sync_all(context: &Context, rows: &[ConnectorRow]) -> Result<RunSummary> {
    // What a run has learned stands in the row.
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let rows = context.storage.connectors().await?.into_iter().filter(|row| ids.contains(&row.id)).collect();
    let job = SyncJob { rows, streams: Vec::new(), from: None, to: None, dry_run: false, concurrency: 2 };
    let progress = Arc::new(Progress::new(true));
    Ok(sync::run(context, &job, &progress, CancellationToken::new()).await?)
}

/// One run in a sentence for each stream.
fn told(summary: &RunSummary) -> String {
    let said: Vec<String> = summary
        .runs
        .iter()
        .map(|run| {
            let counts = &run.counts;
            let mut said = format!(
                "{} {}: {}, {} new, {} changed, in {}",
                run.connector,
                run.stream,
                run.outcome.name(),
                counts.new,
                counts.changed,
                counted(counts.calls, "call", "calls")
            );
            if let Some(message) = &run.message {
                write!(said, " ({message})").expect("texts take everything");
            }
            said
        })
        .collect();
    format!("{}.", said.join("; "))
}

/// A buyer wants to return something that has arrived.
fn claim(market: &Market) -> Option<String> {
    let delivered = market.truth().into_iter().find(|order| order.status == Stage::Delivered.status())?;
    market.change(&[delivered.id], Stage::ReturnRequested).pop()
}
