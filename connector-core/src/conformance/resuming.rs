//! Laws on runs that end before their end.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::scene::{Contents, Rehearsal, Scene, Setup, Subject};
use super::stage::{Play, Vault};
use super::{Breach, Verdict, broken, ensure};
use crate::connector::StreamSpec;
use crate::error::ErrorKind;
use crate::sync::{Doom, MemoryStore, Store};

/// Runs with a cursor, as in api mode.
struct Lives<'a> {
    subject: &'a Subject,
    rehearsal: Rehearsal,
}

impl<'a> Lives<'a> {
    async fn of(subject: &'a Subject) -> Result<Self, Breach> {
        Ok(Self { subject, rehearsal: subject.rehearse().await? })
    }

    /// One process on a store that outlives it.
    fn process(&self, store: &Arc<MemoryStore>, vault: &Arc<Vault>) -> Result<Scene, Breach> {
        let setup =
            Setup { store: Arc::clone(store), vault: Arc::clone(vault), ..Setup::beyond(&self.rehearsal) };
        Scene::new(self.subject, setup)
    }

    async fn whole(&self, stream: &'static StreamSpec, store: &Arc<MemoryStore>) -> Verdict {
        let report = self.process(store, &Arc::default())?.sync_on(stream, &CancellationToken::new()).await;
        match (report.error, report.suspect) {
            (Some(error), _) => Err(broken(format!("{}: {error}", stream.name))),
            (None, Some(suspect)) => Err(broken(format!("{}: suspect: {suspect}", stream.name))),
            (None, None) => Ok(()),
        }
    }

    fn contents(&self, store: &MemoryStore) -> Contents {
        let streams = self.rehearsal.scene.streams().iter();
        streams.map(|stream| (stream.name, store.contents(stream.name))).collect()
    }
}

pub(super) async fn a_run_killed_at_any_save_resumes_to_the_same(subject: &Subject) -> Verdict {
    let lives = Lives::of(subject).await?;
    for stream in lives.rehearsal.scene.streams() {
        let undisturbed = Arc::new(MemoryStore::new());
        lives.whole(stream, &undisturbed).await?;
        let saves = undisturbed.saves();
        for save in 0..saves {
            for doom in [Doom::DieBefore, Doom::DieAfter] {
                let store = Arc::new(MemoryStore::new());
                store.doom(save, doom);
                let process = lives.process(&store, &Arc::default())?;
                let never = CancellationToken::new();
                tokio::select! {
                    biased;
                    () = store.died() => {}
                    _ = process.sync_on(stream, &never) => {
                        return Err(broken(format!("{}: save {save} of {saves} never came", stream.name)));
                    }
                }
                store.revive();
                lives.whole(stream, &store).await?;
                let same = lives.contents(&store) == lives.contents(&undisturbed);
                ensure(same, || format!("{}: {doom:?} {save} leaves another store", stream.name))?;
                let (ours, theirs) =
                    (store.checkpoint(stream.name).await?, undisturbed.checkpoint(stream.name).await?);
                ensure(ours.run.is_none() && ours.through >= theirs.through, || {
                    format!("{}: {doom:?} {save} leaves the cursor at {ours:?}", stream.name)
                })?;
            }
        }
    }
    Ok(())
}

pub(super) async fn a_stopped_run_resumes_to_the_same(subject: &Subject) -> Verdict {
    let lives = Lives::of(subject).await?;
    for stream in lives.rehearsal.scene.streams() {
        let undisturbed = Arc::new(MemoryStore::new());
        lives.whole(stream, &undisturbed).await?;
        for call in [0, 1, 2, 3, 5, 8, 13, 21, 34] {
            let store = Arc::new(MemoryStore::new());
            let stop = CancellationToken::new();
            let trigger = stop.clone();
            let setup = Setup { store: Arc::clone(&store), ..Setup::beyond(&lives.rehearsal) };
            let setup = setup.directed(move |cue| {
                if !cue.unsigned && cue.number == call {
                    trigger.cancel();
                }
                Play::Honest
            });
            let report = Scene::new(subject, setup)?.sync_on(stream, &stop).await;
            if let Some(error) = report.error {
                ensure(error.kind() == ErrorKind::Interrupted, || {
                    format!("stopped at call {call}: {error}")
                })?;
            }
            lives.whole(stream, &store).await?;
            let same = lives.contents(&store) == lives.contents(&undisturbed);
            ensure(same, || format!("{}: a stop at call {call} leaves another store", stream.name))?;
        }
    }
    Ok(())
}
