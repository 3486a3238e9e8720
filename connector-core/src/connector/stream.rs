//! Streams as data: what can be read, and how it is walked.

use std::time::Duration;

use crate::record::OrderState;

/// One kind of thing that can be read.
#[derive(Debug)]
pub struct StreamSpec {
    /// `orders`, `metrics`, ...
    pub name: &'static str,
    /// How it is read.
    pub sync: SyncMode,
    /// Set where `read` lists only what changed, and `fetch` brings the records.
    pub details: Option<Details>,
    /// Set where a record can change without the change list saying so.
    pub reread: Option<Reread>,
    /// Set where a range of days can be listed in a second way, to prove that nothing is missing.
    pub census: Option<Census>,
    /// Set where a run reads it only when the stream is asked for by name.
    pub on_request: bool,
}

impl StreamSpec {
    /// A stream of whole records, which every run reads and nothing proves or repeats.
    #[must_use]
    pub const fn plain(name: &'static str, sync: SyncMode) -> Self {
        Self { name, sync, details: None, reread: None, census: None, on_request: false }
    }

    /// The same of a stream that is read by whole Korean days; see [`SyncMode::Daily`].
    #[must_use]
    pub const fn daily(name: &'static str, resettle_days: u32, stride_days: u32) -> Self {
        Self::plain(name, SyncMode::Daily { resettle_days, stride_days })
    }

    /// The same, whose records come by key, so many at once.
    #[must_use]
    pub const fn fetched(mut self, batch: usize) -> Self {
        self.details = Some(Details { batch });
        self
    }

    /// The same, whose records in these states are read again every six hours, until they are two months old.
    #[must_use]
    pub const fn reread(mut self, states: &'static [OrderState]) -> Self {
        let (every, max_age) = (Duration::from_hours(6), Duration::from_hours(60 * 24));
        self.reread = Some(Reread { states, every, max_age });
        self
    }

    /// The same, which can be listed by order time as well, in windows so wide.
    #[must_use]
    pub const fn census(mut self, max_window: Duration) -> Self {
        self.census = Some(Census { max_window });
        self
    }

    /// The same, which a run reads only when it is asked for by name.
    #[must_use]
    pub const fn on_request(mut self) -> Self {
        self.on_request = true;
        self
    }
}

/// How a stream is walked.
#[derive(Clone, Copy, Debug)]
pub enum SyncMode {
    /// Read whole at each run.
    Snapshot,
    /// Read by time of change.
    Incremental {
        /// The widest window that the platform accepts.
        max_window: Duration,
        /// How far back of the cursor each run starts, for rows that the platform shows late.
        overlap: Duration,
        /// How far before now a run ends, so that the platform has made up its mind.
        settle: Duration,
    },
    /// Read by whole Korean days: figures of a day, or rows that the platform dates by day only. The lists to read are
    /// [`super::Connector::day_lists`].
    Daily {
        /// A day is read again by each run until it lies more than this many days back; it is settled then.
        resettle_days: u32,
        /// After so many days the cursor moves, so that a run that is cut short repeats no more than these.
        stride_days: u32,
    },
}

/// One of the lists that a [`SyncMode::Daily`] stream is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayList {
    /// What it is, for messages: `products/sales of shop 1`.
    pub name: String,
    /// The token of its first page.
    pub first_page: String,
    /// How many days one window may span.
    pub max_days: u32,
    /// It tells only what happened later to rows that another list brings, so days that are read for the first time,
    /// or again by request, do without it.
    pub follow_up: bool,
    /// Whether a part of a day can be asked for, so that a day which holds too much can be cut into minutes.
    pub parts_of_days: bool,
    /// Set where the list brings all figures of its days, so that a stored one that it lacks is gone.
    pub figures: Option<Figures>,
}

impl DayList {
    /// A list of records that tells all of its days, and takes whole days only.
    #[must_use]
    pub fn new(name: impl Into<String>, first_page: impl Into<String>, max_days: u32) -> Self {
        Self {
            name: name.into(),
            first_page: first_page.into(),
            max_days,
            follow_up: false,
            parts_of_days: false,
            figures: None,
        }
    }
}

/// The figures that one list brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// `store`, `product` or `domain`.
    pub entity_type: &'static str,
    /// The mall's shop.
    pub shop_no: i64,
}

/// Records come by key, in a second call.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// The most keys that one `fetch` takes.
    pub batch: usize,
}

/// Records in these states are read again from time to time.
#[derive(Clone, Copy, Debug)]
pub struct Reread {
    /// The states that the platform leaves without telling.
    pub states: &'static [OrderState],
    /// How long an observation is good for.
    pub every: Duration,
    /// Records ordered longer ago than this are left alone.
    pub max_age: Duration,
}

/// A second way to list a range, by order time.
#[derive(Clone, Copy, Debug)]
pub struct Census {
    /// The widest window that the platform accepts.
    pub max_window: Duration,
}
