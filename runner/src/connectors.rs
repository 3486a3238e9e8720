//! The commands on connector rows.

mod view;

use connector_core::{Mode, Registration, Secret, registry};
use serde::Serialize;
use serde_json::{Map, Value};
use storage::{ConnectorChange, ConnectorRow, NewConnector, StorageError};

use crate::account;
use crate::authorize;
use crate::check::{self, CheckReport};
use crate::cli::{AddArgs, ConnectorsCommand, RemoveArgs, SetArgs};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::output::{Output, Table, counted};
use crate::secrets;
use crate::selection::{Scope, select, select_one};
use view::RowView;

/// Carries out a command on connector rows; returns the exit code.
///
/// # Errors
/// `Usage` for what is wrong on the command line, else what the database says.
pub async fn run(context: &Context, command: ConnectorsCommand, output: Output) -> Result<u8> {
    match command {
        ConnectorsCommand::List => list(context, output).await,
        ConnectorsCommand::Show { name } => {
            let row = select_one(&context.storage.connectors().await?, &name)?;
            output.show(&RowView::new(&row), RowView::text)?;
            Ok(0)
        }
        ConnectorsCommand::Add(args) => add(context, args, output).await,
        ConnectorsCommand::Set(args) => set(context, args, output).await,
        ConnectorsCommand::Enable { names } => switch(context, &names, true, output).await,
        ConnectorsCommand::Disable { names } => switch(context, &names, false, output).await,
        ConnectorsCommand::Remove(args) => remove(context, args, output).await,
        ConnectorsCommand::Authorize(args) => authorize::run(context, args, output).await,
        ConnectorsCommand::Check { names } => check(context, &names, output).await,
    }
}

async fn list(context: &Context, output: Output) -> Result<u8> {
    let rows = context.storage.connectors().await?;
    let views: Vec<RowView> = rows.iter().map(RowView::new).collect();
    output.show(&views, |views| {
        if views.is_empty() {
            return "No connectors yet. Try the built-in sample: runner --connector smartstore\n\
                    Your own account: runner connectors add --help"
                .to_owned();
        }
        let mut table = Table::new(&["#Id", "Name", "Platform", "Mode", "Enabled", "Running"]);
        for view in views {
            table.row([
                view.id.to_string(),
                view.name.clone(),
                view.platform.clone(),
                view.mode.clone(),
                if view.enabled { "yes" } else { "no" }.to_owned(),
                view.running.clone().unwrap_or_else(|| "-".to_owned()),
            ]);
        }
        table.text()
    })?;
    Ok(0)
}

async fn add(context: &Context, args: AddArgs, output: Output) -> Result<u8> {
    let registration = registry::find(&args.platform)?;
    let name = args.name.unwrap_or_else(|| registration.platform.to_owned());
    refuse_bad_name(&name)?;
    let config = secrets::settings(registration, &args.settings)?;
    let fields = secrets::fields(registration, &args.secrets)?;
    if context.storage.connectors().await?.iter().any(|row| row.name == name) {
        return Err(Error::usage(
            format!("there is a connector {name:?} already"),
            format!("give it another --name, or change it: runner connectors set {name} …"),
        ));
    }
    let secrets = secrets::ask(&fields)?;
    let notes = validate(registration, &args.mode, &name, None, config.clone(), &secrets)?;
    if !secrets.is_empty() {
        context.ensure_key()?;
    }
    let new = NewConnector {
        platform: registration.platform.to_owned(),
        name,
        mode: args.mode,
        enabled: !args.disabled,
        config,
        secrets,
    };
    let row = context.storage.add_connector(new).await?;
    tell(&row, "Added", &notes, output)?;
    Ok(0)
}

async fn set(context: &Context, args: SetArgs, output: Output) -> Result<u8> {
    let row = select_one(&context.storage.connectors().await?, &args.connector)?;
    let registration = registry::find(&row.platform)?;
    if let Some(name) = &args.name {
        refuse_bad_name(name)?;
    }
    let set = secrets::settings(registration, &args.settings)?;
    let fields = secrets::fields(registration, &args.secrets)?;
    let unset = args.unset;
    // Names that the row holds may go even when the platform does not know them.
    for name in unset.iter().filter(|name| !row.config.contains_key(*name)) {
        account::field(registration, name)?;
    }
    if set.is_empty() && fields.is_empty() && unset.is_empty() && args.name.is_none() && args.mode.is_none() {
        return Err(Error::usage(
            "nothing to change",
            "use --set KEY=VALUE, --unset KEY, --secret KEY, --mode or --name",
        ));
    }
    let secrets = secrets::ask(&fields)?;

    let change = ConnectorChange { name: args.name, mode: args.mode, enabled: None, set, unset, secrets };
    let (change, notes) = prepare_change(context, &row, change, Strictness::Refuse).await?;
    let row = context.storage.update_connector(row.id, change).await?;
    tell(&row, "Changed", &notes, output)?;
    Ok(0)
}

/// What is to become of settings that the connector itself does not take, though each is well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// They are refused.
    Refuse,
    /// They are kept, and what is wrong is told.
    Tell,
}

impl Strictness {
    fn apply(self, validated: Result<Vec<String>>) -> Result<Vec<String>> {
        match (self, validated) {
            (Self::Tell, Err(Error::Core(error))) => Ok(vec![format!("{error}. Fix: {}", error.fix())]),
            (_, validated) => validated,
        }
    }
}

/// Proves that an account of a user's could be made with these settings, secrets among them, and that secrets can be sealed.
/// Returns what the user should know.
///
/// # Errors
/// `Config` for an unknown platform or mode, `Usage` when there is no key and none can be made.
pub(crate) fn prepare_account(
    context: &Context,
    platform: &str,
    mode: &str,
    settings: Map<String, Value>,
) -> Result<Vec<String>> {
    let registration = registry::find(platform)?;
    Mode::from_name(mode)?;
    // Whoever asks has no claim to the environment's credentials.
    let some_user = Some(0);
    let notes = Strictness::Tell.apply(validate(registration, mode, platform, some_user, settings, &[]))?;
    context.ensure_key()?;
    Ok(notes)
}

/// Proves that a change leaves a row that can be built, and adds to it what else has to change with it: tokens that belong to
/// another credential. Makes sure that secrets can be sealed. Returns what the person should know, too.
///
/// # Errors
/// `Config` for what is wrong with the settings, `Usage` when there is no key, else what the database says.
pub(crate) async fn prepare_change(
    context: &Context,
    row: &ConnectorRow,
    mut change: ConnectorChange,
    strictness: Strictness,
) -> Result<(ConnectorChange, Vec<String>)> {
    let registration = registry::find(&row.platform)?;
    let mode = change.mode.as_deref().unwrap_or(&row.mode);
    let mut notes = Vec::new();
    match context.storage.open_secrets(row).await {
        Ok(mut config) => {
            config.retain(|name, _| !change.unset.contains(name));
            config.extend(change.set.clone());
            let name = change.name.as_deref().unwrap_or(&row.name);
            let validated = validate(registration, mode, name, row.owner_id, config, &change.secrets);
            notes = strictness.apply(validated)?;
        }
        // The way out of a lost key is to set the secrets again.
        Err(StorageError::Sealing(reason)) if !change.secrets.is_empty() => {
            notes.push(format!("The other secrets of this connector cannot be opened: {reason}"));
        }
        Err(error) => return Err(error.into()),
    }
    if !change.secrets.is_empty() {
        context.ensure_key()?;
    }
    if drops_tokens(registration, &change.set, &change.unset, &change.secrets)
        && row.config.contains_key(TOKENS)
    {
        change.unset.push(TOKENS.to_owned());
    }
    Ok((change, notes))
}

/// Where tokens are kept in a row.
const TOKENS: &str = "oauth_tokens";

/// Tokens belong to one credential at one address: with either changed they must not be sent.
fn drops_tokens(
    registration: &'static Registration,
    set: &Map<String, Value>,
    unset: &[String],
    secrets: &[(String, Secret)],
) -> bool {
    let identifies = |name: &str| {
        account::field(registration, name).is_ok_and(|field| {
            field.is_secret() || field.env.is_some() || field.kind == connector_core::FieldKind::Url
        })
    };
    !secrets.is_empty() || set.keys().chain(unset).any(|name| identifies(name))
}

/// Builds the connector once, when all that it needs is there; returns what the person should know.
fn validate(
    registration: &'static Registration,
    mode: &str,
    name: &str,
    owner_id: Option<i64>,
    mut config: Map<String, Value>,
    secrets: &[(String, Secret)],
) -> Result<Vec<String>> {
    let mode = Mode::from_name(mode)?;
    let mut notes = Vec::new();
    for field in account::fields(registration) {
        if config.get(field.name).is_some_and(|value| account::is_in_the_clear(field, value)) {
            notes.push(format!(
                "Warning: {} is http to another machine: credentials and orders travel in the clear; use https.",
                field.name
            ));
        }
    }
    for (name, secret) in secrets {
        config.insert(name.clone(), Value::from(secret.expose()));
    }
    let resolved = account::resolve(registration, mode, config, |name| account::environment(owner_id, name))?;
    if let Err(missing) = resolved.refuse_missing(name) {
        notes.push(format!("It cannot run yet: {missing}. Fix: {}", missing.fix()));
        return Ok(notes);
    }
    let taken: Vec<&str> = resolved.from_environment.iter().filter_map(|field| field.env).collect();
    if !taken.is_empty() {
        notes.push(format!("Not in the row, read from the environment at each run: {}.", taken.join(", ")));
    }
    (registration.build)(Value::Object(resolved.own))?;
    Ok(notes)
}

fn refuse_bad_name(name: &str) -> Result<()> {
    if !storage::is_connector_name(name) {
        return Err(Error::usage(
            format!("{name:?} is no good name for a connector"),
            "1 to 64 characters, not only digits, no comma, no '-' at the start, no blanks at the ends",
        ));
    }
    Ok(())
}

fn tell(row: &ConnectorRow, what: &str, notes: &[String], output: Output) -> Result<()> {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(flatten)]
        row: RowView,
        notes: &'a [String],
    }
    let told = Told { row: RowView::new(row), notes };
    output.show(&told, |told| {
        let mut text = format!("{what} {}", told.row.text());
        for note in told.notes {
            text.push_str(&format!("{note}\n"));
        }
        text.push_str(&match row.mode.as_str() {
            "api" => format!("Next: runner connectors check {}\n", row.name),
            _ => format!("Next: runner --connector {}\n", row.name),
        });
        text
    })?;
    Ok(())
}

async fn switch(context: &Context, names: &[String], enabled: bool, output: Output) -> Result<u8> {
    let rows = select(&context.storage.connectors().await?, names, Scope::All)?;
    let mut views = Vec::new();
    for row in rows {
        let change = ConnectorChange { enabled: Some(enabled), ..ConnectorChange::default() };
        views.push(RowView::new(&context.storage.update_connector(row.id, change).await?));
    }
    output.show(&views, |views| {
        let word = if enabled { "enabled" } else { "disabled" };
        views.iter().map(|view| format!("{} is {word}.\n", view.name)).collect()
    })?;
    Ok(0)
}

async fn remove(context: &Context, args: RemoveArgs, output: Output) -> Result<u8> {
    let row = select_one(&context.storage.connectors().await?, &args.name)?;
    if !args.yes {
        let data = if args.with_data { " and all that was collected for it" } else { "" };
        return Err(Error::usage(
            format!("this would remove connector {:?} ({}){data}", row.name, row.platform),
            "add --yes to do it",
        ));
    }
    let removed = match context.storage.remove_connector(row.id, args.with_data).await {
        Err(StorageError::Conflict(reason)) => {
            return Err(Error::usage(
                reason,
                "add --with-data to remove that, too, or keep it: runner connectors disable NAME",
            ));
        }
        other => other?,
    };
    let json = serde_json::json!({
        "id": row.id, "name": row.name, "orders": removed.orders, "metrics": removed.metrics, "logs": removed.logs,
    });
    output.show(&json, |_| {
        format!(
            "Removed {}, with {}, {} and {}.",
            row.name,
            counted(removed.orders, "order", "orders"),
            counted(removed.metrics, "figure", "figures"),
            counted(removed.logs, "log line", "log lines")
        )
    })?;
    Ok(0)
}

/// What the check of one row found.
#[derive(Debug, Serialize)]
struct Checked {
    id: i64,
    name: String,
    platform: String,
    mode: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<CheckReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

async fn check(context: &Context, names: &[String], output: Output) -> Result<u8> {
    let mut rows = select(&context.storage.connectors().await?, names, Scope::All)?;
    rows.retain(|row| row.enabled || !names.is_empty());
    let mut checked = Vec::new();
    for row in &rows {
        let (report, error) = match check::check_row(context, row).await {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(error)),
        };
        checked.push(Checked {
            id: row.id,
            name: row.name.clone(),
            platform: row.platform.clone(),
            mode: row.mode.clone(),
            ok: error.is_none(),
            report,
            fix: error.as_ref().map(|error| error.fix().to_owned()),
            error: error.map(|error| error.to_string()),
        });
    }
    output.show(&checked, |checked| {
        if checked.is_empty() {
            return "There is no enabled connector to check.".to_owned();
        }
        let line = |one: &Checked| match (&one.report, &one.error) {
            (Some(report), _) => {
                format!("{} ({}, {}): ok: {}\n", one.name, one.platform, one.mode, report.message)
            }
            (None, error) => format!(
                "{} ({}, {}): failed: {}\n  fix: {}\n",
                one.name,
                one.platform,
                one.mode,
                error.as_deref().unwrap_or_default(),
                one.fix.as_deref().unwrap_or_default()
            ),
        };
        checked.iter().map(line).collect()
    })?;
    Ok(u8::from(checked.iter().any(|one| !one.ok)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_ambiguous_are_refused() {
        for name in ["", " ", "12", "a,b", "-x", " a", "a\u{7}"] {
            assert_eq!(refuse_bad_name(name).expect_err("refused").exit_code(), 2, "{name:?}");
        }
        for name in ["main", "본점", "shop 2", "2nd"] {
            refuse_bad_name(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}
