//! The suite of laws on trial: a connector that keeps them all, and connectors that each break one.

#[path = "laws/orchard.rs"]
mod orchard;

use connector_core::Registration;
use connector_core::conformance::{Outcome, judge, laws};
use serde_json::{Value, json};

use self::orchard::{FIELDS, Flaw, build};

connector_core::conformance_tests!("orchard", { "shop_id": "shop-1", "shop_secret": "orchard-secret-0001" });

fn settings() -> Value {
    json!({ "shop_id": "shop-1", "shop_secret": "orchard-secret-0001" })
}

/// Registers one connector for each flaw, and lists which law must find it.
macro_rules! orchards {
    ($($platform:literal $flaw:ident: $law:literal,)+) => {
        $(connector_core::inventory::submit! {
            Registration {
                platform: $platform,
                aliases: &[],
                title: "Orchard",
                fields: FIELDS,
                build: |config| build(config, Flaw::$flaw),
                fixture: include_str!("laws/orchard.json"),
                fixture_settings: r#"{"shop_id": "shop-1", "shop_secret": "orchard-secret-0001"}"#,
                fixture_commands: include_str!("laws/commands.json"),
                personal_fields: &["buyer", "note"],
            }
        })+
        const FLAWS: &[(&str, &str)] = &[$(($platform, $law)),+];
    };
}

orchards! {
    "orchard" None: "",
    "orchard-1" TakesAnySetting: "an_unknown_setting_is_refused",
    "orchard-2" NeedsNoSecret: "a_missing_setting_is_named",
    "orchard-3" QuotesSettings: "a_wrong_secret_is_not_quoted",
    "orchard-4" CallsHomeOnly: "the_address_can_be_set",
    "orchard-5" HasNoBatch: "the_spec_is_sound",
    "orchard-6" HasNoLimits: "limits_cover_every_operation",
    "orchard-7" FetchesUndeclared: "what_is_not_declared_is_refused",
    "orchard-8" SignsInTheQuery: "secrets_stay_out_of_addresses",
    "orchard-9" ShowsItsSecret: "secrets_stay_out_of_logs_errors_and_debug",
    "orchard-10" LogsBuyers: "personal_data_stays_out_of_logs_errors_and_debug",
    "orchard-11" ChecksNothing: "check_accepts_a_good_credential",
    "orchard-12" IgnoresRefusals: "a_refused_credential_is_renewed",
    "orchard-13" AsksAlways: "a_fresh_credential_is_used_again",
    "orchard-14" RenewsTooLate: "a_credential_is_renewed_before_it_lapses",
    "orchard-15" ListsAsWrites: "a_lost_answer_is_asked_for_again",
    "orchard-16" TakesAnyShape: "an_answer_of_another_shape_is_an_error",
    "orchard-17" ClampsTheWindow: "the_window_reaches_the_platform",
    "orchard-18" StopsAfterOnePage: "the_census_agrees_with_the_changes",
    "orchard-19" SkipsARow: "the_census_agrees_with_the_changes",
    "orchard-20" RewritesRows: "the_raw_object_is_what_the_platform_sent",
    "orchard-21" KnowsAllStates: "an_unknown_status_survives",
    "orchard-22" RoundsWon: "a_fraction_of_a_won_is_refused",
    "orchard-23" FailsWholePages: "a_mangled_field_touches_its_row_only",
    "orchard-24" DropsBadRows: "a_missing_field_touches_its_row_only",
    "orchard-25" QuotesRows: "a_mangled_field_touches_its_row_only",
    "orchard-26" LivesInTheFuture: "times_are_sane",
    "orchard-27" CountsTwice: "the_census_agrees_with_the_changes",
    "orchard-28" OffersUnseen: "every_command_has_a_sample",
    "orchard-29" TakesWhatItDoesNotOffer: "every_command_has_a_sample",
    "orchard-30" LooksTooNarrowly: "the_commands_are_sound",
    "orchard-31" MixesUpCarriers: "the_commands_are_sound",
    "orchard-32" LooksByWriting: "a_look_only_reads",
    "orchard-33" ForgetsAFinding: "a_look_only_reads",
    "orchard-34" ForgetsAnOutcome: "a_batch_is_one_call",
    "orchard-35" CommandsTwice: "a_lost_answer_to_a_command_leaves_doubt",
    "orchard-36" CommandsAsReads: "a_lost_answer_to_a_command_leaves_doubt",
    "orchard-37" BelievesInSuccess: "a_lost_answer_to_a_command_leaves_doubt",
    "orchard-38" KnowsNoDoubt: "a_lost_answer_to_a_command_leaves_doubt",
    "orchard-39" NamesBuyers: "commands_show_no_secret_and_nobody",
    "orchard-40" SeesNoEffect: "an_effect_without_answer_is_found",
    "orchard-41" StampsCommands: "a_command_waits_as_told",
}

#[test]
fn every_flaw_is_found_by_its_law() {
    let missed: Vec<String> = FLAWS
        .iter()
        .filter(|(_, law)| !law.is_empty())
        .filter_map(|(platform, law)| match judge(platform, settings(), law) {
            Outcome::Broken(_) => None,
            other => Some(format!("{platform}: {law}: {other:?}")),
        })
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
    // And not because nothing works at all.
    for (platform, _) in FLAWS {
        assert_eq!(judge(platform, settings(), "every_stream_yields_records"), Outcome::Kept, "{platform}");
    }
}

#[test]
fn every_law_says_something_about_a_connector_with_everything() {
    // It has no browser consent; everything else applies to it.
    let beside: Vec<&str> = laws()
        .map(|(law, _)| law)
        .filter(|law| matches!(judge("orchard", settings(), law), Outcome::Beside(_)))
        .collect();
    assert_eq!(beside, ["a_consent_carries_its_state_and_no_secret"]);
}

#[test]
fn there_are_laws_enough_and_each_says_what_it_is() {
    assert!(laws().count() >= 25);
    assert!(laws().all(|(name, says)| !name.is_empty() && says.ends_with('.')));
}

#[test]
#[should_panic(expected = "BROKEN  an_unknown_setting_is_refused")]
fn a_whole_trial_ends_with_a_table() {
    connector_core::conformance::run("orchard-1", &settings());
}
