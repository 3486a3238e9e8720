//! Laws on what an undisturbed run reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::rows::leaves;
use super::scene::{Scene, Setup, Subject, orders};
use super::stage::{Deed, Exchange, Play};
use super::{Verdict, beside, ensure};
use crate::connector::{Next, ReadRequest, SyncMode, View};
use crate::http::Format;
use crate::record::Record;
use crate::sync::Window;
use crate::time::{kst_date, parse_kst};

pub(super) async fn every_fixture_entry_is_used(subject: &Subject) -> Verdict {
    let unused = subject.rehearse().await?.scene.stage.fixture.unused();
    ensure(unused.is_empty(), || {
        format!("{} entries were never asked for: {}", unused.len(), unused.join("; "))
    })
}

pub(super) async fn every_stream_yields_records(subject: &Subject) -> Verdict {
    for (stream, contents) in subject.rehearse().await?.contents() {
        ensure(!contents.is_empty(), || format!("{stream} yields nothing"))?;
    }
    Ok(())
}

pub(super) async fn keys_are_unique(subject: &Subject) -> Verdict {
    for deed in subject.rehearse().await?.scene.log.deeds() {
        let keys = match deed {
            Deed::Read { keys, changes, .. } => [keys, changes].concat(),
            Deed::Fetch { records, .. } => records.iter().map(Record::key).collect(),
            Deed::Kept(_) => continue,
        };
        let distinct: BTreeSet<&String> = keys.iter().collect();
        ensure(distinct.len() == keys.len(), || "one page holds a key twice".into())?;
        for key in keys {
            let clean = !key.is_empty() && key.len() <= 255 && key.trim() == key;
            ensure(clean && !key.chars().any(char::is_control), || {
                format!("the key {key:?} is no clean text")
            })?;
        }
    }
    Ok(())
}

pub(super) async fn times_are_sane(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let now = rehearsal.scene.now;
    let oldest = parse_kst("2000-01-01").unwrap_or_default();
    for stream in rehearsal.scene.streams() {
        for record in rehearsal.scene.store.records(stream.name) {
            for at in [record.dated(), record.changed_at()].into_iter().flatten() {
                ensure(at >= oldest && at <= now, || format!("{} is of {at}; it is {now}", record.key()))?;
            }
        }
    }
    Ok(())
}

pub(super) async fn the_status_is_the_platforms_own_word(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut tried = 0;
    for stream in rehearsal.scene.streams() {
        for order in orders(&rehearsal.scene.store.records(stream.name)) {
            let raw = serde_json::from_str(order.raw.get()).unwrap_or_default();
            let said = leaves(&raw).iter().any(|(_, leaf)| leaf.as_str() == Some(&order.status));
            ensure(said, || format!("{}: {:?} is no word of the platform", order.order_id, order.status))?;
            tried += 1;
        }
    }
    if tried == 0 { Err(beside("there are no orders")) } else { Ok(()) }
}

pub(super) async fn the_raw_object_is_json_with_its_key(subject: &Subject) -> Verdict {
    for (stream, contents) in subject.rehearse().await?.contents() {
        for (key, raw) in contents {
            let value: Value = serde_json::from_str(&raw).unwrap_or_default();
            ensure(value.is_object(), || format!("{stream} {key}: the kept object is none"))?;
            let texts: Vec<String> = leaves(&value)
                .iter()
                .map(|(_, leaf)| leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned))
                .collect();
            // The key of figures is put together of anything, that of a line may be of two numbers.
            let holds = key.contains('/')
                || texts.contains(&key)
                || key.split('-').all(|part| texts.iter().any(|text| text == part));
            ensure(holds, || format!("{stream} {key}: the kept object does not hold its key"))?;
        }
    }
    Ok(())
}

pub(super) async fn the_raw_object_is_what_the_platform_sent(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let answers = || rehearsal.known.iter().filter_map(Exchange::success);
    let format = rehearsal.scene.client.connector().format();
    let texts: Vec<String> =
        answers().map(|answer| String::from_utf8_lossy(&answer.body).into_owned()).collect();
    let values: Vec<Value> = match format {
        Format::Json => Vec::new(),
        Format::Xml => answers().filter_map(|answer| Some(format.body(answer)?.1)).collect(),
    };
    let mut tried = 0;
    for stream in rehearsal.scene.streams() {
        for order in orders(&rehearsal.scene.store.records(stream.name)) {
            let sent = match format {
                Format::Json => texts.iter().any(|text| text.contains(order.raw.get())),
                Format::Xml => {
                    let kept = serde_json::from_str(order.raw.get()).unwrap_or_default();
                    values.iter().any(|value| is_sent(value, &kept))
                }
            };
            ensure(sent, || format!("{}: the kept object differs from what was sent", order.order_id))?;
            tried += 1;
        }
    }
    if tried == 0 { Err(beside("there are no orders")) } else { Ok(()) }
}

/// Whether a row in `answer` has all its members in `kept`, which may hold one more where its place says what it does not.
fn is_sent(answer: &Value, kept: &Value) -> bool {
    let is_row = |row: &Map<String, Value>| {
        let same = |(name, value): (&String, &Value)| kept.get(name) == Some(value);
        row.len() + 1 >= kept.as_object().map_or(usize::MAX, Map::len) && row.iter().all(same)
    };
    match answer {
        Value::Object(members) => is_row(members) || members.values().any(|inner| is_sent(inner, kept)),
        Value::Array(items) => items.iter().any(|inner| is_sent(inner, kept)),
        _ => false,
    }
}

pub(super) async fn reading_twice_gives_the_same(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let again = Scene::new(subject, Setup::default())?;
    again.sync_all().await?;
    ensure(again.contents() == rehearsal.contents(), || "a second reading differs from the first".into())?;
    let setup = Setup {
        store: std::sync::Arc::clone(&again.store),
        vault: std::sync::Arc::clone(&again.vault),
        ..Setup::beyond(&rehearsal)
    };
    let second = Scene::new(subject, setup)?;
    for stream in second.streams() {
        let saved = second.sync_well(stream).await?.saved;
        ensure(saved.new + saved.changed == 0, || format!("{}: a second sync finds {saved:?}", stream.name))?;
    }
    Ok(())
}

pub(super) async fn everything_listed_is_accounted_for(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    for (stream, report) in &rehearsal.reports {
        let stored = rehearsal.scene.store.contents(stream).len() as u64;
        ensure(report.saved.new == stored, || {
            format!("{stream}: {:?}, but {stored} are stored", report.saved)
        })?;
        let failed = rehearsal.scene.store.failures(stream).len() as u64;
        ensure(report.failed == failed, || format!("{stream}: {} failed, {failed} kept", report.failed))?;
    }
    for deed in rehearsal.scene.log.deeds() {
        let Deed::Read { request, changes, .. } = deed else { continue };
        let stored = rehearsal.scene.store.contents(request.stream.name);
        let failures = rehearsal.scene.store.failures(request.stream.name);
        for key in changes {
            let found = stored.contains_key(&key) || failures.iter().any(|f| f.key.as_ref() == Some(&key));
            ensure(found, || format!("{key} was listed and is gone"))?;
        }
    }
    Ok(())
}

pub(super) async fn the_census_agrees_with_the_changes(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let counted: Vec<_> = rehearsal.scene.streams().iter().filter(|stream| stream.census.is_some()).collect();
    if counted.is_empty() {
        return Err(beside("no stream has a census"));
    }
    let mut stored: BTreeMap<_, (u64, i64)> = BTreeMap::new();
    for stream in counted {
        for order in orders(&rehearsal.scene.store.records(stream.name)) {
            let day = stored.entry(kst_date(order.ordered_at)).or_default();
            *day = (day.0 + 1, day.1 + order.amount);
        }
    }
    let mut listed: BTreeMap<_, (u64, i64)> = BTreeMap::new();
    for line in &rehearsal.lines {
        let day = listed.entry(kst_date(line.ordered_at)).or_default();
        *day = (day.0 + 1, day.1 + line.amount);
    }
    let days: BTreeSet<_> = stored.keys().chain(listed.keys()).copied().collect();
    for day in days {
        let (stored, listed) = (stored.get(&day).copied(), listed.get(&day).copied());
        ensure(stored == listed, || {
            format!("{day}: lines and won are {stored:?} in the store and {listed:?} in the census")
        })?;
    }
    Ok(())
}

/// The windows that were read, in order, for each stream that is read by time of change.
pub(super) async fn windows_touch_within_the_maximum(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let deeds = rehearsal.scene.log.deeds();
    let mut tried = false;
    for stream in rehearsal.scene.streams() {
        let SyncMode::Incremental { max_window, settle, .. } = stream.sync else { continue };
        tried = true;
        let mut reached: Option<DateTime<Utc>> = None;
        for deed in &deeds {
            let Deed::Read { request, .. } = deed else { continue };
            if request.stream.name != stream.name || request.view != View::Changes {
                continue;
            }
            let Some(window) = request.window else { continue };
            let whole = (window.to - window.from).to_std().is_ok_and(|length| length <= max_window);
            ensure(whole, || format!("{}: the window {window} is too wide", stream.name))?;
            let latest = rehearsal.scene.now - TimeDelta::from_std(settle).unwrap_or_default();
            ensure(window.to <= latest, || format!("{}: the window {window} ends too late", stream.name))?;
            let gap = reached.is_some_and(|reached| window.from > reached);
            ensure(!gap, || format!("{}: there is a gap before {window}", stream.name))?;
            reached = Some(window.to);
        }
        let end = rehearsal.reports.iter().find(|(name, _)| *name == stream.name);
        let end = end.and_then(|(_, report)| report.range).map(|range| range.to);
        ensure(reached == end, || format!("{}: read up to {reached:?} of {end:?}", stream.name))?;
    }
    if tried { Ok(()) } else { Err(beside("no stream is read by time of change")) }
}

pub(super) async fn the_window_reaches_the_platform(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut tried = BTreeSet::new();
    for deed in rehearsal.scene.log.deeds() {
        let Deed::Read { request, .. } = deed else { continue };
        let Some(window) = request.window else { continue };
        if request.page.is_some() && !matches!(request.stream.sync, SyncMode::Daily { .. }) {
            continue;
        }
        if !tried.insert((request.stream.name, request.view == View::Census, request.page.clone())) {
            continue;
        }
        let earlier = |days| window.from - TimeDelta::days(days);
        let mut asked = BTreeSet::new();
        for window in [
            window,
            Window { from: earlier(3), to: window.to - TimeDelta::days(3) },
            Window { from: earlier(5), to: window.to - TimeDelta::days(5) },
        ] {
            let scene = Scene::new(subject, Setup::beyond(&rehearsal))?;
            scene.client.ready().await?;
            let request = ReadRequest { window: Some(window), ..request.clone() };
            // What the answer holds does not matter here, only what was asked.
            drop(scene.client.connector().read(&scene.client, &request).await);
            let exchanges = scene.log.exchanges();
            let first = exchanges.iter().find(|exchange| !exchange.unsigned);
            asked.insert(first.map(super::stage::Exchange::asked));
        }
        let (stream, view) = (request.stream.name, request.view);
        ensure(asked.len() == 3, || {
            format!("{stream}, {view:?}: two windows are asked for in the same words")
        })?;
    }
    if tried.is_empty() { Err(beside("nothing is read by windows")) } else { Ok(()) }
}

pub(super) async fn pages_advance(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut asked = BTreeSet::new();
    for deed in rehearsal.scene.log.deeds() {
        let Deed::Read { request, .. } = deed else { continue };
        let window = request.window.map(|window| (window.from, window.to));
        let page = (request.stream.name, request.view == View::Census, window, request.page.clone());
        ensure(asked.insert(page), || format!("a page is read twice: {request:?}"))?;
    }
    Ok(())
}

pub(super) async fn an_empty_page_is_no_error(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let deeds = rehearsal.scene.log.deeds();
    let reads: Vec<&ReadRequest> = deeds
        .iter()
        .filter_map(|deed| match deed {
            Deed::Read { request, records, changes, .. } if records.is_empty() && changes.is_empty() => {
                Some(request)
            }
            _ => None,
        })
        .collect();
    ensure(!reads.is_empty(), || "the fixture should hold a page without rows".into())?;
    for request in reads {
        let scene = Scene::new(subject, Setup::beyond(&rehearsal).directed(|_| Play::Honest))?;
        let page = scene.client.connector().read(&scene.client, request).await?;
        ensure(page.next == Next::Done, || format!("a page without rows points to {:?}", page.next))?;
    }
    Ok(())
}
