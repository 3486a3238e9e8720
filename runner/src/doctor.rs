//! `runner doctor`: everything that a run needs, checked one by one; every failure names its cause and its fix.

use chrono::{DateTime, TimeDelta, Utc};
use connector_core::http::CredentialStore as _;
use connector_core::{Clock, time};
use serde::Serialize;
use storage::{Backend, Storage};

use crate::check;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::{Output, counted};
use crate::settings::{KeyPlace, KeyState, Settings};

/// A machine whose clock shows less has lost its time: this program is younger.
const EARLIEST: &str = "2026-01-01T00:00:00Z";
/// Signatures of platforms fail from about here; leases and cursors bear more.
const MOST_SKEW: TimeDelta = TimeDelta::seconds(5);

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warning,
    Failed,
}

/// One check.
#[derive(Debug, Serialize)]
struct Finding {
    area: &'static str,
    name: String,
    status: Status,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// All checks.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Finding>,
}

impl Finding {
    fn ok(area: &'static str, name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { area, name: name.into(), status: Status::Ok, message: message.into(), fix: None }
    }

    fn warning(area: &'static str, name: impl Into<String>, message: impl Into<String>, fix: &str) -> Self {
        Self {
            area,
            name: name.into(),
            status: Status::Warning,
            message: message.into(),
            fix: Some(fix.to_owned()),
        }
    }

    fn failed(area: &'static str, name: impl Into<String>, message: impl Into<String>, fix: &str) -> Self {
        Self { status: Status::Failed, ..Self::warning(area, name, message, fix) }
    }

    fn error(area: &'static str, name: impl Into<String>, error: &Error) -> Self {
        Self::failed(area, name, error.to_string(), error.fix())
    }
}

/// Checks settings, key, database, clock and every enabled row; `offline` calls no platform. Returns 1 when anything
/// failed.
///
/// # Errors
/// Only when the report cannot be written.
pub async fn run(settings: Settings, database_url: &str, offline: bool, output: Output) -> Result<u8> {
    let mut checks = vec![settings_finding()];
    let now = Clock::system().now();
    checks.push(clock(now));
    match Storage::backend_of(database_url) {
        Ok(backend) => checks.push(key(&settings, backend)),
        Err(error) => checks.push(Finding::error("settings", "DATABASE_URL", &error.into())),
    }
    match open(&settings, database_url).await {
        Ok(context) => {
            checks.extend(database(&context).await);
            checks.extend(rows(&context, offline).await);
        }
        Err(error) => checks.push(Finding::error("database", Storage::safe_url(database_url), &error)),
    }
    let ok = checks.iter().all(|finding| finding.status != Status::Failed);
    let report = Report { ok, checks };
    output.show(&report, Report::text)?;
    Ok(u8::from(!ok))
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.checks {
            let mark = match finding.status {
                Status::Ok => "ok     ",
                Status::Warning => "warning",
                Status::Failed => "FAILED ",
            };
            text.push_str(&format!("{mark}  {} {}: {}\n", finding.area, finding.name, finding.message));
            if let Some(fix) = &finding.fix {
                text.push_str(&format!("         fix: {fix}\n"));
            }
        }
        let failed = self.checks.iter().filter(|finding| finding.status == Status::Failed).count() as u64;
        text.push_str(&match failed {
            0 => "\nAll is well.\n".to_owned(),
            number => format!("\n{} failed.\n", counted(number, "check", "checks")),
        });
        text
    }
}

/// Getting here means that `.env`, the command line and the logging settings were understood.
fn settings_finding() -> Finding {
    let env_file = if std::path::Path::new(".env").exists() { ".env is read" } else { "there is no .env" };
    match connector_core::registry::all() {
        Ok(all) => {
            let names: Vec<&str> = all.iter().map(|registration| registration.platform).collect();
            Finding::ok("settings", "environment", format!("{env_file}; platforms: {}", names.join(", ")))
        }
        Err(error) => Finding::error("settings", "platforms", &error.into()),
    }
}

fn clock(now: DateTime<Utc>) -> Finding {
    let earliest = time::parse_kst(EARLIEST).expect("a constant time");
    let text = time::kst_text(now);
    if now < earliest {
        let fix = "set the machine's clock, best by NTP: platforms refuse signatures with a wrong time";
        return Finding::failed("clock", "system", format!("{text} cannot be now"), fix);
    }
    Finding::ok("clock", "system", text)
}

fn key(settings: &Settings, backend: Backend) -> Finding {
    let (name, is_ours) = match settings.key_place(backend) {
        KeyPlace::Variable => ("RUNNER_SECRET_KEY".to_owned(), false),
        KeyPlace::NamedFile(path) => (path.display().to_string(), false),
        KeyPlace::OwnFile(path) => (path.display().to_string(), true),
        KeyPlace::MustBeGiven | KeyPlace::NoFolder => ("for secrets".to_owned(), false),
    };
    match settings.key_state(backend) {
        Ok(KeyState::Present) if is_ours => {
            Finding::ok("key", name, "good, for its owner only; keep a copy apart from the database's")
        }
        Ok(KeyState::Present) => Finding::ok("key", name, "good"),
        Ok(KeyState::MadeAtFirstUse) => {
            Finding::ok("key", name, "none yet; it is made when the first secret is stored")
        }
        Ok(KeyState::Missing) => {
            let fix = "make one with `head -c 32 /dev/urandom | base64` and give it in RUNNER_SECRET_KEY";
            Finding::failed("key", name, "none is given, so no secret can be stored or read", fix)
        }
        Err(error) => Finding::error("key", name, &error),
    }
}

/// Opens the database even when the key is unusable, which is a finding of its own.
async fn open(settings: &Settings, database_url: &str) -> Result<Context> {
    let backend = Storage::backend_of(database_url)?;
    let mut settings = settings.clone();
    if settings.existing_keys(backend).is_err() {
        settings = Settings { secret_key: None, secret_key_file: None, config_folder: None, ..settings };
    }
    Context::open(settings, database_url).await
}

async fn database(context: &Context) -> Vec<Finding> {
    let name = context.safe_database_url();
    let health = match context.storage.health().await {
        Ok(health) => health,
        Err(error) => return vec![Finding::error("database", name, &error.into())],
    };
    let mut parts = vec![format!("{} {}", health.backend.name(), health.version)];
    if let Some(journal) = &health.journal {
        parts.push(format!("journal {journal}"));
    }
    if let Some(size) = health.size_bytes {
        parts.push(size_text(size));
    }
    let mut findings = Vec::new();
    findings.push(if health.writable {
        Finding::ok("database", name.clone(), format!("reachable and writable; {}", parts.join(", ")))
    } else {
        let fix = "make the database, its file and its folder writable for this user";
        Finding::failed(
            "database",
            name.clone(),
            format!("reachable, but read-only; {}", parts.join(", ")),
            fix,
        )
    });
    findings.push(match context.storage.pending_migrations().await {
        Ok(pending) if pending.is_empty() => Finding::ok("database", "tables", "up to date"),
        Ok(pending) => {
            let message = format!("out of date; pending: {}", pending.join(", "));
            Finding::failed("database", "tables", message, "runner migrate")
        }
        Err(error) => Finding::error("database", "tables", &error.into()),
    });
    if health.backend == Backend::Postgres {
        findings.push(skew(health.clock_skew));
    }
    findings
}

fn skew(skew: TimeDelta) -> Finding {
    let millis = skew.num_milliseconds();
    if skew.abs() > MOST_SKEW {
        let message = format!("the database's clock differs from this machine's by {millis} ms");
        return Finding::warning("clock", "database", message, "set both clocks by NTP");
    }
    Finding::ok("clock", "database", format!("{millis} ms apart from this machine's"))
}

fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}

async fn rows(context: &Context, offline: bool) -> Vec<Finding> {
    let rows = match context.storage.connectors().await {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::error("connectors", "rows", &error.into())],
    };
    let mut findings = Vec::new();
    for row in rows.iter().filter(|row| row.enabled) {
        let name = format!("{} ({}, {})", row.name, row.platform, row.mode);
        let checked = match offline {
            true => check::check_settings(context, row).await,
            false => check::check_row(context, row).await,
        };
        let lapses = lapse_warning(context, row.id).await;
        findings.push(match checked {
            Ok(_) if lapses.is_some() => {
                let fix = format!(
                    "let it run, which renews the grant; where that fails: runner connectors authorize {}",
                    row.name
                );
                Finding::warning("connector", name, lapses.unwrap_or_default(), &fix)
            }
            Ok(report) => Finding::ok("connector", name, report.message),
            Err(error) => Finding::error("connector", name, &error.into()),
        });
    }
    if findings.is_empty() {
        findings.push(Finding::ok("connector", "rows", "none is enabled; nothing to check"));
    }
    findings
}

/// What to say of a row whose grant ends soon.
async fn lapse_warning(context: &Context, connector_id: i64) -> Option<String> {
    let credential = context.storage.dry_session(connector_id).load().await.ok()??;
    crate::sync::lapse_warning(&credential, context.clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_lost_its_time_is_found() {
        let at = |text: &str| time::parse_kst(text).expect("a time");
        assert_eq!(clock(at("1970-01-01")).status, Status::Failed);
        assert_eq!(clock(at("2026-11-21")).status, Status::Ok);
    }

    #[test]
    fn clocks_that_differ_are_a_warning() {
        assert_eq!(skew(TimeDelta::seconds(-6)).status, Status::Warning);
        assert_eq!(skew(TimeDelta::milliseconds(-40)).status, Status::Ok);
    }

    #[test]
    fn a_missing_key_for_postgres_has_its_fix() {
        let finding = key(&Settings::default(), Backend::Postgres);
        assert_eq!(finding.status, Status::Failed);
        assert!(finding.fix.is_some_and(|fix| fix.contains("RUNNER_SECRET_KEY")));
    }

    #[test]
    fn the_report_ends_with_how_many_failed() {
        let checks = vec![Finding::ok("a", "b", "c"), Finding::failed("a", "b", "why", "do")];
        let text = Report { ok: false, checks }.text();
        assert!(text.contains("FAILED   a b: why\n         fix: do\n"), "{text}");
        assert!(text.ends_with("\n1 check failed.\n"), "{text}");
    }
}
