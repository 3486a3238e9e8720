//! Order lines as the lists show them. Each list has its own elements of the same line
//! (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>, `apiSeq` 1876, 1635, 1633, 1727, 1637, 6897, 1774 and
//! 1725, read 2026-10, with what clients saw beyond them).

use super::order::{Line, Parcel};
use super::time;
use super::xml::Row;
use crate::instant::{DAY, Millis};

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// `complete` and `standby`.
    Complete,
    Packaging,
    /// One order, by its number.
    One,
    Delivered,
    /// Decided purchases.
    Completed,
    Shipping,
    /// `orderlistall`
    States,
    /// `orderlistalladdr`
    Addresses,
}

impl Shown {
    fn letter(self) -> char {
        match self {
            Self::Complete => 'C',
            Self::Packaging => 'P',
            Self::One => 'N',
            Self::Delivered => 'D',
            Self::Completed => 'F',
            Self::Shipping => 'S',
            Self::States => 'Q',
            Self::Addresses => 'A',
        }
    }
}

/// Elements and the lists that have them, by the letters of [`Shown::letter`].
const ELEMENTS: &[(&str, &str)] = &[
    ("addPrdNo", "CPN"),
    ("addPrdYn", "CPN"),
    ("appmtDdDlvDy", "CPN"),
    ("appmtEltRefuseYn", "CPN"),
    ("appmtselStockCd", "CPN"),
    ("atmtBuyCnfrmYN", "F"),
    ("bmDlvCst", "CPND"),
    ("bmDlvCstType", "CPND"),
    ("bndlDlvSeq", "CPN"),
    ("bndlDlvYN", "CPN"),
    ("clmReqRsnNm", "C"),
    ("custGrdNm", "CPN"),
    ("deferRefsRsnCdNm", "C"),
    ("delaySendDt", "CP"),
    ("dlvCst", "CPDF"),
    ("dlvCstType", "CPDN"),
    ("dlvEndDt", "D"),
    ("dlvEtprsCd", "CPNDSA"),
    ("dlvMthdCd", "CPNDA"),
    ("dlvNo", "CPNDQA"),
    ("dlvSndDue", "CP"),
    ("engNm", "CN"),
    ("freeGiftNo", "C"),
    ("freeGiftQty", "C"),
    ("gblDlvYn", "CPNF"),
    ("gifeser", "CN"),
    ("giftCd", "CPNDF"),
    ("invcNo", "CPNDSQA"),
    ("lstDlvCst", "CN"),
    ("lstSellerDscPrc", "CPN"),
    ("lstTmallDscPrc", "CPN"),
    ("memID", "CPND"),
    ("memNo", "CPNDF"),
    ("ordAmt", "CPNDF"),
    ("ordBaseAddr", "CPND"),
    ("ordCnQty", "NQA"),
    ("ordDlvReqCont", "CPND"),
    ("ordDt", "CPNDF"),
    ("ordDtlsAddr", "CPND"),
    ("ordId", "D"),
    ("ordMailNo", "CPND"),
    ("ordNm", "CPND"),
    ("ordNo", "CPNDFSQA"),
    ("ordOptWonStl", "CPN"),
    ("ordPayAmt", "CPNF"),
    ("ordPayAmtPerSeq", "CPN"),
    ("ordPrdSeq", "CPNDFSQA"),
    ("ordPrdStat", "CPDQA"),
    ("ordPrdStatNm", "QA"),
    ("ordPrtblTel", "CPND"),
    ("ordQty", "CPNDFQA"),
    ("ordStlEndDt", "CPND"),
    ("ordTlphnNo", "CPN"),
    ("plcodrCnfDt", "CPN"),
    ("pocnfrmDt", "F"),
    ("prdNm", "CPNDFQA"),
    ("prdNo", "CPNDFQA"),
    ("prdStckNo", "CPND"),
    ("psnCscUniqNo", "CPN"),
    ("rcvrBaseAddr", "CPNDA"),
    ("rcvrDtlsAddr", "CPNDA"),
    ("rcvrMailNo", "CPNDA"),
    ("rcvrMailNoSeq", "CPNDA"),
    ("rcvrNm", "CPNDA"),
    ("rcvrPrtblNo", "CPNDA"),
    ("rcvrTlphn", "CPNDA"),
    ("realStockYn", "C"),
    ("referSeq", "CPNDF"),
    ("refsRsn", "C"),
    ("refsRsnCdNm", "C"),
    ("selFee", "Q"),
    ("selPrc", "CPND"),
    ("sellerDscPrc", "CPN"),
    ("sellerDscPrcPerSeq", "CPN"),
    ("sellerID", "QA"),
    ("sellerPrdCd", "CPNDF"),
    ("sellerStockCd", "CPNDFQ"),
    ("sendClfCd", "CP"),
    ("sendGiftYn", "CPNF"),
    ("shopNo", "C"),
    ("slctPrdOptNm", "CPNDF"),
    ("sndEndDt", "CNDSA"),
    ("stlPlnAmt", "CPNQ"),
    ("tmallApplyDscAmt", "CPNQ"),
    ("tmallDscPrc", "CPN"),
    ("tmallDscPrcPerSeq", "CPN"),
    ("totSelFee", "CPN"),
    ("typeAdd", "CPNDA"),
    ("typeBilNo", "CPNDA"),
    ("use11stRetailYn", "CPN"),
    ("visitDlvYn", "CPN"),
];

/// A line as that list shows it.
pub(super) fn row(line: &Line, seller_id: &str, shown: Shown) -> String {
    let has = |lists: &str| lists.contains(shown.letter());
    let elements = ELEMENTS.iter().filter(|(_, lists)| has(lists));
    let row = elements.fold(Row::default(), |row, (name, _)| row.with(name, value(line, seller_id, name)));
    row.within("ns2:order")
}

fn yes(is_so: bool) -> String {
    if is_so { "Y" } else { "N" }.to_owned()
}

/// A time, or the text `null`, as the platform writes a time that has not come in some elements.
fn or_null(at: Option<Millis>) -> String {
    at.map_or_else(|| "null".to_owned(), time::text)
}

fn or_empty(at: Option<Millis>) -> String {
    at.map(time::text).unwrap_or_default()
}

fn value(line: &Line, seller_id: &str, name: &str) -> String {
    let (buyer, recipient) = (&line.buyer, &line.recipient);
    let parcel: Option<&Parcel> = line.parcels.first();
    match name {
        "addPrdNo" => line.added_to.clone().unwrap_or_else(|| "0".to_owned()),
        "addPrdYn" => yes(line.has_add_ons || line.added_to.is_some()),
        "atmtBuyCnfrmYN" => yes(line.decided_by_itself),
        "bmDlvCst" => line.remote_fee.to_string(),
        "bmDlvCstType" if line.is_gift && line.remote_fee > 0 => "04".to_owned(),
        "bmDlvCstType" if line.seed.is_multiple_of(11) => "03".to_owned(),
        "bmDlvCstType" => "01".to_owned(),
        "bndlDlvSeq" => line.bundle.unwrap_or(0).to_string(),
        "bndlDlvYN" => yes(line.bundle.is_some()),
        "custGrdNm" => if buyer.member.is_multiple_of(3) { "우수고객" } else { "일반고객" }.to_owned(),
        "dlvCst" | "lstDlvCst" => line.delivery_fee.to_string(),
        "dlvCstType" => if line.delivery_fee > 0 { "01" } else { "03" }.to_owned(),
        "dlvEndDt" => or_null(line.delivered_at),
        "dlvEtprsCd" => parcel.map(|parcel| parcel.carrier.clone()).unwrap_or_default(),
        "dlvMthdCd" => parcel.map_or("null", |parcel| parcel.method).to_owned(),
        "dlvNo" => line.shipment.to_string(),
        "dlvSndDue" => {
            let due = time::start_of(time::day(line.paid_at.unwrap_or(line.ordered_at))) + DAY;
            time::text(due)
        }
        "engNm" if line.is_abroad => "GILDONG HONG".to_owned(),
        "psnCscUniqNo" if line.is_abroad => "P000000000000".to_owned(),
        "gblDlvYn" => yes(line.is_abroad),
        "gifeser" => if line.is_gift { "1" } else { "0" }.to_owned(),
        "invcNo" => parcel.map(|parcel| parcel.waybill.clone()).unwrap_or_default(),
        "lstSellerDscPrc" | "sellerDscPrc" | "sellerDscPrcPerSeq" => line.seller_discount.to_string(),
        "lstTmallDscPrc" | "tmallDscPrc" | "tmallDscPrcPerSeq" => line.street_discount.to_string(),
        "memID" => format!("S|{}|hon***", buyer.member),
        "memNo" => buyer.member.to_string(),
        "ordId" => "hon***".to_owned(),
        "ordAmt" => line.amount().to_string(),
        "ordBaseAddr" => buyer.address.to_owned(),
        "ordCnQty" => (line.gone + line.asked_back).to_string(),
        "ordDlvReqCont" => line.remark.to_owned(),
        "ordDt" => time::text(line.ordered_at),
        "ordDtlsAddr" => buyer.detail.to_owned(),
        "ordMailNo" => buyer.postcode.to_owned(),
        "ordNm" => buyer.name.to_owned(),
        "ordNo" => line.order_no.clone(),
        "ordOptWonStl" => line.option_price.to_string(),
        "ordPayAmt" | "ordPayAmtPerSeq" => line.paid().to_string(),
        "ordPrdSeq" => line.number.to_string(),
        "ordPrdStat" => line.status.code().to_owned(),
        "ordPrdStatNm" => line.status.label().to_owned(),
        "ordPrtblTel" => buyer.mobile.clone(),
        "ordQty" => line.quantity.to_string(),
        "ordStlEndDt" => or_null(line.paid_at),
        "ordTlphnNo" => buyer.phone.to_owned(),
        "plcodrCnfDt" => or_null(line.confirmed_at),
        "pocnfrmDt" => or_empty(line.decided_at),
        "prdNm" => line.name.clone(),
        "prdNo" => line.listing.clone(),
        "prdStckNo" => line.option.clone(),
        "rcvrBaseAddr" => recipient.address.to_owned(),
        "rcvrDtlsAddr" => recipient.detail.to_owned(),
        "rcvrMailNo" => recipient.postcode.to_owned(),
        "rcvrNm" => recipient.name.to_owned(),
        "rcvrPrtblNo" => recipient.mobile.clone(),
        "rcvrTlphn" => recipient.phone.to_owned(),
        "selFee" | "totSelFee" => line.fee().to_string(),
        "selPrc" => line.unit_price.to_string(),
        "sellerID" => seller_id.to_owned(),
        "sellerPrdCd" => line.seller_code.clone(),
        "sellerStockCd" => line.option_code.clone(),
        "sendClfCd" | "use11stRetailYn" | "visitDlvYn" => "N".to_owned(),
        "sendGiftYn" => yes(line.is_gift),
        "shopNo" | "tmallApplyDscAmt" => "0".to_owned(),
        "slctPrdOptNm" => line.option_text.clone(),
        "sndEndDt" => or_empty(line.shipped_at),
        "stlPlnAmt" => line.settled().to_string(),
        "typeAdd" => "02".to_owned(),
        "typeBilNo" => "1100000000000000000000001".to_owned(),
        // Those that are there and empty.
        _ => String::new(),
    }
}
