//! What moves while a run is under way: bars on a terminal, a log line every few seconds elsewhere.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::{counted, grouped};
use crate::summary::Counts;

/// How often a line is logged for a stream where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far each stream has got. Shared by all accounts of a run.
#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
    streams: Mutex<HashMap<(String, String), Shown>>,
}

#[derive(Debug)]
struct Shown {
    bar: Option<ProgressBar>,
    line_at: Instant,
}

impl Progress {
    /// Bars when standard error is a terminal and `quiet` is not asked for, log lines otherwise.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let bars = (!quiet && io::stderr().is_terminal()).then(MultiProgress::new);
        Self { bars, streams: Mutex::default() }
    }

    /// The bars, for the log writer: a log line must not be written through them.
    #[must_use]
    pub fn bars(&self) -> Option<MultiProgress> {
        self.bars.clone()
    }

    /// Shows the counts of a stream as they stand now. Cheap; call it after every page.
    pub fn update(&self, account: &str, stream: &str, counts: &Counts) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let shown = streams.entry((account.to_owned(), stream.to_owned())).or_insert_with(|| Shown {
            bar: self.bars.as_ref().map(|bars| bars.add(bar(&format!("{account} {stream}")))),
            line_at: now,
        });
        if let Some(bar) = &shown.bar {
            bar.set_message(text(counts));
            bar.tick();
        } else if now.duration_since(shown.line_at) >= LINE_EVERY {
            shown.line_at = now;
            tracing::info!(connector = account, stream, "{account} {stream}: {}", text(counts));
        }
    }

    /// Takes a stream's bar away.
    pub fn finish(&self, account: &str, stream: &str) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Shown { bar: Some(bar), .. }) = streams.remove(&(account.to_owned(), stream.to_owned())) {
            bar.finish_and_clear();
        }
    }
}

fn bar(title: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {prefix}  {msg}  {elapsed}")
        .expect("the template is a constant that the tests build");
    let bar = ProgressBar::new_spinner().with_style(style).with_prefix(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn text(counts: &Counts) -> String {
    let mut text = format!(
        "{} seen, {} new, {} changed, {}",
        grouped(counts.seen),
        grouped(counts.new),
        grouped(counts.changed),
        counted(counts.calls, "call", "calls")
    );
    if counts.failed > 0 {
        text.push_str(&format!(", {} failed", grouped(counts.failed)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_what_was_counted() {
        let bar = bar("main orders");
        assert_eq!(bar.prefix(), "main orders");
        let counts = Counts { seen: 1_200, new: 7, calls: 1, failed: 2, ..Counts::default() };
        assert_eq!(text(&counts), "1,200 seen, 7 new, 0 changed, 1 call, 2 failed");
    }

    #[test]
    fn a_stream_comes_and_goes() {
        let progress = Progress::new(true);
        progress.update("main", "orders", &Counts::default());
        assert_eq!(progress.streams.lock().expect("unpoisoned").len(), 1);
        progress.finish("main", "orders");
        assert!(progress.streams.lock().expect("unpoisoned").is_empty());
    }
}
