//! Laws on single rows that are not as they should be.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::rows::{self, Path, Row, edit_lists, edit_objects, edit_rows, leaves};
use super::scene::{Rehearsal, Scene, Setup, Subject, orders};
use super::stage::Deed;
use super::{Breach, Verdict, beside, broken, ensure};
use crate::connector::{FetchRequest, ReadRequest, View};
use crate::error::Error;
use crate::record::{Failure, Order, OrderState, Record};

/// How a row is changed at one place.
type Change = fn(&mut Value, &Path);

/// A call that brought some rows, to be made again on changed answers.
#[derive(Clone)]
enum Call {
    Read(ReadRequest),
    Fetch(FetchRequest),
}

/// What a call brings.
struct Brought {
    records: Vec<Record>,
    failures: Vec<Failure>,
    keys: BTreeSet<String>,
}

impl Call {
    async fn make(&self, scene: &Scene) -> Result<Brought, Error> {
        let connector = scene.client.connector();
        match self {
            Self::Read(request) => {
                let page = connector.read(&scene.client, request).await?;
                let listed = page.changes.into_iter().map(|change| change.key);
                let keys = page.records.iter().map(Record::key).chain(listed).collect();
                Ok(Brought { records: page.records, failures: page.failures, keys })
            }
            Self::Fetch(request) => {
                let fetched = connector.fetch(&scene.client, request).await?;
                let keys = fetched.records.iter().map(Record::key).collect();
                Ok(Brought { records: fetched.records, failures: fetched.failures, keys })
            }
        }
    }
}

/// A row on trial: the call that brings it, and how it looks.
struct Trial {
    call: Call,
    row: Row,
    key: String,
    sample: Value,
    others: BTreeSet<String>,
}

/// The rows to try: of each kind of call one in the middle of a page with others.
fn trials(rehearsal: &Rehearsal) -> Vec<Trial> {
    let wholes: Vec<Value> = rehearsal
        .contents()
        .into_values()
        .flat_map(|contents| contents.into_values().filter_map(|raw| serde_json::from_str(&raw).ok()))
        .collect();
    let format = rehearsal.scene.client.connector().format();
    let mut tried = BTreeSet::new();
    let mut trials = Vec::new();
    for deed in rehearsal.scene.log.deeds() {
        let (call, kind, keys, records) = match deed {
            Deed::Read { request, keys, changes, records } => {
                let view = if request.view == View::Census { "census" } else { "list" };
                let kind = format!("{view} {}", request.stream.name);
                (Call::Read(request), kind, [keys, changes].concat(), records)
            }
            Deed::Fetch { request, records } => {
                let kind = format!("details {}", request.stream.name);
                let keys = records.iter().map(Record::key).collect();
                (Call::Fetch(request), kind, keys, records)
            }
            Deed::Kept(_) => continue,
        };
        let Some(key) = keys.get(keys.len() / 2).filter(|_| keys.len() > 1 && !tried.contains(&kind)) else {
            continue;
        };
        let whole = records.iter().find(|record| record.key() == *key).and_then(raw);
        let row = match whole {
            Some(whole) => Row::Whole(whole),
            None => Row::Listed { key: key.clone(), wholes: wholes.clone() },
        };
        // The row must be findable in what was sent; figures that are put together are not.
        let sent = rehearsal.known.iter().filter_map(|exchange| {
            let (_, body) = format.body(exchange.success()?)?;
            let mut found = None;
            edit_rows(&mut body.clone(), &row, &|_| {});
            collect(&body, &row, &mut found);
            found
        });
        let Some(sample) = sent.into_iter().next() else { continue };
        tried.insert(kind);
        let others = keys.iter().filter(|other| *other != key).cloned().collect();
        trials.push(Trial { call, row, key: key.clone(), sample, others });
    }
    trials
}

/// The first such row in `body`.
fn collect(body: &Value, row: &Row, found: &mut Option<Value>) {
    let seen = std::cell::RefCell::new(found);
    edit_rows(&mut body.clone(), row, &|value| {
        seen.borrow_mut().get_or_insert_with(|| value.clone());
    });
}

fn raw(record: &Record) -> Option<Value> {
    serde_json::from_str(record.raw().get()).ok()
}

fn order<'a>(brought: &'a Brought, key: &str) -> Option<&'a Order> {
    orders(&brought.records).into_iter().find(|order| order.order_id == key)
}

impl Trial {
    /// The call on answers in which this row is changed.
    async fn changed(
        &self,
        subject: &Subject,
        rehearsal: &Rehearsal,
        change: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Result<Result<Brought, Error>, Breach> {
        let row = self.row.clone();
        let edit = move |body: &mut Value| {
            edit_rows(body, &row, &change);
        };
        let scene = Scene::new(subject, Setup::beyond(rehearsal).edited(edit))?;
        Ok(self.call.make(&scene).await)
    }
}

/// Changes every leaf of some rows in turn: nobody else may be touched. Returns how often a row failed.
async fn touches_its_row_only(
    subject: &Subject,
    change: Change,
    content: Option<&str>,
) -> Result<usize, Breach> {
    let rehearsal = subject.rehearse().await?;
    let trials = trials(&rehearsal);
    if trials.is_empty() {
        return Err(beside("no page of rows could be found in the answers"));
    }
    let mut failed = 0;
    for trial in trials {
        for (path, leaf) in leaves(&trial.sample) {
            let (place, name) = (path.clone(), rows::name(&path));
            let outcome = trial.changed(subject, &rehearsal, move |row| change(row, &place)).await?;
            let brought = match outcome {
                Ok(brought) => brought,
                Err(error) => return Err(broken(format!("{name}: the whole page fails: {error}"))),
            };
            let lost: Vec<&String> = trial.others.difference(&brought.keys).collect();
            ensure(lost.is_empty(), || {
                format!("{name}: {} other rows are lost, first {}", lost.len(), lost[0])
            })?;
            if brought.keys.contains(&trial.key) {
                continue;
            }
            let own = brought.failures.iter().find(|f| f.key.as_ref().is_none_or(|key| *key == trial.key));
            let Some(failure) = own else {
                // A key that changes makes another row; one that is gone must be said to be.
                let other = brought.keys.len() > trial.others.len();
                ensure(other, || format!("{name}: the row is neither read nor failed"))?;
                continue;
            };
            failed += 1;
            ensure(!failure.reason.trim().is_empty(), || format!("{name}: it fails without a reason"))?;
            let value = leaf.as_str().filter(|text| text.len() >= 6 && **text != *trial.key);
            for content in value.into_iter().chain(content) {
                let quoted = failure.reason.contains(content);
                ensure(!quoted, || format!("{name}: the reason quotes the row: {}", failure.reason))?;
            }
        }
    }
    Ok(failed)
}

pub(super) async fn a_missing_field_touches_its_row_only(subject: &Subject) -> Verdict {
    let failed = touches_its_row_only(subject, |row, path| rows::remove(row, path), None).await?;
    ensure(failed > 0, || "every field can be missing: what is relied on must be an error".into())
}

pub(super) async fn a_null_touches_its_row_only(subject: &Subject) -> Verdict {
    let null: Change = |row, path| {
        if let Some(place) = rows::at(row, path) {
            *place = Value::Null;
        }
    };
    let failed = touches_its_row_only(subject, null, None).await?;
    ensure(failed > 0, || "every field can be null: what is relied on must be an error".into())
}

pub(super) async fn a_mangled_field_touches_its_row_only(subject: &Subject) -> Verdict {
    let mangle: Change = |row, path| {
        if let Some(place) = rows::at(row, path) {
            *place = json!({"mangled": ["row-canary"]});
        }
    };
    let failed = touches_its_row_only(subject, mangle, Some("row-canary")).await?;
    ensure(failed > 0, || "every field can be of any type: what is relied on must be an error".into())
}

pub(super) async fn an_unknown_status_survives(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut tried = false;
    let mut unknown = false;
    for trial in trials(&rehearsal) {
        let known = trial.changed(subject, &rehearsal, |_| {}).await??;
        let Some(status) = order(&known, &trial.key).map(|order| order.status.clone()) else { continue };
        tried = true;
        for (path, leaf) in leaves(&trial.sample) {
            if leaf.as_str() != Some(&status) {
                continue;
            }
            let name = rows::name(&path);
            let change = move |row: &mut Value| {
                if let Some(place) = rows::at(row, &path) {
                    *place = json!("A_STATUS_OF_TOMORROW");
                }
            };
            let brought = trial.changed(subject, &rehearsal, change).await??;
            let Some(order) = order(&brought, &trial.key) else {
                return Err(broken(format!("{name}: the order is not read any more")));
            };
            if order.status == "A_STATUS_OF_TOMORROW" {
                let state = order.state;
                ensure(state == OrderState::Unknown, || format!("{name}: the state is {}", state.name()))?;
                unknown = true;
            }
        }
    }
    if !tried {
        return Err(beside("there are no orders"));
    }
    ensure(unknown, || "no status could be made unknown".into())
}

pub(super) async fn new_fields_survive(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let edit = |body: &mut Value| {
        edit_objects(body, &|members| {
            members.insert("brand_new_field".into(), json!({"nested": [1, "two", null]}));
        });
    };
    let scene = Scene::new(subject, Setup::beyond(&rehearsal).edited(edit))?;
    scene.check().await?;
    scene.sync_all().await?;
    let keys = |contents: super::scene::Contents| -> Vec<(&str, Vec<String>)> {
        contents.into_iter().map(|(stream, rows)| (stream, rows.into_keys().collect())).collect()
    };
    ensure(keys(scene.contents()) == keys(rehearsal.contents()), || "other records are read".into())?;
    for stream in scene.streams() {
        for order in orders(&scene.store.records(stream.name)) {
            let kept = order.raw.get().contains("brand_new_field");
            ensure(kept, || format!("{}: a field that nobody knows is dropped", order.order_id))?;
        }
    }
    Ok(())
}

/// A number or numeric text, changed by `change`.
fn shifted(leaf: &Value, change: fn(i64) -> Value) -> Option<Value> {
    match leaf {
        Value::Number(number) => Some(change(number.as_i64()?)),
        Value::String(text) => {
            let digits = text.strip_suffix(".00").unwrap_or(text);
            Some(json!(change(digits.parse().ok()?).to_string()))
        }
        _ => None,
    }
}

pub(super) async fn a_fraction_of_a_won_is_refused(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut sources = 0;
    let mut tried = false;
    for trial in trials(&rehearsal) {
        let known = trial.changed(subject, &rehearsal, |_| {}).await??;
        let Some(amount) = order(&known, &trial.key).map(|order| order.amount) else { continue };
        tried = true;
        for (path, leaf) in leaves(&trial.sample) {
            let (more, part) =
                (shifted(&leaf, |n| json!(n + 1_000)), shifted(&leaf, |n| json!(n as f64 + 0.5)));
            let (Some(more), Some(part)) = (more, part) else { continue };
            let set = |value: Value| {
                let path = path.clone();
                move |row: &mut Value| {
                    if let Some(place) = rows::at(row, &path) {
                        *place = value.clone();
                    }
                }
            };
            let brought = trial.changed(subject, &rehearsal, set(more)).await??;
            if order(&brought, &trial.key).is_none_or(|order| order.amount == amount) {
                continue;
            }
            sources += 1;
            let brought = trial.changed(subject, &rehearsal, set(part)).await??;
            let read = order(&brought, &trial.key).map(|order| order.amount);
            ensure(read.is_none(), || format!("{}: half a won becomes {read:?}", rows::name(&path)))?;
        }
    }
    if !tried {
        return Err(beside("there are no orders"));
    }
    ensure(sources > 0, || "the amount comes from no number of the row".into())
}

pub(super) async fn a_row_sent_twice_is_stored_once(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let trials = trials(&rehearsal);
    if trials.is_empty() {
        return Err(beside("no page of rows could be found in the answers"));
    }
    let rows: Arc<Vec<Row>> = Arc::new(trials.into_iter().map(|trial| trial.row).collect());
    let edit = move |body: &mut Value| {
        for row in rows.iter() {
            edit_lists(body, row, &|items, index| items.insert(index, items[index].clone()));
        }
    };
    let scene = Scene::new(subject, Setup::beyond(&rehearsal).edited(edit))?;
    for stream in scene.streams() {
        let report = scene.sync_well(stream).await?;
        let stored = scene.store.contents(stream.name);
        let same = stored.keys().eq(rehearsal.scene.store.contents(stream.name).keys());
        ensure(same, || format!("{}: other records", stream.name))?;
        ensure(report.saved.new == stored.len() as u64, || format!("{}: {:?}", stream.name, report.saved))?;
    }
    Ok(())
}

pub(super) async fn missing_details_are_failures(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut tried = false;
    for trial in trials(&rehearsal) {
        let (Call::Fetch(request), row) = (&trial.call, trial.row.clone()) else { continue };
        tried = true;
        let edit = move |body: &mut Value| {
            edit_lists(body, &row, &|items, index| drop(items.remove(index)));
        };
        let scene = Scene::new(subject, Setup::beyond(&rehearsal).edited(edit))?;
        let report = scene.sync_well(request.stream).await?;
        let failures = scene.store.failures(request.stream.name);
        let named = failures.iter().any(|failure| failure.key.as_ref() == Some(&trial.key));
        ensure(named && report.failed >= 1, || format!("{} is gone without a word", trial.key))?;
        let stored = scene.store.contents(request.stream.name);
        let missing = rehearsal.scene.store.contents(request.stream.name).len() - stored.len();
        ensure(missing == 1 && !stored.contains_key(&trial.key), || {
            format!("{missing} records are missing")
        })?;
    }
    if tried { Ok(()) } else { Err(beside("no stream fetches its records by key")) }
}
