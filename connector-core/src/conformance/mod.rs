//! The laws that every connector keeps, each a named case.
//!
//! A connector crate's `tests/conformance.rs` is one call with sample settings; each law becomes a test of its name:
//!
//! ```text
//! use connector_smartstore as _; // links the registration in
//!
//! connector_core::conformance_tests!("smartstore", {
//!     "client_id": "sample-client-id-0001",
//!     "client_secret": "$2a$04$KBTMVR2jQfWqZLnH7cDxYe",
//! });
//! ```
//!
//! The laws know nothing of a platform but its registration. They replay its fixture, note what the connector asks and
//! what it makes of the answers, and then change the answers: too many calls, a refused credential, a page of HTML, a
//! row without one of its fields. Which rows and fields there are they find out from what the undisturbed run brought.
//!
//! Commands are tried by the samples in [`crate::Registration::fixture_commands`]: what is sent is told by how requests are
//! marked ([`crate::http::Request::writes`]). A fixture that shows a sample's target first as it was and, repeated, as it is then
//! lets the laws try an answer that is lost after its effect; one sample at least must be shown so.
//!
//! The sample's secrets must be distinctive texts of eight characters or more, since the laws look for them in logs,
//! errors, `Debug` and addresses. A law that says nothing about a connector, such as one on change lists for a
//! connector without any, passes and says why in its output.
//!
//! A connector can also be tried against a server that keeps state, such as a simulator: see [`server`].
//!
//! Beside the laws there are two tools for a connector's own property tests and fuzz targets: [`distort`] makes odd
//! payloads of real ones, [`given`] calls a connector on them.

mod commands;
mod credentials;
mod damage;
pub mod distort;
mod disturbances;
pub mod given;
mod listener;
mod odd_rows;
mod pacing;
mod privacy;
mod reading;
mod registration;
mod resuming;
mod rows;
mod scene;
pub mod server;
mod stage;

use std::fmt::Write as _;

use futures_util::future::BoxFuture;
use serde_json::Value;

use self::listener::Listener;
use self::scene::Subject;
use crate::error::Error;

/// Used by [`conformance_tests`](crate::conformance_tests).
pub use serde_json::json;

/// What came of one law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The connector keeps it.
    Kept,
    /// It says nothing about this connector, and why.
    Beside(String),
    /// The connector breaks it, and how.
    Broken(String),
}

/// Why a law was not kept.
#[derive(Debug)]
enum Breach {
    Broken(String),
    Beside(String),
}

type Verdict = Result<(), Breach>;

impl From<Error> for Breach {
    fn from(error: Error) -> Self {
        Self::Broken(format!("{error:?}"))
    }
}

/// The law is broken.
fn broken(what: impl Into<String>) -> Breach {
    Breach::Broken(what.into())
}

/// The law says nothing about this connector.
fn beside(why: impl Into<String>) -> Breach {
    Breach::Beside(why.into())
}

/// Breaks the law unless `holds`.
fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Breach::Broken(otherwise())) }
}

type Law = for<'a> fn(&'a Subject) -> BoxFuture<'a, Verdict>;

/// Declares the laws: the table for [`run`], and the macro that makes a test of each.
macro_rules! laws {
    (($d:tt) $($(#[doc = $doc:literal])+ $name:ident: $home:ident,)+) => {
        /// All laws, with what they say.
        static LAWS: &[(&str, &str, Law)] =
            &[$((stringify!($name), concat!($($doc),+), |subject| Box::pin($home::$name(subject)))),+];

        /// Makes one `#[test]` of each law for the connector of that platform, with sample settings as JSON.
        #[macro_export]
        macro_rules! conformance_tests {
            ($d platform:expr, $d ($d settings:tt)+) => {
                $(
                    $(#[doc = $doc])+
                    #[test]
                    fn $name() {
                        let settings = $d crate::conformance::json!($d ($d settings)+);
                        $d crate::conformance::keep($d platform, settings, stringify!($name));
                    }
                )+
            };
        }
    };
}

laws! { ($)
    /// The registry finds the connector by its platform key and by each alias.
    is_found_by_its_names: registration,
    /// Names are lower-case words; titles, labels and helps are filled in.
    names_are_well_formed: registration,
    /// Sample and fixture settings build a connector with a clean address and an application.
    settings_build_a_connector: registration,
    /// A setting that nobody declared is refused and named.
    an_unknown_setting_is_refused: registration,
    /// Without a required setting there is a `Config` error that names it; without any other there is none.
    a_missing_setting_is_named: registration,
    /// Every declared setting is one that the connector takes.
    every_declared_setting_is_taken: registration,
    /// The JSON Schema lists every setting, marks secrets as such and asks for the required ones.
    the_schema_lists_every_setting: registration,
    /// What is named like a secret is one.
    secrets_are_declared_secret: registration,
    /// The address in the settings is the one that is called.
    the_address_can_be_set: registration,
    /// Streams have distinct names, and windows, batches and intervals that can work.
    the_spec_is_sound: registration,
    /// Limits are positive, distinct, and cover every operation.
    limits_cover_every_operation: registration,
    /// A stream that is not declared is refused.
    an_unknown_stream_is_refused: registration,
    /// Fetching by key and taking the census are refused where they are not declared.
    what_is_not_declared_is_refused: registration,
    /// The address for a consent carries the state and no secret; without a consent, no code is taken.
    a_consent_carries_its_state_and_no_secret: registration,
    /// Check, sync, census and the sample commands use every entry of the fixture.
    every_fixture_entry_is_used: reading,
    /// Every stream yields records.
    every_stream_yields_records: reading,
    /// Keys are unique within a page, and clean texts.
    keys_are_unique: reading,
    /// No record is from the scenario's future, nor from before the platforms.
    times_are_sane: reading,
    /// The platform's own status word is kept as it is.
    the_status_is_the_platforms_own_word: reading,
    /// The kept object is JSON and, for orders, holds the order's key.
    the_raw_object_is_json_with_its_key: reading,
    /// An order's kept object is, byte for byte, a piece of what the platform sent.
    the_raw_object_is_what_the_platform_sent: reading,
    /// Reading twice gives the same, and a second sync changes nothing.
    reading_twice_gives_the_same: reading,
    /// Whatever was listed is stored or counted as failed.
    everything_listed_is_accounted_for: reading,
    /// The census names the same orders and sums as the changes do, on every Korean day.
    the_census_agrees_with_the_changes: reading,
    /// Windows follow one another without a gap, within the maximum, and end before now.
    windows_touch_within_the_maximum: reading,
    /// A window that is asked for reaches the platform.
    the_window_reaches_the_platform: reading,
    /// No page is asked for twice.
    pages_advance: reading,
    /// A page without rows is no error and ends its list.
    an_empty_page_is_no_error: reading,
    /// A run that dies before or after any save, and is resumed, ends like one that lived.
    a_run_killed_at_any_save_resumes_to_the_same: resuming,
    /// A run that is stopped keeps what it has, and its successor ends like one that was not.
    a_stopped_run_resumes_to_the_same: resuming,
    /// `check` accepts a good credential.
    check_accepts_a_good_credential: credentials,
    /// `check` calls a refused credential a matter of credentials or rights, and says what to do.
    check_names_a_refused_credential: credentials,
    /// `check` calls a missing right a matter of credentials or rights, and says what to do.
    check_names_a_missing_right: credentials,
    /// A refused request for a credential is an error with a fix, and is not repeated without end.
    a_refused_authorization_is_named: credentials,
    /// A credential that is refused once is replaced, and the request succeeds.
    a_refused_credential_is_renewed: credentials,
    /// A credential that is refused again and again is replaced exactly once.
    a_refused_credential_is_renewed_only_once: credentials,
    /// A fresh credential is not asked for again.
    a_fresh_credential_is_used_again: credentials,
    /// A credential is renewed when its time has come, before it lapses, and not sooner.
    a_credential_is_renewed_before_it_lapses: credentials,
    /// Thirty-two tasks that need a credential at once cause one request for it.
    many_tasks_share_one_renewal: credentials,
    /// A credential that was kept serves a later process without a request.
    a_kept_credential_is_used: credentials,
    /// A credential is kept before it is used for the first time.
    a_credential_is_kept_before_it_is_used: credentials,
    /// Secrets and tokens appear in no log, error or `Debug`.
    secrets_stay_out_of_logs_errors_and_debug: privacy,
    /// Secrets and tokens appear in no address and no query.
    secrets_stay_out_of_addresses: privacy,
    /// A secret setting of the wrong type is refused without being quoted.
    a_wrong_secret_is_not_quoted: privacy,
    /// Personal data appears in no log, error or `Debug`.
    personal_data_stays_out_of_logs_errors_and_debug: privacy,
    /// After a 429 the request is sent again when the platform said, and succeeds.
    too_many_calls_wait_as_told: disturbances,
    /// After a 5xx the request is sent again, and succeeds.
    a_failing_platform_is_asked_again: disturbances,
    /// A read whose answer is lost is sent again, and succeeds.
    a_lost_answer_is_asked_for_again: disturbances,
    /// A platform that is down for good ends the run with an error and leaves nothing half-written.
    a_platform_that_stays_down_is_reported: disturbances,
    /// A page of HTML with status 200 is an error that names it.
    html_in_place_of_json_is_named: damage,
    /// An answer that is cut off is an error that names it.
    a_cut_off_answer_is_named: damage,
    /// An answer of another shape is an error, never zero rows.
    an_answer_of_another_shape_is_an_error: damage,
    /// A row without one of its fields fails alone, or is read without it.
    a_missing_field_touches_its_row_only: odd_rows,
    /// A row with a null fails alone, or is read without it.
    a_null_touches_its_row_only: odd_rows,
    /// A row with a value of another type fails alone and is named, without its content.
    a_mangled_field_touches_its_row_only: odd_rows,
    /// An unknown status is kept as it is, with the state unknown.
    an_unknown_status_survives: odd_rows,
    /// Fields that nobody knows yet change nothing and are kept.
    new_fields_survive: odd_rows,
    /// A fraction of a won is a failure, never rounded.
    a_fraction_of_a_won_is_refused: odd_rows,
    /// A row that the platform sends twice is stored once.
    a_row_sent_twice_is_stored_once: odd_rows,
    /// A row that was listed and has no details is a failure with its key.
    missing_details_are_failures: odd_rows,
    /// Every declared command has a sample, and what is not declared is refused without a call.
    every_command_has_a_sample: commands,
    /// Commands are distinct, their batches and looks can work, and each carrier has a code of its own.
    the_commands_are_sound: commands,
    /// A look changes nothing and brings one finding an action.
    a_look_only_reads: commands,
    /// A batch is one call and brings one outcome an action.
    a_batch_is_one_call: commands,
    /// A command whose answer is lost, cut or none at all is sent once, and its error leaves doubt.
    a_lost_answer_to_a_command_leaves_doubt: commands,
    /// After a 429 a command is sent again when the platform said.
    a_command_waits_as_told: commands,
    /// Commands, receipts, findings and errors show neither secrets nor personal data.
    commands_show_no_secret_and_nobody: commands,
    /// An effect whose answer is lost is found, and the command is not sent again.
    an_effect_without_answer_is_found: commands,
    /// A paced client never asks more often than declared, or than the answers allow.
    declared_limits_are_kept: pacing,
}

/// Names and meanings of all laws.
pub fn laws() -> impl Iterator<Item = (&'static str, &'static str)> {
    LAWS.iter().map(|(name, says, _)| (*name, says.trim()))
}

/// A runtime on which waiting takes no time.
fn timeless() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing of the system")
}

/// Tries one law on the connector of `platform`.
///
/// # Panics
/// When there is no law of that name.
#[must_use]
pub fn judge(platform: &str, settings: Value, law: &str) -> Outcome {
    let (.., law) = LAWS.iter().find(|(name, ..)| *name == law).expect("a law of this name");
    let runtime = timeless();
    let listener = Listener::default();
    let verdict = tracing::subscriber::with_default(listener.clone(), || {
        let subject = Subject::new(platform, settings, listener)?;
        runtime.block_on(law(&subject))
    });
    match verdict {
        Ok(()) => Outcome::Kept,
        Err(Breach::Beside(why)) => Outcome::Beside(why),
        Err(Breach::Broken(how)) => Outcome::Broken(how),
    }
}

/// Tries one law and fails the test when it is broken.
///
/// # Panics
/// When the connector breaks the law.
#[expect(clippy::print_stdout, reason = "it is the output of a test")]
pub fn keep(platform: &str, settings: Value, law: &str) {
    match judge(platform, settings, law) {
        Outcome::Kept => {}
        Outcome::Beside(why) => println!("{platform}: this law says nothing here: {why}"),
        Outcome::Broken(how) => panic!("{platform} breaks the law {law}: {how}"),
    }
}

/// Tries all laws.
///
/// # Panics
/// When the connector breaks any, with a table of all.
pub fn run(platform: &str, settings: &Value) {
    let mut table = String::new();
    let mut broken = 0;
    for (law, says, _) in LAWS {
        let outcome = judge(platform, settings.clone(), law);
        let line = match &outcome {
            Outcome::Kept => format!("kept    {law}"),
            Outcome::Beside(why) => format!("beside  {law}: {why}"),
            Outcome::Broken(how) => format!("BROKEN  {law}:{says} {how}"),
        };
        broken += usize::from(matches!(outcome, Outcome::Broken(_)));
        writeln!(table, "{line}").expect("a String takes any text");
    }
    assert!(broken == 0, "{platform} breaks {broken} of {} laws:\n{table}", LAWS.len());
}
