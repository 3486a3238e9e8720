//! `runner oversell`: how much is sold that is not there, with several channels selling the same pieces.
//!
//! The channels are simulated: each shows a number and sells as long as it is not 0, as platforms do. The stock engine is the real
//! one, on a passing database: orders are stored, settled, and what is left is told to the channels. What the simulation has in
//! common with real platforms: orders show up late, what a channel is told overwrites what it has sold meanwhile, and some of what
//! it is told is lost.

mod engine;
mod market;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::engine::Engine;
use self::market::{Demand, Market};
use crate::cli::OversellArgs;
use crate::error::Result;
use crate::output::{Output, Table};
use crate::simulated::Folder;

/// Pieces that an odd hand adds to what some listings show, to see how long that lasts.
const DRIFT: i64 = 3;

/// One way to sell, measured.
#[derive(Debug, Serialize)]
struct Round {
    /// Seconds between two cycles; `None` without the engine.
    interval: Option<u32>,
    buffer: i64,
    /// Lines sold.
    lines: u64,
    /// Lines for which there was nothing any more.
    oversold: u64,
    /// Buyers who were sent away although there was enough.
    refused: u64,
    told: u64,
    lost: u64,
    /// Whether the store knows of every piece that was sold, as it ends.
    agrees: Option<bool>,
    drift: Option<Drift>,
}

/// Listings that show another number than they should.
#[derive(Debug, Serialize)]
struct Drift {
    before: usize,
    after_one_cycle: usize,
    after_two_cycles: usize,
    /// Of those after one cycle, how many were told and did not hear.
    lost: u64,
}

#[derive(Debug, Serialize)]
struct Measured {
    seed: u64,
    skus: u32,
    channels: u32,
    seconds: u32,
    lag_seconds: u32,
    lost_percent: u8,
    rounds: Vec<Round>,
}

/// Sells, with the engine and without. Returns 1 when the store and the sales differ.
///
/// # Errors
/// When the database fails.
pub async fn run(args: OversellArgs, output: Output, stop: CancellationToken) -> Result<u8> {
    let demand = Demand::new(&args);
    let mut rounds = vec![without(&args, &demand)];
    for (interval, buffer) in [(300, 0), (60, 0), (10, 0), (60, 1), (10, 1)] {
        if stop.is_cancelled() {
            return Ok(130);
        }
        rounds.push(with(&args, &demand, interval, buffer).await?);
    }
    let measured = Measured {
        seed: args.seed,
        skus: args.skus,
        channels: args.channels,
        seconds: args.seconds,
        lag_seconds: args.lag,
        lost_percent: args.lost,
        rounds,
    };
    output.show(&measured, text)?;
    Ok(u8::from(measured.rounds.iter().any(|round| round.agrees == Some(false))))
}

fn without(args: &OversellArgs, demand: &Demand) -> Round {
    let mut market = Market::new(args, demand);
    for second in 0..args.seconds {
        market.sell(second);
    }
    market.round(None, 0)
}

async fn with(args: &OversellArgs, demand: &Demand, interval: u32, buffer: i64) -> Result<Round> {
    let folder = Folder::new(None, "oversell")?;
    let mut market = Market::new(args, demand);
    let mut engine = Engine::open(&folder.database(), args, demand, buffer).await?;
    engine.cycle(&mut market, 0).await?;
    market.forget_calls();
    for second in 0..args.seconds {
        market.sell(second);
        if (second + 1) % interval == 0 {
            engine.cycle(&mut market, second).await?;
        }
    }
    // What came last is heard of late.
    engine.cycle(&mut market, args.seconds + args.lag).await?;
    let agrees = engine.agrees(&market).await?;
    let (told, lost) = market.calls();
    let before = market.drift(DRIFT, args.skus as usize / 5);
    market.forget_calls();
    engine.cycle(&mut market, args.seconds + args.lag).await?;
    let (_, lost_then) = market.calls();
    let after_one_cycle = engine.wrong(&market).await?;
    engine.cycle(&mut market, args.seconds + args.lag).await?;
    let after_two_cycles = engine.wrong(&market).await?;
    let drift = Drift { before, after_one_cycle, after_two_cycles, lost: lost_then };
    Ok(Round { told, lost, agrees: Some(agrees), drift: Some(drift), ..market.round(Some(interval), buffer) })
}

fn text(measured: &Measured) -> String {
    let mut table = Table::new(&[
        "Engine",
        "#Held back",
        "#Lines",
        "#Oversold",
        "#Rate",
        "#Sent away",
        "#Told",
        "#Lost",
        "Store",
        "Drift healed",
    ]);
    for round in &measured.rounds {
        let share = 100.0 * round.oversold as f64 / round.lines.max(1) as f64;
        let drift = round.drift.as_ref().map(|drift| {
            let Drift { before, after_one_cycle, after_two_cycles, .. } = drift;
            format!("{before} wrong, then {after_one_cycle}, then {after_two_cycles}")
        });
        table.row([
            round.interval.map_or_else(|| "none".to_owned(), |seconds| format!("every {seconds} s")),
            round.buffer.to_string(),
            round.lines.to_string(),
            round.oversold.to_string(),
            format!("{share:.2} %"),
            round.refused.to_string(),
            round.told.to_string(),
            round.lost.to_string(),
            round.agrees.map_or("-", |agrees| if agrees { "agrees" } else { "differs" }).to_owned(),
            drift.unwrap_or_else(|| "never".to_owned()),
        ]);
    }
    format!(
        "{} products at {} channels, {} s of bursty demand, orders shown {} s late, {} % of what is told lost (seed {}).\n\n{}\n",
        measured.skus,
        measured.channels,
        measured.seconds,
        measured.lag_seconds,
        measured.lost_percent,
        measured.seed,
        table.text()
    )
}
