//! Claims: kept by claim and order line, and followed by the line where the order does not tell.

use connector_core::sync::{Store as _, Window};
use connector_core::{Change, Claim, ClaimKind, ClaimState, OrderState, Record};
use storage::{ClaimFilter, Storage};

use crate::place::{at, batch, claim as lease, new_row, on_both, order, page, raw, save, session};

/// A claim on the `n`th order, made `n` seconds after [`at`] zero.
fn claim(n: i64) -> Claim {
    Claim {
        claim_id: format!("C{n}"),
        kind: ClaimKind::Return,
        state: ClaimState::Requested,
        status: "RETURN_REQUEST".to_owned(),
        order_id: order(n).order_id,
        order_group_id: Some(format!("G{n}")),
        quantity: Some(1),
        reason: Some("COLOR".to_owned()),
        requested_at: at(n),
        changed_at: Some(at(n)),
        line_state: None,
        raw: raw(&format!("{{\"claim\": {n}, \"name\": \"홍길동\"}}")),
    }
}

fn page_of(observed: i64, claims: impl IntoIterator<Item = Claim>) -> connector_core::sync::Batch {
    page("claims", observed, claims.into_iter().map(Record::Claim))
}

on_both! {
    async fn each_claim_is_new_changed_unchanged_or_older(place) {
        let (_storage, session) = session(place).await;
        assert_eq!(save(&session, page_of(100, (0..5).map(claim))).await.expect("saves"), [5, 0, 0, 0, 5]);
        let mut done = claim(1);
        done.state = ClaimState::Done;
        let mut second_line = claim(2);
        second_line.order_id = order(7).order_id;
        let again = [claim(0), done, claim(2), second_line];
        assert_eq!(save(&session, page_of(200, again)).await.expect("saves"), [1, 1, 2, 0, 4]);
        let late = save(&session, page_of(150, [claim(0), claim(1), claim(9)])).await.expect("saves");
        assert_eq!(late, [1, 0, 0, 2, 3]);
        assert_eq!(place.value("SELECT state FROM claims WHERE claim_id = 'C1'"), "done");
        assert_eq!(place.value("SELECT COUNT(*) FROM claims WHERE claim_id = 'C2'"), "2");
        assert_eq!(
            save(&session, page_of(300, [claim(0), claim(0)])).await.expect("saves"),
            [0, 0, 2, 0, 1],
            "of two with one key one is stored and both are counted"
        );
    }
}

on_both! {
    async fn every_column_is_kept_and_compared(place) {
        let (_storage, session) = session(place).await;
        save(&session, page_of(1, [claim(1)])).await.expect("saves");
        let stored = place.sql(
            "SELECT platform, claim_id, order_id, kind, state, status, order_group_id, quantity, reason, requested_at,
             date_kst, meta_json FROM claims",
        );
        let expected = [
            "smartstore", "C1", "0000002026000001", "return", "requested", "RETURN_REQUEST", "G1", "1", "COLOR",
            "2026-02-15T10:00:01.000+09:00", "2026-02-15", "{\"claim\": 1, \"name\": \"홍길동\"}",
        ];
        assert_eq!(stored, [expected.map(str::to_owned)]);
        let edits: [fn(&mut Claim); 8] = [
            |c| c.kind = ClaimKind::Exchange,
            |c| c.state = ClaimState::Held,
            |c| c.status = "X".to_owned(),
            |c| c.order_group_id = None,
            |c| c.quantity = None,
            |c| c.reason = None,
            |c| c.requested_at = at(5),
            |c| c.raw = raw("{}"),
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut edited = claim(1);
            edit(&mut edited);
            assert_eq!(save(&session, page_of(1, [edited.clone()])).await.expect("saves"), [0, 1, 0, 0, 1], "edit {number}");
            assert_eq!(save(&session, page_of(1, [edited])).await.expect("saves"), [0, 0, 1, 0, 1], "edit {number}");
            assert_eq!(save(&session, page_of(1, [claim(1)])).await.expect("saves")[1], 1, "edit {number} back");
        }
        place.sql("UPDATE claims SET date_kst = '2020-01-01'");
        assert_eq!(save(&session, page_of(2, [claim(1)])).await.expect("saves")[1], 1, "altered by hand");
        assert_eq!(place.value("SELECT date_kst FROM claims"), "2026-02-15");
    }
}

on_both! {
    async fn a_changed_claim_is_known_by_its_time(place) {
        let (_storage, session) = session(place).await;
        let key = Record::Claim(claim(1)).key();
        let known = async |seconds| {
            let other = Change { key: "C9/1".to_owned(), at: at(0), status: None };
            let changes = [Change { key: key.clone(), at: at(seconds), status: None }, other];
            session.known("claims", &changes).await.expect("asks")
        };
        assert_eq!(known(1).await, [false, false]);
        save(&session, page_of(1, [claim(1)])).await.expect("saves");
        assert_eq!(known(1).await, [true, false]);
        assert_eq!(known(2).await, [false, false]);
        let mut touched = claim(1);
        touched.changed_at = Some(at(9));
        assert_eq!(save(&session, page_of(2, [touched])).await.expect("saves"), [0, 0, 1, 0, 1]);
        assert_eq!(known(9).await, [true, false]);
        let mut timeless = claim(1);
        timeless.changed_at = None;
        save(&session, page_of(3, [timeless])).await.expect("saves");
        assert_eq!(known(9).await, [true, false], "a claim without a time takes none away");
        assert_eq!(session.known("listings", &[Change { key, at: at(0), status: None }]).await.expect("asks"), [false]);
    }
}

on_both! {
    async fn claims_that_come_with_their_order_are_kept_with_it(place) {
        let (_storage, session) = session(place).await;
        let mut with_claim = order(1);
        with_claim.claims = vec![claim(1)];
        assert_eq!(save(&session, batch(1, [with_claim.clone(), order(2)])).await.expect("saves"), [2, 0, 0, 0, 2]);
        assert_eq!(place.sql("SELECT claim_id, state FROM claims"), [["C1", "requested"]]);
        with_claim.claims[0].state = ClaimState::Withdrawn;
        let saved = save(&session, batch(2, [with_claim.clone()])).await.expect("saves");
        assert_eq!(saved, [0, 0, 1, 0, 1], "the counts are the orders'");
        assert_eq!(place.value("SELECT state FROM claims"), "withdrawn");
        let before = place.dump();
        place.break_table("claims");
        with_claim.amount = 5;
        with_claim.claims[0].state = ClaimState::Done;
        save(&session, batch(3, [with_claim])).await.expect_err("the claim cannot be written");
        assert_eq!(place.dump(), before, "and so neither is the order");
        save(&session, batch(4, [order(2), order(3)])).await.expect("no order has a claim, so the table is not touched");
    }
}

on_both! {
    async fn claims_of_new_orders_are_the_same_rows_and_yield_to_nothing_older(place) {
        let (_storage, session) = session(place).await;
        let with = |n: i64, claim: Claim| {
            let mut order = order(n);
            order.claims = vec![claim];
            order
        };
        let columns = "SELECT connector_id, platform, claim_id, order_id, kind, state, status, order_group_id, quantity, reason,
             line_state, requested_at, date_kst, changed_at, content_hash, observed_at, meta_json FROM claims ORDER BY claim_id";
        let mut bare = claim(2);
        (bare.order_group_id, bare.quantity, bare.reason, bare.changed_at) = (None, None, None, None);
        let mut speaking = claim(4);
        speaking.line_state = Some(OrderState::ReturnRequested);
        let claims = [claim(1), bare, claim(3), speaking];
        save(&session, page_of(7, claims.clone())).await.expect("saves");
        let expected = place.sql(columns);
        place.sql("DELETE FROM claims");
        let orders = claims.clone().into_iter().zip(1..).map(|(claim, n)| with(n, claim));
        assert_eq!(save(&session, batch(7, orders)).await.expect("saves"), [4, 0, 0, 0, 4]);
        assert_eq!(place.sql(columns), expected);
        assert_eq!(place.value("SELECT state FROM store_orders WHERE order_id = '0000002026000004'"), "return_requested");

        let (mut newer, mut done) = (claim(5), claim(6));
        (newer.state, done.state) = (ClaimState::Done, ClaimState::Done);
        save(&session, page_of(20, [newer])).await.expect("saves");
        save(&session, page_of(8, [claim(6)])).await.expect("saves");
        save(&session, batch(9, [with(5, claim(5)), with(6, done), with(7, claim(7))])).await.expect("saves");
        let states = place.sql("SELECT claim_id, state FROM claims WHERE claim_id > 'C4' ORDER BY claim_id");
        assert_eq!(states, [["C5", "done"], ["C6", "done"], ["C7", "requested"]], "what was seen later stands");
    }
}

on_both! {
    async fn a_line_follows_its_claim_until_that_is_taken_back(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(10, [order(1), order(2)])).await.expect("saves");
        let line = || place.sql("SELECT state, status FROM store_orders WHERE order_group_id = 'G1'").remove(0);
        let mut open = claim(1);
        open.line_state = Some(OrderState::ReturnRequested);
        let mut elsewhere = claim(99);
        elsewhere.line_state = Some(OrderState::Cancelled);
        assert_eq!(save(&session, page_of(9, [open.clone(), elsewhere.clone()])).await.expect("saves")[0], 2);
        assert_eq!(line(), ["paid", "PAYED"], "the line was observed later");
        assert_eq!(save(&session, page_of(10, [open.clone(), elsewhere])).await.expect("saves"), [0, 0, 2, 0, 2]);
        assert_eq!(line(), ["return_requested", "PAYED"]);
        assert_eq!(place.value("SELECT state FROM store_orders WHERE order_group_id = 'G2'"), "paid");
        assert_eq!(place.value("SELECT COUNT(*) FROM store_orders"), "2", "a claim makes no line");
        let saved = save(&session, batch(11, [order(1), order(2)])).await.expect("saves");
        assert_eq!(saved, [0, 0, 2, 0, 2], "the order's own list knows nothing of the claim");
        assert_eq!(line(), ["return_requested", "PAYED"]);
        open.state = ClaimState::Withdrawn;
        assert_eq!(save(&session, page_of(12, [open])).await.expect("saves")[1], 1);
        let saved = save(&session, batch(13, [order(1), order(2)])).await.expect("saves");
        assert_eq!(saved, [0, 1, 1, 0, 2], "its own state stands again");
        assert_eq!(line(), ["paid", "PAYED"]);
    }
}

on_both! {
    async fn an_order_that_comes_after_its_claim_has_the_state_that_the_claim_gives(place) {
        let (_storage, session) = session(place).await;
        let mut whole = claim(1);
        (whole.state, whole.line_state) = (ClaimState::Done, Some(OrderState::Cancelled));
        let mut part = claim(2);
        (part.state, part.line_state, part.quantity) = (ClaimState::Done, Some(OrderState::Cancelled), Some(1));
        save(&session, page_of(1, [whole, part])).await.expect("saves");
        let [mut first, mut second] = [order(1), order(2)];
        (first.quantity, second.quantity) = (None, Some(3));
        save(&session, batch(2, [first, second])).await.expect("saves");
        let states = "SELECT state FROM store_orders ORDER BY order_group_id";
        assert_eq!(place.sql(states), [["cancelled"], ["paid"]], "a claim on a part leaves the rest as it is");
    }
}

on_both! {
    async fn of_several_claims_on_a_line_the_latest_that_stands_counts(place) {
        let (_storage, session) = session(place).await;
        save(&session, batch(1, [order(1)])).await.expect("saves");
        let on_first = |n: i64, state: ClaimState, line: OrderState| {
            let mut claim = claim(n);
            claim.order_id = order(1).order_id;
            (claim.state, claim.line_state) = (state, Some(line));
            claim
        };
        let exchanged = on_first(20, ClaimState::Done, OrderState::Exchanged);
        let returned = on_first(30, ClaimState::Done, OrderState::Returned);
        let withdrawn = on_first(40, ClaimState::Withdrawn, OrderState::Delivered);
        let state = || place.value("SELECT state FROM store_orders");
        save(&session, page_of(50, [returned.clone(), exchanged.clone()])).await.expect("saves");
        assert_eq!(state(), "returned");
        save(&session, page_of(60, [exchanged.clone()])).await.expect("saves");
        assert_eq!(state(), "returned", "an older claim that is read again takes nothing back");
        save(&session, page_of(70, [withdrawn])).await.expect("saves");
        assert_eq!(state(), "returned", "a claim that was taken back makes nothing of its line");
        save(&session, page_of(80, [exchanged, returned])).await.expect("saves");
        assert_eq!(state(), "returned", "and stands in no one's way");
    }
}

on_both! {
    async fn a_quiet_stream_of_claims_is_believed(place) {
        let (_storage, session) = session(place).await;
        save(&session, page_of(1, [claim(1)])).await.expect("saves");
        let window = Window { from: at(-100), to: at(100) };
        assert_eq!(session.ordered_in("claims", window).await.expect("counts"), 0);
        assert_eq!(session.ordered_in("listings", window).await.expect("counts"), 0);
        let due = session.due("claims", &[OrderState::Paid], at(-100), at(100), 9).await.expect("asks");
        assert!(due.is_empty(), "orders are not due in another stream: {due:?}");
    }
}

on_both! {
    async fn accounts_do_not_mix_and_claims_go_with_theirs(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds");
        let theirs = storage.session(lease(&storage, other.id).await);
        save(&session, batch(1, [order(1)])).await.expect("saves");
        save(&theirs, batch(1, [order(1)])).await.expect("saves");
        let mut open = claim(1);
        open.line_state = Some(OrderState::ReturnRequested);
        assert_eq!(save(&session, page_of(2, [open.clone()])).await.expect("saves")[0], 1);
        let states = "SELECT state FROM store_orders ORDER BY connector_id";
        assert_eq!(place.sql(states), [["return_requested"], ["paid"]]);
        assert_eq!(save(&theirs, page_of(2, [open])).await.expect("saves")[0], 1);
        assert_eq!(place.sql(states), [["return_requested"], ["return_requested"]]);
        session.release().await.expect("releases");
        let ours = storage.connectors().await.expect("reads")[0].id;
        let refused = storage.remove_connector(ours, false).await.expect_err("it has data");
        assert!(refused.to_string().contains("1 orders, 1 claims"), "{refused}");
        let removed = storage.remove_connector(ours, true).await.expect("removes");
        assert_eq!((removed.orders, removed.claims, removed.settlements), (1, 1, 0));
        assert_eq!(place.sql("SELECT connector_id FROM claims"), [[other.id.to_string()]]);
    }
}

async fn found(storage: &Storage, filter: ClaimFilter, limit: i64) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = storage.claims(filter.clone(), after, limit).await.expect("reads");
        let Some(last) = page.last() else {
            let count = storage.count_claims(filter).await.expect("counts");
            assert_eq!(i64::try_from(found.len()).expect("few"), count);
            return found;
        };
        after = Some(last.position());
        found.extend(page.into_iter().map(|row| format!("{}@{}", row.claim_id, row.connector_id)));
    }
}

on_both! {
    async fn claims_are_listed_by_what_they_are(place) {
        let (storage, session) = session(place).await;
        let other = storage.add_connector(new_row("other")).await.expect("adds").id;
        let theirs = storage.session(lease(&storage, other).await);
        let mut done = claim(2);
        (done.state, done.status, done.kind) = (ClaimState::Done, "RETURN_DONE".to_owned(), ClaimKind::Cancel);
        let mut unknown = claim(3);
        unknown.state = ClaimState::Unknown;
        let next_day = claim(24 * 3600);
        save(&session, page_of(1, [claim(1), done, unknown, next_day])).await.expect("saves");
        // Made at the same instant as one of the first account's.
        save(&theirs, page_of(1, [claim(2)])).await.expect("saves");
        let filter = ClaimFilter::default;
        let (ours, theirs) = (other - 1, other);
        let name = |n: i64, account: i64| format!("C{n}@{account}");
        let all = [name(24 * 3600, ours), name(3, ours), name(2, theirs), name(2, ours), name(1, ours)];
        for limit in [1, 2, 3, 100] {
            assert_eq!(found(&storage, filter(), limit).await, all, "limit {limit}");
        }
        let open = ClaimFilter { open_only: true, connector_ids: vec![ours], ..filter() };
        assert_eq!(found(&storage, open, 9).await, [&*all[0], &all[1], &all[4]]);
        for word in ["done", "RETURN_DONE"] {
            let status = ClaimFilter { status: vec![word.to_owned()], ..filter() };
            assert_eq!(found(&storage, status, 9).await, [&*all[3]]);
        }
        let kinds = ClaimFilter { kinds: vec![ClaimKind::Cancel], ..filter() };
        assert_eq!(found(&storage, kinds, 9).await, [&*all[3]]);
        let days = |from: Option<&str>, to: Option<&str>| ClaimFilter {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            ..filter()
        };
        assert_eq!(found(&storage, days(Some("2026-02-16"), None), 9).await, [&*all[0]]);
        assert_eq!(found(&storage, days(None, Some("2026-02-15")), 9).await, all[1..]);
        let line = ClaimFilter { order_id: Some(order(2).order_id), ..filter() };
        assert_eq!(found(&storage, line, 9).await, [&*all[2], &all[3]]);
        let one = ClaimFilter { claim_id: Some("C3".to_owned()), ..filter() };
        assert_eq!(found(&storage, one, 9).await, [&*all[1]]);
        let none = ClaimFilter { platforms: vec!["cafe24".to_owned()], ..filter() };
        assert_eq!(found(&storage, none, 9).await, Vec::<String>::new());
        let narrow = storage.claims(filter(), None, 1).await.expect("reads");
        assert_eq!(narrow[0].meta_json, None);
        let whole = storage.claims(ClaimFilter { with_raw: true, ..filter() }, None, 1).await.expect("reads");
        assert_eq!(whole[0].meta_json.as_deref(), Some(claim(24 * 3600).raw.get()));
        assert!(!format!("{whole:?}").contains("홍길동"), "personal data stays out of Debug");
    }
}

on_both! {
    async fn a_claim_is_read_with_all_its_lines_to_be_acted_on(place) {
        let (storage, session) = session(place).await;
        let mut second_line = claim(1);
        second_line.order_id = order(7).order_id;
        save(&session, page_of(1, [second_line, claim(1), claim(2)])).await.expect("saves");
        let id = storage.connectors().await.expect("reads")[0].id;
        let ids = ["C1", "C9", "C1"].map(str::to_owned);
        let rows = storage.claim_rows(id, &ids).await.expect("reads");
        let lines: Vec<_> = rows.iter().map(|row| row.order_id.clone()).collect();
        assert_eq!(lines, [order(1).order_id, order(7).order_id]);
        let target = rows[0].target().expect("a claim");
        assert_eq!((target.claim_id.as_str(), target.kind, target.quantity), ("C1", ClaimKind::Return, Some(1)));
        assert_eq!(target.raw.expect("with the platform's object").get(), claim(1).raw.get());
        assert_eq!(storage.claim_rows(id + 1, &ids).await.expect("reads").len(), 0);
        place.sql("UPDATE claims SET kind = 'gift' WHERE claim_id = 'C2'");
        let odd = storage.claim_rows(id, &["C2".to_owned()]).await.expect("reads");
        let error = odd[0].target().expect_err("no kind of claim");
        assert!(error.to_string().contains("gift"), "{error}");
    }
}
