//! Order lines that travel together.

use std::collections::HashMap;

use connector_core::Recipient;
use serde::Serialize;
use storage::OrderRow;
use utoipa::ToSchema;

/// A shipment: one row of the sheet. It has no `Debug`: it holds the recipient's personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shipment {
    /// What the platform calls it; where it has no name for it, the order line's id.
    #[schema(example = "853138000000115661")]
    shipment: String,
    /// The platform's key.
    #[schema(example = "coupang")]
    platform: String,
    /// The account's name.
    account: String,
    /// The order lines' ids here.
    order_ids: Vec<i64>,
    /// The platform's ids of the order lines.
    order_lines: Vec<String>,
    /// To whom it goes.
    #[schema(example = "홍길동")]
    recipient: Option<String>,
    /// Their telephone number.
    #[schema(example = "010-0000-0000")]
    phone: Option<String>,
    /// Another one.
    other_phone: Option<String>,
    /// The postcode.
    postcode: Option<String>,
    /// The address.
    address: Option<String>,
    /// What the carrier is to know.
    note: Option<String>,
    /// What is in it.
    #[schema(example = "프리미엄 무선 이어폰 [블랙] 2")]
    items: Vec<String>,
    /// How many pieces, as far as the platform tells.
    pieces: i64,
}

impl Shipment {
    /// The titles of the sheet's columns. With the last two filled in, each row names an order line that
    /// `POST /orders/batch-ship` takes.
    pub(super) const TITLES: [&'static str; 15] = [
        "shipment",
        "platform",
        "account",
        "order_ids",
        "order_lines",
        "recipient",
        "phone",
        "other_phone",
        "postcode",
        "address",
        "note",
        "items",
        "pieces",
        "carrier",
        "tracking_number",
    ];

    /// Its cells, one for each title.
    pub(super) fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let ids: Vec<String> = self.order_ids.iter().map(i64::to_string).collect();
        vec![
            self.shipment.clone(),
            self.platform.clone(),
            self.account.clone(),
            ids.join(" "),
            self.order_lines.join(" "),
            text(&self.recipient),
            text(&self.phone),
            text(&self.other_phone),
            text(&self.postcode),
            text(&self.address),
            text(&self.note),
            self.items.join("; "),
            self.pieces.to_string(),
            String::new(),
            String::new(),
        ]
    }
}

/// What makes lines travel together: the account, the shipment, and to whom it goes and where, should a platform give one number
/// twice.
type Key = (i64, String, Option<String>, Option<String>);

/// Shipments, in the order in which their first lines came.
#[derive(Default)]
pub(super) struct Shipments {
    places: HashMap<Key, usize>,
    all: Vec<Shipment>,
}

fn item(order: &OrderRow) -> String {
    let name = order.product_name.as_deref().or(order.product_id.as_deref()).unwrap_or("-");
    let option = order.option_name.as_deref().map(|option| format!(" [{option}]")).unwrap_or_default();
    let pieces = order.quantity.map(|pieces| format!(" {pieces}")).unwrap_or_default();
    format!("{name}{option}{pieces}")
}

impl Shipments {
    /// Adds a line to the shipment that it travels with.
    pub(super) fn add(&mut self, order: &OrderRow, account: &str, recipient: Recipient) {
        let shipment = recipient.shipment.clone().unwrap_or_else(|| order.order_id.clone());
        let key = (order.connector_id, shipment.clone(), recipient.name.clone(), recipient.address.clone());
        let place = *self.places.entry(key).or_insert_with(|| {
            self.all.push(Shipment {
                shipment,
                platform: order.platform.clone(),
                account: account.to_owned(),
                order_ids: Vec::new(),
                order_lines: Vec::new(),
                recipient: recipient.name,
                phone: recipient.phone,
                other_phone: recipient.other_phone,
                postcode: recipient.postcode,
                address: recipient.address,
                note: None,
                items: Vec::new(),
                pieces: 0,
            });
            self.all.len() - 1
        });
        let shipment = &mut self.all[place];
        // A buyer may have said something else of each line.
        let note = recipient.note.filter(|note| shipment.note.as_ref().is_none_or(|all| !all.contains(note)));
        shipment.note = match (shipment.note.take(), note) {
            (Some(all), Some(note)) => Some(format!("{all}; {note}")),
            (all, note) => all.or(note),
        };
        shipment.order_ids.push(order.id);
        shipment.order_lines.push(order.order_id.clone());
        shipment.items.push(item(order));
        shipment.pieces = shipment.pieces.saturating_add(order.quantity.unwrap_or(0));
    }

    pub(super) fn finish(self) -> Vec<Shipment> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn order(id: i64) -> OrderRow {
        let at = DateTime::UNIX_EPOCH;
        OrderRow {
            id,
            connector_id: 7,
            platform: "coupang".into(),
            order_id: format!("1-{id}"),
            order_group_id: None,
            ordered_at: "2026-02-15T10:00:00.000+09:00".into(),
            date_kst: "2026-02-15".into(),
            status: "INSTRUCT".into(),
            state: "preparing".into(),
            amount: 1_000,
            order_place_id: None,
            order_place_name: None,
            product_id: Some("9".into()),
            product_name: Some("이어폰".into()),
            option_id: None,
            option_name: Some("블랙".into()),
            seller_code: None,
            quantity: Some(2),
            unit_price: None,
            changed_at: None,
            observed_at: at,
            first_seen_at: at,
            updated_at: at,
            meta_json: None,
        }
    }

    fn to(shipment: Option<&str>, name: &str) -> Recipient {
        Recipient {
            shipment: shipment.map(str::to_owned),
            name: Some(name.to_owned()),
            address: Some("예시로 1".into()),
            ..Recipient::default()
        }
    }

    #[test]
    fn lines_of_one_shipment_are_one_row() {
        let mut shipments = Shipments::default();
        shipments.add(&order(1), "main", to(Some("5"), "홍길동"));
        let other = Recipient { note: Some("문 앞".into()), ..to(Some("5"), "홍길동") };
        shipments.add(&order(2), "main", other);
        shipments.add(&order(3), "main", to(Some("5"), "성춘향"));
        shipments.add(&order(4), "main", to(None, "홍길동"));
        let all = shipments.finish();
        let ids: Vec<&[i64]> = all.iter().map(|shipment| shipment.order_ids.as_slice()).collect();
        assert_eq!(ids, [&[1, 2][..], &[3], &[4]]);
        assert_eq!((all[0].pieces, all[0].items.len(), all[0].note.as_deref()), (4, 2, Some("문 앞")));
        assert_eq!(all[2].shipment, "1-4", "without a shipment of the platform's, the line's own");
        let cells = all[0].cells();
        assert_eq!(cells.len(), Shipment::TITLES.len());
        assert!(cells[11].contains("이어폰 [블랙] 2; ") && cells[3] == "1 2", "{:?}", &cells[11..]);
    }
}
