//! A connector row as it is shown.

use connector_core::{registry, time};
use serde::Serialize;
use serde_json::{Map, Value};
use storage::ConnectorRow;

use crate::account::{self, SEALED};

/// Where a row says that a person has to grant access again.
const AUTHORIZATION: &str = "oauth_state";

/// A row for people and machines; no secret is in it.
#[derive(Debug, Serialize)]
pub(super) struct RowView {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) mode: String,
    pub(super) enabled: bool,
    pub(super) config: Map<String, Value>,
    /// Why settings written by hand cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config_fault: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    /// Who works on the account, if the claim has not lapsed as far as our clock tells.
    pub(super) running: Option<String>,
}

impl RowView {
    pub(super) fn new(row: &ConnectorRow) -> Self {
        let now = connector_core::Clock::system().now();
        Self {
            id: row.id,
            name: row.name.clone(),
            platform: row.platform.clone(),
            mode: row.mode.clone(),
            enabled: row.enabled,
            config: shown_config(row),
            config_fault: row.config_fault.clone(),
            created_at: time::kst_text(row.created_at),
            updated_at: time::kst_text(row.updated_at),
            running: row.lease_until.filter(|until| *until > now).and(row.lease_owner.clone()),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{} (id {})\n  platform  {}\n  mode      {}\n  enabled   {}\n  added     {}\n  changed   {}\n",
            self.name,
            self.id,
            self.platform,
            mode_text(&self.mode),
            if self.enabled { "yes" } else { "no" },
            self.created_at,
            self.updated_at,
        );
        if let Some(owner) = &self.running {
            text.push_str(&format!("  running   {owner}\n"));
        }
        text.push_str("  settings\n");
        if let Some(fault) = &self.config_fault {
            text.push_str(&format!("    cannot be read: {fault}\n"));
        } else if self.config.is_empty() {
            text.push_str("    none: defaults and environment hold\n");
        }
        for (name, value) in &self.config {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            text.push_str(&format!("    {name} = {}\n", crate::output::printable(&value)));
        }
        text
    }
}

fn mode_text(mode: &str) -> String {
    match mode {
        "api" => "api (live calls)".to_owned(),
        "fixture" => "fixture (built-in sample, no network)".to_owned(),
        other => format!("{other} (neither api nor fixture: it will not run)"),
    }
}

/// The settings of a row that may be shown. Whatever is not known to be harmless is hidden: a secret may stand there
/// as plain text, under its own name or a misspelled one.
fn shown_config(row: &ConnectorRow) -> Map<String, Value> {
    let registration = registry::find(&row.platform).ok();
    let shown = |name: &str, value: Value| {
        let field = registration.and_then(|registration| account::field(registration, name).ok());
        match (field, value.as_str()) {
            (_, Some(SEALED)) => value,
            // Written by this program, and free of secrets.
            _ if name == AUTHORIZATION => value,
            (Some(field), _) if !field.is_secret() => value,
            (Some(_), _) => Value::from("[hidden: plain text, sealed at the next run]"),
            (None, _) => Value::from("[hidden: unknown setting]"),
        }
    };
    row.public_config().into_iter().map(|(name, value)| (name.clone(), shown(&name, value))).collect()
}
