//! To whom a parcel goes. The address is final once the parcel is confirmed.
//!
//! Fields: <https://developers.coupangcorp.com/hc/ko/articles/360033919573> (read 2026-11).

use connector_core::{Recipient, RecipientFields};
use serde_json::value::RawValue;

/// Of an order sheet.
pub(crate) fn read(raw: &RawValue) -> Recipient {
    let fields = RecipientFields::of(raw, &[]);
    let phones = ["/receiver/safeNumber", "/receiver/receiverNumber"];
    let phone = fields.first(&phones);
    Recipient {
        shipment: fields.first(&["/shipmentBoxId"]),
        name: fields.first(&["/receiver/name"]),
        other_phone: fields.first(&phones[1..]).filter(|other| Some(other) != phone.as_ref()),
        phone,
        postcode: fields.first(&["/receiver/postCode"]),
        address: fields.joined(&["/receiver/addr1", "/receiver/addr2"]),
        note: fields.first(&["/parcelPrintMessage"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_tells_to_whom_it_goes() {
        let raw = RawValue::from_string(
            r#"{"shipmentBoxId": 853138000000115661, "parcelPrintMessage": "문 앞", "receiver": {"name": "홍길동",
               "safeNumber": "0502-000-0000", "receiverNumber": null, "addr1": "예시로 1", "addr2": "101호", "postCode": "00001"}}"#
                .to_owned(),
        )
        .expect("JSON");
        let read = read(&raw);
        assert_eq!(read.shipment.as_deref(), Some("853138000000115661"));
        assert_eq!(
            (read.name.as_deref(), read.phone.as_deref(), read.other_phone.as_deref()),
            (Some("홍길동"), Some("0502-000-0000"), None)
        );
        assert_eq!(read.address.as_deref(), Some("예시로 1 101호"));
        assert_eq!((read.postcode.as_deref(), read.note.as_deref()), (Some("00001"), Some("문 앞")));
    }
}
