//! What the platform's error bodies say. They come with any status, 200 above all, so the root decides what a code means:
//! 200 is a success in a `ClientMessage` and an unknown key in an `AuthMessage`.
//!
//! Sources: <https://openapi.11st.co.kr/openapi/OpenApiOperationGuide.tmall>, the error tables of the entries of
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, and reports of clients (read 2026-09).

use connector_core::error::one_line;
use connector_core::http::{Fault, Response};
use connector_core::xml::Element;
use connector_core::{ErrorKind, Retry};

use crate::answer::{Row, document};

/// An error answer is far smaller; a longer success is not read twice.
const LARGEST_ERROR: usize = 8 * 1024;

/// The longest text of the platform that goes into a message.
const LONGEST_MESSAGE: usize = 200;

const PORTAL: &str = "https://openapi.11st.co.kr";

/// The key has no such API: another method, another path, or not approved.
pub(crate) const NO_SUCH_API: &str = "-997";

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    let success = response.status.is_success();
    if success && response.body.len() > LARGEST_ERROR {
        return None;
    }
    // What is no XML, or a page, is named by core.
    let root = document(response).ok()?;
    let said = said(&root);
    let code = said.code.as_deref().unwrap_or_default();
    if said.text.contains("OpenAPI Key") && said.text.contains("유저가 없습니다") {
        return Some(unknown_key(&said));
    }
    let maintenance = code == "-1000" || code == "1000" && root.name() == "orders";
    if maintenance {
        return Some(Fault {
            kind: Some(ErrorKind::Unavailable),
            message: said.after("the platform is under maintenance"),
            code: said.code,
            fix: Some(
                "wait: the regular slot is early on Friday, Korean time; the next run goes on from here"
                    .to_owned(),
            ),
            retry: Some(Retry::Backoff),
            ..Fault::default()
        });
    }
    match root.name() {
        "AuthMessage" => Some(gateway(said)),
        "orders" => list(said),
        // What a command was answered is the command's to read, unless the status says that nothing came of it.
        "ResultOrder" | "ClientMessage" if !success && said.code.is_some() => Some(Fault {
            kind: Some(ErrorKind::Rejected),
            message: said.text.clone(),
            code: said.code,
            retry: Some(Retry::Never),
            ..Fault::default()
        }),
        _ => None,
    }
}

/// What an answer says of itself.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub code: Option<String>,
    /// The platform's words in one line, the caller's address left out.
    pub text: String,
}

impl Said {
    fn after(&self, words: &str) -> String {
        if self.text.is_empty() { words.to_owned() } else { format!("{words}: {}", self.text) }
    }
}

/// Code and words, by whatever names the root has for them.
pub(crate) fn said(root: &Element) -> Said {
    let row = Row(root);
    let code = ["resultCode", "result_code"].into_iter().find_map(|name| row.word(name));
    let text = ["resultMessage", "result_text", "message", "result_message"]
        .into_iter()
        .find_map(|name| row.text(name))
        .unwrap_or_default();
    Said { code: code.map(|code| one_line(code, 20)), text: one_line(without_address(text), LONGEST_MESSAGE) }
}

/// `[203.0.113.7]인증된 IP가 아닙니다.` names the caller.
fn without_address(text: &str) -> &str {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        None => text,
    }
}

fn gateway(said: Said) -> Fault {
    let (kind, words, fix) = match said.code.as_deref() {
        Some("100" | "200") => return unknown_key(&said),
        Some("300") => (
            ErrorKind::Permission,
            "this seller is not approved for the Seller API",
            format!("apply for it at {PORTAL} and wait for the approval"),
        ),
        Some("-500") => (
            ErrorKind::Permission,
            "the address that this machine calls from is not registered",
            format!(
                "register it at {PORTAL} (서비스 등록 확인, several joined by ;); it is the public address of this machine or its proxy"
            ),
        ),
        Some(NO_SUCH_API) => (
            ErrorKind::Permission,
            "the key has no such API",
            format!(
                "check base_url, which ends with /rest, and at {PORTAL} whether the Seller API is approved for this key"
            ),
        ),
        Some("-400") => (
            ErrorKind::Config,
            "the platform takes https only",
            "set base_url to the https address, or unset it".to_owned(),
        ),
        _ => (
            ErrorKind::Permission,
            "the gateway refuses the key",
            format!("see the platform's words, and the key's state at {PORTAL}"),
        ),
    };
    Fault {
        kind: Some(kind),
        message: said.after(words),
        code: said.code,
        fix: Some(fix),
        retry: Some(Retry::Never),
        ..Fault::default()
    }
}

/// Another credential cannot be had: the key stands in the settings.
fn unknown_key(said: &Said) -> Fault {
    Fault {
        kind: Some(ErrorKind::Auth),
        message: said.after("the key is missing or belongs to nobody"),
        code: said.code.clone(),
        fix: Some(format!(
            "copy the key again from {PORTAL}: `runner connectors set NAME --secret api_key`; a key lapses after 180 days"
        )),
        retry: Some(Retry::Never),
        ..Fault::default()
    }
}

/// The code of an order, claim or settlement list. Rows come without one.
fn list(said: Said) -> Option<Fault> {
    let code = said.code.as_deref()?;
    let is_empty = code == "0" || code == "-1" && says_nothing_found(&said.text);
    if is_empty {
        return None;
    }
    let kind = match said.text.contains("조회기간") && said.text.contains("최대") {
        true => ErrorKind::TooWide,
        false => ErrorKind::Rejected,
    };
    Some(Fault {
        kind: Some(kind),
        message: said.text,
        code: said.code,
        retry: Some(Retry::Never),
        ..Fault::default()
    })
}

/// 해당 건이 없습니다 is what claim lists say with code -1.
fn says_nothing_found(text: &str) -> bool {
    ["해당 건이 없습니다", "결과가 없습니다"].iter().any(|words| text.contains(words))
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
