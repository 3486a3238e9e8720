//! No secret and no buyer's personal data in any output at any log level.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET};
use simulator::{Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::market;

/// Fields of the platform's payload that speak of a person.
const PERSONAL: &[&str] = &[
    "ordererName",
    "ordererTel",
    "ordererId",
    "ordererNo",
    "tel1",
    "tel2",
    "detailedAddress",
    "shippingMemo",
];

fn personal_values(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // The seller's own addresses are no buyer's; short words stand in many texts by chance.
                    Value::String(text) if PERSONAL.contains(&name.as_str()) && text.chars().count() >= 6 => {
                        found.insert(text.clone());
                    }
                    Value::Object(_) | Value::Array(_)
                        if name != "takingAddress" && name != "returnReceiveAddress" =>
                    {
                        personal_values(member, found);
                    }
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| personal_values(item, found)),
        _ => {}
    }
}

#[test]
fn canaries_stay_where_they_are() {
    let mut installation = Installation::on_sqlite();
    installation.set_variable("RUST_LOG", "trace");
    let market = market(60);
    let mut canaries: BTreeSet<String> = BTreeSet::new();
    for order in market.truth() {
        personal_values(&serde_json::from_str(&order.payload).expect("JSON"), &mut canaries);
    }
    assert!(canaries.len() > 20, "the market's buyers have names, phones and addresses: {canaries:?}");
    canaries.extend([CLIENT_SECRET.to_owned(), CLIENT_ID.to_owned()]);

    installation.add_smartstore("main", &market.base_url(), &[]);
    // Failures print the most.
    market.fault(Fault::next(Endpoint::Query, FaultKind::MissingField));
    market.fault(Fault::next(Endpoint::Feed, FaultKind::Unauthorized).at(2));
    market.fault(Fault::next(Endpoint::Feed, FaultKind::CutBody).at(3));
    let mut said = String::new();
    let today = simulator::kst_text(market.now())[..10].to_owned();
    for arguments in [
        &["-vv", "--connector", "main"][..],
        &["connectors", "list"],
        &["connectors", "show", "main", "--format", "json"],
        &["connectors", "check", "main"],
        &["orders", "list", "--limit", "100"],
        &["orders", "list", "--format", "json", "--limit", "100"],
        &["orders", "export", "--output", "-", "--format", "csv"],
        &["log", "--format", "json"],
        &["doctor"],
        &["verify", "--connector", "main", "--from", &today, "--to", &today],
        &["record", "--connector", "main", "--out", "scenario.json"],
        &["platforms", "--format", "json"],
    ] {
        let output = installation.run(arguments);
        said.push_str(&format!("\n$ {arguments:?}\n"));
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    assert!(said.contains("TRACE") || said.contains("DEBUG"), "the logs are on");
    said.push_str(&fs::read_to_string(installation.folder().join("scenario.json")).expect("the recording"));
    for canary in &canaries {
        if let Some(at) = said.find(canary.as_str()) {
            let start = said[..at].rfind('\n').map_or(0, |line| line + 1);
            let end = said[at..].find('\n').map_or(said.len(), |line| at + line);
            panic!("{canary:?} is in the output: {}", &said[start..end]);
        }
    }

    // In the database buyers' data stands in meta_json alone, and secrets nowhere in the clear.
    let mut bytes = Vec::new();
    for entry in fs::read_dir(installation.folder()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_file()
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("commerce.db"))
        {
            bytes.extend(fs::read(path).expect("a file"));
        }
    }
    for secret in [CLIENT_SECRET, CLIENT_ID] {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "a secret lies in the database"
        );
    }
    for token in market.tokens_issued() {
        assert!(!said.contains(&token), "a token is in the output");
        assert!(
            !bytes.windows(token.len()).any(|window| window == token.as_bytes()),
            "a token lies in the database"
        );
    }
}
