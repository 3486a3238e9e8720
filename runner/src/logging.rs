//! Log lines, on standard error only.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use connector_core::{Clock, time};
use indicatif::MultiProgress;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt as lines};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// Our own crates. The others, HTTP libraries above all, write headers and bodies at their finer levels, so nothing
/// finer than `info` is taken from them, whatever `RUST_LOG` says.
const OURS: &[&str] = &["connector_", "runner", "server", "storage"];

/// Starts logging for the whole process. `louder` counts `-v`, `quieter` counts `-q`; either overrides `RUST_LOG`.
///
/// # Errors
/// `Usage` when `RUST_LOG` cannot be understood, or when logging has been started before.
pub fn start(settings: &Settings, louder: u8, quieter: u8, bars: Option<MultiProgress>) -> Result<()> {
    let wanted = match i16::from(louder) - i16::from(quieter) {
        0 => settings.log_filter.as_deref().unwrap_or("info"),
        1 => "debug",
        2.. => "trace",
        -1 => "warn",
        _ => "error",
    };
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Error::usage(
            format!("RUST_LOG cannot be understood: {error}"),
            "set it to error, warn, info, debug or trace, or to target=level,...",
        )
    })?;
    let writer = Stderr { bars };
    let layer = if settings.log_json {
        lines::layer().json().flatten_event(true).with_writer(writer).boxed()
    } else {
        let colour = io::stderr().is_terminal();
        lines::layer()
            .compact()
            .with_target(false)
            .with_ansi(colour)
            .with_timer(Kst)
            .with_writer(writer)
            .boxed()
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter).with_filter(FilterFn::new(may_be_seen)))
        .try_init()
        .map_err(|error: TryInitError| Error::usage(format!("logging: {error}"), "start it once"))
}

fn may_be_seen(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || OURS.iter().any(|ours| metadata.target().starts_with(ours))
}

/// `10:00:00.000`, Korean time.
struct Kst;

impl FormatTime for Kst {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let text = time::kst_text(Clock::system().now());
        writer.write_str(text.get(11..23).unwrap_or(&text))
    }
}

/// Standard error, with progress bars taken out of the way while a line is written.
#[derive(Clone)]
struct Stderr {
    bars: Option<MultiProgress>,
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &self.bars {
            Some(bars) => bars.suspend(|| io::stderr().write_all(line))?,
            None => io::stderr().write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Keeps the lines instead of writing them.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unpoisoned").extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn headers_that_a_library_logs_are_not_seen() {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer = lines::layer().with_writer(move || writer.clone()).with_timer(Kst);
        let subscriber = tracing_subscriber::registry()
            .with(layer.with_filter(EnvFilter::new("trace")).with_filter(FilterFn::new(may_be_seen)));
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "hyper::proto", "authorization: Bearer hush");
            tracing::trace!(target: "connector_core::http", "sent");
            tracing::info!(target: "rustls", "handshake");
        });
        let text = String::from_utf8(kept.0.lock().expect("unpoisoned").clone()).expect("text");
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("sent") && text.contains("handshake"), "{text}");
    }
}
