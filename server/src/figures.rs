//! What the server counts of itself, as Prometheus reads it. Nothing here is labelled by account, user or order.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 60.0];

/// What is counted. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    /// By method, route and status.
    requests: BTreeMap<(String, String, u16), u64>,
    /// By route: in each bucket, the sum of seconds, all.
    durations: BTreeMap<String, ([u64; BUCKETS.len()], f64, u64)>,
    /// By platform and outcome.
    syncs: BTreeMap<(String, &'static str), u64>,
    running: u64,
}

impl Figures {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts are sound whatever their last user did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answered request.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut counts = self.counts();
        *counts.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        let seconds = took.as_secs_f64();
        let (buckets, sum, all) = counts.durations.entry(route.to_owned()).or_default();
        for (bucket, end) in buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= end);
        }
        *sum += seconds;
        *all += 1;
    }

    /// Counts the sync of an account as begun.
    pub(crate) fn sync_began(&self) {
        self.counts().running += 1;
    }

    /// Counts the sync of an account as ended.
    pub(crate) fn sync_ended(&self, platform: &str, status: &'static str) {
        let mut counts = self.counts();
        counts.running = counts.running.saturating_sub(1);
        *counts.syncs.entry((platform.to_owned(), status)).or_default() += 1;
    }

    /// All of it, in the text format 0.0.4.
    pub(crate) fn text(&self) -> String {
        let counts = self.counts();
        let mut text = String::new();
        let mut line = |args: std::fmt::Arguments<'_>| {
            text.write_fmt(args).expect("writing to a text cannot fail");
            text.push('\n');
        };
        line(format_args!("# HELP runner_http_requests_total Answered requests."));
        line(format_args!("# TYPE runner_http_requests_total counter"));
        for ((method, route, status), count) in &counts.requests {
            line(format_args!(
                "runner_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            ));
        }
        line(format_args!("# HELP runner_http_request_duration_seconds How long requests took."));
        line(format_args!("# TYPE runner_http_request_duration_seconds histogram"));
        for (route, (buckets, sum, all)) in &counts.durations {
            let name = "runner_http_request_duration_seconds";
            for (bucket, end) in buckets.iter().zip(BUCKETS) {
                line(format_args!("{name}_bucket{{route=\"{route}\",le=\"{end}\"}} {bucket}"));
            }
            line(format_args!("{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {all}"));
            line(format_args!("{name}_sum{{route=\"{route}\"}} {sum}"));
            line(format_args!("{name}_count{{route=\"{route}\"}} {all}"));
        }
        line(format_args!("# HELP runner_account_syncs_total Syncs of one account that have ended."));
        line(format_args!("# TYPE runner_account_syncs_total counter"));
        for ((platform, status), count) in &counts.syncs {
            line(format_args!(
                "runner_account_syncs_total{{platform=\"{platform}\",status=\"{status}\"}} {count}"
            ));
        }
        line(format_args!("# HELP runner_account_syncs_running Syncs of one account that are under way."));
        line(format_args!("# TYPE runner_account_syncs_running gauge"));
        line(format_args!("runner_account_syncs_running {}", counts.running));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_as_prometheus_reads_them() {
        let figures = Figures::default();
        figures.request("GET", "/api/v1/orders", 200, Duration::from_millis(30));
        figures.request("GET", "/api/v1/orders", 200, Duration::from_secs(2));
        figures.sync_began();
        figures.sync_ended("smartstore", "succeeded");
        let text = figures.text();
        for expected in [
            "runner_http_requests_total{method=\"GET\",route=\"/api/v1/orders\",status=\"200\"} 2",
            "runner_http_request_duration_seconds_bucket{route=\"/api/v1/orders\",le=\"0.05\"} 1",
            "runner_http_request_duration_seconds_bucket{route=\"/api/v1/orders\",le=\"+Inf\"} 2",
            "runner_account_syncs_total{platform=\"smartstore\",status=\"succeeded\"} 1",
            "runner_account_syncs_running 0",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }
}
