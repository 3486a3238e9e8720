//! One round of a command: the items of one look, from the first look to their verdicts.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::{IntentStore, Item, Patience, Performed, Settled, Verdict};
use crate::command::{
    Action, Again, Command, CommandName, CommandSpec, Finding, Outcome, Receipt, Refusal, Standing, moves,
};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Client;
use crate::record::Record;

/// One item on its way.
#[derive(Debug)]
struct Work {
    item: Item,
    attempts: u32,
    /// What the last answer said; `None` while nothing was sent.
    sent: Option<Sent>,
    /// What the last look showed.
    last: Option<Standing>,
    verdict: Option<Verdict>,
}

#[derive(Clone, Debug)]
enum Sent {
    Accepted(Option<String>),
    Unknown(String),
}

impl Work {
    fn of(items: Vec<Item>) -> Vec<Self> {
        items
            .into_iter()
            .map(|item| Self { item, attempts: 0, sent: None, last: None, verdict: None })
            .collect()
    }
}

/// What the looks of a round have brought.
#[derive(Debug, Default)]
struct Seen {
    at: Option<DateTime<Utc>>,
    records: Vec<Record>,
    places: HashMap<(Discriminant<Record>, String), usize>,
}

impl Seen {
    /// Keeps the latest observation of each record.
    fn keep(&mut self, records: Vec<Record>) {
        for record in records {
            let key = (discriminant(&record), record.key());
            match self.places.get(&key) {
                Some(&place) => self.records[place] = record,
                None => {
                    self.places.insert(key, self.records.len());
                    self.records.push(record);
                }
            }
        }
    }
}

pub(super) struct Round<'a> {
    client: &'a Client,
    store: &'a dyn IntentStore,
    spec: &'static CommandSpec,
    patience: &'a Patience,
    stop: &'a CancellationToken,
    work: Vec<Work>,
    seen: Seen,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        client: &'a Client,
        store: &'a dyn IntentStore,
        spec: &'static CommandSpec,
        patience: &'a Patience,
        stop: &'a CancellationToken,
        items: Vec<Item>,
    ) -> Self {
        Self { client, store, spec, patience, stop, work: Work::of(items), seen: Seen::default() }
    }
    /// Looks, sends what is to be sent, and reads back, as often as it may be sent.
    pub(super) async fn carry_out(&mut self) -> Result<()> {
        if self.spec.again != Again::Same {
            self.look_first().await?;
        } else if self.spec.name == CommandName::StopSale {
            self.look_for_stops().await?;
        }
        for _ in 0..self.patience.attempts.max(1) {
            let to_send: Vec<usize> = self.which(|work| work.sent.is_none());
            if to_send.is_empty() {
                break;
            }
            for batch in to_send.chunks(self.spec.batch.max(1)) {
                if self.stop.is_cancelled() || self.closed().is_some() {
                    break;
                }
                self.send(batch).await?;
            }
            self.read_back().await?;
            self.give_up_on_the_rest(true);
        }
        self.end_unsent(self.closed());
        Ok(())
    }

    /// Looks, and says what would be sent.
    pub(super) async fn look_only(&mut self) -> Result<()> {
        self.look_first().await?;
        self.end_all(&Verdict::WouldSend);
        Ok(())
    }

    /// Looks for what an earlier process may have sent.
    pub(super) async fn find_out(&mut self) -> Result<()> {
        for work in &mut self.work {
            work.sent = Some(Sent::Unknown("the process that sent it ended before it knew".to_owned()));
        }
        self.read_back().await?;
        self.give_up_on_the_rest(false);
        Ok(())
    }

    /// Ends what was not sent: because the platform takes no more, or because we were stopped.
    pub(super) fn end_unsent(&mut self, closed: Option<Refusal>) {
        self.end_all(&Verdict::Failed(closed.unwrap_or_else(not_begun)));
    }

    /// Why the platform would refuse any other item as well; `None` while it takes them.
    pub(super) fn closed(&self) -> Option<Refusal> {
        self.work.iter().find_map(|work| match &work.verdict {
            Some(Verdict::Failed(refusal)) if closes(refusal.kind) => Some(refusal.clone()),
            _ => None,
        })
    }

    /// The items with their verdicts, in their order.
    ///
    /// # Panics
    /// When the round has not ended.
    pub(super) fn performed(self) -> impl Iterator<Item = Performed> {
        self.work.into_iter().map(|work| Performed {
            item: work.item,
            verdict: work.verdict.expect("every action has a verdict when its round ends"),
        })
    }

    /// Items without a verdict for which `wanted` holds.
    fn which(&self, wanted: impl Fn(&Work) -> bool) -> Vec<usize> {
        let open = |(index, work): (usize, &Work)| (work.verdict.is_none() && wanted(work)).then_some(index);
        self.work.iter().enumerate().filter_map(open).collect()
    }

    /// Gives every item that has none this verdict.
    fn end_all(&mut self, verdict: &Verdict) {
        for work in self.work.iter_mut().filter(|work| work.verdict.is_none()) {
            work.verdict = Some(verdict.clone());
        }
    }

    /// What is so already, and what must not be done.
    async fn look_first(&mut self) -> Result<()> {
        let all = self.which(|_| true);
        let findings = match self.look(&all).await {
            Ok(findings) => findings,
            Err(error) if is_ours(&error) => return Err(error),
            Err(error) => {
                // Nothing is sent blindly.
                self.end_all(&Verdict::Failed((&error).into()));
                return Ok(());
            }
        };
        for (index, finding) in all.into_iter().zip(findings) {
            let objection = objection(&self.work[index].item.action, &finding);
            let work = &mut self.work[index];
            work.verdict = match finding.standing {
                Standing::InEffect { reference } => Some(Verdict::Already { reference }),
                Standing::Barred(refusal) => Some(Verdict::Refused(refusal)),
                Standing::Unclear { reason } => Some(Verdict::Failed(Refusal::conflict(format!(
                    "nothing was sent, since the platform does not show how it stands: {reason}"
                )))),
                Standing::NotInEffect => {
                    objection.map(|objection| Verdict::Refused(Refusal::conflict(objection)))
                }
            };
            self.seen.keep(finding.records);
        }
        Ok(())
    }

    /// Finds out which sales are stopped already: whose stop it is decides who may end it, and afterwards nobody can tell. A look
    /// that fails keeps nothing from being stopped.
    async fn look_for_stops(&mut self) -> Result<()> {
        let all = self.which(|_| true);
        let findings = match self.look(&all).await {
            Ok(findings) => findings,
            Err(error) if is_ours(&error) => return Err(error),
            Err(_) => return Ok(()),
        };
        for (index, finding) in all.into_iter().zip(findings) {
            if let Standing::InEffect { reference } = finding.standing {
                self.work[index].verdict = Some(Verdict::Already { reference });
                self.seen.keep(finding.records);
            }
        }
        Ok(())
    }

    async fn send(&mut self, batch: &[usize]) -> Result<()> {
        let intents: Vec<i64> = batch.iter().map(|&index| self.work[index].item.intent).collect();
        self.store.sending(&intents).await?;
        let command = self.command(batch);
        let outcomes = match self.client.connector().execute(self.client, &command).await {
            Ok(Receipt { outcomes }) if outcomes.len() == batch.len() => outcomes,
            Ok(Receipt { outcomes }) => {
                let reason = format!("the answer tells of {} of {} items", outcomes.len(), batch.len());
                vec![Outcome::Unknown { reason }; batch.len()]
            }
            Err(error) if is_ours(&error) => return Err(error),
            Err(error) if error.is_in_doubt() || error.kind() == ErrorKind::Decode => {
                vec![Outcome::Unknown { reason: error.to_string() }; batch.len()]
            }
            Err(error) => {
                let refusal = Refusal::from(&error);
                let verdict = match passes(error.kind()) {
                    true => Verdict::Failed(refusal),
                    false => Verdict::Refused(refusal),
                };
                for &index in batch {
                    self.work[index].verdict = Some(verdict.clone());
                }
                return Ok(());
            }
        };
        for (&index, outcome) in batch.iter().zip(outcomes) {
            let work = &mut self.work[index];
            work.attempts += 1;
            match outcome {
                Outcome::Accepted { reference } => work.sent = Some(Sent::Accepted(reference)),
                Outcome::Unknown { reason } => work.sent = Some(Sent::Unknown(reason)),
                // A repeat may be refused because the first one did it: the look decides.
                Outcome::Refused(refusal) if work.attempts > 1 => {
                    work.sent = Some(Sent::Unknown(refusal.message))
                }
                Outcome::Refused(refusal) if passes(refusal.kind) => {
                    work.verdict = Some(Verdict::Failed(refusal))
                }
                Outcome::Refused(refusal) => work.verdict = Some(Verdict::Refused(refusal)),
            }
        }
        Ok(())
    }

    /// Looks until the platform shows what was sent, or patience ends.
    async fn read_back(&mut self) -> Result<()> {
        let mut pauses = self.patience.looks.clone().into_iter();
        loop {
            let sent = self.which(|work| work.sent.is_some());
            if sent.is_empty() {
                return Ok(());
            }
            match self.look(&sent).await {
                Ok(findings) => {
                    for (index, finding) in sent.into_iter().zip(findings) {
                        self.conclude(index, finding.standing);
                        self.seen.keep(finding.records);
                    }
                }
                Err(error) if is_ours(&error) => return Err(error),
                Err(error) => {
                    let standing = Standing::Unclear { reason: error.to_string() };
                    for index in sent {
                        self.work[index].last = Some(standing.clone());
                    }
                }
            }
            if self.which(|work| work.sent.is_some()).is_empty() {
                return Ok(());
            }
            let Some(pause) = pauses.next() else { return Ok(()) };
            if self.client.wait(pause).await.is_err() {
                return Ok(());
            }
        }
    }

    fn conclude(&mut self, index: usize, standing: Standing) {
        let work = &mut self.work[index];
        let accepted = match &work.sent {
            Some(Sent::Accepted(reference)) => Some(reference.clone()),
            _ => None,
        };
        work.verdict = match (&standing, accepted) {
            (Standing::InEffect { reference }, accepted) => {
                Some(Verdict::Done { reference: reference.clone().or(accepted.flatten()) })
            }
            // It went on from there, as an order that was cancelled just after.
            (Standing::Barred(refusal), Some(reference)) => {
                Some(Verdict::Unverified { reference, reason: refusal.message.clone() })
            }
            (Standing::Barred(refusal), None) => Some(Verdict::Refused(refusal.clone())),
            (Standing::NotInEffect | Standing::Unclear { .. }, _) => None,
        };
        work.last = Some(standing);
    }

    /// Decides over what the looks did not show: to be sent again, where `again` allows it and the command too, or a
    /// verdict.
    fn give_up_on_the_rest(&mut self, again: bool) {
        let most = self.patience.attempts;
        let stopped = self.stop.is_cancelled();
        let nature = self.spec.again;
        for work in self.work.iter_mut().filter(|work| work.verdict.is_none()) {
            let Some(sent) = work.sent.clone() else { continue };
            let unclear = match &work.last {
                Some(Standing::Unclear { reason }) => Some(reason.clone()),
                _ => None,
            };
            work.verdict = match (sent, unclear) {
                // Accepted, and lost at the platform: what names a state is said again.
                (Sent::Accepted(_), None)
                    if again && !stopped && nature == Again::Same && work.attempts < most =>
                {
                    None
                }
                (Sent::Accepted(reference), unclear) => Some(Verdict::Unverified {
                    reference,
                    reason: unclear.unwrap_or_else(|| "the platform does not show it yet".to_owned()),
                }),
                (Sent::Unknown(_), _)
                    if again && !stopped && nature == Again::Same && work.attempts < most =>
                {
                    None
                }
                (Sent::Unknown(reason), Some(unclear)) => {
                    Some(Verdict::Unknown { reason: format!("{reason}; {unclear}") })
                }
                (Sent::Unknown(_), None)
                    if again && !stopped && nature == Again::Refused && work.attempts < most =>
                {
                    None
                }
                (Sent::Unknown(reason), None) => Some(Verdict::Failed(Refusal {
                    kind: ErrorKind::Transport,
                    code: None,
                    message: format!("{reason}; the platform shows that it did not take effect"),
                })),
            };
            if work.verdict.is_none() {
                work.sent = None;
            }
        }
    }

    async fn look(&mut self, which: &[usize]) -> Result<Vec<Finding>> {
        let command = self.command(which);
        let at = self.client.now();
        let findings = self.client.connector().inspect(self.client, &command).await?;
        if findings.len() != which.len() {
            return Err(Error::decode(format!(
                "a look at {} items brought {} findings",
                which.len(),
                findings.len()
            )));
        }
        // Observations are dated by the earliest look of the round: none of them is older.
        self.seen.at.get_or_insert(at);
        Ok(findings)
    }

    fn command(&self, which: &[usize]) -> Command {
        Command {
            name: self.spec.name,
            actions: which.iter().map(|&index| self.work[index].item.action.clone()).collect(),
        }
    }

    /// Stores the verdicts with what was seen.
    pub(super) async fn keep(&mut self) -> Result<()> {
        let settled = self
            .work
            .iter()
            .map(|work| Settled {
                intent: work.item.intent,
                verdict: work.verdict.clone().expect("every action has a verdict when its round ends"),
            })
            .collect();
        let Seen { at, records, .. } = std::mem::take(&mut self.seen);
        self.store.settle(settled, at.unwrap_or_else(|| self.client.now()), records).await
    }
}

/// What speaks against an action by the state in which the platform shows its order line.
fn objection(action: &Action, finding: &Finding) -> Option<String> {
    let (line, moves) = (action.line()?, moves(action.name())?);
    let shown = finding.records.iter().find_map(|record| match record {
        Record::Order(order) if order.order_id == line.order_id => Some(order.state),
        _ => None,
    });
    moves.objection(shown.unwrap_or(line.state))
}

/// Errors that end the whole work, not one batch.
fn is_ours(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::LeaseLost | ErrorKind::Storage | ErrorKind::Unsupported)
}

/// Whether a refusal of this kind will meet all that follows, so that sending it would only be counted against the account.
fn closes(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Quota | ErrorKind::Auth | ErrorKind::Config)
}

/// Whether a refusal of this kind says nothing of the command itself.
fn passes(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::RateLimited
            | ErrorKind::Quota
            | ErrorKind::Unavailable
            | ErrorKind::Transport
            | ErrorKind::Auth
            | ErrorKind::Permission
            | ErrorKind::Config
            | ErrorKind::Interrupted
    )
}

fn not_begun() -> Refusal {
    Refusal { kind: ErrorKind::Interrupted, code: None, message: "stopped before it was sent".to_owned() }
}
