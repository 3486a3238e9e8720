//! Laws on commands: on their samples, on looks and batches, and on answers that do not come.
//!
//! What was sent is told apart by how the connector marks its requests, which is what the path goes by, too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::privacy::{canaries, seen, troubles};
use super::rows::plant;
use super::scene::{Rehearsal, Scene, Setup, Subject};
use super::stage::{Cue, Play, answer};
use super::{Breach, Verdict, beside, broken, ensure};
use crate::carrier::{self, CARRIERS};
use crate::command::{
    Action, Command, CommandName, Finding, IntentStore, Item, Outcome, Patience, Receipt, Settled, Standing,
    Verdict as End, perform,
};
use crate::connector::Spec;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Response;
use crate::record::Record;

impl Subject {
    /// The registration's samples, with the platform's objects of their targets.
    pub(super) fn samples(&self) -> Result<Vec<Action>, Breach> {
        self.written_samples()?.iter().map(sample).collect()
    }

    fn written_samples(&self) -> Result<Vec<Value>, Breach> {
        serde_json::from_str(self.registration.fixture_commands)
            .map_err(|error| broken(format!("fixture_commands: {error}")))
    }

    /// The samples of a connector that has commands.
    fn some_samples(&self) -> Result<Vec<Action>, Breach> {
        let samples = self.samples()?;
        if samples.is_empty() { Err(beside("there are no commands")) } else { Ok(samples) }
    }

    fn spec(&self) -> Result<&'static Spec, Breach> {
        Ok(self.connector()?.spec())
    }
}

fn sample(value: &Value) -> Result<Action, Breach> {
    let mut action: Action =
        serde_json::from_value(value.clone()).map_err(|error| broken(format!("a sample: {error}")))?;
    if let Some(raw) = value.get("raw") {
        let raw = serde_json::value::to_raw_value(raw)
            .map_err(|error| broken(format!("the object of a sample: {error}")))?;
        action.set_raw(raw);
    }
    Ok(action)
}

/// `ship 2026033190000002`
fn called(action: &Action) -> String {
    format!("{} {}", action.name().name(), action.target())
}

/// Keeps nothing: what a command brings is seen in its verdict.
#[derive(Debug)]
struct Forgets;

#[async_trait]
impl IntentStore for Forgets {
    async fn sending(&self, _intents: &[i64]) -> Result<()> {
        Ok(())
    }

    async fn settle(&self, _settled: Vec<Settled>, _at: DateTime<Utc>, _records: Vec<Record>) -> Result<()> {
        Ok(())
    }
}

fn batch_of(action: &Action, items: usize) -> Command {
    Command { name: action.name(), actions: vec![action.clone(); items] }
}

impl Scene {
    /// Carries out one action to its end.
    pub(super) async fn carry_out(&self, action: Action) -> Result<Option<End>> {
        let items = vec![Item { intent: 1, action }];
        let stop = CancellationToken::new();
        let performed = perform(&self.client, &Forgets, items, &Patience::default(), &stop, false).await?;
        Ok(performed.into_iter().next().map(|performed| performed.verdict))
    }

    async fn execute(&self, command: &Command) -> Result<Receipt> {
        self.client.connector().execute(&self.client, command).await
    }

    async fn inspect(&self, command: &Command) -> Result<Vec<Finding>> {
        self.client.connector().inspect(&self.client, command).await
    }

    /// How many requests were sent that may change something.
    fn writes(&self) -> usize {
        self.log.calls().iter().filter(|call| call.writes).count()
    }
}

/// A scene in which the first request that may change something is played so.
fn played(
    subject: &Subject,
    rehearsal: &Rehearsal,
    play: impl Fn() -> Play + Send + Sync + 'static,
) -> Result<Scene, Breach> {
    let written = AtomicUsize::new(0);
    let director = move |cue: &Cue<'_>| match cue.writes && written.fetch_add(1, Ordering::Relaxed) == 0 {
        true => play(),
        false => Play::Honest,
    };
    Scene::new(subject, Setup::beyond(rehearsal).directed(director))
}

/// Some action of that name.
fn any(name: CommandName) -> Result<Action, Breach> {
    let line = json!({"order_id": "1", "state": "paid"});
    let claim = json!({"claim_id": "1", "kind": "return", "order_id": "1"});
    let listing = json!({"listing_id": "1", "option_id": ""});
    let draft = json!({"seller_code": "A-1", "name": "sample", "price": 1_000, "stock": 1});
    let parcel = json!({"method": "nothing", "sent_at": "2026-03-01T00:00:00Z"});
    sample(&json!({
        "command": name, "line": line, "claim": claim, "listing": listing, "draft": draft, "parcel": parcel,
        "reason": if name == CommandName::Cancel { "sold_out" } else { "sample" }, "stock": 1, "price": 1_000,
    }))
}

pub(super) async fn every_command_has_a_sample(subject: &Subject) -> Verdict {
    let spec = subject.spec()?;
    let declared: BTreeSet<CommandName> = spec.commands.iter().map(|command| command.name).collect();
    let sampled: BTreeSet<CommandName> = subject.samples()?.iter().map(Action::name).collect();
    for name in CommandName::ALL {
        match (declared.contains(&name), sampled.contains(&name)) {
            (true, false) => return Err(broken(format!("{} has no sample", name.name()))),
            (false, true) => return Err(broken(format!("{} has a sample and is not declared", name.name()))),
            (true, true) => continue,
            (false, false) => {}
        }
        let scene = subject.scene()?;
        let command = Command { name, actions: vec![any(name)?] };
        let told = spec.command(name).err().map(|error| error.kind());
        let executed = scene.execute(&command).await.err().map(|error| error.kind());
        let inspected = scene.inspect(&command).await.err().map(|error| error.kind());
        for kind in [told, executed, inspected] {
            ensure(kind == Some(ErrorKind::Unsupported), || {
                format!("{} is not declared, and ends in {kind:?}", name.name())
            })?;
        }
        let asked = scene.log.exchanges().len();
        ensure(asked == 0, || format!("{}: {asked} calls for what is not declared", name.name()))?;
    }
    Ok(())
}

pub(super) async fn the_commands_are_sound(subject: &Subject) -> Verdict {
    let spec = subject.spec()?;
    let names: BTreeSet<CommandName> = spec.commands.iter().map(|command| command.name).collect();
    ensure(names.len() == spec.commands.len(), || "a command is declared twice".into())?;
    for command in spec.commands {
        let name = command.name.name();
        ensure(command.batch >= 1, || format!("{name}: a batch is empty"))?;
        ensure(command.look >= command.batch, || format!("{name}: a look takes less than a batch"))?;
    }
    let ships = names.contains(&CommandName::Ship);
    ensure(!ships || !spec.carriers.is_empty(), || "it ships, and knows no carrier".into())?;
    let carriers: BTreeSet<&str> = spec.carriers.iter().map(|known| known.carrier).collect();
    ensure(carriers.len() == spec.carriers.len(), || "a carrier has two codes".into())?;
    let codes: BTreeSet<&str> = spec.carriers.iter().map(|known| known.code).collect();
    ensure(codes.len() == spec.carriers.len(), || "two carriers have one code".into())?;
    for known in spec.carriers {
        let neutral = CARRIERS.iter().any(|carrier| carrier.code == known.carrier);
        ensure(neutral, || format!("{} is no neutral code of a carrier", known.carrier))?;
        // The platform's own code must not be another carrier's name.
        for name in [known.carrier, known.code] {
            let code = carrier::code_at(spec.carriers, name)?;
            ensure(code == known.code, || format!("the carrier {name:?} is taken for {code:?}"))?;
        }
    }
    if spec.commands.is_empty() { Err(beside("there are no commands")) } else { Ok(()) }
}

pub(super) async fn a_look_only_reads(subject: &Subject) -> Verdict {
    let samples = subject.some_samples()?;
    let rehearsal = subject.rehearse().await?;
    for action in samples {
        let name = called(&action);
        let look = subject.spec()?.command(action.name())?.look;
        for items in BTreeSet::from([1, look]) {
            let scene = Scene::new(subject, Setup::beyond(&rehearsal))?;
            let findings = scene.inspect(&batch_of(&action, items)).await?;
            let found = findings.len();
            ensure(found == items, || format!("{name}: a look at {items} brings {found} findings"))?;
            ensure(scene.log.signed() > 0, || format!("{name}: it is judged without a look"))?;
            let writes = scene.writes();
            ensure(writes == 0, || {
                format!("{name}: a look makes {writes} calls that are not marked as reads")
            })?;
            if let Some(Finding { standing: Standing::Unclear { reason }, .. }) = findings.first() {
                return Err(broken(format!("{name}: the fixture does not show it: {reason}")));
            }
        }
    }
    Ok(())
}

pub(super) async fn a_batch_is_one_call(subject: &Subject) -> Verdict {
    let samples = subject.some_samples()?;
    let rehearsal = subject.rehearse().await?;
    for action in samples {
        let name = called(&action);
        let batch = subject.spec()?.command(action.name())?.batch;
        for items in BTreeSet::from([1, batch]) {
            let scene = Scene::new(subject, Setup::beyond(&rehearsal))?;
            let outcomes = scene.execute(&batch_of(&action, items)).await?.outcomes;
            let told = outcomes.len();
            ensure(told == items, || format!("{name}: a batch of {items} brings {told} outcomes"))?;
            let calls = scene.log.calls();
            let [call] = &calls[..] else {
                return Err(broken(format!("{name}: a batch of {items} takes {} calls", calls.len())));
            };
            ensure(call.writes, || format!("{name}: it is sent by a request that is marked as a read"))?;
            let accepted = items > 1 || matches!(outcomes[..], [Outcome::Accepted { .. }]);
            ensure(accepted, || format!("{name}: the fixture does not take it: {:?}", outcomes[0]))?;
        }
    }
    Ok(())
}

/// A way in which an answer gets lost.
type Loss = (&'static str, fn() -> Play);

/// Ways in which an answer gets lost that may have been a success.
const LOSSES: [Loss; 6] = [
    ("no answer", || Play::Lose(true)),
    ("an HTTP 500", || Play::Answer(answer(500, &[], "{}"))),
    ("an HTTP 502", || Play::Answer(answer(502, &[], "<html>bad gateway</html>"))),
    ("an HTTP 503", || Play::Answer(answer(503, &[], ""))),
    ("an HTML page", || Play::Answer(answer(200, &[], "<!DOCTYPE html><html>maintenance</html>"))),
    ("half an answer", || Play::Rewrite(halve)),
];

fn halve(response: &Response) -> Bytes {
    response.body.slice(..response.body.len() / 2)
}

pub(super) async fn a_lost_answer_to_a_command_leaves_doubt(subject: &Subject) -> Verdict {
    let samples = subject.some_samples()?;
    let rehearsal = subject.rehearse().await?;
    for action in samples {
        for (what, play) in LOSSES {
            let name = format!("{}, {what}", called(&action));
            let scene = played(subject, &rehearsal, play)?;
            let told = scene.execute(&batch_of(&action, 1)).await;
            let calls = scene.log.signed();
            ensure(calls == 1, || format!("{name}: it is sent {calls} times"))?;
            let error = match told {
                Ok(receipt) if matches!(receipt.outcomes[..], [Outcome::Unknown { .. }]) => continue,
                Ok(receipt) => return Err(broken(format!("{name}: it passes for {receipt:?}"))),
                Err(error) => error,
            };
            let doubtful = error.is_in_doubt() || error.kind() == ErrorKind::Decode;
            ensure(doubtful, || format!("{name}: nobody would look what became of it: {error:?}"))?;
        }
    }
    Ok(())
}

pub(super) async fn a_command_waits_as_told(subject: &Subject) -> Verdict {
    let samples = subject.some_samples()?;
    let rehearsal = subject.rehearse().await?;
    let words = subject.words_for(429);
    for action in samples {
        let name = called(&action);
        let words = words.clone();
        let play = move || Play::Answer(answer(429, &[("retry-after", "7")], words.clone()));
        let scene = played(subject, &rehearsal, play)?;
        scene.execute(&batch_of(&action, 1)).await?;
        let calls = scene.log.calls();
        let [refused, again] = &calls[..] else {
            return Err(broken(format!("{name}: {} calls where two were needed", calls.len())));
        };
        ensure(refused.asked() == again.asked(), || format!("{name}: it is not sent again as it was"))?;
        let waited = again.at - refused.at;
        let told = waited >= TimeDelta::seconds(7) && waited <= TimeDelta::seconds(8);
        ensure(told, || format!("{name}: it is sent again after {waited} instead of 7 s"))?;
    }
    Ok(())
}

/// What stands in personal fields, and must be seen nowhere.
const CANARY: &str = "pii-canary-";

pub(super) async fn commands_show_no_secret_and_nobody(subject: &Subject) -> Verdict {
    let mut samples = subject.written_samples()?;
    if samples.is_empty() {
        return Err(beside("there are no commands"));
    }
    let rehearsal = subject.rehearse().await?;
    let names = subject.registration.personal_fields;
    let number = Arc::new(AtomicUsize::new(0));
    // Numbered, since two people are rarely the same.
    let make = move || format!("{CANARY}{:05}", number.fetch_add(1, Ordering::Relaxed));
    for value in &mut samples {
        if let Some(raw) = value.get_mut("raw") {
            plant(raw, names, false, &make);
        }
    }
    let make = Arc::new(make);
    let troubles = troubles(subject);
    let mut text = String::new();
    let mut credentials = Vec::new();
    for value in &samples {
        let action = sample(value)?;
        for director in &troubles {
            let make = Arc::clone(&make);
            let setup = Setup { director: Arc::clone(director), ..Setup::beyond(&rehearsal) };
            let setup = setup.edited(move |body| {
                plant(body, names, false, &*make);
            });
            let scene = Scene::new(subject, setup)?;
            show(&scene, &action, &mut text).await;
            credentials.extend(scene.vault.all());
        }
    }
    let mut hidden = canaries(subject, &credentials);
    hidden.insert(CANARY.to_owned());
    for (place, text) in [("an error or Debug", &text), ("the log", &subject.listener.heard())] {
        if let Some(canary) = seen(text, &hidden) {
            return Err(broken(format!("what must not be seen is in {place}: {canary}")));
        }
    }
    Ok(())
}

/// Everything of an action that somebody could see.
async fn show(scene: &Scene, action: &Action, text: &mut String) {
    let command = batch_of(action, 1);
    let mut shown = |what: &dyn std::fmt::Debug, error: Option<&Error>| {
        writeln!(text, "{what:?}").expect("a String takes any text");
        if let Some(error) = error {
            writeln!(text, "{error}; {}", error.fix()).expect("a String takes any text");
        }
    };
    shown(&command, None);
    let executed = scene.execute(&command).await;
    shown(&executed, executed.as_ref().err());
    let inspected = scene.inspect(&command).await;
    shown(&inspected, inspected.as_ref().err());
    let ended = scene.carry_out(action.clone()).await;
    shown(&ended, ended.as_ref().err());
}

pub(super) async fn an_effect_without_answer_is_found(subject: &Subject) -> Verdict {
    let samples = subject.some_samples()?;
    let rehearsal = subject.rehearse().await?;
    let mut ends = Vec::new();
    let mut tried = false;
    for action in samples {
        let name = called(&action);
        let honest = Scene::new(subject, Setup::beyond(&rehearsal))?;
        let end = honest.carry_out(action.clone()).await?;
        // What a fixture does not show cannot be found in it.
        if !matches!(end, Some(End::Done { .. })) || honest.writes() != 1 {
            ends.push(format!("{name}: {end:?} after {} calls", honest.writes()));
            continue;
        }
        tried = true;
        let scene = played(subject, &rehearsal, || Play::Swallow)?;
        let end = scene.carry_out(action).await?;
        let done = matches!(end, Some(End::Done { .. }));
        ensure(done, || format!("{name}: without its answer it ends in {end:?}"))?;
        let writes = scene.writes();
        ensure(writes == 1, || format!("{name}: without its answer it is sent {writes} times"))?;
    }
    ensure(tried, || format!("the fixture shows no sample before and after its effect: {}", ends.join("; ")))
}
