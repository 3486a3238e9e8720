//! The connectors that are linked into this binary.

use std::sync::Arc;

use serde_json::Value;

use crate::config::Field;
use crate::connector::Connector;
use crate::error::{Error, ErrorKind, Result};

/// What a platform crate submits with `inventory::submit!`.
pub struct Registration {
    /// The key in connector rows: `smartstore`.
    pub platform: &'static str,
    /// Other names that people use for it.
    pub aliases: &'static [&'static str],
    /// The platform's name for people.
    pub title: &'static str,
    /// The settings beside the common ones.
    pub fields: &'static [Field],
    /// Makes a connector from a row's settings (its own fields only, secrets opened).
    pub build: fn(Value) -> Result<Arc<dyn Connector>>,
    /// The scenario that fixture mode replays, as JSON text.
    pub fixture: &'static str,
    /// Settings that make `build` work in fixture mode, as JSON text.
    pub fixture_settings: &'static str,
    /// Commands that the scenario answers, one at least of each that the connector declares: a JSON list of
    /// [`crate::Action`]s, each with the platform's object of its target beside it as `raw`. `[]` where it declares none.
    pub fixture_commands: &'static str,
    /// Names of JSON fields that hold personal data, which `runner record` blanks.
    pub personal_fields: &'static [&'static str],
}

inventory::collect!(Registration);

/// All registrations, sorted by platform.
///
/// # Errors
/// `Config` when two crates claim one name.
pub fn all() -> Result<Vec<&'static Registration>> {
    sorted(inventory::iter::<Registration>.into_iter().collect())
}

fn sorted(mut found: Vec<&'static Registration>) -> Result<Vec<&'static Registration>> {
    found.sort_by_key(|registration| registration.platform);
    let mut names: Vec<&str> =
        found.iter().flat_map(|r| std::iter::once(r.platform).chain(r.aliases.iter().copied())).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::config(format!("two connector crates claim the name {:?}", pair[0]))
            .with_fix("remove one of them from the binary"));
    }
    Ok(found)
}

/// The registration of a platform key or alias.
///
/// # Errors
/// `Config`, listing what there is.
pub fn find(name: &str) -> Result<&'static Registration> {
    let all = all()?;
    all.iter().copied().find(|r| r.platform == name || r.aliases.contains(&name)).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|r| r.platform).collect();
        Error::new(ErrorKind::Config, format!("no connector for platform {name:?}"))
            .with_fix(format!("use one of: {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(platform: &'static str, aliases: &'static [&'static str]) -> &'static Registration {
        Box::leak(Box::new(Registration {
            platform,
            aliases,
            title: "",
            fields: &[],
            build: |_| Err(Error::unsupported("building")),
            fixture: "{}",
            fixture_settings: "{}",
            fixture_commands: "[]",
            personal_fields: &[],
        }))
    }

    #[test]
    fn sorts_and_refuses_duplicates() {
        let found = sorted(vec![registration("b", &[]), registration("a", &["c"])]).expect("distinct names");
        assert_eq!(found.iter().map(|r| r.platform).collect::<Vec<_>>(), ["a", "b"]);
        assert!(sorted(vec![registration("a", &[]), registration("a", &[])]).is_err());
        assert!(sorted(vec![registration("a", &["b"]), registration("b", &[])]).is_err());
    }
}
