//! `runner chaos`: the real program against the simulator, killed again and again, and the proof that its database
//! holds what the market holds.

mod plan;
mod program;
mod scene;
mod shown;
mod storm;
mod tally;
mod verdict;

use std::path::{Path, PathBuf};

use indicatif::MultiProgress;
use storage::{Backend, Storage};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::cli::ChaosArgs;
use crate::context;
use crate::error::{Error, Result};
use crate::output::{Output, grouped};
use crate::settings;
use crate::simulated::Folder;
use plan::Plan;
use program::Program;
use shown::Shown;
use storm::Storm;
pub use verdict::Verdict;

/// The share of starts that meet a fault, where none is given.
pub const FAULT_SHARE: f64 = 0.25;

/// Lets a storm pass. Returns 0 when everything holds, 1 when not, 130 when somebody ended it.
///
/// # Errors
/// `Usage` for a database that is not empty, else what the database or the system says.
pub async fn run(
    args: ChaosArgs,
    database_url: &str,
    bars: Option<MultiProgress>,
    output: Output,
    stop: CancellationToken,
) -> Result<u8> {
    let folder = Folder::new(args.keep.as_deref(), "chaos")?;
    let path = absolute(folder.path())?;
    let database_url = database(&path, database_url)?;
    let backend = Storage::backend_of(&database_url)?;
    context::migrate(&database_url).await?;
    let program = Program::new(&path, &database_url)?;
    refuse_what_is_used(&program).await?;
    let seed = match args.seed {
        Some(seed) => seed,
        None => {
            getrandom::u64().map_err(|error| Error::usage(format!("no seed: {error}"), "give --seed"))? >> 16
        }
    };
    let share = if args.no_faults { 0.0 } else { args.fault_share };
    let plan = Plan::draw(seed, args.kills, share);
    let verdict = Verdict {
        seed,
        plan: plan.hash(),
        database: match backend {
            Backend::Sqlite => "sqlite".to_owned(),
            Backend::Postgres => "postgres".to_owned(),
        },
        rate: args.rate.0,
        ..Verdict::default()
    };
    tracing::info!("seed {seed}, plan {}, {} kills", verdict.plan, grouped(args.kills));
    let storm = Storm {
        plan,
        kills: args.kills,
        orders: args.orders,
        program,
        stop,
        runtime: Handle::current(),
        shown: Shown::new(bars, args.kills),
        verdict,
    };
    // It starts processes and waits for them, which would hold up everything else here.
    let ended = tokio::task::spawn_blocking(|| storm.run()).await;
    let Some(verdict) = ended.expect("a storm does not panic")? else { return Ok(130) };
    output.show(&verdict, Verdict::text)?;
    Ok(u8::from(!verdict.holds()))
}

/// A storm leaves rows behind: only where nobody else's are.
async fn refuse_what_is_used(program: &Program) -> Result<()> {
    let context = program.database().await?;
    if context.storage.connectors().await?.is_empty() {
        return Ok(());
    }
    Err(Error::usage(
        format!("{} holds connectors already", context.safe_database_url()),
        "name an empty database with --database-url, such as sqlite://storm.db",
    ))
}

/// The database's address as the program can use it: the one that was given, but never the default one.
fn database(folder: &Path, given: &str) -> Result<String> {
    if given == settings::DEFAULT_DATABASE {
        return Ok(format!("sqlite://{}", folder.join("commerce.db").display()));
    }
    if Storage::backend_of(given)? == Backend::Postgres {
        return Ok(given.to_owned());
    }
    let path = given.strip_prefix("sqlite://").or_else(|| given.strip_prefix("sqlite:")).unwrap_or(given);
    Ok(format!("sqlite://{}", absolute(Path::new(path))?.display()))
}

/// The program runs in a folder of its own, where a relative path would mean another place.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::usage(format!("{}: {error}", path.display()), "name a file that can be written")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_database_is_left_alone() {
        let folder = Path::new("/storm");
        let url = database(folder, settings::DEFAULT_DATABASE).expect("an address");
        assert_eq!(url, "sqlite:///storm/commerce.db");
        assert_eq!(database(folder, "postgres://me@db/storm").expect("as given"), "postgres://me@db/storm");
        for relative in ["storm.db", "sqlite://storm.db", "sqlite:storm.db"] {
            let url = database(folder, relative).expect("an address");
            assert!(url.starts_with("sqlite:///") && url.ends_with("/storm.db"), "{url}");
        }
    }
}
