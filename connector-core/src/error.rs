//! What can go wrong, sorted by who acts on it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The result of everything a connector or the engine does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed. A kind exists because somebody acts differently on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Settings are missing or wrong: the owner corrects the row.
    Config,
    /// The platform refuses the credential: the owner renews or reconnects it.
    Auth,
    /// The credential is good but the right is missing (caller address, API group, scope).
    Permission,
    /// Too many calls just now: we wait.
    RateLimited,
    /// A quota of calls is spent: the account stops until the period ends or a person acts.
    Quota,
    /// The platform is down or answers 5xx: we wait.
    Unavailable,
    /// The request or its answer was lost on the way.
    Transport,
    /// The one thing asked for does not exist.
    NotFound,
    /// The platform refuses this request as it stands.
    Rejected,
    /// The thing has changed since we looked.
    Conflict,
    /// The platform's answer cannot be understood.
    Decode,
    /// The window holds more rows than the platform lets anyone page through: the engine halves it.
    TooWide,
    /// The platform's paging does not advance.
    PageLoop,
    /// Not offered by this connector.
    Unsupported,
    /// Another runner has taken this account over: nothing more may be written.
    LeaseLost,
    /// Our own database failed.
    Storage,
    /// A person or the system asked us to stop.
    Interrupted,
}

impl ErrorKind {
    /// The kind's stable name, as it stands in logs and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::Unavailable => "unavailable",
            Self::Transport => "transport",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Decode => "decode",
            Self::TooWide => "too_wide",
            Self::PageLoop => "page_loop",
            Self::Unsupported => "unsupported",
            Self::LeaseLost => "lease_lost",
            Self::Storage => "storage",
            Self::Interrupted => "interrupted",
        }
    }

    /// What a person should do about this kind when the error itself names no better fix.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Config => "correct the row's settings: `runner connectors show NAME`",
            Self::Auth => "check the credentials, then `runner connectors check NAME`",
            Self::Permission => "grant the missing right in the platform's seller centre",
            Self::RateLimited => "run again later; fewer processes may share this application",
            Self::Quota => "wait until the quota's period ends, or raise it with the platform",
            Self::Unavailable => "the platform is down; the next run goes on from here",
            Self::Transport => "check the network, proxy and base_url; the next run goes on from here",
            Self::NotFound => "check base_url and the ids in question",
            Self::Rejected => "see the platform's message; if it persists, report it with the trace id",
            Self::Conflict => "read the order again and repeat",
            Self::Decode => "the platform sent something new; report it with the trace id",
            Self::TooWide => "one day holds more rows than the platform lists; report it",
            Self::PageLoop => {
                "the platform's paging is broken for this range; try a smaller one with --from/--to"
            }
            Self::Unsupported => "see `runner platforms` for what this connector offers",
            Self::LeaseLost => "another runner works on this account; nothing is lost",
            Self::Storage => "check the database with `runner doctor`",
            Self::Interrupted => "run again; everything committed is kept",
        }
    }
}

/// Whether and when the same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Sending it again cannot help, or is not safe.
    Never,
    /// After a growing pause.
    Backoff,
    /// After the time that the platform named.
    After(Duration),
}

/// An error that says what happened, where, and what to do next.
///
/// Its text never holds secrets, response bodies or buyers' data: only the operation, the platform's own
/// code and a message made by us or known to be free of personal data.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retry: Retry,
    operation: &'static str,
    message: Cow<'static, str>,
    fix: Option<Cow<'static, str>>,
    status: Option<u16>,
    code: Option<String>,
    trace_id: Option<String>,
    in_doubt: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that is not to be retried.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry: Retry::Never,
            operation: "",
            message: message.into(),
            fix: None,
            status: None,
            code: None,
            trace_id: None,
            in_doubt: false,
            source: None,
        }))
    }

    /// Wrong or missing settings.
    #[must_use]
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// An answer that cannot be understood. `message` names the path, never the content.
    #[must_use]
    pub fn decode(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, message)
    }

    /// Something this connector does not offer.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        Self::new(ErrorKind::Unsupported, format!("{what} is not offered by this connector"))
    }

    /// Sets when the request may be sent again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Names the operation, unless a deeper layer has named it.
    #[must_use]
    pub fn in_operation(mut self, operation: &'static str) -> Self {
        if self.0.operation.is_empty() {
            self.0.operation = operation;
        }
        self
    }

    /// Says what a person should do.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.0.fix = Some(fix.into());
        self
    }

    /// Notes the HTTP status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Notes the platform's own error code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Notes the platform's trace id, which its support asks for.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.0.trace_id = Some(trace_id.into());
        self
    }

    /// Notes that the request may have taken effect all the same.
    #[must_use]
    pub fn with_doubt(mut self) -> Self {
        self.0.in_doubt = true;
        self
    }

    /// Keeps the cause. Its `Display` must be free of secrets and personal data.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Why it failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same request may be sent again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// What was being done, such as `product-orders/query`; empty when nobody has said it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What a person should do: the error's own fix, else the kind's advice.
    #[must_use]
    pub fn fix(&self) -> &str {
        self.0.fix.as_deref().unwrap_or_else(|| self.0.kind.advice())
    }

    /// The HTTP status, where there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The platform's own error code, such as `GW.AUTHN`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Whether the request was one that changes something, and may have taken effect in spite of this error.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.0.in_doubt
    }

    /// The platform's trace id.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }
}

/// `operation: message (401 GW.AUTHN, trace …): cause`, in one line, without the fix.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if !inner.operation.is_empty() {
            write!(f, "{}: ", inner.operation)?;
        }
        f.write_str(&inner.message)?;
        let mut notes = Vec::new();
        match (inner.status, &inner.code) {
            (Some(status), Some(code)) => notes.push(format!("{status} {code}")),
            (Some(status), None) => notes.push(format!("HTTP {status}")),
            (None, Some(code)) => notes.push(code.clone()),
            (None, None) => {}
        }
        if let Some(trace_id) = &inner.trace_id {
            notes.push(format!("trace {trace_id}"));
        }
        if !notes.is_empty() {
            write!(f, " ({})", notes.join(", "))?;
        }
        if let Some(source) = &inner.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self}; fix: {})", self.0.kind.name(), self.fix())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// A platform's words as they may stand in a message: in one line, and cut after so many characters.
#[must_use]
pub fn one_line(text: &str, longest: usize) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    if text.chars().nth(longest).is_some() {
        line.push('…');
    }
    line
}

/// The longest text of a platform that goes into a message.
const LONGEST_WORDS: usize = 200;

/// A platform's words as they may stand in a message: in one line, cut, and without addresses, telephone numbers and mail
/// addresses.
#[must_use]
pub fn words(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '@' | '_' | '+');
    let mut clean = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            rest.find(is_part).unwrap_or(rest.len())
        };
        let (part, further) = rest.split_at(end);
        clean.push_str(if is_part(first) && is_private(part) { "(…)" } else { part });
        rest = further;
    }
    one_line(&clean, LONGEST_WORDS)
}

fn is_private(part: &str) -> bool {
    let part = part.trim_end_matches(['.', ':', '-']);
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_ip = part.split('.').count() == 4 && part.split('.').all(|byte| byte.parse::<u8>().is_ok())
        || part.matches(':').count() > 2 && part.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit());
    let is_phone = (9..=13).contains(&digits)
        && (part.starts_with('0') || part.starts_with("+82"))
        && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    part.contains('@') || is_ip || is_phone
}

/// What we say, and behind it what the platform said, if anything.
#[must_use]
pub fn after(ours: &str, said: &str) -> String {
    if said.is_empty() { ours.to_owned() } else { format!("{ours}: {said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_platform_hold_no_address_and_no_number() {
        for (said, shown) in [
            ("from 203.0.113.10.", "from (…)"),
            ("from 2001:db8::1:2:3!", "from (…)!"),
            ("[203.0.113.7]인증된 IP가 아닙니다.", "[(…)]인증된 IP가 아닙니다."),
            ("call 010-0000-0000 or 0502-1234-5678", "call (…) or (…)"),
            ("call 01000000000, write to hong@example.com", "call (…), write to (…)"),
            ("[옵션ID[92979706172] : 50% 인하]\r\n둘째 줄", "[옵션ID[92979706172] : 50% 인하]  둘째 줄"),
            ("endTime 2026-11-21T17:30 is wrong", "endTime 2026-11-21T17:30 is wrong"),
            ("box 853138000000119999", "box 853138000000119999"),
        ] {
            assert_eq!(words(said), shown);
        }
        assert_eq!(words(&"가".repeat(300)).chars().count(), LONGEST_WORDS + 1);
        assert_eq!(
            (after("it fails", "").as_str(), after("it fails", "x").as_str()),
            ("it fails", "it fails: x")
        );
    }

    #[test]
    fn words_of_a_platform_are_cut_to_one_line() {
        assert_eq!(one_line("  a\r\nb\0 ", 10), "a  b");
        assert_eq!(one_line("홍길동전", 3), "홍길동…");
        assert_eq!(one_line("홍길동", 3), "홍길동");
    }

    #[test]
    fn reads_as_one_line_with_code_and_trace() {
        let error = Error::new(ErrorKind::Auth, "token refused")
            .with_status(401)
            .with_code("GW.AUTHN")
            .with_trace_id("abc^1^2")
            .in_operation("token")
            .in_operation("outer");
        assert_eq!(error.to_string(), "token: token refused (401 GW.AUTHN, trace abc^1^2)");
        assert!(error.fix().contains("connectors check"));
    }
}
