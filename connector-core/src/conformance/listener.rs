//! Hears everything that is logged, at every level, and keeps it as text.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber for all levels. Cloning shares what was heard.
#[derive(Clone, Default)]
pub(super) struct Listener {
    heard: Arc<Mutex<String>>,
    spans: Arc<AtomicU64>,
}

impl Listener {
    /// Everything logged so far: fields of events and spans, with their names.
    pub(super) fn heard(&self) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, record: impl FnOnce(&mut Line<'_>)) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        record(&mut Line(&mut heard));
        heard.push('\n');
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a String takes any text");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{}={value} ", field.name()).expect("a String takes any text");
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.note(|line| span.record(line));
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        self.note(|line| values.record(line));
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.note(|line| event.record(line));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_fields_of_events_and_spans_at_every_level() {
        let listener = Listener::default();
        tracing::subscriber::with_default(listener.clone(), || {
            let span = tracing::trace_span!("outer", account = "shop-1", later = tracing::field::Empty);
            span.record("later", "filled");
            span.in_scope(|| tracing::trace!(key = %"value-1", "said {}", "value-2"));
        });
        for word in ["shop-1", "filled", "value-1", "said value-2"] {
            assert!(listener.heard().contains(word), "{word}: {}", listener.heard());
        }
    }
}
