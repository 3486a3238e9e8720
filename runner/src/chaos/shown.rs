//! What shows while a storm passes.

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::verdict::Verdict;

/// How often a line is logged where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What moves meanwhile: a bar on a terminal, a log line now and then elsewhere.
#[derive(Debug)]
pub(super) struct Shown {
    bar: Option<ProgressBar>,
    line_at: Mutex<Instant>,
}

impl Shown {
    pub(super) fn new(bars: Option<MultiProgress>, kills: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} kills  {msg}  {elapsed}, {eta} to go")
            .expect("the template is a constant that the tests build");
        let bars = bars.filter(|_| std::io::stderr().is_terminal());
        let bar = bars.map(|bars| bars.add(ProgressBar::new(kills).with_style(style)));
        Self { bar, line_at: Mutex::new(Instant::now()) }
    }

    pub(super) fn update(&self, verdict: &Verdict) {
        let Verdict { kills, faults, starts, broken_in_all, .. } = verdict;
        let said = format!("{starts} starts, {faults} faults, {broken_in_all} laws broken");
        if let Some(bar) = &self.bar {
            bar.set_position(*kills);
            bar.set_message(said);
            return;
        }
        let mut line_at = self.line_at.lock().unwrap_or_else(PoisonError::into_inner);
        if line_at.elapsed() >= LINE_EVERY {
            *line_at = Instant::now();
            tracing::info!("{kills} kills, {said}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_without_a_terminal_needs_no_bar() {
        let shown = Shown::new(None, 10);
        shown.update(&Verdict::default());
        assert!(shown.bar.is_none());
    }
}
