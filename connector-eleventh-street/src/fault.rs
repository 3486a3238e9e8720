//! What the platform's error bodies say. They come with any status, 200 above all, so the root decides what a code means:
//! 200 is a success in a `ClientMessage` and an unknown key in an `AuthMessage`.
//!
//! Sources: <https://openapi.11st.co.kr/openapi/OpenApiOperationGuide.tmall>, the error tables of the entries of
//! <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, and reports of clients (read 2026-09).

use connector_core::Retry;
use connector_core::error::ErrorKind::{Auth, Config, Permission, Rejected, TooWide, Unavailable};
use connector_core::error::{after, one_line, words};
use connector_core::http::{Fault, Response};
use connector_core::xml::Element;

use crate::answer::{Row, document};

const PORTAL: &str = "https://openapi.11st.co.kr";

/// The key has no such API: another method, another path, or not approved.
pub(crate) const NO_SUCH_API: &str = "-997";

/// Reads an error body; nothing where the answer is none, or says no more than its status.
pub(crate) fn fault(response: &Response) -> Option<Fault> {
    // What is no XML, or a page, is named by core.
    let root = document(response).ok()?;
    let said = said(&root);
    let code = said.code.as_deref();
    let fault = match (root.name(), code) {
        _ if said.text.contains("OpenAPI Key") && said.text.contains("유저가 없습니다") => {
            unknown_key(&said.text)
        }
        (_, Some("-1000")) | ("orders", Some("1000")) => Fault {
            retry: Some(Retry::Backoff),
            ..Fault::refused(
                Unavailable,
                after("the platform is under maintenance", &said.text),
                "wait: the regular slot is early on Friday, Korean time; the next run goes on from here",
            )
        },
        ("AuthMessage", code) => gateway(code, &said.text),
        // No rows, as claim lists tell it.
        ("orders", Some("-1")) if NOTHING_FOUND.iter().any(|words| said.text.contains(words)) => return None,
        // Rows come without a code.
        ("orders", None | Some("0")) => return None,
        ("orders", Some(_)) => {
            let is_wide = said.text.contains("조회기간") && said.text.contains("최대");
            refusal(if is_wide { TooWide } else { Rejected }, said.text)
        }
        // What a command was answered is the command's to read, unless the status says that nothing came of it.
        ("ResultOrder" | "ClientMessage", Some(_)) if !response.status.is_success() => {
            refusal(Rejected, said.text)
        }
        _ => return None,
    };
    Some(Fault { code: said.code, ..fault })
}

const NOTHING_FOUND: [&str; 2] = ["해당 건이 없습니다", "결과가 없습니다"];

/// What an answer says of itself.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub code: Option<String>,
    /// The platform's words in one line, the caller's address left out.
    pub text: String,
}

/// Code and words, by whatever names the root has for them.
pub(crate) fn said(root: &Element) -> Said {
    let row = Row(root);
    let code = ["resultCode", "result_code"].into_iter().find_map(|name| row.word(name));
    let text = ["resultMessage", "result_text", "message", "result_message"]
        .into_iter()
        .find_map(|name| row.text(name))
        .unwrap_or_default();
    Said { code: code.map(|code| one_line(code, 20)), text: words(text) }
}

fn gateway(code: Option<&str>, said: &str) -> Fault {
    match code {
        Some("100" | "200") => unknown_key(said),
        Some("300") => Fault::refused(
            Permission,
            after("this seller is not approved for the Seller API", said),
            format!("apply for it at {PORTAL} and wait for the approval"),
        ),
        Some("-500") => Fault::refused(
            Permission,
            after("the address that this machine calls from is not registered", said),
            format!(
                "register it at {PORTAL} (서비스 등록 확인, several joined by ;); it is the public address of this machine or its proxy"
            ),
        ),
        Some(NO_SUCH_API) => Fault::refused(
            Permission,
            after("the key has no such API", said),
            format!(
                "check base_url, which ends with /rest, and at {PORTAL} whether the Seller API is approved for this key"
            ),
        ),
        Some("-400") => Fault::refused(
            Config,
            after("the platform takes https only", said),
            "set base_url to the https address, or unset it",
        ),
        _ => Fault::refused(
            Permission,
            after("the gateway refuses the key", said),
            format!("see the platform's words, and the key's state at {PORTAL}"),
        ),
    }
}

/// Another credential cannot be had: the key stands in the settings.
fn unknown_key(said: &str) -> Fault {
    Fault::refused(
        Auth,
        after("the key is missing or belongs to nobody", said),
        format!(
            "copy the key again from {PORTAL}: `runner connectors set NAME --secret api_key`; a key lapses after 180 days"
        ),
    )
}

/// What the platform's own words say well enough.
fn refusal(kind: connector_core::ErrorKind, message: String) -> Fault {
    Fault { kind: Some(kind), message, retry: Some(Retry::Never), ..Fault::default() }
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
