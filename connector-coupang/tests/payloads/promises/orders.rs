//! Parcels and their lines.

use super::*;

/// An odd parcel is read line by line, or a failure; the parcels beside it are read as ever.
pub fn odd_parcel(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[choices.below(3)];
    let (parcel, own) = with_odd_row(list, &mut choices);
    each_item_is_told(&own, &parcel, items(&parcel, "orderItems").len());
    for record in &own.records {
        let Record::Order(order) = record else { panic!("orders only: {record:?}") };
        line_is_as_sent(order, &parcel);
    }
}

/// Every field that was read says what stands in the parcel and its item, to the digit; what was kept is the parcel.
fn line_is_as_sent(order: &Order, parcel: &Node) {
    assert_eq!(order.raw.get(), parcel.text(), "the kept object is not the parcel");
    let number = id(parcel.get("shipmentBoxId")).expect("a parcel that was read has its number");
    assert!(order.order_id.starts_with(&format!("{number}-")));
    assert_eq!(Some(&order.status), plain(parcel.get("status")).as_ref());
    let times = ["orderedAt", "paidAt"].map(|name| plain(parcel.get(name)).as_deref().and_then(parse_kst));
    assert!(times.contains(&Some(order.ordered_at)));
    // Which of several items of one option this is, nothing tells.
    let mut twins =
        items(parcel, "orderItems").iter().filter(|item| id(item.get("vendorItemId")) == order.option_id);
    let (Some(item), None) = (twins.next(), twins.next()) else { return };
    let at = |name| item.get(name);
    let discount = match is_absent(at("discountPrice")) {
        true => ["instantCouponDiscount", "downloadableCouponDiscount", "coupangDiscount"]
            .into_iter()
            .try_fold(0, |sum, name| Some(sum + won_or_zero(at(name))?)),
        false => won(at("discountPrice")),
    };
    let amount = won(at("orderPrice")).zip(discount).map(|(price, discount)| price - discount);
    assert_eq!(Some(i128::from(order.amount)), amount, "the amount is not what was sent");
    if let Some(quantity) = order.quantity {
        let less = or_zero(at("holdCountForCancel")).zip(or_zero(at("cancelCount")));
        let left = at("shippingCount").and_then(Node::whole).zip(less);
        assert_eq!(Some(i128::from(quantity)), left.map(|(all, (held, gone))| i128::from(all) - held - gone));
    }
    if let Some(price) = order.unit_price {
        assert_eq!(Some(i128::from(price)), won(at("salesPrice")));
    }
}

/// The answer to a parcel's number: what was asked for is read, failed, or shown no more; nothing else comes of it.
pub fn odd_fetched_parcel(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut parcel = LISTS[0].page.get("data").expect("rows").items()[0].clone();
    let number = id(parcel.get("shipmentBoxId")).expect("a number");
    let key = |item: &Node| format!("{number}-{}", id(item.get("vendorItemId")).expect("an option"));
    let mut keys: Vec<String> = items(&parcel, "orderItems").iter().map(key).collect();
    keys.dedup();
    for _ in 0..choices.below(4) {
        parcel.distort(&mut choices);
    }
    let body = format!(r#"{{"code": 200, "data": {}}}"#, parcel.text());
    let path = format!("/ordersheets/{number}");
    let brought = NEW.make(&Call::Fetch("orders", keys.clone()), &[(&path, Answer::new(200, body.clone()))]);
    holds_always(&brought, &body);
    if brought.error.is_some() {
        assert!(!matches!(parcel, Node::Object(_)), "a parcel is an error: {:?}", brought.error);
        return;
    }
    for record in &brought.records {
        assert!(record.key().starts_with(&number), "nobody asked for {}", record.key());
    }
    let is_there = |key: &String| {
        id(parcel.get("shipmentBoxId")).as_ref() == Some(&number)
            && items(&parcel, "orderItems").iter().any(|item| {
                id(item.get("vendorItemId")).is_some_and(|option| format!("{number}-{option}") == *key)
            })
    };
    for key in &keys {
        let read = brought.record(key).is_some();
        let gone = brought.gone.contains(key);
        assert!(read || gone || !brought.failures.is_empty(), "nothing comes of {key}");
        assert!(!gone || !is_there(key), "{key} is there, and is said to be gone");
    }
}
