//! To whom a delivery goes.
//!
//! Elements: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=110&apiSeq=1876&apiSpecType=1> (read 2026-09).

use connector_core::{Recipient, RecipientFields};
use serde_json::value::RawValue;

/// Of a row of the order lists, in which `null` and the dashes of an empty number stand where there is nothing.
pub(crate) fn read(raw: &RawValue) -> Recipient {
    let fields = RecipientFields::of(raw, &["null", "--", "02--"]);
    let phones = ["/rcvrPrtblNo", "/rcvrTlphn"];
    let phone = fields.first(&phones);
    Recipient {
        shipment: fields.first(&["/dlvNo"]),
        name: fields.first(&["/rcvrNm"]),
        other_phone: fields.first(&phones[1..]).filter(|other| Some(other) != phone.as_ref()),
        phone,
        postcode: fields.first(&["/rcvrMailNo"]),
        address: fields.joined(&["/rcvrBaseAddr", "/rcvrDtlsAddr"]),
        note: fields.first(&["/ordDlvReqCont"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_to_whom_it_goes() {
        let raw = RawValue::from_string(
            r#"{"dlvNo": "2600104110", "rcvrNm": "성춘향", "rcvrPrtblNo": "0504-0000-0002", "rcvrTlphn": "",
               "rcvrMailNo": "48000", "rcvrBaseAddr": "시험대로 22", "rcvrDtlsAddr": "펜션", "ordDlvReqCont": "null"}"#
                .to_owned(),
        )
        .expect("JSON");
        let read = read(&raw);
        assert_eq!(read.shipment.as_deref(), Some("2600104110"));
        assert_eq!(
            (read.name.as_deref(), read.phone.as_deref(), read.other_phone),
            (Some("성춘향"), Some("0504-0000-0002"), None)
        );
        assert_eq!((read.address.as_deref(), read.note), (Some("시험대로 22 펜션"), None));
    }
}
