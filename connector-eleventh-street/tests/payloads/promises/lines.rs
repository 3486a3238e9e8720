//! Order lines, and lists that name lines only.

use super::*;

/// An odd line is an order line or a failure; those beside it are read as ever.
pub fn odd_line(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (odd, own, _) = with_odd_row(&LINES[choices.below(LINES.len())], &mut choices);
    if let Some((Record::Order(order), row)) = told(&own, &odd) {
        line_is_as_sent(order, row);
    }
}

fn line_is_as_sent(order: &Order, row: &Element) {
    is_kept(order.raw.get(), row, "ordPrdStat", &order.status);
    same(row, "ordAmt", Some(order.amount), number(row, "ordAmt"));
    for (name, read) in [("ordQty", order.quantity), ("selPrc", order.unit_price)] {
        if read.is_some() {
            same(row, name, read, number(row, name));
        }
    }
    same(row, "ordNo", order.order_group_id.as_deref(), word(row, "ordNo"));
    same(row, "prdNo", order.product_id.as_deref(), word(row, "prdNo"));
    let times = ["ordDt", "ordStlEndDt"];
    let has_twins = times.iter().any(|name| has_twins(row, name));
    assert!(has_twins || times.iter().any(|name| instant(word(row, name)) == Some(order.ordered_at)));
}

/// A list that names lines only: an odd row is a change or a failure, and the others are listed as ever.
pub fn odd_key(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (odd, own, _) = with_odd_row(&KEYS[choices.below(KEYS.len())], &mut choices);
    assert!(own.records.is_empty());
    assert!(
        own.changes.len() + own.failures.len() == odd.len() || odd.len() > 1,
        "a row is gone without a word"
    );
    if let ([change], [row]) = (&own.changes[..], &odd[..]) {
        let parts = [word(row, "ordNo"), word(row, "ordPrdSeq")].map(Option::unwrap_or_default);
        assert!(change.key == parts.join("-") || has_twins(row, "ordNo") || has_twins(row, "ordPrdSeq"));
    }
}

/// The answer to an order's number: an odd line touches no other, and nothing else comes of it than what was asked for.
pub fn odd_fetched_line(bytes: &[u8]) {
    const ORDER: &str = "20260329000103699";
    static WHOLE: LazyLock<[List; 2]> = LazyLock::new(|| {
        let of = |path: &str| {
            let (path, document) = recorded(path);
            let mut rows: Vec<Node> =
                document.all("order").map(|row| Node::parse(row.json().get())).collect();
            for row in &mut rows {
                row.plant(&CALLER.personal_fields(), CANARY);
            }
            List { stream: "orders", token: None, window: WEEK, path, root: "orders", row: "order", rows }
        };
        [of(&format!("complete/{ORDER}")), of("orderlistall/20260326000103288")]
    });
    let mut choices = Choices::new(bytes);
    let [whole, _] = &*WHOLE;
    assert!(whole.rows.len() == 2, "an order of two lines");
    let keys = [format!("{ORDER}-1"), format!("{ORDER}-2")];
    let mut rows = whole.rows.clone();
    for _ in 0..=choices.below(3) {
        rows[0].distort(&mut choices);
    }
    let states = WHOLE[1].document(&WHOLE[1].rows);
    let answers = |rows: &[Node]| {
        [
            (whole.path.clone(), Answer::new(200, self::bytes(&whole.document(rows)))),
            (format!("orderlistall/{ORDER}"), Answer::new(200, self::bytes(&states))),
        ]
    };
    let fetched = |rows: &[Node]| {
        let answers = answers(rows);
        let answers = [0, 1].map(|index: usize| (answers[index].0.as_str(), answers[index].1.clone()));
        CALLER.make(&Call::Fetch("orders", keys.to_vec()), &answers)
    };
    let brought = fetched(&rows);
    holds_always(&brought);
    assert!(brought.error.is_none(), "one line stops the order: {:?}", brought.error);
    assert!(brought.records.iter().all(|record| keys.contains(&record.key())), "{brought:?}");
    let own = brought.beyond(&fetched(&rows[1..]));
    let odd = sent(&whole.document(&rows[..1]));
    for (record, row) in own.records.iter().zip(odd.all("order")) {
        if let (Record::Order(order), 1) = (record, odd.children().len()) {
            line_is_as_sent(order, row);
        }
    }
}
