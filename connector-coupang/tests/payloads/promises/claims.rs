//! Returns, cancellations, exchanges and withdrawals.

use super::*;

/// An odd return, cancellation or exchange is a claim for each item or a failure; those beside it are read as ever.
pub fn odd_claim(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let list = &LISTS[3 + choices.below(3)];
    let is_exchange = list.token == Some("EXCHANGE");
    let (row, own) = with_odd_row(list, &mut choices);
    let [list, number, status, count, parcel, option] = match is_exchange {
        true => [
            "exchangeItemDtoV1s",
            "exchangeId",
            "exchangeStatus",
            "quantity",
            "originalShipmentBoxId",
            "orderItemId",
        ],
        false => {
            ["returnItems", "receiptId", "receiptStatus", "cancelCount", "shipmentBoxId", "vendorItemId"]
        }
    };
    each_item_is_told(&own, &row, items(&row, list).len());
    for record in &own.records {
        let Record::Claim(claim) = record else { panic!("claims only: {record:?}") };
        assert_eq!(claim.raw.get(), row.text(), "the kept object is not the row");
        assert_eq!(Some(&claim.claim_id), id(row.get(number)).as_ref());
        assert_eq!(Some(&claim.status), plain(row.get(status)).as_ref());
        assert_eq!(
            Some(claim.requested_at),
            plain(row.get("createdAt")).as_deref().and_then(parse_kst),
            "the time is not what was sent"
        );
        let line = |item: &Node| Some(format!("{}-{}", id(item.get(parcel))?, id(item.get(option))?));
        let is_of = |item: &&Node| line(item).is_some_and(|line| claim.order_id.starts_with(&line));
        let mut twins = items(&row, list).iter().filter(is_of);
        let item = twins.next().expect("a claim comes of an item");
        if let (None, Some(quantity)) = (twins.next(), claim.quantity) {
            assert_eq!(Some(quantity), item.get(count).and_then(Node::whole));
        }
    }
}

/// An odd withdrawal is told or a failure; those beside it are read as ever.
pub fn odd_withdrawal(bytes: &[u8]) {
    let (row, own) = with_odd_row(&LISTS[6], &mut Choices::new(bytes));
    let options: BTreeSet<String> =
        items(&row, "vendorItemIds").iter().filter_map(|option| id(Some(option))).collect();
    // A line that its order shows no more brings no claim.
    assert!(own.records.len() <= options.len() && own.failures.len() <= 1);
    let unreadable = items(&row, "vendorItemIds").iter().filter(|option| id(Some(option)).is_none()).count();
    assert!(unreadable == 0 || own.failures.len() == 1, "an option is left out of {}", row.text());
    for record in &own.records {
        let Record::Claim(claim) = record else { panic!("claims only: {record:?}") };
        assert_eq!(claim.raw.get(), row.text(), "the kept object is not the row");
        assert_eq!(Some(&claim.claim_id), id(row.get("cancelId")).as_ref());
        assert_eq!(claim.order_group_id, id(row.get("orderId")));
    }
}
