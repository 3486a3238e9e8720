//! Laws on what must not be seen.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::rows::{Row, edit_rows, leaves, plant};
use super::scene::{Rehearsal, Scene, Setup, Subject};
use super::stage::{Cue, Play, answer};
use super::{Breach, Verdict, beside, ensure};
use crate::http::Credential;

/// What must not be seen: the secrets of the settings and every token.
pub(super) fn canaries(subject: &Subject, credentials: &[Credential]) -> BTreeSet<String> {
    let tokens = credentials.iter().flat_map(|credential| {
        let tokens = std::iter::once(&credential.access_token).chain(&credential.refresh_token);
        tokens.map(|token| token.expose().to_owned()).collect::<Vec<_>>()
    });
    subject.secrets().into_iter().chain(tokens).filter(|canary| canary.len() >= 8).collect()
}

/// The first of `canaries` that stands in `text`, by its first characters.
pub(super) fn seen<'a>(text: &str, canaries: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let found = canaries.into_iter().find(|canary| text.contains(canary.as_str()))?;
    let place = text.find(found.as_str()).unwrap_or_default();
    let before: String = text[..place].chars().rev().take(60).collect();
    Some(format!(
        "{}…, after {:?}",
        found.chars().take(3).collect::<String>(),
        before.chars().rev().collect::<String>()
    ))
}

/// What a scene shows: reports, errors, records and failures.
async fn shown(scene: &Scene) -> String {
    let mut text = String::new();
    let mut show = |what: &dyn std::fmt::Debug| writeln!(text, "{what:?}").expect("a String takes any text");
    show(&scene.check().await);
    show(&scene.client);
    for stream in scene.streams() {
        let report = scene.sync(stream).await;
        if let Some(error) = &report.error {
            show(&format!("{error}; {}", error.fix()));
        }
        show(&report);
        show(&scene.store.records(stream.name));
        for failure in scene.store.failures(stream.name) {
            show(&failure);
            show(&failure.reason);
        }
    }
    scene.log.exchanges().iter().for_each(|exchange| {
        show(&exchange.wire);
        show(&exchange.answer);
    });
    scene.vault.all().iter().for_each(|credential| show(credential));
    text
}

/// Ways in which a platform makes people look at logs.
pub(super) fn troubles(subject: &Subject) -> Vec<super::stage::Director> {
    let mut troubles: Vec<super::stage::Director> =
        vec![Arc::new(|_| Play::Honest), Arc::new(|_| Play::Lose(true))];
    for status in [400, 401, 403, 404, 429, 500] {
        for unsigned in [false, true] {
            let words = subject.words_for(status);
            let status = u16::try_from(status).expect("a status");
            troubles.push(Arc::new(move |cue: &Cue<'_>| match cue.unsigned == unsigned {
                true => Play::Answer(answer(status, &[], words.clone())),
                false => Play::Honest,
            }));
        }
    }
    for body in ["<html>down</html>", "{\"access_token\": ", "[]", "{}"] {
        troubles.push(Arc::new(move |_: &Cue<'_>| Play::Answer(answer(200, &[], body))));
    }
    // A platform that repeats what it was sent.
    troubles.push(Arc::new(|cue: &Cue<'_>| {
        let echo = String::from_utf8_lossy(cue.wire.body.as_deref().unwrap_or_default()).into_owned();
        Play::Answer(answer(500, &[], json!({"sent": echo}).to_string()))
    }));
    troubles
}

pub(super) async fn secrets_stay_out_of_logs_errors_and_debug(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut text = format!("{:?}", subject.connector()?);
    let mut kept = Vec::new();
    for director in troubles(subject) {
        let scene = Scene::new(subject, Setup { director, ..Setup::beyond(&rehearsal) })?;
        text += &shown(&scene).await;
        kept.extend(scene.vault.all());
    }
    let canaries = canaries(subject, &kept);
    if canaries.is_empty() {
        return Err(beside("there are no secrets"));
    }
    let heard = subject.listener.heard();
    ensure(!heard.is_empty(), || "nothing was logged: the law heard nothing".into())?;
    for (place, text) in [("an error or Debug", &text), ("the log", &heard)] {
        if let Some(secret) = seen(text, &canaries) {
            return Err(Breach::Broken(format!("a secret is in {place}: {secret}")));
        }
    }
    Ok(())
}

pub(super) async fn secrets_stay_out_of_addresses(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let canaries = canaries(subject, &rehearsal.scene.vault.all());
    if canaries.is_empty() {
        return Err(beside("there are no secrets"));
    }
    for exchange in rehearsal.known.iter() {
        let query: String = url::form_urlencoded::parse(exchange.wire.query.as_bytes())
            .map(|(name, value)| format!("{name}={value} "))
            .collect();
        let text = format!("{} {} {query}", exchange.wire.url, exchange.wire.query);
        if let Some(secret) = seen(&text, &canaries) {
            return Err(Breach::Broken(format!("a secret is in an address: {secret}")));
        }
    }
    Ok(())
}

pub(super) async fn a_wrong_secret_is_not_quoted(subject: &Subject) -> Verdict {
    let secrets = subject.secrets();
    if secrets.is_empty() {
        return Err(beside("there are no secrets"));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for field in subject.registration.fields.iter().filter(|field| field.is_secret()) {
        let sample = text(subject.settings.get(field.name).unwrap_or(&Value::Null));
        for wrong in [json!([sample]), json!({ "is": sample }), json!(format!("{sample} \u{0}")), json!("")] {
            let mut settings = subject.settings.clone();
            settings[field.name] = wrong;
            let Err(error) = (subject.registration.build)(settings) else { continue };
            if let Some(secret) = seen(&format!("{error:?} {error} {}", error.fix()), &secrets) {
                return Err(Breach::Broken(format!("{} is quoted: {secret}", field.name)));
            }
        }
        let numeric: u64 = 4_815_162_342;
        let mut settings = subject.settings.clone();
        settings[field.name] = json!(numeric);
        if let Err(error) = (subject.registration.build)(settings) {
            let quoted = format!("{error:?}").contains(&numeric.to_string());
            ensure(!quoted, || format!("{} is quoted where it is a number", field.name))?;
        }
    }
    Ok(())
}

/// Mangles the numbers of one row, so that reading it fails and something is said about it.
fn mangle(rehearsal: &Rehearsal) -> impl Fn(&mut Value) + Send + Sync + use<> {
    let wholes: Vec<Value> = rehearsal
        .contents()
        .into_values()
        .filter_map(|contents| serde_json::from_str(contents.values().next()?).ok())
        .collect();
    move |body| {
        for whole in &wholes {
            edit_rows(body, &Row::Whole(whole.clone()), &|row| {
                for (path, leaf) in leaves(row) {
                    if let (true, Some(place)) = (leaf.is_number(), super::rows::at(row, &path)) {
                        *place = json!({"mangled": true});
                    }
                }
            });
        }
    }
}

pub(super) async fn personal_data_stays_out_of_logs_errors_and_debug(subject: &Subject) -> Verdict {
    let names = subject.registration.personal_fields;
    if names.is_empty() {
        return Err(beside("no field is declared personal"));
    }
    let rehearsal = subject.rehearse().await?;
    let planted: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let number = AtomicUsize::new(0);
    let canaries = Arc::clone(&planted);
    let mangle = mangle(&rehearsal);
    let scene = Scene::new(
        subject,
        Setup::beyond(&rehearsal).edited(move |body| {
            mangle(body);
            plant(body, names, false, &|| {
                let canary = format!("pii-canary-{:05}", number.fetch_add(1, Ordering::Relaxed));
                canaries.lock().unwrap_or_else(PoisonError::into_inner).insert(canary.clone());
                canary
            });
        }),
    )?;
    let text = shown(&scene).await;
    let stored = scene.contents().values().map(std::collections::BTreeMap::len).sum::<usize>();
    ensure(stored > 0, || "nothing could be read with other names and numbers in personal fields".into())?;
    let planted = planted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    ensure(!planted.is_empty(), || "the fixture holds none of the personal fields".into())?;
    for (place, text) in [("an error or Debug", &text), ("the log", &subject.listener.heard())] {
        if let Some(canary) = seen(text, &planted) {
            return Err(Breach::Broken(format!("personal data is in {place}: {canary}")));
        }
    }
    Ok(())
}
