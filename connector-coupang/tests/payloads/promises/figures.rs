//! The revenue history, and products with their stock.

use super::*;

/// An odd row of the revenue history is read whole or a failure; those beside it are read as ever.
pub fn odd_revenue(bytes: &[u8]) {
    let (row, own) = with_odd_row(&LISTS[7], &mut Choices::new(bytes));
    let fee = row.get("deliveryFee");
    let of_fee = |name| fee.and_then(|fee| fee.get(name));
    let is_charged = ["amount", "fee", "feeVat", "settlementAmount"]
        .into_iter()
        .any(|name| or_zero(of_fee(name)) != Some(0));
    if own.failures.is_empty() {
        let expected = items(&row, "items").len() + usize::from(is_charged);
        assert_eq!(own.records.len(), expected, "a part of {} is lost", row.text());
    } else {
        assert!(own.failures.len() == 1 && own.records.is_empty(), "a row is read in part");
    }
    let keys: BTreeSet<String> = own.records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), own.records.len(), "one record takes another's place");
    for record in &own.records {
        let Record::Settlement(settlement) = record else { panic!("settlements only: {record:?}") };
        assert_eq!(settlement.raw.get(), row.text(), "the kept object is not the row");
        let day = plain(row.get("recognitionDate")).expect("a day");
        assert_eq!(day.trim().get(..10), Some(settlement.recognized_on.to_string().as_str()));
        figures_are_as_sent(settlement, &row);
    }
}

fn figures_are_as_sent(settlement: &Settlement, row: &Node) {
    let is_fee = settlement.settlement_id.ends_with("/delivery");
    let mut parts: Vec<&Node> = match is_fee {
        true => row.get("deliveryFee").into_iter().collect(),
        false => items(row, "items").iter().collect(),
    };
    if !is_fee {
        let option = settlement.settlement_id.split('/').nth(3).expect("an option");
        parts.retain(|item| id(item.get("vendorItemId")).as_deref() == Some(option));
    }
    let [part] = parts[..] else { return };
    let [sale, fee, vat] = match is_fee {
        true => ["amount", "fee", "feeVat"],
        false => ["saleAmount", "serviceFee", "serviceFeeVat"],
    };
    let at = |name| or_zero(part.get(name)).expect("a number that was read");
    assert_eq!(i128::from(settlement.sale_amount), at(sale));
    assert_eq!(i128::from(settlement.fee), at(fee) + at(vat), "the fee is not what was sent");
    let amount = match is_absent(part.get("settlementAmount")) {
        true => at(sale) - at(fee) - at(vat),
        false => at("settlementAmount"),
    };
    assert_eq!(i128::from(settlement.amount), amount, "the amount is not what was sent");
}

/// An odd product, or an odd answer about an option's stock, is read or a failure; the products beside it are read as ever.
pub fn odd_product(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[8];
    if choices.below(4) == 0 {
        let (_, own) = with_odd_row(list, &mut choices);
        assert!(own.failures.len() <= 1);
        return;
    }
    let mut answers = vec![(list.path, Answer::new(200, list.page.text()))];
    // One of the listed products, or one of their options.
    let shown: Vec<&(String, String)> = OTHERS
        .iter()
        .filter(|(path, body)| !path.ends_with("/ordersheets") && body.contains("SUCCESS"))
        .collect();
    let (path, body) = shown[choices.below(shown.len())];
    let (whole, mut odd) = (Node::parse(body), Node::parse(body));
    let data = odd.get_mut("data").expect("data");
    for _ in 0..=choices.below(3) {
        data.distort(&mut choices);
    }
    let data = data.clone();
    answers.push((path, Answer::new(200, odd.text())));
    answers.extend(OTHERS.iter().map(|(path, body)| (path.as_str(), Answer::new(200, body.clone()))));
    let brought = NEW.make(&list.call(), &answers);
    holds_always(&brought, &(list.page.text() + &odd.text()));
    assert!(brought.error.is_none(), "one product stops the page: {:?}", brought.error);
    let keys: BTreeSet<String> = brought.records.iter().map(Record::key).collect();
    assert_eq!(keys.len(), brought.records.len(), "one record takes another's place");
    let raw = whole.get("data").expect("data").text();
    let before = list.answered(list.page.text());
    let listing = |record: &Record| match record {
        Record::Listing(listing) => listing.clone(),
        other => panic!("listings only: {other:?}"),
    };
    let is_product = path.contains("seller-products");
    let option = path.split('/').rev().nth(1).unwrap_or_default();
    let is_own = |one: &Listing| if is_product { one.raw.get() == raw } else { one.option_id == option };
    for known in before.records.iter().map(listing).filter(|one| !is_own(one)) {
        let found = brought.records.iter().map(listing).find(|one| one.option_id == known.option_id);
        // A product is read with all its options or not at all.
        let fails = brought
            .failures
            .iter()
            .any(|failure| failure.raw.as_ref().is_some_and(|raw| raw.get().contains(&known.listing_id)));
        assert!(found.is_some() || fails && !is_product, "{} is lost", known.option_id);
        if let Some(found) = found {
            assert_eq!(
                (found.stock, found.price, found.raw.get()),
                (known.stock, known.price, known.raw.get())
            );
        }
    }
    for one in brought.records.iter().map(listing).filter(|one| one.option_id == option) {
        if one.stock.is_some() {
            assert_eq!(one.stock, data.get("amountInStock").and_then(Node::whole));
            assert_eq!(one.price, data.get("salePrice").and_then(Node::whole));
        }
    }
    let own: Vec<Listing> =
        brought.records.iter().map(listing).filter(|one| one.raw.get() == data.text()).collect();
    if is_product && before.records.iter().map(listing).any(|one| is_own(&one)) {
        let is_told = !own.is_empty() && own.len() == items(&data, "items").len();
        assert!(is_told || !brought.failures.is_empty(), "a part of {} is lost", data.text());
    }
}
