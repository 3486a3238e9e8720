//! To whom a product order goes.
//!
//! <https://apicenter.commerce.naver.com/docs/commerce-api/current/seller-get-product-orders-pay-order-seller> (read 2026-11)

use connector_core::{Recipient, RecipientFields};
use serde_json::value::RawValue;

/// Of a product order's own object. What travels together bears one package number.
pub(crate) fn read(raw: &RawValue) -> Recipient {
    let fields = RecipientFields::of(raw, &[]);
    let phones = ["/productOrder/shippingAddress/tel1", "/productOrder/shippingAddress/tel2"];
    let phone = fields.first(&phones);
    Recipient {
        shipment: fields.first(&["/productOrder/packageNumber"]),
        name: fields.first(&["/productOrder/shippingAddress/name"]),
        other_phone: fields.first(&phones[1..]).filter(|other| Some(other) != phone.as_ref()),
        phone,
        postcode: fields.first(&["/productOrder/shippingAddress/zipCode"]),
        address: fields.joined(&[
            "/productOrder/shippingAddress/baseAddress",
            "/productOrder/shippingAddress/detailedAddress",
        ]),
        note: fields.first(&["/productOrder/shippingMemo"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_order_tells_to_whom_it_goes() {
        let raw = RawValue::from_string(
            r#"{"order": {"ordererName": "임꺽정"}, "productOrder": {"packageNumber": "2026033138000001", "shippingMemo": "문 앞",
               "shippingAddress": {"name": "홍길동", "tel1": "010-0000-0000", "zipCode": "00003", "baseAddress": "없는로 1",
               "detailedAddress": "1동 1호"}}}"#
                .to_owned(),
        )
        .expect("JSON");
        let read = read(&raw);
        assert_eq!(read.shipment.as_deref(), Some("2026033138000001"));
        assert_eq!((read.name.as_deref(), read.phone.as_deref()), (Some("홍길동"), Some("010-0000-0000")));
        assert_eq!(read.address.as_deref(), Some("없는로 1 1동 1호"));
        assert_eq!((read.postcode.as_deref(), read.note.as_deref()), (Some("00003"), Some("문 앞")));
        let strange = RawValue::from_string("[1]".to_owned()).expect("JSON");
        assert_eq!(super::read(&strange), Recipient::default());
    }
}
