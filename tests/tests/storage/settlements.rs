//! Settlement rows: kept by the platform's key.

use connector_core::sync::{Store as _, Window};
use connector_core::time::kst_midnight;
use connector_core::{Record, Settlement, SettlementKind};
use storage::{SettlementFilter, SettlementSum};

use crate::place::{on_both, page, raw, save, session};

fn day(month: u32, day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

fn settlement(n: u32) -> Settlement {
    Settlement {
        settlement_id: format!("S{n}"),
        kind: SettlementKind::Sale,
        recognized_on: day(2, 1 + n % 28),
        paid_on: Some(day(3, 1)),
        order_group_id: Some(format!("G{n}")),
        order_id: Some(format!("O{n}")),
        product_name: Some("상품".to_owned()),
        sale_amount: 10_000,
        fee: 500,
        amount: 9_500,
        raw: raw(&format!("{{\"n\": {n}}}")),
    }
}

fn page_of(observed: i64, list: impl IntoIterator<Item = Settlement>) -> connector_core::sync::Batch {
    page("settlements", observed, list.into_iter().map(Record::Settlement))
}

on_both! {
    async fn each_row_is_new_changed_unchanged_or_older(place) {
        let (_storage, session) = session(place).await;
        assert_eq!(save(&session, page_of(100, (0..700).map(settlement))).await.expect("saves"), [700, 0, 0, 0, 700]);
        let edits: [fn(&mut Settlement); 10] = [
            |s| s.kind = SettlementKind::Refund,
            |s| s.recognized_on = day(1, 1),
            |s| s.paid_on = None,
            |s| s.order_group_id = None,
            |s| s.order_id = None,
            |s| s.product_name = None,
            |s| s.sale_amount = 1,
            |s| s.fee = -1,
            |s| s.amount = 1,
            |s| s.raw = raw("{}"),
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut edited = settlement(1);
            edit(&mut edited);
            let both = [edited, settlement(2)];
            assert_eq!(save(&session, page_of(200, both)).await.expect("saves"), [0, 1, 1, 0, 2], "edit {number}");
            assert_eq!(save(&session, page_of(199, [settlement(1)])).await.expect("saves"), [0, 0, 0, 1, 1]);
            assert_eq!(save(&session, page_of(200, [settlement(1)])).await.expect("saves")[1], 1, "edit {number} back");
        }
        let stored = place.sql(
            "SELECT platform, kind, recognized_on, paid_on, order_group_id, order_id, product_name, sale_amount, fee,
             amount, meta_json FROM settlements WHERE settlement_id = 'S1'",
        );
        let expected = [
            "smartstore", "sale", "2026-02-02", "2026-03-01", "G1", "O1", "상품", "10000", "500", "9500", "{\"n\": 1}",
        ];
        assert_eq!(stored, [expected.map(str::to_owned)]);
    }
}

on_both! {
    async fn a_row_counts_where_its_day_begins(place) {
        let (_storage, session) = session(place).await;
        save(&session, page_of(1, (0..5).map(settlement))).await.expect("saves");
        let window = Window { from: kst_midnight(day(2, 2)), to: kst_midnight(day(2, 4)) };
        assert_eq!(session.ordered_in("settlements", window).await.expect("counts"), 2);
    }
}

on_both! {
    async fn rows_are_listed_by_day_and_kind(place) {
        let (storage, session) = session(place).await;
        let mut refund = settlement(2);
        (refund.kind, refund.order_id) = (SettlementKind::Refund, None);
        // Two of one day.
        save(&session, page_of(1, [settlement(1), refund, settlement(30), settlement(4)])).await.expect("saves");
        let found = async |filter: SettlementFilter, limit| {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = storage.settlements(filter.clone(), after, limit).await.expect("reads");
                let Some(last) = page.last() else { break };
                after = Some(last.position());
                found.extend(page.into_iter().map(|row| row.settlement_id));
            }
            let count = storage.count_settlements(filter).await.expect("counts");
            assert_eq!(i64::try_from(found.len()).expect("few"), count);
            found
        };
        let filter = SettlementFilter::default;
        for limit in [1, 2, 100] {
            assert_eq!(found(filter(), limit).await, ["S4", "S30", "S2", "S1"], "limit {limit}");
        }
        let kinds = SettlementFilter { kinds: vec![SettlementKind::Refund], ..filter() };
        assert_eq!(found(kinds, 9).await, ["S2"]);
        let (from, to) = (Some("2026-02-03".to_owned()), Some("2026-02-03".to_owned()));
        assert_eq!(found(SettlementFilter { from, to, ..filter() }, 9).await, ["S30", "S2"]);
        let line = SettlementFilter { order_id: Some("O4".to_owned()), ..filter() };
        assert_eq!(found(line, 9).await, ["S4"]);
        assert_eq!(found(SettlementFilter { connector_ids: vec![99], ..filter() }, 9).await, Vec::<String>::new());
        let whole = SettlementFilter { with_raw: true, ..filter() };
        let whole = storage.settlements(whole, None, 1).await.expect("reads");
        assert_eq!(whole[0].meta_json.as_deref(), Some("{\"n\": 4}"));
        assert_eq!(storage.settlements(filter(), None, 1).await.expect("reads")[0].meta_json, None);
    }
}

on_both! {
    async fn rows_add_up_by_month_and_kind(place) {
        let (storage, session) = session(place).await;
        let mut refund = settlement(2);
        (refund.kind, refund.sale_amount, refund.fee, refund.amount) = (SettlementKind::Refund, -7, -2, -5);
        let mut march = settlement(4);
        march.recognized_on = day(3, 31);
        // More than 32 bits hold.
        let mut large = settlement(5);
        large.amount = 5_000_000_000;
        save(&session, page_of(1, [settlement(1), refund, settlement(3), march, large])).await.expect("saves");
        let id = storage.connectors().await.expect("reads")[0].id;
        let sum = |month: &str, kind: &str, [rows, sale_amount, fee, amount]: [i64; 4]| SettlementSum {
            connector_id: id,
            month: month.to_owned(),
            kind: kind.to_owned(),
            rows,
            sale_amount,
            fee,
            amount,
        };
        let february = [
            sum("2026-02", "refund", [1, -7, -2, -5]),
            sum("2026-02", "sale", [3, 30_000, 1_500, 5_000_019_000]),
        ];
        let last = sum("2026-03", "sale", [1, 10_000, 500, 9_500]);
        let all = storage.settlement_sums(&[], None, None).await.expect("adds up");
        assert_eq!(all, [february.to_vec(), vec![last.clone()]].concat());
        let some = storage.settlement_sums(&[id], Some("2026-03-01"), Some("2026-03-31")).await.expect("adds up");
        assert_eq!(some, [last]);
        let some = storage.settlement_sums(&[id], None, Some("2026-03-30")).await.expect("adds up");
        assert_eq!(some, february);
        assert_eq!(storage.settlement_sums(&[id + 1], None, None).await.expect("adds up"), []);
    }
}
