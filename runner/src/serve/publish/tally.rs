//! What came of a sync of products at one account.

use server::host::{Ended, StreamResult};
use storage::{LogCounts, ProductRow, Refused};

/// How many failures are told one by one.
const TOLD: usize = 10;

/// What is counted, product by product.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: LogCounts,
    told: Vec<String>,
    fix: Option<String>,
    /// Whether it was stopped before its end.
    pub(super) is_interrupted: bool,
}

impl Tally {
    pub(super) fn new_one(&mut self) {
        self.counts.seen += 1;
        self.counts.new += 1;
    }

    pub(super) fn changed(&mut self) {
        self.counts.seen += 1;
        self.counts.changed += 1;
    }

    pub(super) fn unchanged(&mut self) {
        self.counts.seen += 1;
        self.counts.unchanged += 1;
    }

    pub(super) fn failed(&mut self, product: &ProductRow, refused: &Refused) {
        self.fail(format!("product {} ({})", product.id, product.seller_code), refused);
    }

    /// A product that was named and is not there any more.
    pub(super) fn gone(&mut self, product_id: i64) {
        let refused = Refused { code: None, message: "it was removed".to_owned(), fix: None };
        self.fail(format!("product {product_id}"), &refused);
    }

    /// How often the platform was called in all.
    pub(super) fn calls(&mut self, calls: u64) {
        self.counts.calls = calls;
    }

    fn fail(&mut self, what: String, refused: &Refused) {
        self.counts.seen += 1;
        self.counts.failed += 1;
        if self.told.len() < TOLD {
            let code = refused.code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default();
            self.told.push(format!("{what}: {code}{}", refused.message));
        }
        if self.fix.is_none() {
            self.fix.clone_from(&refused.fix);
        }
    }

    pub(super) fn result(self) -> StreamResult {
        let LogCounts { seen, failed, .. } = self.counts;
        let ended = match failed {
            _ if self.is_interrupted => Ended::Interrupted,
            0 => Ended::Succeeded,
            all if all == seen => Ended::Failed,
            _ => Ended::Partial,
        };
        let message = (failed > 0).then(|| {
            let more = failed - self.told.len() as u64;
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{failed} of {seen} products: {}{more}", self.told.join("; "))
        });
        StreamResult {
            stream: "products".to_owned(),
            ended,
            window_from: None,
            window_to: None,
            counts: LogCounts { stored: self.counts.new + self.counts.changed, ..self.counts },
            message,
            fix: match failed {
                0 | 1 => self.fix,
                _ => Some("GET /api/v1/products/{id} says under last_error what to do about each".to_owned()),
            },
            code: (failed > 0).then(|| "products_failed".to_owned()),
        }
    }
}
