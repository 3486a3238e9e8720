//! A platform whose refresh tokens work once, and clients of several processes that share a store.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderMap, StatusCode};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{Connector, Consent, Page, ReadRequest, Spec};
use crate::error::Retry;
use crate::http::{ClientOptions, Fault, Lost, Request, Response, RetryPolicy, Transport, Wire};

static SPEC: Spec = Spec::reading(&[], &[]);

#[derive(Debug)]
struct Mall;

#[async_trait]
impl Connector for Mall {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn base_url(&self) -> &str {
        "http://mall.test"
    }
    fn application(&self) -> &str {
        "app"
    }
    async fn authorize(&self, http: &Unsigned<'_>, stored: Option<&Credential>) -> Result<Credential> {
        let token = stored.and_then(|stored| stored.refresh_token.clone()).expect("the tests grant one");
        let response =
            http.send(|_| Ok(Request::post("token", "/token").form(&[("token", token.expose())]))).await?;
        let [number]: [u32; 1] = response.json()?;
        Ok(pair(number, http.now()))
    }
    fn fault(&self, response: &Response) -> Option<Fault> {
        (response.status == StatusCode::UNAUTHORIZED).then(|| Fault {
            kind: Some(ErrorKind::Auth),
            message: "refused".to_owned(),
            fix: Some("authorize".to_owned()),
            retry: Some(Retry::Never),
            refresh: true,
            ..Fault::default()
        })
    }
    fn consent(&self, _state: &str) -> Option<Consent> {
        Some(Consent { address: String::new(), redirect_uri: String::new(), scopes: Vec::new() })
    }
    async fn check(&self, http: &Client) -> Result<()> {
        http.send(Request::get("check", "/check")).await.map(drop)
    }
    async fn read(&self, _http: &Client, _request: &ReadRequest) -> Result<Page> {
        Ok(Page::default())
    }
}

fn pair(number: u32, now: DateTime<Utc>) -> Credential {
    Credential {
        access_token: Secret::new(format!("access-{number}")),
        expires_at: Some(now + TimeDelta::hours(2)),
        renew_at: Some(now + TimeDelta::hours(1)),
        refresh_token: Some(Secret::new(format!("refresh-{number}"))),
        refresh_expires_at: Some(now + TimeDelta::days(14)),
        scopes: Vec::new(),
    }
}

/// What becomes of a token request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It takes effect, and the answer is lost.
    Lost,
    /// It takes no effect.
    Down,
}

/// Only the newest pair is good.
#[derive(Debug, Default)]
struct Platform {
    newest: AtomicU32,
    renewals: AtomicU32,
    fates: Mutex<VecDeque<Fate>>,
}

#[async_trait]
impl Transport for Platform {
    async fn send(&self, wire: Wire) -> Result<Response, Lost> {
        let newest = self.newest.load(Ordering::SeqCst);
        if wire.url.ends_with("/check") {
            let token = wire.headers.get("authorization").and_then(|value| value.to_str().ok());
            let is_good = token == Some(&format!("Bearer access-{newest}"));
            return Ok(answer(if is_good { 200 } else { 401 }, "{}"));
        }
        self.renewals.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let fate = self.fates.lock().unwrap().pop_front();
        if matches!(fate, Some(Fate::Down)) {
            return Ok(answer(503, ""));
        }
        if wire.body.as_deref() != Some(format!("token=refresh-{newest}").as_bytes()) {
            return Ok(answer(401, "{}"));
        }
        self.newest.store(newest + 1, Ordering::SeqCst);
        if matches!(fate, Some(Fate::Lost)) {
            return Err(Lost { sent: true, reason: "gone".to_owned(), hopeless: false });
        }
        Ok(answer(200, &format!("[{}]", newest + 1)))
    }
}

fn answer(status: u16, body: &str) -> Response {
    let body = Bytes::copy_from_slice(body.as_bytes());
    Response { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body }
}

/// A store that several processes share.
#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<Option<Credential>>,
    turn: Mutex<Option<String>>,
    unfinished: Mutex<Option<DateTime<Utc>>>,
    refused: Mutex<Option<String>>,
    /// How many more times keeping a new pair fails.
    failures: AtomicU32,
}

#[async_trait]
impl CredentialStore for Shared {
    async fn load(&self) -> Result<Option<Credential>> {
        Ok(self.kept.lock().unwrap().clone())
    }
    async fn save(&self, credential: &Credential) -> Result<()> {
        *self.kept.lock().unwrap() = Some(credential.clone());
        Ok(())
    }
    async fn begin_renewal(&self, owner: &str) -> Result<Turn> {
        let mut turn = self.turn.lock().unwrap();
        if turn.is_some() {
            return Ok(Turn::Busy);
        }
        *turn = Some(owner.to_owned());
        Ok(Turn::Ours { unfinished: *self.unfinished.lock().unwrap() })
    }
    async fn end_renewal(&self, owner: &str, end: RenewalEnd<'_>) -> Result<Option<Credential>> {
        match end {
            RenewalEnd::Renewed { renewed, .. } => {
                if self.failures.load(Ordering::SeqCst) > 0 {
                    self.failures.fetch_sub(1, Ordering::SeqCst);
                    return Err(Error::new(ErrorKind::Storage, "the database is locked"));
                }
                *self.kept.lock().unwrap() = Some(renewed.clone());
                *self.unfinished.lock().unwrap() = None;
            }
            RenewalEnd::Refused { reason, .. } => *self.refused.lock().unwrap() = Some(reason.to_owned()),
            RenewalEnd::Unknown { since } => *self.unfinished.lock().unwrap() = Some(since),
            RenewalEnd::Unspent => {}
        }
        assert_eq!(self.turn.lock().unwrap().take().as_deref(), Some(owner), "only its owner ends a turn");
        self.load().await
    }
}

struct World {
    platform: Arc<Platform>,
    store: Arc<Shared>,
    clock: Clock,
}

impl World {
    /// Pair 0 is stored, and due for renewal in an hour.
    fn new(fates: &[Fate]) -> Self {
        let platform = Platform { fates: Mutex::new(fates.iter().copied().collect()), ..Platform::default() };
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let store = Shared { kept: Mutex::new(Some(pair(0, now))), ..Shared::default() };
        Self { platform: Arc::new(platform), store: Arc::new(store), clock: Clock::scenario(now) }
    }

    /// The client of another process.
    fn client(&self) -> Client {
        Client::new(ClientOptions {
            connector: Arc::new(Mall),
            transport: Arc::clone(&self.platform) as Arc<dyn Transport>,
            clock: self.clock.clone(),
            pace: None,
            policy: RetryPolicy::default(),
            credentials: Some(Arc::clone(&self.store) as Arc<dyn CredentialStore>),
            stop: CancellationToken::new(),
        })
    }

    fn renewals(&self) -> u32 {
        self.platform.renewals.load(Ordering::SeqCst)
    }
}

async fn check(client: &Client) -> Result<()> {
    client.connector().check(client).await
}

#[tokio::test(start_paused = true)]
async fn sixty_four_tasks_of_four_processes_renew_once() {
    let world = World::new(&[]);
    world.clock.advance(TimeDelta::minutes(90));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let client = world.client();
        for _ in 0..16 {
            let client = client.clone();
            tasks.spawn(async move { check(&client).await });
        }
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.expect("no panic").expect("no run fails");
    }
    assert_eq!(world.renewals(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_another_process_replaced_is_not_renewed_again() {
    let world = World::new(&[]);
    let (one, other) = (world.client(), world.client());
    check(&one).await.expect("pair 0 is good");
    check(&other).await.expect("pair 0 is good");
    world.clock.advance(TimeDelta::minutes(90));
    check(&one).await.expect("renews");
    // The other one's token has died with that, before its time.
    check(&other).await.expect("takes over");
    assert_eq!(world.renewals(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_asked_for_once_more_and_then_explained() {
    let world = World::new(&[Fate::Lost]);
    world.clock.advance(TimeDelta::hours(3));
    let error = check(&world.client()).await.expect_err("spent");
    assert_eq!((error.kind(), world.renewals()), (ErrorKind::Auth, 2));
    assert!(error.to_string().contains("may have been lost"), "{error}");
    assert!(world.store.refused.lock().unwrap().as_ref().is_some_and(|reason| reason.contains("lost")));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_down_spends_nothing_and_leaves_the_question_open() {
    let world = World::new(&[Fate::Down, Fate::Down]);
    world.clock.advance(TimeDelta::hours(3));
    let error = check(&world.client()).await.expect_err("down");
    assert_eq!((error.kind(), world.renewals()), (ErrorKind::Unavailable, 2));
    assert!(
        world.store.unfinished.lock().unwrap().is_some() && world.store.refused.lock().unwrap().is_none()
    );
    check(&world.client()).await.expect("it is up again, and the token is not spent");
    assert!(world.store.unfinished.lock().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn while_the_present_token_lasts_a_failed_renewal_harms_nothing() {
    let world = World::new(&[Fate::Down, Fate::Down]);
    world.clock.advance(TimeDelta::minutes(90));
    check(&world.client()).await.expect("it lasts another half hour");
}

#[tokio::test(start_paused = true)]
async fn an_earlier_process_that_died_explains_a_refusal() {
    let world = World::new(&[]);
    world.platform.newest.store(5, Ordering::SeqCst);
    let since = world.clock.now();
    *world.store.unfinished.lock().unwrap() = Some(since);
    let error = check(&world.client()).await.expect_err("spent by the dead one");
    assert!(error.to_string().contains(&kst_text(since)), "{error}");
    assert_eq!(error.fix(), "authorize");
}

#[tokio::test(start_paused = true)]
async fn a_new_pair_is_not_given_up_for_a_locked_database() {
    let world = World::new(&[]);
    world.store.failures.store(3, Ordering::SeqCst);
    world.clock.advance(TimeDelta::hours(3));
    check(&world.client()).await.expect("kept at the fourth attempt");
    world.store.failures.store(SAVES, Ordering::SeqCst);
    world.clock.advance(TimeDelta::hours(3));
    let error = check(&world.client()).await.expect_err("the database stays locked");
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.fix().contains("authorize"), "{}", error.fix());
}
