use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::*;

fn answer(body: &str) -> Response {
    Response {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 7, day).expect("a day of July")
}

fn asked(first: u32, last: u32) -> Asked<'static> {
    Asked { mall_id: "samplemall", shop_no: 1, first: day(first), last: day(last) }
}

fn metrics(read: &Read) -> Vec<&Metric> {
    read.records
        .iter()
        .map(|record| match record {
            Record::Metric(metric) => metric,
            other => panic!("no figure: {other:?}"),
        })
        .collect()
}

#[test]
fn the_live_samples_become_the_figures_of_the_table() {
    let visits = answer(include_str!("../../tests/samples/ca_live_visitors_view_200.json"));
    let views =
        answer(r#"{"pageview": [{"date": "2026-07-08T00:00+09:00", "hour": "", "page_view": "5891"}]}"#);
    let read = asked(8, 10).store(
        &rows(&visits, Figure::Visits).expect("rows"),
        &rows(&views, Figure::PageViews).expect("rows"),
    );
    let store: Vec<_> =
        metrics(&read).iter().map(|m| (m.date, m.entity_id.clone(), m.impressions, m.clicks)).collect();
    let mall = "samplemall".to_owned();
    assert_eq!(
        store,
        [
            (day(8), mall.clone(), Some(1432), Some(5891)),
            (day(9), mall.clone(), Some(1517), None),
            (day(10), mall, Some(0), None)
        ]
    );
    assert!(read.failures.is_empty());
    let raw = metrics(&read)[0].raw.get();
    assert!(raw.starts_with(r#"{"view":{"#) && raw.contains(r#""pageview":{"date""#), "{raw}");

    let sales = answer(include_str!("../../tests/samples/ca_live_products_sales_200.json"));
    let read = asked(8, 8).products(&rows(&sales, Figure::Sales).expect("rows"));
    let products: Vec<_> = metrics(&read)
        .iter()
        .map(|m| (m.date, m.entity_id.as_str(), m.conversions, m.conversion_value))
        .collect();
    assert_eq!(
        products,
        [
            (day(8), "128", Some(12), Some(358_800)),
            (day(8), "131", Some(3), Some(147_000)),
            (day(8), "97", Some(1), Some(0)),
        ]
    );

    let domains = answer(include_str!("../../tests/samples/ca_live_visitpaths_domains_200.json"));
    let read = asked(8, 8).domains(&rows(&domains, Figure::Domains).expect("rows"));
    let domains: Vec<_> = metrics(&read).iter().map(|m| (m.entity_id.as_str(), m.clicks)).collect();
    assert_eq!(domains[0], ("참조 도메인 없음", Some(913)));
    assert_eq!(domains.iter().filter_map(|(_, clicks)| *clicks).sum::<i64>(), 913 + 820 + 215 + 188);
}

#[test]
fn the_seed_sample_keeps_its_own_dates() {
    let sales = answer(include_str!("../../tests/samples/ca_seed_products_sales_200.json"));
    let read = asked(8, 9).products(&rows(&sales, Figure::Sales).expect("rows"));
    let products: Vec<_> = metrics(&read)
        .iter()
        .map(|m| (m.date, m.entity_id.as_str(), m.conversions, m.conversion_value))
        .collect();
    assert_eq!(products, [(day(8), "128", Some(12), Some(358_800)), (day(9), "131", Some(3), Some(147_000))]);
}

#[test]
fn an_unknown_key_is_an_error_that_names_what_is_there() {
    let error =
        rows(&answer(r#"{"result": [{"visit_count": 1}], "hush 홍": 1}"#), Figure::Visits).expect_err("no");
    assert_eq!(error.kind(), connector_core::ErrorKind::Decode);
    let text = error.to_string();
    assert!(text.contains("view") && text.contains("result") && !text.contains("hush"), "{text}");
    for body in [r#"{"view": null}"#, r#"{"view": {"rows": []}}"#, "[]", r#"{"sales": []}"#] {
        assert!(rows(&answer(body), Figure::Visits).is_err(), "{body}");
    }
    assert!(rows(&answer(r#"{"view": []}"#), Figure::Visits).expect("an empty list").is_empty());
}

#[test]
fn totals_of_several_days_are_taken_for_none_of_them() {
    let sales = answer(r#"{"sales": [{"product_no": 1, "order_count": 2, "order_amount": "10"}]}"#);
    let rows = rows(&sales, Figure::Sales).expect("rows");
    let read = asked(8, 9).products(&rows);
    assert_eq!((read.records.len(), read.failures[0].reason.as_str()), (0, "date is missing"));
    assert_eq!(asked(8, 8).products(&rows).records.len(), 1);
}

#[test]
fn odd_numbers_are_read_and_wrong_ones_are_named() {
    let body = r#"{"sales": [
        {"product_no": 1, "order_count": "3", "order_amount": "1908000.00"},
        {"product_no": "2", "order_count": 1, "order_amount": null},
        {"product_no": 3, "order_count": "many", "order_amount": 1},
        {"product_no": 4, "order_count": 1},
        {"product_no": 5, "order_count": 1, "order_amount": "12.50"},
        {"order_count": 1, "order_amount": 1}
    ]}"#;
    let sales = answer(body);
    let read = asked(8, 8).products(&rows(&sales, Figure::Sales).expect("rows"));
    let products: Vec<_> =
        metrics(&read).iter().map(|m| (m.entity_id.as_str(), m.conversions, m.conversion_value)).collect();
    assert_eq!(products, [("1", Some(3), Some(1_908_000)), ("2", Some(1), None)]);
    let reasons: Vec<&str> = read.failures.iter().map(|failure| failure.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "order_count is no whole number",
            "order_amount (won) is missing",
            "order_amount (won) is no whole number",
            "product_no is missing"
        ]
    );
}

#[test]
fn hours_add_up_and_other_repeats_do_not() {
    let hours = answer(
        r#"{"view": [{"date": "2026-07-08", "hour": "00", "visit_count": 3},
                     {"date": "2026-07-08", "hour": "01", "visit_count": "4"}]}"#,
    );
    let read = asked(8, 8).store(&rows(&hours, Figure::Visits).expect("rows"), &[]);
    assert_eq!(metrics(&read)[0].impressions, Some(7));
    let twice = answer(
        r#"{"view": [{"date": "2026-07-08", "visit_count": 3}, {"date": "2026-07-08", "visit_count": 4}]}"#,
    );
    let read = asked(8, 8).store(&rows(&twice, Figure::Visits).expect("rows"), &[]);
    assert_eq!((read.records.len(), read.failures.len()), (0, 1));
}

#[test]
fn a_row_of_another_day_is_refused() {
    let rows_of =
        answer(r#"{"view": [{"date": "2026-06-30", "visit_count": 3}, {"date": "soon", "visit_count": 1}]}"#);
    let read = asked(8, 9).store(&rows(&rows_of, Figure::Visits).expect("rows"), &[]);
    assert_eq!((read.records.len(), read.failures.len()), (0, 2));
}

#[test]
fn hours_beyond_every_count_are_a_failure_of_their_day() {
    let most = i64::MAX;
    let body = format!(
        r#"{{"view": [{{"date": "2026-07-08", "hour": "00", "visit_count": {most}}},
            {{"date": "2026-07-08", "hour": "01", "visit_count": 1}}, {{"date": "2026-07-09", "visit_count": 5}}]}}"#
    );
    let visits = answer(&body);
    let read = asked(8, 9).store(&rows(&visits, Figure::Visits).expect("rows"), &[]);
    assert_eq!(
        metrics(&read).iter().map(|m| (m.date, m.impressions)).collect::<Vec<_>>(),
        [(day(9), Some(5))]
    );
    assert!(read.failures[0].reason.contains("add up"), "{:?}", read.failures);
}

#[test]
fn a_list_is_no_row() {
    let sales = answer(r#"{"sales": [["2026-07-08", "00", 1, 2, "128", 3, 4, "d"]]}"#);
    let read = asked(8, 8).products(&rows(&sales, Figure::Sales).expect("rows"));
    assert_eq!((read.records.len(), read.failures.len()), (0, 1), "{:?}", read.failures);
}
