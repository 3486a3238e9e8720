//! Laws on platforms that are busy, failing or out of reach.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;

use super::scene::{Scene, Setup, Subject};
use super::stage::{Cue, Exchange, Play, answer};
use super::{Breach, Verdict, ensure};
use crate::connector::StreamSpec;
use crate::error::ErrorKind;

/// What is disturbed: the check, or the sync of one stream. Each has a scene of its own, since waits move the time from
/// which windows are drawn.
#[derive(Clone, Copy)]
enum Act {
    Check,
    Sync(&'static StreamSpec),
}

impl Act {
    async fn play(self, scene: &Scene) -> Verdict {
        match self {
            Self::Check => Ok(scene.check().await?),
            Self::Sync(stream) => scene.sync_well(stream).await.map(drop),
        }
    }
}

/// Disturbs calls of every act, one at a time: the first to each address. All must come to the same end. Returns the
/// disturbed exchanges, each with the next one.
async fn survive(subject: &Subject, play: fn(&Subject) -> Play) -> Result<Vec<[Exchange; 2]>, Breach> {
    let rehearsal = subject.rehearse().await?;
    let mut disturbed = Vec::new();
    for act in std::iter::once(Act::Check).chain(rehearsal.scene.streams().iter().map(Act::Sync)) {
        let honest = Scene::new(subject, Setup::beyond(&rehearsal))?;
        act.play(&honest).await?;
        for place in places(&honest) {
            let spare = subject.clone();
            let director = move |cue: &Cue<'_>| match !cue.unsigned && cue.number == place {
                true => play(&spare),
                false => Play::Honest,
            };
            let scene = Scene::new(subject, Setup::beyond(&rehearsal).directed(director))?;
            act.play(&scene).await?;
            ensure(scene.contents() == honest.contents(), || format!("call {place}: the store differs"))?;
            let exchanges = scene.log.exchanges();
            let mut signed = exchanges.iter().filter(|exchange| !exchange.unsigned).skip(place);
            let (Some(first), Some(second)) = (signed.next(), signed.next()) else {
                return Err(Breach::Broken(format!("call {place} is not sent again")));
            };
            let same = first.asked() == second.asked();
            ensure(same, || format!("call {place} is not sent again as it was"))?;
            disturbed.push([first.clone(), second.clone()]);
        }
    }
    Ok(disturbed)
}

/// The first calls to each address, a dozen at most.
fn places(scene: &Scene) -> Vec<usize> {
    let exchanges = scene.log.exchanges();
    let signed = exchanges.iter().filter(|exchange| !exchange.unsigned).enumerate();
    let mut urls = BTreeSet::new();
    signed.filter(|(_, exchange)| urls.insert(exchange.wire.url.clone())).map(|(n, _)| n).take(12).collect()
}

pub(super) async fn too_many_calls_wait_as_told(subject: &Subject) -> Verdict {
    let play = |subject: &Subject| Play::Answer(answer(429, &[("retry-after", "7")], subject.words_for(429)));
    for [refused, again] in survive(subject, play).await? {
        let waited = again.at - refused.at;
        let told = waited >= TimeDelta::seconds(7) && waited <= TimeDelta::seconds(8);
        ensure(told, || format!("{} is sent again after {waited} instead of 7 s", again.wire.url))?;
    }
    Ok(())
}

pub(super) async fn a_failing_platform_is_asked_again(subject: &Subject) -> Verdict {
    survive(subject, |subject| Play::Answer(answer(500, &[], subject.words_for(500)))).await?;
    survive(subject, |_| Play::Answer(answer(502, &[], "<html>bad gateway</html>"))).await?;
    survive(subject, |_| Play::Answer(answer(503, &[], ""))).await.map(drop)
}

pub(super) async fn a_lost_answer_is_asked_for_again(subject: &Subject) -> Verdict {
    survive(subject, |_| Play::Lose(true)).await?;
    survive(subject, |_| Play::Lose(false)).await.map(drop)
}

pub(super) async fn a_platform_that_stays_down_is_reported(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    for place in places(&rehearsal.scene) {
        let director = move |cue: &Cue<'_>| match !cue.unsigned && cue.number >= place {
            true => Play::Answer(answer(503, &[], "<html>maintenance</html>")),
            false => Play::Honest,
        };
        let scene = Scene::new(subject, Setup::beyond(&rehearsal).directed(director))?;
        let before = scene.clock.now();
        let checked = scene.check().await;
        ensure(place > 0 || checked.is_err(), || "a platform that is down passes the check".into())?;
        for stream in scene.streams() {
            let report = scene.sync(stream).await;
            if let Some(error) = &report.error {
                ensure(error.kind() == ErrorKind::Unavailable, || format!("call {place}: {error:?}"))?;
                ensure(error.status() == Some(503), || format!("call {place}: {error} hides the status"))?;
            } else {
                let whole = scene.store.contents(stream.name) == rehearsal.scene.store.contents(stream.name);
                ensure(whole, || format!("{}: a part is taken for the whole", stream.name))?;
            }
        }
        let most = Duration::from_mins(10) * u32::try_from(scene.streams().len() + 1).unwrap_or(1);
        let waited = (scene.clock.now() - before).to_std().unwrap_or_default();
        ensure(waited < most, || format!("it takes {waited:?} to give up"))?;
    }
    Ok(())
}
