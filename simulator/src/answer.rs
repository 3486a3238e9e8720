//! An answer before it is sent, and the ways in which sending it can go wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

use crate::instant::{Millis, http_date};

/// Pieces that a slow answer comes in.
const DRIPS: usize = 20;

/// An answer of a platform.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) rows: usize,
    pub(crate) manner: Manner,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// At once and whole.
    #[default]
    Whole,
    /// The connection is closed in the middle of the body.
    Cut,
    /// A little at a time, over this long.
    Drip(Duration),
}

impl Answer {
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: "application/json;charset=UTF-8",
            headers: Vec::new(),
            body: body.into(),
            rows: 0,
            manner: Manner::Whole,
        }
    }

    /// A page for people, as a proxy or a maintenance site sends it.
    pub(crate) fn html(status: u16) -> Self {
        let page =
            "<!DOCTYPE html><html><head><title>서비스 점검 안내</title></head><body>점검 중</body></html>";
        Self { content_type: "text/html;charset=UTF-8", ..Self::json(status, page.as_bytes().to_vec()) }
    }

    pub(crate) fn with_rows(self, rows: usize) -> Self {
        Self { rows, ..self }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// `at` is the platform's time.
    pub(crate) fn into_response(self, at: Millis) -> Response {
        let length = self.body.len();
        let mut response = Response::new(match self.manner {
            Manner::Whole => Body::from(self.body),
            Manner::Cut => cut(self.body.slice(..length / 2)),
            Manner::Drip(over) => drip(&self.body, over),
        });
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status of this crate");
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header::DATE, HeaderValue::from_str(&http_date(at)).expect("letters and digits"));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name of this crate");
            headers.insert(name, HeaderValue::from_str(value).expect("visible letters"));
        }
        response
    }
}

fn cut(half: Bytes) -> Body {
    // The wait lets the first half leave before the connection is closed.
    let end = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(io::Error::other("cut on request"))
    });
    Body::from_stream(stream::iter([Ok(half)]).chain(end))
}

fn drip(body: &Bytes, over: Duration) -> Body {
    let size = body.len().div_ceil(DRIPS).max(1);
    let pieces: Vec<Bytes> = (0..body.len())
        .step_by(size)
        .map(|start| body.slice(start..(start + size).min(body.len())))
        .collect();
    let pause = over / u32::try_from(pieces.len().max(1)).expect("a few pieces");
    Body::from_stream(stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        io::Result::Ok(piece)
    }))
}
