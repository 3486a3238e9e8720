//! Failures at the platform, each in an account of its own beside one that is well.

use simulator::smartstore::Market;
use simulator::{Endpoint, Fault, FaultKind};
use tests::installation::Installation;

use super::{market, sync};

const ROWS: usize = 40;

struct Shops {
    installation: Installation,
    well: Market,
    ill: Market,
}

/// Two accounts, one of which will fail.
fn shops() -> Shops {
    let installation = Installation::on_sqlite();
    let (well, ill) = (market(ROWS), market(ROWS));
    installation.add_smartstore("ill", &ill.base_url(), &[]);
    installation.add_smartstore("well", &well.base_url(), &[]);
    Shops { installation, well, ill }
}

impl Shops {
    /// The ill account fails so, the well one is complete, and once mended the ill one is complete as well.
    fn assert_fails_alone(&self, message: &str, fix: &str) {
        let ran = sync(&self.installation, &[]);
        ran.assert_failed("ill", message, fix);
        ran.assert_ok("well", ROWS);
        assert_eq!(ran.code, 1);
        assert_eq!(self.installation.stored("well").len(), ROWS);
        assert!(self.installation.stored("ill").is_empty(), "nothing is half-written");
        let log = self.installation.succeed(&["log", "--format", "json", "--connector", "ill"]);
        assert!(
            log.contains("failed") && log.contains(message.split('"').next().unwrap_or_default()),
            "{log}"
        );
    }

    fn assert_mended(&self) {
        let ran = sync(&self.installation, &["--connector", "ill"]);
        ran.assert_ok("ill", ROWS);
        assert_eq!(ran.code, 0);
    }
}

#[test]
fn a_wrong_secret() {
    let shops = shops();
    shops.ill.set_secret("$2a$04$abcdefghijklmnopqrstuu");
    shops.assert_fails_alone("client_secret_sign", "secret");
    assert_eq!(shops.ill.calls().of(Endpoint::Token).calls, 1, "a wrong secret is not tried again and again");
    shops.ill.set_secret(simulator::smartstore::CLIENT_SECRET);
    shops.assert_mended();
}

#[test]
fn an_address_that_is_not_registered() {
    for endpoint in [Endpoint::Token, Endpoint::Feed] {
        let shops = shops();
        shops.ill.fault(Fault::always(endpoint, FaultKind::IpNotAllowed));
        shops.assert_fails_alone("GW.IP_NOT_ALLOWED", "regist");
        shops.ill.clear_faults();
        shops.assert_mended();
    }
}

#[test]
fn an_api_group_that_is_not_granted() {
    let shops = shops();
    shops.ill.fault(Fault::always(Endpoint::Feed, FaultKind::Unauthorized));
    shops.assert_fails_alone("API group is not granted", "group");
    assert!(shops.ill.calls().of(Endpoint::Feed).calls <= 2, "one fresh token, then no more");
    shops.ill.clear_faults();
    shops.assert_mended();
}

/// The platform's own clock is taken over, whether it is the token call that finds out or, with a token at hand, the feed.
#[test]
fn a_wrong_clock_is_set_right_and_said() {
    for minutes in [20, -20] {
        let shops = shops();
        shops.ill.set(|settings| settings.clock_offset_ms = minutes * 60_000);
        let ran = sync(&shops.installation, &[]);
        let run = ran.account("ill");
        assert_eq!(run["outcome"], "ok", "{run}\n{}", ran.log);
        assert!(ran.log.contains("clock"), "{}", ran.log);
        ran.assert_ok("well", ROWS);
        let again = sync(&shops.installation, &["--connector", "ill"]);
        assert_eq!(again.account("ill")["outcome"], "ok", "{}\n{}", again.summary, again.log);
    }
}

#[test]
fn a_sleeping_application() {
    let shops = shops();
    shops.ill.fault(Fault::always(Endpoint::Token, FaultKind::Dormant));
    shops.assert_fails_alone("어플리케이션 상태", "secret");
}

#[test]
fn a_spent_quota_stops_the_account_and_is_not_hammered() {
    let shops = shops();
    shops.ill.fault(Fault::always(Endpoint::Feed, FaultKind::Quota));
    shops.assert_fails_alone("GW.QUOTA_LIMIT", "token");
    assert_eq!(shops.ill.calls().of(Endpoint::Feed).calls, 1);
}

#[test]
fn paging_that_never_ends() {
    let shops = shops();
    shops.ill.fault(Fault::always(Endpoint::Feed, FaultKind::EndlessMore));
    let ran = sync(&shops.installation, &[]);
    ran.assert_failed("ill", "paging does not advance", "--from");
    ran.assert_ok("well", ROWS);
    assert!(
        shops.ill.calls().of(Endpoint::Feed).calls < 40,
        "thirty windows, and the circle is noticed at once"
    );
}

/// These are tried for half a minute before they are given up: all at once, in one run.
#[test]
fn what_is_tried_again_and_stays_broken_ends_in_its_own_error() {
    let installation = Installation::on_sqlite();
    let ills = [
        ("html", FaultKind::Html, "HTML", "base_url"),
        ("cut", FaultKind::CutBody, "cut off", "network"),
        ("broken", FaultKind::ServerError, "GW.INTERNAL_SERVER_ERROR", "platform"),
        ("closed", FaultKind::Maintenance, "GW.BLOCK.02", "platform"),
        ("busy", FaultKind::RateLimited, "GW.RATE_LIMIT", "later"),
    ];
    let mut markets = Vec::new();
    for (name, kind, ..) in &ills {
        let ill = market(ROWS);
        ill.fault(Fault::always(Endpoint::Feed, *kind));
        installation.add_smartstore(name, &ill.base_url(), &[]);
        markets.push(ill);
    }
    installation.add_smartstore("gone", "http://127.0.0.1:1/external", &[]);
    let well = market(ROWS);
    installation.add_smartstore("well", &well.base_url(), &[]);

    let ran = sync(&installation, &["--concurrency", "8"]);
    ran.assert_ok("well", ROWS);
    for (name, _, message, fix) in &ills {
        ran.assert_failed(name, message, fix);
        assert!(installation.stored(name).is_empty());
    }
    ran.assert_failed("gone", "no connection", "base_url");
    assert_eq!(ran.code, 1);

    // Every one of them goes on from where it was, once the platform is well.
    for ill in &markets {
        ill.clear_faults();
    }
    let ran = sync(&installation, &["--connector", "html,cut,broken,closed,busy", "--concurrency", "8"]);
    for (name, ..) in &ills {
        ran.assert_ok(name, ROWS);
    }
}

/// Once each, in one run: all are survived.
#[test]
fn what_passes_is_survived() {
    let shops = shops();
    let kinds = [FaultKind::ServerError, FaultKind::Html, FaultKind::CutBody, FaultKind::RateLimited];
    for (call, kind) in (1_u64..).zip(kinds) {
        shops.ill.fault(Fault::next(Endpoint::Feed, kind).at(2 * call));
    }
    shops.ill.fault(Fault::next(Endpoint::Query, FaultKind::CutBody));
    shops.ill.fault(Fault::next(Endpoint::Query, FaultKind::Unauthorized).at(2));
    let ran = sync(&shops.installation, &[]);
    ran.assert_ok("ill", ROWS);
    ran.assert_ok("well", ROWS);
    assert_eq!(shops.well.calls().of(Endpoint::Query).calls, 1);
}

#[test]
fn an_unknown_word_is_kept_and_a_bad_row_is_named_while_the_others_are_stored() {
    let shops = shops();
    shops.ill.fault(Fault::next(Endpoint::Query, FaultKind::UnknownEnum));
    shops.well.fault(Fault::next(Endpoint::Query, FaultKind::MissingField));
    let ran = sync(&shops.installation, &[]);
    ran.assert_ok("ill", ROWS);
    let partial = ran.account("well");
    assert_eq!(
        (&partial["outcome"], &partial["new"], &partial["failed"]),
        (&"partial".into(), &(ROWS - 1).into(), &1.into())
    );
    let message = partial["message"].as_str().expect("a message");
    assert!(message.contains("totalPaymentAmount"), "{message}");
    assert_eq!(ran.code, 1);
    let known: Vec<String> = shops.ill.truth().into_iter().map(|truth| truth.status).collect();
    let odd =
        shops.installation.stored("ill").into_values().filter(|order| !known.contains(&order.status)).count();
    assert_eq!(odd, 1, "the platform's own word stands in the row");
}
