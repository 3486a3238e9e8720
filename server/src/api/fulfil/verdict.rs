//! From an outcome at a platform to an answer or a problem.

use axum::http::StatusCode;
use connector_core::ErrorKind;
use serde::Serialize;
use storage::{ConnectorRow, IntentRow};
use utoipa::ToSchema;

use crate::access::is_live;
use crate::host::WriteOutcome;
use crate::problem::Problem;

/// What became of a change at the platform.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    /// `done`; `already` where it was so before and nothing was sent; `unverified` where the platform accepted it and does not
    /// show it yet.
    #[schema(example = "done")]
    pub(crate) result: String,
    /// What the platform calls the result, if it has a name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    /// What the last look showed, where the platform does not show it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// The intent that stands for it.
    pub(crate) intent: Option<i64>,
}

impl Change {
    /// It was so before: by that intent, or by nobody that is known here.
    pub(crate) fn already(intent: Option<IntentRow>) -> Self {
        let id = intent.as_ref().map(|intent| intent.id);
        let reference = intent.and_then(|intent| intent.reference);
        Self { result: "already".to_owned(), reference, detail: None, intent: id }
    }

    /// Whether the platform shows it.
    pub(crate) fn is_shown(&self) -> bool {
        self.result != UNVERIFIED
    }

    /// 200 where the platform shows it, else 202.
    pub(crate) fn status(&self) -> StatusCode {
        if self.is_shown() { StatusCode::OK } else { StatusCode::ACCEPTED }
    }
}

const UNVERIFIED: &str = "unverified";

/// Why nothing can be sent for an account, before anybody is asked.
pub(crate) fn objection(row: &ConnectorRow) -> Option<Problem> {
    if row.removed_at.is_some() {
        return Some(Problem::conflict("the account that it came from was removed"));
    }
    let path = format!("PATCH /api/v1/platform-accounts/{}", row.id);
    if !is_live(row) {
        let problem = Problem::conflict("its account is in fixture mode: there is no platform to write to");
        return Some(problem.with_fix(format!("{path} {{\"mode\": \"api\", \"credentials\": {{…}}}}")));
    }
    if !row.enabled {
        let problem = Problem::conflict(format!("account {} is disabled", row.id));
        return Some(problem.with_fix(format!("{path} {{\"enabled\": true}}")));
    }
    row.needs_authorization().map(|reason| {
        Problem::conflict(reason.to_owned()).with_fix(format!("runner connectors authorize {}", row.name))
    })
}

/// What is so at the platform now, or what stands against it.
///
/// # Errors
/// 409 and 422 for a refusal, with the platform's code; 503 where nothing was changed for a reason that passes; 504 where
/// nobody knows.
pub(crate) fn judge(outcome: WriteOutcome, row: &ConnectorRow) -> Result<Change, Problem> {
    let WriteOutcome { result, reference, code, message, kind, intent, .. } = outcome;
    if matches!(result.as_str(), "done" | "already" | UNVERIFIED) {
        return Ok(Change { result, reference, detail: message, intent });
    }
    let detail = message.unwrap_or_else(|| "the platform gives no reason".to_owned());
    let problem = match (result.as_str(), kind) {
        ("refused" | "failed", Some(ErrorKind::Auth | ErrorKind::Permission)) => {
            let test = format!("POST /api/v1/sync/platforms/{}/test", row.platform);
            Problem::conflict(detail).with_fix(format!("{test} {{\"account_id\": {}}}", row.id))
        }
        (
            "refused" | "failed",
            Some(ErrorKind::Config | ErrorKind::Rejected | ErrorKind::Unsupported | ErrorKind::TooWide),
        ) => Problem::refused(detail).with_fix("see what the platform says, change it and send it again"),
        ("refused", None | Some(ErrorKind::Conflict | ErrorKind::NotFound)) => {
            Problem::conflict(detail).with_fix("look at it as it stands now, then decide again")
        }
        ("failed", Some(ErrorKind::Conflict)) if intent.is_some() => {
            Problem::conflict(detail).with_fix("nothing was changed; sync the account, then send it again")
        }
        ("refused", _) => Problem::refused(detail),
        ("failed", _) => Problem::unavailable("nothing was changed")
            .with_detail(detail)
            .with_fix("nothing was changed; send it again after the time that Retry-After names"),
        _ => Problem::unknown_outcome(detail)
            .with_fix("send the same request again: it looks at the platform first, and sends nothing twice"),
    };
    Err(problem.of_attempt(code, intent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(result: &str, kind: Option<ErrorKind>, intent: Option<i64>) -> u16 {
        let outcome = WriteOutcome {
            is_good: false,
            result: result.to_owned(),
            reference: None,
            code: Some("104121".to_owned()),
            message: Some("no".to_owned()),
            kind,
            intent,
        };
        judge(outcome, &row()).expect_err("not done").status().as_u16()
    }

    fn row() -> ConnectorRow {
        let at = chrono::DateTime::UNIX_EPOCH;
        ConnectorRow {
            id: 1,
            owner_id: Some(1),
            platform: "smartstore".into(),
            name: "main".into(),
            label: None,
            mode: "api".into(),
            enabled: true,
            config: serde_json::Map::new(),
            created_at: at,
            updated_at: at,
            lease_owner: None,
            lease_until: None,
            config_fault: None,
            removed_at: None,
        }
    }

    #[test]
    fn an_account_that_cannot_be_written_to_says_why() {
        assert!(objection(&row()).is_none());
        for odd in [
            ConnectorRow { mode: "fixture".into(), ..row() },
            ConnectorRow { enabled: false, ..row() },
            ConnectorRow { removed_at: Some(chrono::DateTime::UNIX_EPOCH), ..row() },
        ] {
            assert_eq!(objection(&odd).expect("an objection").status(), 409);
        }
    }

    #[test]
    fn who_acts_on_it_decides_over_the_status() {
        for (result, kind, intent, expected) in [
            ("refused", Some(ErrorKind::Conflict), Some(1), 409),
            ("refused", None, Some(1), 409),
            ("refused", Some(ErrorKind::Rejected), Some(1), 422),
            ("failed", Some(ErrorKind::Auth), None, 409),
            ("failed", Some(ErrorKind::Conflict), Some(1), 409),
            ("failed", Some(ErrorKind::Conflict), None, 503),
            ("failed", Some(ErrorKind::Unavailable), Some(1), 503),
            ("unknown", None, Some(1), 504),
            ("sending", None, Some(1), 504),
        ] {
            assert_eq!(status(result, kind, intent), expected, "{result} {kind:?}");
        }
    }
}
