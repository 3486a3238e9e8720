//! What the linked-in connectors offer, as they say themselves.

use std::time::Duration;

use connector_core::command::Again;
use connector_core::config::json_schema;
use connector_core::http::Scope;
use connector_core::{Error, FieldKind, Registration, Result, Spec, SyncMode, registry};
use serde::Serialize;
use serde_json::Value;

use crate::account;
use crate::output::Table;

/// One platform.
#[derive(Debug, Serialize)]
pub struct Platform {
    platform: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    modes: [&'static str; 2],
    base_url: String,
    streams: Vec<Stream>,
    commands: Vec<CommandView>,
    /// How many carriers the platform knows; `runner carriers` lists them.
    carriers: usize,
    limits: Vec<LimitView>,
    settings: Vec<Setting>,
    json_schema: Value,
}

#[derive(Debug, Serialize)]
struct Stream {
    name: &'static str,
    sync: &'static str,
    max_window_seconds: Option<u64>,
    overlap_seconds: Option<u64>,
    settle_seconds: Option<u64>,
    details_batch: Option<usize>,
    reread: Option<RereadView>,
    /// Days that each run reads again, for streams read by whole days.
    resettle_days: Option<u32>,
    census_max_window_seconds: Option<u64>,
    on_request: bool,
}

#[derive(Debug, Serialize)]
struct CommandView {
    name: &'static str,
    batch: usize,
    /// What a second acceptance would do.
    again: Again,
    note: &'static str,
}

#[derive(Debug, Serialize)]
struct RereadView {
    states: Vec<&'static str>,
    every_seconds: u64,
    max_age_seconds: u64,
}

#[derive(Debug, Serialize)]
struct LimitView {
    operation: &'static str,
    scope: &'static str,
    per_second: f64,
    burst: u32,
}

#[derive(Debug, Serialize)]
struct Setting {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    kind: &'static str,
    takes: String,
    required: bool,
    secret: bool,
    default: Option<&'static str>,
    env: Option<&'static str>,
}

/// All platforms, or the one of that name or alias.
///
/// # Errors
/// `Config` when there is none of that name, or a connector crate is broken.
pub fn platforms(name: Option<&str>) -> Result<Vec<Platform>> {
    match name {
        Some(name) => Ok(vec![Platform::new(registry::find(name)?)?]),
        None => registry::all()?.into_iter().map(Platform::new).collect(),
    }
}

/// What a platform offers.
///
/// # Errors
/// `Config` when its crate is broken: its own fixture settings do not build it.
pub fn spec(registration: &'static Registration) -> Result<&'static Spec> {
    Ok(build_sample(registration)?.spec())
}

fn build_sample(
    registration: &'static Registration,
) -> Result<std::sync::Arc<dyn connector_core::Connector>> {
    let settings: Value = serde_json::from_str(registration.fixture_settings).map_err(|error| {
        Error::config(format!("fixture settings of {}: {error}", registration.platform))
            .with_fix("report it: the connector crate is broken")
    })?;
    (registration.build)(settings)
}

impl Platform {
    fn new(registration: &'static Registration) -> Result<Self> {
        let connector = build_sample(registration)?;
        let spec = connector.spec();
        Ok(Self {
            platform: registration.platform,
            title: registration.title,
            aliases: registration.aliases,
            modes: ["api", "fixture"],
            base_url: connector.base_url().to_owned(),
            streams: spec.streams.iter().map(Stream::new).collect(),
            commands: spec
                .commands
                .iter()
                .map(|command| CommandView {
                    name: command.name.name(),
                    batch: command.batch,
                    again: command.again,
                    note: command.note,
                })
                .collect(),
            carriers: spec.carriers.len(),
            limits: spec
                .limits
                .iter()
                .map(|limit| LimitView {
                    operation: limit.operation,
                    scope: match limit.scope {
                        Scope::Operation => "operation",
                        Scope::Application => "application",
                    },
                    per_second: limit.per_second,
                    burst: limit.burst,
                })
                .collect(),
            settings: account::fields(registration).map(Setting::new).collect(),
            json_schema: json_schema(registration.platform, registration.fields),
        })
    }

    fn text(&self) -> String {
        let aliases = match self.aliases {
            [] => String::new(),
            aliases => format!(", also called {}", aliases.join(", ")),
        };
        let mut text = format!(
            "{} ({}{aliases})\n  modes: {}\n  address: {}\n\nStreams\n",
            self.title,
            self.platform,
            self.modes.join(", "),
            self.base_url
        );
        for stream in &self.streams {
            text.push_str(&format!("  {}: {}\n", stream.name, stream.text()));
        }
        text.push_str("\nCommands\n");
        if self.commands.is_empty() {
            text.push_str("  none: this platform is read only\n");
        }
        for command in &self.commands {
            let note = if command.note.is_empty() { String::new() } else { format!("; {}", command.note) };
            text.push_str(&format!("  {}: up to {} a call{note}\n", command.name, command.batch));
        }
        text.push_str("\nLimits\n");
        if self.limits.is_empty() {
            text.push_str("  none documented\n");
        }
        for limit in &self.limits {
            let operation = if limit.operation == "*" { "every operation" } else { limit.operation };
            text.push_str(&format!(
                "  {operation}: {} calls/s, burst {}, counted per {}\n",
                limit.per_second, limit.burst, limit.scope
            ));
        }
        text.push_str("\nSettings (runner connectors set NAME --set KEY=VALUE, or --secret KEY)\n");
        for setting in &self.settings {
            let mut notes = vec![setting.takes.clone()];
            if setting.required {
                notes.push("required in api mode".to_owned());
            }
            notes.extend(setting.default.map(|default| format!("default: {default}")));
            notes.extend(setting.env.map(|name| format!("environment: {name}")));
            text.push_str(&format!(
                "  {} ({})\n      {}. {}\n",
                setting.name,
                notes.join("; "),
                setting.label,
                setting.help
            ));
        }
        text
    }
}

/// The platforms for people: a table of all, or all about the one.
#[must_use]
pub fn text(platforms: &[Platform], is_detailed: bool) -> String {
    if is_detailed {
        return platforms.iter().map(Platform::text).collect::<Vec<_>>().join("\n");
    }
    let mut table = Table::new(&["Platform", "Name", "Also", "Modes", "Streams", "Commands"]);
    for platform in platforms {
        let streams: Vec<&str> = platform.streams.iter().map(|stream| stream.name).collect();
        table.row([
            platform.platform.to_owned(),
            platform.title.to_owned(),
            platform.aliases.join(", "),
            platform.modes.join(", "),
            streams.join(", "),
            platform.commands.len().to_string(),
        ]);
    }
    format!("{}\nSettings and limits of one: runner platforms NAME\n", table.text())
}

impl Stream {
    fn new(spec: &'static connector_core::StreamSpec) -> Self {
        let (sync, window) = match spec.sync {
            SyncMode::Snapshot => ("snapshot", None),
            SyncMode::Incremental { max_window, overlap, settle } => {
                ("incremental", Some((max_window, overlap, settle)))
            }
            SyncMode::Daily { .. } => ("daily", None),
        };
        let resettle_days = match spec.sync {
            SyncMode::Daily { resettle_days, .. } => Some(resettle_days),
            _ => None,
        };
        Self {
            name: spec.name,
            sync,
            max_window_seconds: window.map(|(max_window, ..)| max_window.as_secs()),
            overlap_seconds: window.map(|(_, overlap, _)| overlap.as_secs()),
            settle_seconds: window.map(|(.., settle)| settle.as_secs()),
            resettle_days,
            details_batch: spec.details.map(|details| details.batch),
            reread: spec.reread.map(|reread| RereadView {
                states: reread.states.iter().map(|state| state.name()).collect(),
                every_seconds: reread.every.as_secs(),
                max_age_seconds: reread.max_age.as_secs(),
            }),
            census_max_window_seconds: spec.census.map(|census| census.max_window.as_secs()),
            on_request: spec.on_request,
        }
    }

    fn text(&self) -> String {
        let span = |seconds: u64| span_text(Duration::from_secs(seconds));
        let mut parts = Vec::new();
        if self.on_request {
            parts.push("read when asked for by name".to_owned());
        }
        match (self.max_window_seconds, self.overlap_seconds, self.settle_seconds) {
            (Some(window), Some(overlap), Some(settle)) => parts.push(format!(
                "by time of change, windows up to {}, overlap {}, ends {} before now",
                span(window),
                span(overlap),
                span(settle)
            )),
            _ => parts.push(match self.resettle_days {
                Some(days) => format!("by whole days, the last {days} and today again each time"),
                None => "read whole each time".to_owned(),
            }),
        }
        if let Some(batch) = self.details_batch {
            parts.push(format!("details {batch} at a time"));
        }
        if let Some(reread) = &self.reread {
            parts.push(format!(
                "{} read again every {} up to {} after the order",
                reread.states.join(", "),
                span(reread.every_seconds),
                span(reread.max_age_seconds)
            ));
        }
        if let Some(window) = self.census_max_window_seconds {
            parts.push(format!("can be verified, {} at a time", span(window)));
        }
        parts.join("; ")
    }
}

impl Setting {
    fn new(field: &'static connector_core::Field) -> Self {
        Self {
            name: field.name,
            label: field.label,
            help: field.help,
            kind: match field.kind {
                FieldKind::Text => "text",
                FieldKind::Url => "url",
                FieldKind::Integer(..) => "integer",
                FieldKind::Boolean => "boolean",
                FieldKind::Choice(_) => "choice",
                FieldKind::Secret => "secret",
            },
            takes: kind_text(field),
            required: field.required,
            secret: field.is_secret(),
            default: field.default,
            env: field.env,
        }
    }
}

/// A field's kind, for people.
fn kind_text(field: &connector_core::Field) -> String {
    match field.kind {
        FieldKind::Text => "text".to_owned(),
        FieldKind::Url => "address".to_owned(),
        FieldKind::Integer(least, most) => format!("{least} to {most}"),
        FieldKind::Boolean => "true or false".to_owned(),
        FieldKind::Choice(words) => words.join(" or "),
        FieldKind::Secret => "secret".to_owned(),
    }
}

/// `30 days`, `24 h`, `10 min`, `5 s`.
fn span_text(span: Duration) -> String {
    match span.as_secs() {
        0 => "0 s".to_owned(),
        seconds if seconds > 86_400 && seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
        seconds if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        for (seconds, text) in
            [(0, "0 s"), (90, "90 s"), (600, "10 min"), (86_400, "24 h"), (2_592_000, "30 days")]
        {
            assert_eq!(span_text(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn lists_exactly_what_is_registered() {
        let listed: Vec<&str> = platforms(None).expect("sound crates").iter().map(|p| p.platform).collect();
        let registered: Vec<&str> =
            registry::all().expect("no duplicates").iter().map(|r| r.platform).collect();
        assert_eq!(listed, registered);
        let table = text(&platforms(None).expect("sound crates"), false);
        for name in registered {
            assert!(table.contains(name), "{name} is missing in:\n{table}");
        }
    }

    #[test]
    fn an_unknown_platform_is_refused() {
        assert!(platforms(Some("nowhere")).expect_err("unknown").to_string().contains("nowhere"));
    }
}
