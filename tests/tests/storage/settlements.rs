//! Settlement rows: kept by the platform's key.

use connector_core::sync::{Store as _, Window};
use connector_core::time::kst_midnight;
use connector_core::{Record, Settlement, SettlementKind};

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
