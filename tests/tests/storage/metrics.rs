//! Daily figures.

use chrono::NaiveDate;
use connector_core::sync::{Batch, Store as _, Sweep, Window};
use connector_core::time::kst_midnight;
use connector_core::{Figures, Metric, Record};
use storage::MetricFilter;

use crate::place::{at, on_both, raw, save, session};

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, number).expect("a day")
}

fn metric(number: u32, entity_type: &'static str, entity_id: &str, clicks: i64) -> Metric {
    Metric {
        date: day(number),
        entity_type,
        entity_id: entity_id.to_owned(),
        shop_no: 1,
        impressions: Some(10),
        clicks: Some(clicks),
        conversions: None,
        conversion_value: Some(5_000),
        raw: raw(&format!("{{\"clicks\":{clicks}}}")),
    }
}

fn figures(observed: i64, metrics: impl IntoIterator<Item = Metric>) -> Batch {
    Batch {
        stream: "metrics",
        observed_at: at(observed),
        records: metrics.into_iter().map(Record::Metric).collect(),
        ..Batch::default()
    }
}

on_both! {
    async fn a_figure_that_shrank_is_corrected(place) {
        let (storage, session) = session(place).await;
        let first = [metric(1, "store", "mall", 7), metric(1, "product", "11", 1), metric(2, "product", "11", 2)];
        assert_eq!(save(&session, figures(10, first.clone())).await.expect("saves"), [3, 0, 0, 0, 3]);
        assert_eq!(save(&session, figures(11, first)).await.expect("saves"), [0, 0, 3, 0, 3]);
        let next = [metric(1, "store", "mall", 6), metric(1, "domain", "11", 1), metric(1, "product", "11", 1)];
        assert_eq!(save(&session, figures(20, next)).await.expect("saves"), [1, 1, 1, 0, 3]);
        let late = [metric(1, "store", "mall", 8), metric(2, "product", "11", 3)];
        assert_eq!(save(&session, figures(15, late)).await.expect("saves"), [0, 1, 0, 1, 2]);
        let twice = [metric(3, "store", "mall", 1), metric(3, "store", "mall", 2)];
        assert_eq!(save(&session, figures(30, twice)).await.expect("saves"), [1, 0, 1, 0, 1]);
        let read = async |filter: MetricFilter, after| {
            let rows = storage.metrics(filter, after, 10).await.expect("reads");
            rows.into_iter().map(|row| (row.date, row.entity_type, row.clicks.unwrap_or(-1))).collect::<Vec<_>>()
        };
        let row = |date: &str, kind: &str, clicks| (date.to_owned(), kind.to_owned(), clicks);
        let stores = MetricFilter { entity_types: vec!["store".to_owned()], ..MetricFilter::default() };
        assert_eq!(read(stores, None).await, [row("2026-02-01", "store", 6), row("2026-02-03", "store", 2)]);
        let days = MetricFilter {
            from: Some("2026-02-02".to_owned()),
            to: Some("2026-02-02".to_owned()),
            ..MetricFilter::default()
        };
        assert_eq!(read(days, None).await, [row("2026-02-02", "product", 3)]);
        let rows = storage.metrics(MetricFilter::default(), None, 2).await.expect("reads");
        assert_eq!(read(MetricFilter::default(), Some(rows[1].id)).await.len(), 3, "the rest, by id");
        assert_eq!(rows[0].spend, None);
        assert_eq!(rows[1].meta_json, "{\"clicks\":1}");
    }
}

on_both! {
    async fn figures_that_a_whole_list_lacks_are_removed(place) {
        let (_storage, session) = session(place).await;
        let mut other_shop = metric(1, "product", "9", 1);
        other_shop.shop_no = 2;
        let stored = [
            metric(1, "product", "1", 1),
            metric(1, "product", "2", 1),
            metric(1, "store", "mall", 1),
            metric(3, "product", "3", 1),
            other_shop,
        ];
        save(&session, figures(10, stored)).await.expect("saves");
        let mut page = figures(20, [metric(1, "product", "1", 1), metric(2, "product", "4", 1)]);
        page.sweep = Some(Sweep {
            figures: Figures { entity_type: "product", shop_no: 1 },
            from: day(1),
            to: day(2),
            observed_before: at(20),
        });
        save(&session, page).await.expect("saves");
        let left = place.sql("SELECT date, entity_type, entity_id FROM metrics_daily ORDER BY 1, 2, 3");
        let expected = [
            ["2026-02-01", "product", "1"],
            ["2026-02-01", "product", "9"],
            ["2026-02-01", "store", "mall"],
            ["2026-02-02", "product", "4"],
            ["2026-02-03", "product", "3"],
        ];
        assert_eq!(left, expected.map(|row| row.map(str::to_owned).to_vec()));
    }
}

on_both! {
    async fn a_day_counts_where_it_begins(place) {
        let (_storage, session) = session(place).await;
        save(&session, figures(1, (1..=5).map(|n| metric(n, "store", "mall", 1)))).await.expect("saves");
        let count = async |from, to| session.ordered_in("metrics", Window { from, to }).await.expect("counts");
        let hour = chrono::TimeDelta::hours(1);
        let (second, fourth) = (kst_midnight(day(2)), kst_midnight(day(4)));
        assert_eq!(count(second, fourth).await, 2);
        assert_eq!(count(second + hour, fourth + hour).await, 2);
        assert_eq!(count(second + hour, second + hour * 2).await, 0);
    }
}
