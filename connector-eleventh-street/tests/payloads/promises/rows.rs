//! Claims, settlements, products and their stock.

use std::collections::HashSet;

use super::*;

/// An odd claim is a claim or a failure; those beside it are read as ever.
pub fn odd_claim(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let (odd, own, _) = with_odd_row(&CLAIMS[choices.below(CLAIMS.len())], &mut choices);
    let Some((Record::Claim(claim), row)) = told(&own, &odd) else { return };
    let is_of_line = word(row, "ordPrdCnSeq").is_some() || has_twins(row, "ordPrdCnSeq");
    let [number_of, quantity, asked, code] = match is_of_line {
        true => ["ordPrdCnSeq", "ordCnQty", "createDt", "ordCnStatCd"],
        false => ["clmReqSeq", "clmReqQty", "reqDt", "clmStat"],
    };
    is_kept(claim.raw.get(), row, code, &claim.status);
    same(row, number_of, Some(claim.claim_id.as_str()), word(row, number_of));
    same(row, "ordNo", claim.order_group_id.as_deref(), word(row, "ordNo"));
    same(row, quantity, claim.quantity, number(row, quantity));
    same(row, asked, Some(claim.requested_at), instant(word(row, asked)));
    assert!(claim.changed_at >= Some(claim.requested_at));
}

/// An odd row of the settlements is one or a failure; those beside it are read as ever.
pub fn odd_settlement(bytes: &[u8]) {
    let (mut odd, own, others) = with_odd_row(&SETTLEMENTS, &mut Choices::new(bytes));
    // A row that is sent twice is one.
    let mut seen: HashSet<String> = others.iter().map(Element::markup).collect();
    odd.retain(|row| seen.insert(row.markup()));
    let Some((Record::Settlement(settlement), row)) = told(&own, &odd) else { return };
    let mut kept = row.clone();
    kept.remove("seqNo");
    kept.remove("totalCount");
    assert_eq!(settlement.raw.get(), kept.json().get(), "the kept object is not the row");
    let Settlement { sale_amount, fee, amount, .. } = settlement;
    for (name, read) in [("selPrcAmt", sale_amount), ("selFee", fee), ("stlAmt", amount)] {
        same(row, name, Some(*read), number(row, name));
    }
}

/// An odd product, or an odd row of its stock, is read or a failure; what stands beside it is read as ever.
pub fn odd_product(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    if choices.below(2) == 0 {
        let (odd, own, _) = with_odd_row(&PRODUCTS, &mut choices);
        let is_told = !own.records.is_empty() || !own.failures.is_empty();
        assert!(is_told || odd.is_empty(), "a product is gone without a word");
        return;
    }
    let (path, document) = &STOCKS[0];
    let mut rows: Vec<Node> = document.all("ProductStock").map(|row| Node::parse(row.json().get())).collect();
    let index = choices.below(rows.len());
    for _ in 0..=choices.below(3) {
        rows[index].distort(&mut choices);
    }
    let make = |rows: &[Node]| {
        let stock =
            rows.iter().fold(Element::new("ProductStocks"), |root, row| with(root, "ProductStock", row));
        let mut answers = vec![(path.as_str(), Answer::new(200, self::bytes(&stock)))];
        answers
            .extend(STOCKS.iter().map(|(path, root)| (path.as_str(), Answer::new(200, self::bytes(root)))));
        let products = self::bytes(&PRODUCTS.document(&PRODUCTS.rows));
        answers.push((PRODUCTS.path.as_str(), Answer::new(200, products)));
        CALLER.make(&PRODUCTS.call(), &answers)
    };
    let brought = make(&rows);
    holds_always(&brought);
    assert!(brought.error.is_none(), "one option stops the page: {:?}", brought.error);
    let odd = rows.remove(index);
    let own = brought.beyond(&make(&rows));
    let odd = sent(&with(Element::new("ProductStocks"), "ProductStock", &odd));
    let odd: Vec<&Element> = odd.all("ProductStock").collect();
    assert_eq!(own.records.len() + own.failures.len(), odd.len(), "an option is gone without a word");
    if let ([Record::Listing(Listing { stock, option_id, .. })], [row]) = (&own.records[..], &odd[..]) {
        same(row, "stckQty", *stock, number(row, "stckQty"));
        same(row, "prdStckNo", Some(option_id.as_str()), word(row, "prdStckNo"));
    }
}
