//! Which connector rows a name means.

use std::collections::HashMap;

use connector_core::{Mode, registry};
use serde_json::Map;
use storage::{ConnectorRow, NewConnector, StorageError};

use crate::context::Context;
use crate::error::{Error, Result};

/// Which rows a name may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Enabled rows; a disabled one that is named is refused.
    Enabled,
    /// All rows, for commands that only read what is stored.
    All,
}

/// The rows that `names` mean, each once, by id: row ids, row names, and platform keys or aliases for all rows of
/// that platform. All rows of the scope when there are no names.
///
/// # Errors
/// `Usage` when a name means nothing, or in scope `Enabled` only what is disabled.
pub fn select(rows: &[ConnectorRow], names: &[String], scope: Scope) -> Result<Vec<ConnectorRow>> {
    let in_scope = |row: &ConnectorRow| scope == Scope::All || row.enabled;
    if names.is_empty() {
        return Ok(rows.iter().filter(|row| in_scope(row)).cloned().collect());
    }
    let mut ids = Vec::new();
    for name in names {
        let meant = matching(rows, name);
        if meant.is_empty() {
            return Err(unknown(rows, name));
        }
        let usable: Vec<i64> = meant.iter().filter(|row| in_scope(row)).map(|row| row.id).collect();
        if usable.is_empty() {
            return Err(Error::usage(
                format!("connector {name:?} is disabled"),
                format!("runner connectors enable {}", meant[0].name),
            ));
        }
        ids.extend(usable);
    }
    Ok(rows.iter().filter(|row| ids.contains(&row.id)).cloned().collect())
}

/// The ids of the rows that `names` mean, for filters of what is stored (none means all), and the names of all rows by id.
///
/// # Errors
/// As [`select`], else what the database says.
pub async fn stored_at(context: &Context, names: &[String]) -> Result<(Vec<i64>, HashMap<i64, String>)> {
    let rows = context.storage.connectors().await?;
    let ids = match names {
        [] => Vec::new(),
        names => select(&rows, names, Scope::All)?.iter().map(|row| row.id).collect(),
    };
    Ok((ids, rows.into_iter().map(|row| (row.id, row.name)).collect()))
}

/// The one row that `name` means.
///
/// # Errors
/// `Usage` when it means none, or several.
pub fn select_one(rows: &[ConnectorRow], name: &str) -> Result<ConnectorRow> {
    // Here a row's own name beats the platform's: the row must be reachable when both are alike.
    if let Some(row) = rows.iter().find(|row| row.name == name) {
        return Ok(row.clone());
    }
    match matching(rows, name).as_slice() {
        [] => Err(unknown(rows, name)),
        [row] => Ok((*row).clone()),
        several => {
            let names: Vec<&str> = several.iter().map(|row| row.name.as_str()).collect();
            Err(Error::usage(
                format!("{name:?} means {} rows", several.len()),
                format!("name one of: {}", names.join(", ")),
            ))
        }
    }
}

/// The rows that the main job works on. A platform that is named and has no row gets one in fixture mode, so that
/// a first run needs nothing else; what was added is told in the second value, one line each.
///
/// # Errors
/// `Usage` as for [`select`], when there is nothing to sync, and when a dry run would have to add a row.
pub async fn select_for_job(
    context: &Context,
    names: &[String],
    dry_run: bool,
) -> Result<(Vec<ConnectorRow>, Vec<String>)> {
    let mut rows = context.storage.connectors().await?;
    let mut news = Vec::new();
    for name in names {
        let Ok(registration) = registry::find(name) else { continue };
        if !matching(&rows, name).is_empty() {
            continue;
        }
        let platform = registration.platform;
        if dry_run {
            return Err(Error::usage(
                format!("there is no row for {platform} yet, and a dry run adds none"),
                format!("leave --dry-run out, or: runner connectors add {platform}"),
            ));
        }
        let new = NewConnector {
            platform: platform.to_owned(),
            name: platform.to_owned(),
            mode: Mode::Fixture.name().to_owned(),
            enabled: true,
            config: Map::new(),
            secrets: Vec::new(),
        };
        match context.storage.add_connector(new).await {
            Ok(_) => news.push(format!(
                "Added connector \"{platform}\" in fixture mode (built-in sample orders, no network). For your own \
                 shop: runner connectors set {platform} --mode api{}",
                secret_options(registration)
            )),
            // Another process was faster: its row serves as well.
            Err(StorageError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        rows = context.storage.connectors().await?;
    }
    let selected = select(&rows, names, Scope::Enabled)?;
    if selected.is_empty() {
        let (message, fix) = if rows.is_empty() {
            let platform = platforms().first().copied().unwrap_or("PLATFORM");
            ("there are no connectors yet", format!("try the built-in sample: runner --connector {platform}"))
        } else {
            ("all connectors are disabled", "runner connectors enable NAME".to_owned())
        };
        return Err(Error::usage(message, fix));
    }
    Ok((selected, news))
}

fn secret_options(registration: &connector_core::Registration) -> String {
    let required = registration.fields.iter().filter(|field| field.required);
    required
        .map(|field| match field.is_secret() {
            true => format!(" --secret {}", field.name),
            false => format!(" --set {}=VALUE", field.name),
        })
        .collect()
}

fn matching<'a>(rows: &'a [ConnectorRow], name: &str) -> Vec<&'a ConnectorRow> {
    if let Some(row) = name.parse::<i64>().ok().and_then(|id| rows.iter().find(|row| row.id == id)) {
        return vec![row];
    }
    let platform = registry::find(name).ok().map(|registration| registration.platform);
    let is_of_platform = |row: &ConnectorRow| {
        row.platform == name
            || platform.is_some()
                && platform == registry::find(&row.platform).ok().map(|registration| registration.platform)
    };
    rows.iter().filter(|row| row.name == name || is_of_platform(row)).collect()
}

fn unknown(rows: &[ConnectorRow], name: &str) -> Error {
    let names: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.name, row.id)).collect();
    let rows = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
    Error::usage(
        format!("no connector or platform is called {name:?}"),
        format!("connectors: {rows}; platforms: {}", platforms().join(", ")),
    )
}

fn platforms() -> Vec<&'static str> {
    registry::all().unwrap_or_default().iter().map(|registration| registration.platform).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_core::Clock;

    fn row(id: i64, platform: &str, name: &str, enabled: bool) -> ConnectorRow {
        let now = Clock::system().now();
        ConnectorRow {
            id,
            owner_id: None,
            platform: platform.into(),
            name: name.into(),
            mode: "fixture".into(),
            enabled,
            config: Map::new(),
            created_at: now,
            updated_at: now,
            lease_owner: None,
            lease_until: None,
            config_fault: None,
            label: None,
            removed_at: None,
        }
    }

    fn rows() -> Vec<ConnectorRow> {
        vec![
            row(1, "smartstore", "smartstore", true),
            row(2, "smartstore", "second", true),
            row(3, "smartstore", "closed", false),
            row(4, "other", "other mall", true),
        ]
    }

    fn ids(names: &[&str], scope: Scope) -> Vec<i64> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        select(&rows(), &names, scope).expect("known names").iter().map(|row| row.id).collect()
    }

    #[test]
    fn a_name_means_an_id_a_row_or_a_platform() {
        assert_eq!(ids(&[], Scope::Enabled), [1, 2, 4]);
        assert_eq!(ids(&["2"], Scope::Enabled), [2]);
        assert_eq!(ids(&["second", "2"], Scope::Enabled), [2]);
        assert_eq!(ids(&["smartstore"], Scope::Enabled), [1, 2], "the platform beside the row of that name");
        assert_eq!(ids(&["smartstore"], Scope::All), [1, 2, 3]);
        assert_eq!(ids(&["other"], Scope::All), [4], "a platform that this binary does not hold");
    }

    #[test]
    fn what_means_nothing_is_refused_with_what_there_is() {
        let error = select(&rows(), &["smartsotre".into()], Scope::All).expect_err("a slip");
        assert_eq!(error.exit_code(), 2);
        assert!(error.fix().contains("other mall (4)"), "{}", error.fix());
        let error = select(&rows(), &["closed".into()], Scope::Enabled).expect_err("disabled");
        assert_eq!(error.fix(), "runner connectors enable closed");
    }

    #[test]
    fn one_row_is_one_row() {
        assert_eq!(select_one(&rows(), "smartstore").expect("its own name").id, 1);
        assert_eq!(select_one(&rows(), "4").expect("an id").id, 4);
        assert_eq!(select_one(&rows(), "other").expect("the only one of its platform").id, 4);
        let rows: Vec<_> = rows().into_iter().skip(1).collect();
        let error = select_one(&rows, "smartstore");
        // Without a row of that name it is the platform, known here by the rows' own column.
        assert!(error.expect_err("two rows").fix().contains("second, closed"));
    }
}
