//! Laws on answers that are not what was asked for.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::scene::{Scene, Setup, Subject};
use super::stage::{Cue, Play, answer};
use super::{Verdict, beside, ensure};
use crate::error::{Error, ErrorKind};
use crate::http::Response;

/// The errors that check and streams end in on a platform like this; the stores must stay empty.
async fn errors(
    subject: &Subject,
    director: impl Fn(&Cue<'_>) -> Play + Send + Sync + 'static,
) -> Result<Vec<Error>, super::Breach> {
    let rehearsal = subject.rehearse().await?;
    let scene = Scene::new(subject, Setup::beyond(&rehearsal).directed(director))?;
    let mut errors: Vec<Error> = scene.check().await.err().into_iter().collect();
    ensure(errors.len() == 1, || "it passes the check".into())?;
    for stream in scene.streams() {
        let report = scene.sync(stream).await;
        let Some(error) = report.error else {
            return Err(super::broken(format!("{}: it passes for a good answer", stream.name)));
        };
        errors.push(error);
        let stored = scene.store.contents(stream.name).len();
        ensure(stored == 0, || format!("{}: {stored} records come of it", stream.name))?;
    }
    Ok(errors)
}

fn are_decode_errors(errors: &[Error], word: &str) -> Verdict {
    for error in errors {
        let named = error.kind() == ErrorKind::Decode && error.to_string().contains(word);
        ensure(named, || format!("it does not say {word:?}: {error:?}"))?;
        ensure(!error.operation().is_empty(), || format!("it does not name the operation: {error:?}"))?;
        ensure(!error.fix().trim().is_empty(), || "it comes without a fix".into())?;
    }
    Ok(())
}

pub(super) async fn html_in_place_of_json_is_named(subject: &Subject) -> Verdict {
    let page = "<!DOCTYPE html><html><body>maintenance</body></html>";
    let director = move |cue: &Cue<'_>| match cue.unsigned {
        true => Play::Honest,
        false => Play::Answer(answer(200, &[("content-type", "text/html")], page)),
    };
    are_decode_errors(&errors(subject, director).await?, "HTML")
}

pub(super) async fn a_cut_off_answer_is_named(subject: &Subject) -> Verdict {
    fn halve(response: &Response) -> Bytes {
        response.body.slice(..response.body.len() / 2)
    }
    let director = |cue: &Cue<'_>| match cue.unsigned {
        true => Play::Honest,
        false => Play::Rewrite(halve),
    };
    are_decode_errors(&errors(subject, director).await?, "cut off")
}

/// An object where there was a list and the other way round, another root where there was one, at each address that is called.
pub(super) async fn an_answer_of_another_shape_is_an_error(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
    for exchange in rehearsal.known.iter().filter(|exchange| !exchange.unsigned) {
        let first = exchange.success().and_then(|response| response.body.trim_ascii_start().first().copied());
        match first {
            Some(b'{') => drop(shapes.insert(exchange.wire.url.clone(), "[]")),
            Some(b'[') => drop(shapes.insert(exchange.wire.url.clone(), "{}")),
            Some(b'<') => drop(shapes.insert(exchange.wire.url.clone(), "<surprise><of/></surprise>")),
            _ => {}
        }
    }
    if shapes.is_empty() {
        return Err(beside("no answer has a shape that could be another"));
    }
    for (url, shape) in shapes {
        let here = url.clone();
        let director = move |cue: &Cue<'_>| match !cue.unsigned && cue.wire.url == here {
            true => Play::Answer(answer(200, &[], shape)),
            false => Play::Honest,
        };
        let scene = Scene::new(subject, Setup::beyond(&rehearsal).directed(director))?;
        let mut errors: Vec<Error> = scene.check().await.err().into_iter().collect();
        let mut called = scene.log.exchanges().iter().any(|exchange| exchange.wire.url == url);
        for stream in scene.streams() {
            errors.extend(scene.sync(stream).await.error);
            called |= scene.log.exchanges().iter().any(|exchange| exchange.wire.url == url);
        }
        if !called {
            // Only the census calls there; it is read like everything else.
            continue;
        }
        let decode = errors.iter().any(|error| error.kind() == ErrorKind::Decode);
        ensure(decode, || format!("{url}: {shape} is taken, or ends in {errors:?}"))?;
    }
    Ok(())
}
