//! What became of each thing that was to be done.

use connector_core::ErrorKind;
use connector_core::command::Verdict;
use serde::Serialize;
use storage::IntentRow;

use crate::output::{Table, counted};

/// One thing and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct WriteResult {
    /// The account's name.
    pub connector: String,
    /// Its platform.
    pub platform: String,
    /// What was to be done.
    pub command: String,
    /// To what.
    pub target: String,
    /// `done`, `already`, `unverified`, `refused`, `failed`, `unknown`, or `would_send` in a dry run.
    pub result: String,
    /// What the platform calls the result, such as a new product's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The platform's own error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The intent that stands for it; absent where nothing was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<i64>,
    /// Who acts on a refusal or failure; unknown of one that was stored.
    #[serde(skip)]
    pub kind: Option<ErrorKind>,
}

impl WriteResult {
    /// Puts a verdict into the result.
    #[must_use]
    pub fn with(self, verdict: &Verdict) -> Self {
        let result = verdict.name().to_owned();
        let kind = match verdict {
            Verdict::Refused(refusal) | Verdict::Failed(refusal) => Some(refusal.kind),
            _ => None,
        };
        let (reference, code, message) = match verdict.clone() {
            Verdict::Done { reference } | Verdict::Already { reference } => (reference, None, None),
            Verdict::Unverified { reference, reason } => (reference, None, Some(reason)),
            Verdict::Refused(refusal) | Verdict::Failed(refusal) => {
                (None, refusal.code, Some(refusal.message))
            }
            Verdict::Unknown { reason } => (None, None, Some(reason)),
            Verdict::WouldSend => (None, None, None),
        };
        Self { result, reference, code, message, kind, ..self }
    }

    /// Tells what became of an intent that was given before.
    pub(super) fn repeat(&mut self, intent: &IntentRow) {
        self.result = intent.state.name().to_owned();
        self.reference.clone_from(&intent.reference);
        self.code.clone_from(&intent.code);
        self.message.clone_from(&intent.message);
        self.kind = None;
    }

    /// Whether what was asked for is so, or in a dry run would be sent.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.result.as_str(), "done" | "already" | "would_send")
    }
}

/// What became of all of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WriteReport {
    /// Whether nothing was sent on purpose.
    pub dry_run: bool,
    /// How many are as asked for.
    pub good: usize,
    /// How many are not.
    pub bad: usize,
    /// One result a thing, in the order in which they were asked for.
    pub results: Vec<WriteResult>,
}

impl WriteReport {
    /// A report of these results.
    #[must_use]
    pub fn new(dry_run: bool, results: Vec<WriteResult>) -> Self {
        let good = results.iter().filter(|result| result.is_good()).count();
        Self { dry_run, good, bad: results.len() - good, results }
    }

    /// 1 when anything is not as asked for.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.bad > 0)
    }

    /// For people: a table, and the sum.
    #[must_use]
    pub fn text(&self) -> String {
        if self.results.is_empty() {
            return "Nothing to do.".to_owned();
        }
        let mut table = Table::new(&["Account", "Command", "Target", "Result", "Why"]);
        for result in &self.results {
            let code = result.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
            let why = match (&result.message, &result.reference) {
                (Some(message), _) => format!("{code}{message}"),
                (None, Some(reference)) => format!("as {reference}"),
                (None, None) => String::new(),
            };
            table.row([
                &result.connector,
                &result.command,
                &result.target,
                &result.result.replace('_', " "),
                &why,
            ]);
        }
        let all = counted(self.results.len() as u64, "thing", "things");
        let end = match (self.dry_run, self.bad) {
            (true, _) => format!("{all} looked at; nothing was sent."),
            (false, 0) => format!("{all} done, as the platforms show."),
            (false, bad) => format!("{} of {all} done; {bad} not.", self.good),
        };
        let unknown = self.results.iter().any(|result| result.result == "unknown");
        let hint = if unknown { "\nWhat is unknown is looked for again: runner intents resolve" } else { "" };
        format!("{}\n{end}{hint}\n", table.text())
    }
}

#[cfg(test)]
mod tests {
    use connector_core::command::Refusal;

    use super::*;

    fn result(target: &str) -> WriteResult {
        WriteResult {
            connector: "main".into(),
            platform: "smartstore".into(),
            command: "ship".into(),
            target: target.into(),
            result: String::new(),
            reference: None,
            code: None,
            message: None,
            intent: Some(1),
            kind: None,
        }
    }

    #[test]
    fn what_is_not_done_says_why_and_sets_the_exit_code() {
        let refusal = Refusal {
            kind: connector_core::ErrorKind::Rejected,
            code: Some("104121".into()),
            message: "used".into(),
        };
        let results = vec![
            result("1").with(&Verdict::Done { reference: None }),
            result("2").with(&Verdict::Refused(refusal)),
            result("3").with(&Verdict::Unknown { reason: "cut".into() }),
        ];
        let report = WriteReport::new(false, results);
        assert_eq!((report.good, report.bad, report.exit_code()), (1, 2, 1));
        let text = report.text();
        assert!(
            text.contains("104121: used") && text.contains("intents resolve") && text.contains("1 of 3"),
            "{text}"
        );
        let dry = WriteReport::new(true, vec![result("1").with(&Verdict::WouldSend)]);
        assert_eq!(dry.exit_code(), 0);
        assert!(dry.text().contains("nothing was sent"));
    }
}
