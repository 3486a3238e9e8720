//! Laws on registration, settings and spec: what can be said before any call.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::scene::Subject;
use super::{Verdict, beside, broken, ensure};
use crate::config::{COMMON_FIELDS, Field, FieldKind, Secret, json_schema};
use crate::connector::{FetchRequest, StreamSpec, SyncMode, Wanted};
use crate::error::{Error, ErrorKind};
use crate::registry::find;
use crate::sync::{MemoryStore, Window, census, refetch};

pub(super) async fn is_found_by_its_names(subject: &Subject) -> Verdict {
    let registration = subject.registration;
    for name in std::iter::once(&registration.platform).chain(registration.aliases) {
        let found = find(name)?;
        ensure(std::ptr::eq(found, registration), || format!("{name:?} finds {}", found.platform))?;
    }
    Ok(())
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && is_name(name)
}

/// What people call a platform may begin with a digit; it is no number, which would be a row's id.
fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    name.chars().all(inner) && name.contains(|c: char| c.is_ascii_lowercase())
}

pub(super) async fn names_are_well_formed(subject: &Subject) -> Verdict {
    let registration = subject.registration;
    let spec = subject.connector()?.spec();
    for alias in registration.aliases {
        ensure(is_name(alias), || format!("{alias:?} is no lower-case name"))?;
    }
    let names = std::iter::once(registration.platform)
        .chain(registration.fields.iter().map(|field| field.name))
        .chain(spec.streams.iter().map(|stream| stream.name));
    for name in names {
        ensure(is_word(name), || format!("{name:?} is no lower-case word"))?;
    }
    ensure(!registration.title.trim().is_empty(), || "there is no title".into())?;
    for field in registration.fields {
        let filled = !field.label.trim().is_empty() && !field.help.trim().is_empty();
        ensure(filled, || format!("{} has no label or no help", field.name))?;
        let common = COMMON_FIELDS.iter().any(|common| common.name == field.name);
        ensure(!common, || format!("{} is a common setting", field.name))?;
    }
    let distinct: BTreeSet<&str> = registration.fields.iter().map(|field| field.name).collect();
    ensure(distinct.len() == registration.fields.len(), || "two settings have one name".into())
}

pub(super) async fn settings_build_a_connector(subject: &Subject) -> Verdict {
    let connector = subject.connector()?;
    let address = connector.base_url();
    ensure(address.starts_with("http") && !address.ends_with('/'), || format!("the address is {address:?}"))?;
    ensure(!connector.application().is_empty(), || "the application has no name".into())?;
    let fixture = serde_json::from_str(subject.registration.fixture_settings)
        .map_err(|error| broken(format!("fixture_settings are no JSON: {error}")))?;
    (subject.registration.build)(fixture)?;
    Ok(())
}

impl Subject {
    /// The error that settings are refused with; `None` when they are taken.
    fn refusal(&self, settings: Value) -> Option<Error> {
        (self.registration.build)(settings).err()
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut settings = self.settings.clone();
        settings[name] = value;
        settings
    }

    fn without(&self, name: &str) -> Value {
        let mut settings = self.settings.as_object().cloned().unwrap_or_else(Map::new);
        settings.remove(name);
        settings.into()
    }
}

pub(super) async fn an_unknown_setting_is_refused(subject: &Subject) -> Verdict {
    let Some(error) = subject.refusal(subject.with("no_such_setting", json!("x"))) else {
        return Err(broken("no_such_setting is taken: derive with deny_unknown_fields"));
    };
    let named = error.kind() == ErrorKind::Config && error.to_string().contains("no_such_setting");
    ensure(named, || format!("it does not name the setting: {error:?}"))
}

pub(super) async fn a_missing_setting_is_named(subject: &Subject) -> Verdict {
    for field in subject.registration.fields {
        match (subject.refusal(subject.without(field.name)), field.required) {
            (None, true) => return Err(broken(format!("{} is required and can be left out", field.name))),
            (Some(error), true) => {
                let named = error.kind() == ErrorKind::Config && error.to_string().contains(field.name);
                ensure(named, || format!("without {}: {error:?}", field.name))?;
            }
            (Some(error), false) => {
                return Err(broken(format!("{} is not required, yet: {error:?}", field.name)));
            }
            (None, false) => {}
        }
    }
    Ok(())
}

/// A value that a form would take for that setting.
fn sample(field: &Field) -> Value {
    match field.kind {
        FieldKind::Text | FieldKind::Secret => json!("sample-text"),
        FieldKind::Url => json!("http://127.0.0.1:9/api"),
        FieldKind::Integer(least, _) => json!(least),
        FieldKind::Boolean => json!(true),
        FieldKind::Choice(words) => json!(words.first()),
    }
}

pub(super) async fn every_declared_setting_is_taken(subject: &Subject) -> Verdict {
    for field in subject.registration.fields {
        let value = subject.settings.get(field.name).cloned().unwrap_or_else(|| sample(field));
        // A value may be wrong beside the others; the setting itself must be known.
        if let Some(error) = subject.refusal(subject.with(field.name, value)) {
            let unknown = error.to_string().contains("unknown field");
            ensure(!unknown, || format!("{} is declared and not taken: {error}", field.name))?;
        }
    }
    let declared: Vec<&str> = subject.registration.fields.iter().map(|field| field.name).collect();
    let samples = subject.settings.as_object().into_iter().flatten();
    for (name, _) in samples {
        ensure(declared.contains(&name.as_str()), || format!("{name} is taken and not declared"))?;
    }
    Ok(())
}

pub(super) async fn the_schema_lists_every_setting(subject: &Subject) -> Verdict {
    let fields = subject.registration.fields;
    let schema = json_schema(subject.registration.platform, fields);
    for field in fields.iter().chain(COMMON_FIELDS) {
        let property = &schema["properties"][field.name];
        ensure(property.is_object(), || format!("{} is not in the schema", field.name))?;
        let hidden = property["writeOnly"] == true;
        ensure(hidden == field.is_secret(), || format!("{}: writeOnly is {hidden}", field.name))?;
        let required = schema["required"].as_array().is_some_and(|list| list.contains(&json!(field.name)));
        ensure(required == field.required, || format!("{}: required is {required}", field.name))?;
    }
    ensure(schema["additionalProperties"] == false, || "unknown settings are not refused".into())
}

pub(super) async fn secrets_are_declared_secret(subject: &Subject) -> Verdict {
    for field in subject.registration.fields {
        let sounds_secret = ["secret", "password", "token", "api_key"].iter().any(|w| field.name.contains(w));
        ensure(!sounds_secret || field.is_secret(), || format!("{} is no secret", field.name))?;
        if let Some(value) = subject.settings.get(field.name).filter(|_| field.is_secret()) {
            let long = value.as_str().is_some_and(|text| text.len() >= 8);
            ensure(long, || format!("the sample of {} is too short to be looked for", field.name))?;
        }
    }
    Ok(())
}

pub(super) async fn the_address_can_be_set(subject: &Subject) -> Verdict {
    if !subject.registration.fields.iter().any(|field| field.name == "base_url") {
        return Err(broken("there is no setting base_url: tests, proxies and the simulator need one"));
    }
    for (given, called) in [
        ("http://127.0.0.1:9/api", "http://127.0.0.1:9/api"),
        ("http://127.0.0.1:9/api/", "http://127.0.0.1:9/api"),
    ] {
        let connector = (subject.registration.build)(subject.with("base_url", json!(given)))?;
        let address = connector.base_url();
        ensure(address == called, || format!("base_url {given:?} leads to {address:?}"))?;
    }
    Ok(())
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

pub(super) async fn the_spec_is_sound(subject: &Subject) -> Verdict {
    let spec = subject.connector()?.spec();
    ensure(!spec.streams.is_empty(), || "there is no stream".into())?;
    let names: BTreeSet<&str> = spec.streams.iter().map(|stream| stream.name).collect();
    ensure(names.len() == spec.streams.len(), || "two streams have one name".into())?;
    for stream in spec.streams {
        sound(stream).map_err(|what| broken(format!("{}: {what}", stream.name)))?;
    }
    Ok(())
}

fn sound(stream: &StreamSpec) -> Result<(), &'static str> {
    match stream.sync {
        SyncMode::Snapshot => {}
        SyncMode::Incremental { max_window, settle, overlap } => {
            if max_window.is_zero() || delta(max_window) > TimeDelta::days(366) {
                return Err("max_window is not between nothing and a year");
            }
            if settle >= max_window || overlap >= max_window {
                return Err("settle and overlap must be shorter than a window");
            }
        }
        SyncMode::Daily { stride_days, resettle_days } => {
            if stride_days == 0 || resettle_days > 366 {
                return Err("a stride is a day or more, and days settle within a year");
            }
        }
    }
    if stream.details.is_some_and(|details| details.batch == 0) {
        return Err("a batch of details is empty");
    }
    if stream.reread.is_some_and(|reread| reread.every.is_zero() || reread.states.is_empty()) {
        return Err("a re-read needs states and an interval");
    }
    if stream.census.is_some_and(|census| census.max_window.is_zero()) {
        return Err("the census has no window");
    }
    Ok(())
}

pub(super) async fn limits_cover_every_operation(subject: &Subject) -> Verdict {
    let limits = subject.connector()?.spec().limits;
    let names: BTreeSet<&str> = limits.iter().map(|limit| limit.operation).collect();
    ensure(names.len() == limits.len(), || "two limits name one operation".into())?;
    ensure(names.contains("*"), || {
        "no limit named \"*\" covers the operations without one of their own".into()
    })?;
    for limit in limits {
        let sane = limit.per_second.is_finite() && limit.per_second > 0.0 && limit.burst > 0;
        ensure(sane, || {
            format!("{}: {} a second, {} at once", limit.operation, limit.per_second, limit.burst)
        })?;
    }
    Ok(())
}

pub(super) async fn an_unknown_stream_is_refused(subject: &Subject) -> Verdict {
    let refused = subject.connector()?.spec().stream("no-such-stream").err();
    let kind = refused.as_ref().map(Error::kind);
    ensure(kind == Some(ErrorKind::Unsupported), || format!("{refused:?}"))
}

pub(super) async fn what_is_not_declared_is_refused(subject: &Subject) -> Verdict {
    let scene = subject.scene()?;
    let mut tried = false;
    for stream in scene.streams() {
        if stream.details.is_none() {
            tried = true;
            let keys = vec![Wanted { key: "1".into(), changed_at: None }];
            let request = FetchRequest { stream, keys };
            let fetched = scene.client.connector().fetch(&scene.client, &request).await;
            is_unsupported(stream, "fetching by key", fetched.err())?;
            let again = refetch(&scene.client, stream, &MemoryStore::new(), &["1".to_owned()]).await;
            is_unsupported(stream, "fetching again", again.err())?;
        }
        if stream.census.is_none() {
            tried = true;
            let window = Window { from: scene.now - TimeDelta::days(1), to: scene.now };
            let counted = census(&scene.client, stream, window).await;
            is_unsupported(stream, "a census", counted.err())?;
        }
    }
    let asked = scene.log.exchanges().len();
    ensure(asked == 0, || format!("{asked} calls were made for what is not offered"))?;
    if tried { Ok(()) } else { Err(beside("every stream offers both")) }
}

fn is_unsupported(stream: &StreamSpec, what: &str, error: Option<Error>) -> Verdict {
    let kind = error.as_ref().map(Error::kind);
    ensure(kind == Some(ErrorKind::Unsupported), || format!("{}: {what}: {error:?}", stream.name))
}

pub(super) async fn a_consent_carries_its_state_and_no_secret(subject: &Subject) -> Verdict {
    let scene = subject.scene()?;
    let connector = subject.connector()?;
    let Some(consent) = connector.consent("sample-state-1") else {
        let refused = scene.client.redeem(&Secret::new("sample-code")).await;
        let kind = refused.err().map(|error| error.kind());
        ensure(kind == Some(ErrorKind::Unsupported), || format!("a code ends in {kind:?}"))?;
        return Err(beside("there is no consent"));
    };
    ensure(consent.address.contains("sample-state-1"), || "the state is not in the address".into())?;
    // The address must name the application, whose id may be sealed; all other secrets stay at home.
    for secret in subject.secrets().iter().filter(|secret| *secret != connector.application()) {
        ensure(!consent.address.contains(secret), || "a secret is in the address".into())?;
    }
    Ok(())
}
