//! Refusals: each its own error with its fix, and no row that looks like success.

use serde_json::json;
use simulator::cafe24::Mall;
use simulator::{Endpoint, Fault, FaultKind};

use super::*;

/// The message and the fix of a failed run of the figures; the store stays empty.
fn failure(mall: &Mall, installation: &Installation) -> (String, String) {
    let (output, summary) = sync(installation, &["--stream", "metrics"]);
    assert_eq!(output.status.code(), Some(1), "{summary}");
    let run = stream(&summary, "metrics");
    assert_ne!(run["outcome"], "ok");
    assert_eq!(listed(installation, "metrics", &[]).len(), 0);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for token in mall.tokens_issued().iter().map(String::as_str).chain([CLIENT_SECRET]) {
        assert!(!said.contains(token), "a secret is in the output");
    }
    let word = |name: &str| run[name].as_str().unwrap_or_default().to_owned();
    (word("message"), word("fix"))
}

/// What goes wrong at every call of the Analytics API.
fn analytics(mall: &Mall, kind: FaultKind) {
    for endpoint in Endpoint::ANALYTICS {
        mall.fault(Fault::always(endpoint, kind));
    }
}

#[test]
fn each_refusal_has_its_own_error_and_fix() {
    for (kind, message, fix) in [
        (FaultKind::NotApproved, "not approved", "partner approval"),
        (FaultKind::InvalidScope, "lacks a scope", "register the scope"),
        (FaultKind::UnknownKey, "none of the keys view, data, visitors is in the answer", "dialect"),
    ] {
        let mall = Mall::open();
        thirty_days(&mall, 1);
        analytics(&mall, kind);
        let installation = ready(&mall, &["dialect=live"]);
        let (said, advised) = failure(&mall, &installation);
        assert!(said.contains(message), "{kind}: {said}");
        assert!(advised.contains(fix), "{kind}: {advised}");
    }
}

#[test]
fn an_html_page_is_named() {
    let mall = Mall::open();
    analytics(&mall, FaultKind::Html);
    let installation = ready(&mall, &["dialect=live"]);
    let output = installation.run(&["connectors", "check", "mall", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("HTML page") && text.contains("base_url"), "{text}");
}

#[test]
fn a_month_of_empty_lists_is_suspect() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    analytics(&mall, FaultKind::EmptyList);
    let installation = ready(&mall, &[]);
    let (said, _) = failure(&mall, &installation);
    assert!(said.contains("no figure at all"), "{said}");
    mall.clear_faults();
    assert_eq!(synced(&installation, "metrics")["new"], 90, "the cursor has not moved");
    // And once there is something, silence removes nothing.
    analytics(&mall, FaultKind::EmptyList);
    let (output, summary) = sync(&installation, &["--stream", "metrics"]);
    assert_eq!((output.status.code(), &stream(&summary, "metrics")["outcome"]), (Some(1), &json!("suspect")));
    assert_eq!(listed(&installation, "metrics", &[]).len(), 90);
}

#[test]
fn a_row_that_was_never_authorized_says_how() {
    let mall = Mall::open();
    let installation = installation(None);
    add(&installation, &mall, &["pace=off"]);
    let (said, advised) = failure(&mall, &installation);
    assert!(
        said.contains("not granted yet") && advised.contains("connectors authorize"),
        "{said}: {advised}"
    );
    assert_eq!(mall.calls().calls.len(), 0);
}

#[test]
fn a_refused_refresh_token_is_told_once_and_then_the_row_is_left_out() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &[]);
    mall.kill_access_token();
    mall.revoke();
    let (said, advised) = failure(&mall, &installation);
    assert!(said.contains("used before"), "{said}");
    assert!(advised.contains("connectors authorize"), "{advised}");

    // On the row, and not asked again.
    let state = row(&installation)["config"]["oauth_state"].as_str().expect("a state").to_owned();
    assert!(state.starts_with("needs authorization since"), "{state}");
    mall.reset_calls();
    let (output, summary) = sync(&installation, &[]);
    assert!(output.status.success(), "{summary}");
    let run = stream(&summary, "-");
    assert_eq!(run["outcome"], "skipped");
    assert!(run["fix"].as_str().expect("a fix").contains("runner connectors authorize mall"));
    assert_eq!(mall.calls().calls.len(), 0);
    let doctor = installation.run(&["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("needs authorization"));

    authorize(&installation, &mall);
    assert!(row(&installation)["config"]["oauth_state"].is_null());
    assert_eq!(synced(&installation, "metrics")["new"], 90);
}

#[test]
fn a_refresh_whose_answer_was_lost_is_explained() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let installation = ready(&mall, &[]);
    mall.kill_access_token();
    mall.fault(Fault::next(Endpoint::MallToken, FaultKind::LostAnswer));
    let (said, advised) = failure(&mall, &installation);
    assert!(said.contains("may have been lost"), "{said}");
    assert!(advised.contains("connectors authorize"), "{advised}");
    assert_eq!(mall.calls_to("/oauth/token"), 2, "asked once more, and not again and again");
}

#[test]
fn a_wrong_secret_blames_no_token() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    let mut installation = ready(&mall, &[]);
    mall.kill_access_token();
    installation.set_variable("CAFE24_ANALYTICS_CLIENT_SECRET", "AnotherSecret");
    let (said, advised) = failure(&mall, &installation);
    assert!(
        said.contains("client_secret is wrong") && advised.contains("client_secret"),
        "{said}: {advised}"
    );
    assert!(row(&installation)["config"]["oauth_state"].is_null());
    installation.set_variable("CAFE24_ANALYTICS_CLIENT_SECRET", CLIENT_SECRET);
    assert_eq!(synced(&installation, "metrics")["new"], 90);
}

#[test]
fn a_grant_that_is_about_to_lapse_is_warned_about() {
    let mall = Mall::open();
    thirty_days(&mall, 1);
    mall.set(|settings| settings.refresh_life_s = 2 * 24 * 3_600);
    let installation = ready(&mall, &[]);
    let run = synced(&installation, "metrics");
    assert!(run["message"].as_str().expect("a warning").contains("lapses at"), "{run}");
    let doctor = installation.succeed(&["doctor", "--offline"]);
    assert!(doctor.contains("warning  connector mall") && doctor.contains("lapses at"), "{doctor}");
}
