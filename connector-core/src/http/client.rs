//! The path every request takes.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::classify;
use super::credential::CredentialCache;
use super::format;
use super::pace::{Before, CallsLeft, Pace, Permit};
use super::{
    Credential, CredentialStore, LimitNotice, Lost, Request, Response, RetryPolicy, Transport, Wire,
};
use crate::clock::Clock;
use crate::config::Secret;
use crate::connector::{Connector, StreamSpec};
use crate::error::{Error, ErrorKind, Result, Retry};

/// A clock that differs by less than this is taken for right: answers travel, and their dates are whole seconds.
const FAR_OFF: TimeDelta = TimeDelta::seconds(30);

/// A clock that shows another year is broken, or its owner is up to something; ours is better.
const BELIEVABLE: RangeInclusive<i32> = 2020..=2199;

/// How long a read may still be answered once we were asked to stop.
const PATIENCE: Duration = Duration::from_secs(3);

/// An error answer is far smaller: a success this big is not read once more to find a fault in it.
const LARGEST_ERROR: usize = 16 << 10;

/// The signed path of one account: credential, pace, signature, transport, classification, refresh or retry.
///
/// The credential comes before the permit: a permit that waits for a token would reach the platform later than
/// counted, and could meet a full bucket there. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connector: Arc<dyn Connector>,
    transport: Arc<dyn Transport>,
    clock: Clock,
    pace: Option<Arc<Pace>>,
    policy: RetryPolicy,
    credentials: CredentialCache,
    stop: CancellationToken,
    calls: AtomicU64,
    /// The platform's clock minus ours, in milliseconds.
    skew: AtomicI64,
}

/// What a client is made of.
#[derive(Debug)]
pub struct ClientOptions {
    /// Who signs and translates.
    pub connector: Arc<dyn Connector>,
    /// What sends.
    pub transport: Arc<dyn Transport>,
    /// What time it is.
    pub clock: Clock,
    /// The buckets to keep to; `None` for no limit.
    pub pace: Option<Arc<Pace>>,
    /// What is sent again.
    pub policy: RetryPolicy,
    /// Where credentials are kept; `None` forgets them with the client.
    pub credentials: Option<Arc<dyn CredentialStore>>,
    /// Cuts waits short; requests that are out are finished.
    pub stop: CancellationToken,
}

impl Client {
    /// A client.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        Self(Arc::new(Inner {
            connector: options.connector,
            transport: options.transport,
            clock: options.clock,
            pace: options.pace,
            policy: options.policy,
            credentials: CredentialCache::new(options.credentials),
            stop: options.stop,
            calls: AtomicU64::new(0),
            skew: AtomicI64::new(0),
        }))
    }

    /// The connector this client calls for.
    #[must_use]
    pub fn connector(&self) -> &Arc<dyn Connector> {
        &self.0.connector
    }

    /// The present time, corrected by the platform's clock where ours was found wrong.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now() + TimeDelta::milliseconds(self.0.skew.load(Ordering::Relaxed))
    }

    /// How many requests have gone out, repeats and token requests included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// How many requests are worth having out at once; 1 to 8.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        self.0.pace.as_ref().map_or(1, |pace| pace.parallelism())
    }

    /// Goes on with the calls that another process left; see [`Pace::go_on`].
    pub fn go_on(&self, before: Before, now: DateTime<Utc>) {
        if let Some(pace) = &self.0.pace {
            pace.go_on(before, now);
        }
    }

    /// What the next process should know of the calls; `None` when it may begin afresh.
    #[must_use]
    pub fn calls_left(&self, now: DateTime<Utc>) -> Option<CallsLeft> {
        self.0.pace.as_ref().and_then(|pace| pace.calls_left(now))
    }

    /// Makes sure that there is a credential.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ready(&self) -> Result<()> {
        self.0.credentials.get(self).await.map(drop)
    }

    /// Whether the credential reaches `stream`: `None`, or why it is left out.
    ///
    /// # Errors
    /// Why there is no credential, or what it should reach and does not.
    pub async fn withheld(&self, stream: &'static StreamSpec) -> Result<Option<String>> {
        let credential = self.0.credentials.get(self).await?;
        self.0.connector.withheld(stream, &credential)
    }

    /// Turns the code of a person's consent into a credential and keeps it.
    ///
    /// # Errors
    /// As [`Connector::exchange`]; `Storage` when the credential cannot be kept.
    pub async fn redeem(&self, code: &Secret) -> Result<Credential> {
        let credential = self.0.connector.exchange(&Unsigned(self), code).await?;
        self.0.credentials.replace(credential.clone()).await?;
        Ok(credential)
    }

    /// Sends a request, signed, and returns the answer of a success.
    ///
    /// # Errors
    /// The classified failure, after whatever repeats were safe; `Interrupted` when a wait was cut short.
    pub async fn send(&self, request: Request) -> Result<Response> {
        match self.deliver(request, true).await? {
            Delivered::Answer(response) => Ok(response),
            Delivered::ClockSet(error) => Err(error),
        }
    }

    /// Sends a request, signed, and reads its answer.
    ///
    /// # Errors
    /// As [`Client::send`], and what `read` finds wrong with the answer; both name the operation.
    pub async fn ask<T>(
        &self,
        request: Request,
        read: impl FnOnce(&Response) -> Result<T> + Send,
    ) -> Result<T> {
        let operation = request.operation;
        let response = self.send(request).await?;
        read(&response).map_err(|error| error.in_operation(operation))
    }

    async fn deliver(&self, request: Request, signed: bool) -> Result<Delivered> {
        let operation = request.operation;
        let mut attempt = 0;
        let mut refreshed = false;
        loop {
            attempt += 1;
            let credential = if signed { Some(self.0.credentials.get(self).await?) } else { None };
            let permit = self.permit(operation).await?;
            let mut outgoing = request.clone();
            outgoing.at = Some(self.now());
            if let Some(credential) = &credential {
                self.0.connector.sign(&mut outgoing, credential)?;
            }
            let skew = self.clock_skew();
            let outcome = self.attempt(outgoing, permit, attempt).await;
            let failure = match outcome {
                Ok(response) => return Ok(Delivered::Answer(response)),
                Err(failure) => failure,
            };
            let error = failure.error.in_operation(operation);
            if failure.clock_wrong && !signed {
                // The request carries a time of its own: only its maker can make it anew.
                self.set_clock(failure.date);
                let error = error.with_retry(Retry::Never);
                return if self.clock_skew() == skew { Err(error) } else { Ok(Delivered::ClockSet(error)) };
            }
            if let (true, false, Some(credential)) = (failure.refresh, refreshed, &credential) {
                refreshed = true;
                tracing::debug!(operation, %error, "the credential is refused; obtaining another");
                self.0.credentials.refuse(credential).await;
                continue;
            }
            let Some(pause) = self.0.policy.pause(&error, attempt, request.idempotent, failure.sent) else {
                let in_doubt = !request.idempotent && failure.sent && leaves_doubt(error.kind());
                return Err(if in_doubt { error.with_doubt() } else { error });
            };
            tracing::info!(operation, attempt, wait_ms = millis(pause), reason = %error, "sending again after a pause");
            self.wait(pause).await.map_err(|interrupted| interrupted.with_source(error))?;
        }
    }

    async fn permit(&self, operation: &'static str) -> Result<Option<Permit>> {
        let Some(pace) = &self.0.pace else { return Ok(None) };
        tokio::select! {
            biased;
            permit = pace.permit(operation) => Ok(Some(permit)),
            () = self.0.stop.cancelled() => Err(interrupted()),
        }
    }

    /// Ends some seconds after we were asked to stop: a page in flight may arrive by then, a silent platform is left.
    async fn patience(&self) {
        self.0.stop.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    }

    pub(crate) async fn wait(&self, pause: Duration) -> Result<()> {
        tokio::select! {
            biased;
            () = self.0.clock.sleep(pause) => Ok(()),
            () = self.0.stop.cancelled() => Err(interrupted()),
        }
    }

    /// Waits while another process works, which takes real time whatever a scenario's clock says.
    pub(super) async fn wait_for_others(&self, pause: Duration) -> Result<()> {
        tokio::select! {
            biased;
            () = self.0.stop.cancelled() => Err(interrupted()),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    async fn attempt(
        &self,
        request: Request,
        permit: Option<Permit>,
        attempt: u32,
    ) -> Result<Response, Failure> {
        let operation = request.operation;
        let idempotent = request.idempotent;
        let wire = self.wire(request);
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let started = tokio::time::Instant::now();
        let sending = self.0.transport.send(wire);
        let answer = if idempotent {
            tokio::select! {
                biased;
                answer = sending => answer,
                () = self.patience() => return Err(Failure::plain(interrupted())),
            }
        } else {
            // Whether it took effect is worth any wait.
            sending.await
        };
        let took = started.elapsed();
        let response = match answer {
            Ok(response) => response,
            Err(lost) => {
                tracing::debug!(operation, attempt, duration_ms = millis(took), reason = %lost.reason, "no answer");
                return Err(Failure::lost(&lost));
            }
        };
        let date = response.header("date").and_then(classify::http_date);
        self.compare_clocks(date);
        let notice = self.0.connector.limits(&response);
        let is_data = response.status.is_success() && response.body.len() > LARGEST_ERROR;
        let fault = if is_data { None } else { self.0.connector.fault(&response) };
        let ok = response.status.is_success() && fault.is_none();
        tracing::debug!(
            operation,
            attempt,
            status = response.status.as_u16(),
            bytes = response.body.len(),
            duration_ms = millis(took),
            trace_id = fault.as_ref().and_then(|fault| fault.trace_id.as_deref()),
            "answered"
        );
        if ok {
            if let Some(permit) = permit {
                permit.answered(&notice, took);
            }
            return match format::objection(&response, self.0.connector.format()) {
                Some(error) if idempotent => Err(Failure::plain(error)),
                Some(error) => Err(Failure::plain(error.with_retry(Retry::Never))),
                None => Ok(response),
            };
        }
        let error = classify::error(&response, fault.as_ref(), self.0.connector.format(), self.now());
        self.settle(permit, &notice, &error, took);
        Err(Failure {
            refresh: fault.as_ref().is_some_and(|fault| fault.refresh)
                || error.kind() == ErrorKind::Auth && fault.is_none(),
            clock_wrong: fault.as_ref().is_some_and(|fault| fault.clock),
            date,
            sent: true,
            error,
        })
    }

    fn settle(&self, permit: Option<Permit>, notice: &LimitNotice, error: &Error, took: Duration) {
        let Some(permit) = permit else { return };
        if matches!(error.kind(), ErrorKind::RateLimited) {
            let pause = match error.retry() {
                Retry::After(pause) => pause.min(self.0.policy.longest),
                _ => Duration::from_secs(1),
            };
            permit.refused(notice, pause);
        } else {
            // Error answers are often made by another layer, which keeps no limits and sends no headers.
            permit.answered(&LimitNotice { unlimited: false, ..*notice }, took);
        }
    }

    fn wire(&self, request: Request) -> Wire {
        let query = request.query_text();
        let url = if request.path.starts_with('/') {
            format!("{}{}", self.0.connector.base_url(), request.path)
        } else {
            request.path.into_owned()
        };
        Wire { method: request.method, url, query, headers: request.headers, body: request.body }
    }

    /// Takes over the platform's clock where ours is far off: times out of its future or past would be refused, or
    /// worse, leave rows out. A scenario's recorded dates say nothing of its clock.
    fn compare_clocks(&self, date: Option<DateTime<Utc>>) {
        if let Some(date) =
            date.filter(|date| !self.0.clock.is_scenario() && (*date - self.now()).abs() > FAR_OFF)
        {
            self.set_clock(Some(date));
        }
    }

    /// The platform's clock minus ours, as far as it has been taken over; zero when ours is right.
    #[must_use]
    pub fn clock_skew(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.0.skew.load(Ordering::Relaxed))
    }

    /// Takes over the platform's clock, unless that is what ours already shows.
    fn set_clock(&self, date: Option<DateTime<Utc>>) {
        let Some(date) = date.filter(|date| BELIEVABLE.contains(&date.year())) else { return };
        let skew = (date - self.0.clock.now()).num_milliseconds();
        // Dates are whole seconds: less than two of them are no news.
        if (skew - self.0.skew.load(Ordering::Relaxed)).abs() > 1_500 {
            self.0.skew.store(skew, Ordering::Relaxed);
            tracing::warn!(
                skew_ms = skew,
                "this machine's clock differs from the platform's; using the platform's"
            );
        }
    }
}

/// The path without a signature, for obtaining a credential.
#[derive(Debug)]
pub struct Unsigned<'a>(pub(super) &'a Client);

impl Unsigned<'_> {
    /// The present time, corrected by the platform's clock where ours was found wrong.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    /// Sends a request without credential. `make` builds it anew from the present time, so that a request refused for
    /// its time of signing can be made once more with the platform's time.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send(
        &self,
        make: impl Fn(DateTime<Utc>) -> Result<Request> + Send + Sync,
    ) -> Result<Response> {
        match self.0.deliver(make(self.now())?, false).await? {
            Delivered::Answer(response) => Ok(response),
            Delivered::ClockSet(_) => match self.0.deliver(make(self.now())?, false).await? {
                Delivered::Answer(response) => Ok(response),
                Delivered::ClockSet(error) => Err(error),
            },
        }
    }
}

/// What became of a request.
enum Delivered {
    Answer(Response),
    /// The platform refused the time in the request, and its answer has set our clock right: a request made anew may
    /// be taken.
    ClockSet(Error),
}

struct Failure {
    error: Error,
    refresh: bool,
    clock_wrong: bool,
    date: Option<DateTime<Utc>>,
    sent: bool,
}

impl Failure {
    fn plain(error: Error) -> Self {
        Self { error, refresh: false, clock_wrong: false, date: None, sent: true }
    }

    fn lost(lost: &Lost) -> Self {
        let retry = if lost.hopeless { Retry::Never } else { Retry::Backoff };
        let error = Error::new(ErrorKind::Transport, lost.reason.clone()).with_retry(retry);
        Self { sent: lost.sent, ..Self::plain(error) }
    }
}

/// Whether a request that ended so may have taken effect.
fn leaves_doubt(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Transport | ErrorKind::Unavailable | ErrorKind::Decode | ErrorKind::Interrupted)
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "stopped while waiting to call the platform")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
