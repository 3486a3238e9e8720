//! Laws on credentials: obtained once, kept, renewed in time, replaced once when refused.

use std::sync::Arc;

use chrono::TimeDelta;

use super::scene::{Rehearsal, Scene, Setup, Subject};
use super::stage::{Cue, Deed, Play, answer};
use super::{Breach, Verdict, beside, ensure};
use crate::error::{Error, ErrorKind};

pub(super) async fn check_accepts_a_good_credential(subject: &Subject) -> Verdict {
    let scene = subject.scene()?;
    scene.check().await?;
    let signed = scene.log.signed();
    ensure(signed > 0, || "the check calls nothing: it proves nothing".into())
}

/// A check on a platform that answers like this.
async fn checked(
    subject: &Subject,
    rehearsal: &Rehearsal,
    director: impl Fn(&Cue<'_>) -> Play + Send + Sync + 'static,
) -> Result<(Scene, Result<(), Error>), Breach> {
    let scene = Scene::new(subject, Setup::beyond(rehearsal).directed(director))?;
    let outcome = scene.check().await;
    Ok((scene, outcome))
}

fn names_the_owners_task(outcome: Result<(), Error>, what: &str) -> Verdict {
    let Err(error) = outcome else { return Err(Breach::Broken(format!("{what} passes the check"))) };
    let ours = matches!(error.kind(), ErrorKind::Auth | ErrorKind::Permission);
    ensure(ours, || format!("{what} is taken for something else: {error:?}"))?;
    ensure(!error.fix().trim().is_empty(), || format!("{what} comes without a fix"))
}

pub(super) async fn check_names_a_refused_credential(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    for words in [subject.words_for(401), "{}".to_owned()] {
        let director = move |cue: &Cue<'_>| match cue.unsigned {
            true => Play::Honest,
            false => Play::Answer(answer(401, &[], words.clone())),
        };
        let (_, outcome) = checked(subject, &rehearsal, director).await?;
        names_the_owners_task(outcome, "a refused credential")?;
    }
    Ok(())
}

pub(super) async fn check_names_a_missing_right(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    for words in [subject.words_for(403), "{}".to_owned(), "<html>forbidden</html>".to_owned()] {
        let director = move |cue: &Cue<'_>| match cue.unsigned {
            true => Play::Honest,
            false => Play::Answer(answer(403, &[], words.clone())),
        };
        let (scene, outcome) = checked(subject, &rehearsal, director).await?;
        names_the_owners_task(outcome, "a missing right")?;
        let signed = scene.log.signed();
        ensure(signed <= 2, || format!("a missing right is tried {signed} times"))?;
    }
    Ok(())
}

/// The number of requests that an undisturbed check makes for a credential.
async fn needed(subject: &Subject) -> Result<usize, Breach> {
    let scene = subject.scene()?;
    scene.check().await?;
    match scene.log.unsigned() {
        0 => Err(beside("no request is made for a credential")),
        some => Ok(some),
    }
}

pub(super) async fn a_refused_authorization_is_named(subject: &Subject) -> Verdict {
    needed(subject).await?;
    let rehearsal = subject.rehearse().await?;
    for status in [400, 401, 403] {
        let director = move |cue: &Cue<'_>| match cue.unsigned {
            true => Play::Answer(answer(status, &[], "{}")),
            false => Play::Honest,
        };
        let (scene, outcome) = checked(subject, &rehearsal, director).await?;
        let Err(error) = outcome else {
            return Err(Breach::Broken(format!("a request for a credential refused with {status} passes")));
        };
        let settled = matches!(error.kind(), ErrorKind::Auth | ErrorKind::Permission | ErrorKind::Rejected);
        ensure(settled && !error.fix().trim().is_empty(), || format!("{status}: {error:?}"))?;
        let (asked, signed) = (scene.log.unsigned(), scene.log.signed());
        ensure(asked <= 2, || format!("{status}: a credential is asked for {asked} times"))?;
        ensure(signed == 0, || format!("{status}: {signed} requests were sent without a credential"))?;
    }
    Ok(())
}

pub(super) async fn a_refused_credential_is_renewed(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let honest = Scene::new(subject, Setup::default())?;
    honest.check().await?;
    for words in [subject.words_for(401), "{}".to_owned()] {
        let director = move |cue: &Cue<'_>| match (cue.unsigned, cue.number) {
            (false, 0) => Play::Answer(answer(401, &[], words.clone())),
            _ => Play::Honest,
        };
        let (scene, outcome) = checked(subject, &rehearsal, director).await?;
        outcome?;
        let (before, after) = (honest.log.unsigned(), scene.log.unsigned());
        let renewed = if before == 0 { after == 0 } else { after == before + 1 };
        ensure(renewed, || format!("{after} requests for a credential, {before} without a refusal"))?;
        let (before, after) = (honest.log.signed(), scene.log.signed());
        ensure(after == before + 1, || format!("{after} calls, {before} without a refusal"))?;
    }
    Ok(())
}

pub(super) async fn a_refused_credential_is_renewed_only_once(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let needed = needed(subject).await.unwrap_or(0);
    let words = subject.words_for(401);
    let director = move |cue: &Cue<'_>| match cue.unsigned {
        true => Play::Honest,
        false => Play::Answer(answer(401, &[], words.clone())),
    };
    let (scene, outcome) = checked(subject, &rehearsal, director).await?;
    names_the_owners_task(outcome, "a credential that is refused for good")?;
    let (asked, signed) = (scene.log.unsigned(), scene.log.signed());
    ensure(signed == 2, || format!("the request is sent {signed} times instead of twice"))?;
    let wanted = if needed == 0 { 0 } else { needed + 1 };
    ensure(asked == wanted, || format!("{asked} requests for a credential instead of {wanted}"))
}

pub(super) async fn a_fresh_credential_is_used_again(subject: &Subject) -> Verdict {
    let needed = needed(subject).await?;
    let scene = Scene::new(subject, Setup::beyond(&subject.rehearse().await?))?;
    for _ in 0..5 {
        scene.check().await?;
    }
    let asked = scene.log.unsigned();
    ensure(asked == needed, || format!("{asked} requests for a credential instead of {needed}"))
}

pub(super) async fn a_credential_is_renewed_before_it_lapses(subject: &Subject) -> Verdict {
    let needed = needed(subject).await?;
    let scene = Scene::new(subject, Setup::beyond(&subject.rehearse().await?))?;
    scene.client.ready().await?;
    let kept = scene.vault.all();
    let Some(credential) = kept.last() else {
        return Err(Breach::Broken("the credential was not kept".into()));
    };
    let Some(lapses) = credential.expires_at else { return Err(beside("the credential does not lapse")) };
    let Some(renews) = credential.renew_at else {
        return Err(Breach::Broken("a credential that lapses must say when it is to be renewed".into()));
    };
    ensure(scene.now < renews && renews < lapses, || {
        format!("it is renewed at {renews} and lapses at {lapses}")
    })?;
    scene.clock.advance(renews - scene.clock.now() - TimeDelta::seconds(1));
    scene.check().await?;
    let asked = scene.log.unsigned();
    ensure(asked == needed, || "it is renewed a second too early".into())?;
    scene.clock.advance(TimeDelta::seconds(2));
    scene.check().await?;
    let asked = scene.log.unsigned();
    ensure(asked > needed, || "it is not renewed when its time has come".into())
}

pub(super) async fn many_tasks_share_one_renewal(subject: &Subject) -> Verdict {
    let needed = needed(subject).await?;
    let scene = Scene::new(subject, Setup::beyond(&subject.rehearse().await?))?;
    let tasks = (0..32).map(|_| scene.client.ready());
    for outcome in futures_util::future::join_all(tasks).await {
        outcome?;
    }
    let asked = scene.log.unsigned();
    ensure(asked == needed, || format!("32 tasks cause {asked} requests instead of {needed}"))
}

pub(super) async fn a_kept_credential_is_used(subject: &Subject) -> Verdict {
    needed(subject).await?;
    let rehearsal = subject.rehearse().await?;
    let first = Scene::new(subject, Setup::beyond(&rehearsal))?;
    first.client.ready().await?;
    let setup = Setup { vault: Arc::clone(&first.vault), ..Setup::beyond(&rehearsal) };
    let second = Scene::new(subject, setup)?;
    second.check().await?;
    let asked = second.log.unsigned();
    ensure(asked == 0, || format!("{asked} requests for a credential in spite of a kept one"))
}

pub(super) async fn a_credential_is_kept_before_it_is_used(subject: &Subject) -> Verdict {
    needed(subject).await?;
    let scene = subject.scene()?;
    scene.check().await?;
    let kept = scene.log.deeds().iter().find_map(|deed| match deed {
        Deed::Kept(exchanges) => Some(*exchanges),
        _ => None,
    });
    let used = scene.log.exchanges().iter().position(|exchange| !exchange.unsigned);
    let in_time = kept.is_some_and(|kept| used.is_none_or(|used| kept <= used));
    ensure(in_time, || format!("kept after {kept:?} exchanges, used in number {used:?}"))
}
