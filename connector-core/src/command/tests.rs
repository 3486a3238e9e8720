//! Commands on a platform that is a table in memory, with mishaps by script and a clock that jumps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{Connector, Page, ReadRequest, Spec};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{
    Client, ClientOptions, Credential, Lost, Request, Response, RetryPolicy, Transport, Unsigned, Wire,
};
use crate::record::{Order, OrderState, Record};

#[derive(Debug)]
struct Depot;

static SPEC: Spec = Spec {
    commands: &[
        CommandSpec { name: CommandName::Confirm, batch: 2, look: 4, again: Again::Refused, note: "" },
        CommandSpec { name: CommandName::Cancel, batch: 1, look: 1, again: Again::Doubled, note: "" },
        CommandSpec { name: CommandName::Ship, batch: 2, look: 4, again: Again::Same, note: "" },
        CommandSpec { name: CommandName::StopSale, batch: 2, look: 4, again: Again::Same, note: "" },
    ],
    ..Spec::reading(&[], &[])
};

#[async_trait]
impl Connector for Depot {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn base_url(&self) -> &str {
        "http://depot.test"
    }
    fn application(&self) -> &str {
        "app"
    }
    async fn authorize(&self, _http: &Unsigned<'_>, _stored: Option<&Credential>) -> Result<Credential> {
        Ok(Credential {
            access_token: Secret::new("t"),
            expires_at: None,
            renew_at: None,
            refresh_token: None,
            refresh_expires_at: None,
            scopes: Vec::new(),
        })
    }
    async fn check(&self, _http: &Client) -> Result<()> {
        Ok(())
    }
    async fn read(&self, _http: &Client, _request: &ReadRequest) -> Result<Page> {
        Ok(Page::default())
    }
    async fn execute(&self, http: &Client, command: &Command) -> Result<Receipt> {
        let ids: Vec<String> = command.actions.iter().map(Action::target).collect();
        let response =
            http.send(Request::post("do", format!("/{}", command.name.name())).json(&ids)?).await?;
        let answer: Vec<String> = response.json()?;
        let outcome = |word: String| match word.as_str() {
            "ok" => Outcome::accepted(),
            "FULL" => Outcome::Refused(Refusal {
                kind: ErrorKind::Quota,
                code: Some(word),
                message: "that was all for today".into(),
            }),
            code => Outcome::refused(code, "the depot says no"),
        };
        Ok(Receipt { outcomes: answer.into_iter().map(outcome).collect() })
    }
    async fn inspect(&self, http: &Client, command: &Command) -> Result<Vec<Finding>> {
        let ids: Vec<String> = command.actions.iter().map(Action::target).collect();
        let response = http.send(Request::post("look", "/look").reads().json(&ids)?).await?;
        let states: Vec<Option<String>> = response.json()?;
        let (_, wanted) = course(command.name);
        let finding = |(id, state): (&String, Option<String>)| {
            let Some(state) = state.as_deref().and_then(OrderState::from_name) else {
                return Finding::bare(Standing::Unclear { reason: "not shown".into() });
            };
            let standing = if state == wanted { Standing::in_effect() } else { Standing::NotInEffect };
            Finding { standing, records: vec![Record::Order(order(id, state))] }
        };
        Ok(ids.iter().zip(states).map(finding).collect())
    }
}

/// From where to where a command goes; a listing that is stopped is a line that is cancelled here.
fn course(name: CommandName) -> (&'static [OrderState], OrderState) {
    moves(name).map_or((&[Paid, Cancelled], Cancelled), |moves| (moves.from, moves.to))
}

fn order(id: &str, state: OrderState) -> Order {
    Order {
        order_id: id.to_owned(),
        order_group_id: None,
        ordered_at: start(),
        status: state.name().to_owned(),
        state,
        amount: 1,
        order_place_id: None,
        order_place_name: None,
        product_id: None,
        product_name: None,
        option_id: None,
        option_name: None,
        seller_code: None,
        quantity: None,
        unit_price: None,
        changed_at: None,
        claims: Vec::new(),
        raw: serde_json::value::to_raw_value(&json!({})).unwrap(),
    }
}

/// What goes wrong with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    /// It takes effect; its answer does not come.
    LostAfter,
    /// It takes no effect; its answer does not come.
    LostBefore,
    /// 429, without effect.
    Limited,
    /// 500, without effect.
    Broken,
    /// It takes effect, and the answer tells of nothing.
    Mute,
    /// The day's quota is spent; without effect.
    Full,
    /// Accepted, without effect.
    Ignored,
}

#[derive(Debug, Default)]
struct Yard {
    lines: BTreeMap<String, OrderState>,
    /// How often each effect took place.
    effects: BTreeMap<String, u32>,
    mishaps: VecDeque<Mishap>,
    /// Looks that fail before any succeeds.
    blind: u32,
    /// Looks that show the state before the first command, as a platform that is slow to show.
    slow: u32,
    shown: BTreeMap<String, OrderState>,
    commands: u32,
    looks: u32,
}

#[derive(Debug, Default)]
struct Platform(Mutex<Yard>);

#[async_trait]
impl Transport for Platform {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        assert_eq!(wire.method, Method::POST);
        let ids: Vec<String> = serde_json::from_slice(wire.body.as_deref().unwrap()).unwrap();
        let mut yard = self.0.lock().unwrap();
        let answer = |status: u16, body: Value| {
            Ok(Response {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from(body.to_string()),
            })
        };
        let lost = || Err(Lost { sent: true, reason: "cut".into(), hopeless: false });
        let path = wire.url.trim_start_matches("http://depot.test/");
        if path == "look" {
            yard.looks += 1;
            if yard.blind > 0 {
                yard.blind -= 1;
                return answer(404, json!({}));
            }
            if yard.slow > 0 && yard.commands > 0 {
                yard.slow -= 1;
                let shown = yard.shown.clone();
                return answer(200, json!(ids.iter().map(|id| shown.get(id)).collect::<Vec<_>>()));
            }
            return answer(200, json!(ids.iter().map(|id| yard.lines.get(id)).collect::<Vec<_>>()));
        }
        if yard.commands == 0 {
            yard.shown = yard.lines.clone();
        }
        yard.commands += 1;
        let mishap = yard.mishaps.pop_front();
        match mishap {
            Some(Mishap::LostBefore) => return lost(),
            Some(Mishap::Limited) => return answer(429, json!({})),
            Some(Mishap::Broken) => return answer(500, json!({})),
            Some(Mishap::Ignored) => return answer(200, json!(vec!["ok"; ids.len()])),
            Some(Mishap::Full) => return answer(200, json!(vec!["FULL"; ids.len()])),
            _ => {}
        }
        let (from, to) = course(CommandName::from_name(path).unwrap());
        let mut words = Vec::new();
        for id in &ids {
            let state = yard.lines.get(id).copied();
            words.push(match state {
                Some(state) if from.contains(&state) => {
                    yard.lines.insert(id.clone(), to);
                    *yard.effects.entry(id.clone()).or_default() += 1;
                    "ok"
                }
                _ => "STATE",
            });
        }
        match mishap {
            Some(Mishap::LostAfter) => lost(),
            Some(Mishap::Mute) => answer(200, json!([])),
            _ => answer(200, json!(words)),
        }
    }
}

#[derive(Debug, Default)]
struct Notes {
    sending: Mutex<Vec<i64>>,
    settled: Mutex<Vec<Settled>>,
    records: Mutex<Vec<Record>>,
    lost: bool,
}

#[async_trait]
impl IntentStore for Notes {
    async fn sending(&self, intents: &[i64]) -> Result<()> {
        if self.lost {
            return Err(Error::new(ErrorKind::LeaseLost, "taken over"));
        }
        self.sending.lock().unwrap().extend(intents);
        Ok(())
    }
    async fn settle(&self, settled: Vec<Settled>, _at: DateTime<Utc>, records: Vec<Record>) -> Result<()> {
        self.settled.lock().unwrap().extend(settled);
        self.records.lock().unwrap().extend(records);
        Ok(())
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

struct Scene {
    platform: Arc<Platform>,
    client: Client,
    notes: Notes,
    stop: CancellationToken,
}

fn scene(lines: &[(&str, OrderState)], mishaps: &[Mishap]) -> Scene {
    let platform = Arc::new(Platform::default());
    {
        let mut yard = platform.0.lock().unwrap();
        yard.lines = lines.iter().map(|(id, state)| ((*id).to_owned(), *state)).collect();
        yard.mishaps = mishaps.iter().copied().collect();
    }
    let stop = CancellationToken::new();
    let client = Client::new(ClientOptions {
        connector: Arc::new(Depot),
        transport: Arc::clone(&platform) as Arc<dyn Transport>,
        clock: Clock::scenario(start()),
        pace: None,
        policy: RetryPolicy::default(),
        credentials: None,
        stop: stop.clone(),
    });
    Scene { platform, client, notes: Notes::default(), stop }
}

impl Scene {
    fn items(&self, name: CommandName, ids: &[&str]) -> Vec<Item> {
        let action = |id: &str| {
            let line = Line {
                order_id: id.to_owned(),
                order_group_id: None,
                quantity: None,
                state: OrderState::Paid,
                raw: None,
            };
            match name {
                CommandName::Confirm => Action::Confirm { line },
                CommandName::StopSale => {
                    let (listing_id, option_id) = (id.to_owned(), String::new());
                    Action::StopSale { listing: OfListing { listing_id, option_id, raw: None } }
                }
                CommandName::Cancel => {
                    Action::Cancel { line, reason: CancelReason::SoldOut, note: None, quantity: None }
                }
                _ => Action::Ship {
                    line,
                    parcel: Parcel {
                        method: ShippingMethod::Nothing,
                        carrier: None,
                        tracking_number: None,
                        sent_at: start(),
                    },
                    quantity: None,
                },
            }
        };
        ids.iter().zip(1..).map(|(id, intent)| Item { intent, action: action(id) }).collect()
    }

    async fn run(&self, name: CommandName, ids: &[&str]) -> Vec<Verdict> {
        let items = self.items(name, ids);
        let performed = perform(&self.client, &self.notes, items, &Patience::default(), &self.stop, false)
            .await
            .expect("verdicts");
        assert_eq!(self.notes.settled.lock().unwrap().len(), ids.len(), "every intent is settled once");
        performed.into_iter().map(|performed| performed.verdict).collect()
    }

    fn effects(&self, id: &str) -> u32 {
        self.platform.0.lock().unwrap().effects.get(id).copied().unwrap_or(0)
    }
}

use OrderState::{CancelRequested, Cancelled, Paid, Preparing};

fn names(verdicts: &[Verdict]) -> Vec<&'static str> {
    verdicts.iter().map(Verdict::name).collect()
}

#[tokio::test]
async fn what_is_done_is_seen_and_what_was_done_is_not_sent() {
    let scene = scene(&[("a", Paid), ("b", Preparing), ("c", Paid), ("d", Paid), ("e", Paid)], &[]);
    let verdicts = scene.run(CommandName::Confirm, &["a", "b", "c", "d", "e"]).await;
    assert_eq!(names(&verdicts), ["done", "already", "done", "done", "done"]);
    assert_eq!(*scene.notes.sending.lock().unwrap(), [1, 3, 4, 5], "an intent is noted before it is sent");
    assert_eq!(["a", "c", "d", "e"].map(|id| scene.effects(id)), [1; 4]);
    assert_eq!(scene.effects("b"), 0);
    let records = scene.notes.records.lock().unwrap().len();
    assert_eq!(records, 5, "each line's latest state is stored once");
}

#[tokio::test]
async fn an_open_claim_blocks_shipping() {
    let scene = scene(&[("a", CancelRequested), ("b", Paid)], &[]);
    let verdicts = scene.run(CommandName::Confirm, &["a", "b"]).await;
    assert_eq!(names(&verdicts), ["refused", "done"]);
    let Verdict::Refused(refusal) = &verdicts[0] else { panic!("{verdicts:?}") };
    assert!(refusal.message.contains("claim") && refusal.kind == ErrorKind::Conflict, "{refusal:?}");
}

#[tokio::test]
async fn an_answer_lost_after_the_effect_is_found_out_and_nothing_is_sent_again() {
    for mishap in [Mishap::LostAfter, Mishap::Mute] {
        let scene = scene(&[("a", Paid), ("b", Paid)], &[mishap]);
        assert_eq!(names(&scene.run(CommandName::Confirm, &["a", "b"]).await), ["done", "done"]);
        assert_eq!([scene.effects("a"), scene.effects("b")], [1, 1]);
        assert_eq!(scene.platform.0.lock().unwrap().commands, 1, "{mishap:?}");
    }
}

#[tokio::test]
async fn an_answer_lost_before_the_effect_is_sent_again_once_the_platform_shows_so() {
    for mishap in [Mishap::LostBefore, Mishap::Broken] {
        let scene = scene(&[("a", Paid)], &[mishap]);
        assert_eq!(names(&scene.run(CommandName::Confirm, &["a"]).await), ["done"], "{mishap:?}");
        let yard = scene.platform.0.lock().unwrap();
        assert_eq!((yard.commands, yard.effects["a"]), (2, 1));
        assert!(yard.looks >= 5, "the platform is given time to show it");
    }
}

#[tokio::test]
async fn what_would_act_twice_is_never_sent_again() {
    let scene = scene(&[("a", Paid)], &[Mishap::LostBefore]);
    let verdicts = scene.run(CommandName::Cancel, &["a"]).await;
    assert_eq!(names(&verdicts), ["failed"]);
    assert_eq!(scene.platform.0.lock().unwrap().commands, 1);
}

#[tokio::test]
async fn a_limit_is_waited_for_and_is_no_doubt() {
    let scene = scene(&[("a", Paid)], &[Mishap::Limited]);
    assert_eq!(names(&scene.run(CommandName::Cancel, &["a"]).await), ["done"]);
    assert_eq!(scene.platform.0.lock().unwrap().commands, 2, "the platform refused the first");
}

#[tokio::test]
async fn a_platform_that_is_slow_to_show_is_waited_for() {
    let scene = scene(&[("a", Paid)], &[]);
    scene.platform.0.lock().unwrap().slow = 3;
    assert_eq!(names(&scene.run(CommandName::Confirm, &["a"]).await), ["done"]);
    assert_eq!(scene.platform.0.lock().unwrap().commands, 1);
    let slower = self::scene(&[("a", Paid)], &[]);
    slower.platform.0.lock().unwrap().slow = 50;
    assert_eq!(
        names(&slower.run(CommandName::Confirm, &["a"]).await),
        ["unverified"],
        "accepted and not shown"
    );
}

#[tokio::test]
async fn what_nobody_shows_stays_unknown_and_is_resolved_later() {
    let mut yard = scene(&[("a", Paid)], &[Mishap::LostAfter]);
    // The state names the target of a ship command, which needs no look before it is sent.
    yard.platform.0.lock().unwrap().blind = 1_000;
    let verdicts = yard.run(CommandName::Ship, &["a"]).await;
    assert_eq!(names(&verdicts), ["unknown"], "{verdicts:?}");
    yard.platform.0.lock().unwrap().blind = 0;
    yard.notes = Notes::default();
    let items = yard.items(CommandName::Ship, &["a"]);
    let resolved =
        resolve(&yard.client, &yard.notes, items, &Patience::default(), &yard.stop).await.expect("a verdict");
    assert_eq!(resolved[0].verdict, Verdict::Done { reference: None });
    assert!(yard.notes.sending.lock().unwrap().is_empty(), "nothing is sent");
    assert_eq!(yard.effects("a"), 1);
}

#[tokio::test]
async fn nothing_is_sent_blindly_nor_without_the_lease_nor_in_a_dry_run() {
    let blind = scene(&[("a", Paid)], &[]);
    blind.platform.0.lock().unwrap().blind = 1_000;
    let verdicts = blind.run(CommandName::Confirm, &["a"]).await;
    assert!(!verdicts[0].is_good(), "{verdicts:?}");
    assert_eq!(blind.platform.0.lock().unwrap().commands, 0);

    let mut lost = scene(&[("a", Paid)], &[]);
    lost.notes.lost = true;
    let items = lost.items(CommandName::Confirm, &["a"]);
    let error = perform(&lost.client, &lost.notes, items, &Patience::default(), &lost.stop, false)
        .await
        .expect_err("taken over");
    assert_eq!(error.kind(), ErrorKind::LeaseLost);
    assert_eq!(lost.platform.0.lock().unwrap().commands, 0);

    let dry = scene(&[("a", Paid), ("b", Preparing)], &[]);
    let items = dry.items(CommandName::Confirm, &["a", "b"]);
    let performed = perform(&dry.client, &dry.notes, items, &Patience::default(), &dry.stop, true)
        .await
        .expect("verdicts");
    let verdicts: Vec<Verdict> = performed.into_iter().map(|performed| performed.verdict).collect();
    assert_eq!(names(&verdicts), ["would_send", "already"]);
    assert_eq!(dry.platform.0.lock().unwrap().commands, 0);
    assert!(dry.notes.settled.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_stop_ends_before_the_next_call_and_says_what_was_not_sent() {
    let scene = scene(&[("a", Paid), ("b", Paid)], &[]);
    scene.stop.cancel();
    assert_eq!(names(&scene.run(CommandName::Confirm, &["a", "b"]).await), ["failed", "failed"]);
    assert_eq!(scene.platform.0.lock().unwrap().commands, 0);
}

#[tokio::test]
async fn whose_stop_of_a_sale_it_is_is_seen_before_it_is_sent() {
    let stopped = scene(&[("a/", Cancelled), ("b/", Paid)], &[]);
    assert_eq!(names(&stopped.run(CommandName::StopSale, &["a", "b"]).await), ["already", "done"]);
    assert_eq!(["a/", "b/"].map(|id| stopped.effects(id)), [0, 1]);
    assert_eq!(stopped.notes.records.lock().unwrap().len(), 2);
    // Who cannot see stops all the same.
    let blind = scene(&[("a/", Cancelled), ("b/", Paid)], &[]);
    blind.platform.0.lock().unwrap().blind = 1;
    assert_eq!(names(&blind.run(CommandName::StopSale, &["a", "b"]).await), ["done", "done"]);
}

#[tokio::test]
async fn what_was_accepted_and_is_not_shown_is_said_again_where_it_names_a_state() {
    let scene = scene(&[("a", Preparing)], &[Mishap::Ignored, Mishap::Ignored]);
    assert_eq!(names(&scene.run(CommandName::Ship, &["a"]).await), ["done"]);
    assert_eq!((scene.effects("a"), scene.platform.0.lock().unwrap().commands), (1, 3));
    let scene = self::scene(&[("a", Paid)], &[Mishap::Ignored]);
    assert_eq!(names(&scene.run(CommandName::Confirm, &["a"]).await), ["unverified"]);
    assert_eq!((scene.effects("a"), scene.platform.0.lock().unwrap().commands), (0, 1));
}

#[tokio::test]
async fn what_the_platform_takes_no_more_of_is_not_sent_to_it() {
    let ids = ["a", "b", "c", "d", "e", "f", "g"];
    let paid = ids.map(|id| (id, Paid));
    let scene = scene(&paid, &[Mishap::Mute, Mishap::Full]);
    let verdicts = scene.run(CommandName::Confirm, &ids).await;
    assert_eq!(names(&verdicts), ["done", "done", "failed", "failed", "failed", "failed", "failed"]);
    for verdict in &verdicts[2..] {
        let Verdict::Failed(refusal) = verdict else { panic!("{verdict:?}") };
        assert_eq!((refusal.kind, refusal.code.as_deref()), (ErrorKind::Quota, Some("FULL")));
    }
    let yard = scene.platform.0.lock().unwrap();
    assert_eq!((yard.commands, yard.looks), (2, 2), "neither sent nor looked at");
}

#[tokio::test]
async fn an_undeclared_command_is_refused() {
    let scene = scene(&[], &[]);
    let listing = OfListing { listing_id: "1".into(), option_id: String::new(), raw: None };
    let items = vec![Item { intent: 1, action: Action::ResumeSale { listing } }];
    let error = perform(&scene.client, &scene.notes, items, &Patience::default(), &scene.stop, false)
        .await
        .expect_err("not offered");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn an_intents_body_holds_no_buyers_data_and_comes_back_whole() {
    let line = Line {
        order_id: "1".into(),
        order_group_id: Some("g".into()),
        quantity: Some(2),
        state: Paid,
        raw: Some(serde_json::value::to_raw_value(&json!({"name": "hush"})).unwrap()),
    };
    let action = Action::Confirm { line };
    let text = serde_json::to_string(&action).unwrap();
    assert!(!text.contains("hush") && !format!("{action:?}").contains("hush"), "{text}");
    let back: Action = serde_json::from_str(&text).unwrap();
    assert_eq!((back.name(), back.target()), (CommandName::Confirm, "1".to_owned()));
    for name in CommandName::ALL {
        assert_eq!(CommandName::from_name(name.name()), Some(name));
        assert_eq!(serde_json::to_value(name).unwrap(), name.name());
    }
}
