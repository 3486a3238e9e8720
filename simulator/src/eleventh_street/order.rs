//! Order lines, as the platform holds them.

use serde::{Deserialize, Serialize};

use crate::instant::Millis;

/// An order's number and the line's own within it.
pub(crate) type LineKey = (String, u32);

/// Where an order line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// 102: not paid yet.
    #[serde(rename = "102")]
    Waiting,
    /// 202: paid, to confirm.
    #[serde(rename = "202")]
    Paid,
    /// 301: confirmed, to ship.
    #[serde(rename = "301")]
    Preparing,
    /// 401: shipped.
    #[serde(rename = "401")]
    Shipped,
    /// 501: delivered.
    #[serde(rename = "501")]
    Delivered,
    /// 601: a return or an exchange is requested.
    #[serde(rename = "601")]
    Claimed,
    /// 701: a cancel is requested.
    #[serde(rename = "701")]
    Cancelling,
    /// 901: the purchase is decided.
    #[serde(rename = "901")]
    Decided,
    /// A01: returned.
    #[serde(rename = "A01")]
    Returned,
    /// B01: cancelled.
    #[serde(rename = "B01")]
    Cancelled,
    /// C01: cancelled by the platform after the purchase was decided.
    #[serde(rename = "C01")]
    Revoked,
}

impl Status {
    /// The platform's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "102",
            Self::Paid => "202",
            Self::Preparing => "301",
            Self::Shipped => "401",
            Self::Delivered => "501",
            Self::Claimed => "601",
            Self::Cancelling => "701",
            Self::Decided => "901",
            Self::Returned => "A01",
            Self::Cancelled => "B01",
            Self::Revoked => "C01",
        }
    }

    /// The platform's word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "입금대기",
            Self::Paid => "결제완료",
            Self::Preparing => "배송준비중",
            Self::Shipped => "배송중",
            Self::Delivered => "배송완료",
            Self::Claimed => "클레임진행중",
            Self::Cancelling => "취소처리중",
            Self::Decided => "구매확정",
            Self::Returned => "반품완료",
            Self::Cancelled => "주문취소",
            Self::Revoked => "수취확인후주문취소",
        }
    }
}

/// How something is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// As lists write it.
    pub(super) method: &'static str,
    pub(super) carrier: String,
    pub(super) waybill: String,
}

/// An invented buyer or recipient.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) member: u64,
    pub(super) mobile: String,
    pub(super) phone: &'static str,
    pub(super) postcode: &'static str,
    pub(super) address: &'static str,
    pub(super) detail: &'static str,
}

/// An order line: what the platform's lists show as one `order`.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(super) order_no: String,
    pub(super) number: u32,
    pub(super) shipment: u64,
    /// The number of its bundle, where it is bundled.
    pub(super) bundle: Option<u64>,
    pub(super) status: Status,
    /// The claim that is open.
    pub(super) claim: Option<u64>,
    /// Claims there ever were.
    pub(super) claims: u32,
    pub(super) ordered_at: Millis,
    pub(super) paid_at: Option<Millis>,
    pub(super) confirmed_at: Option<Millis>,
    pub(super) shipped_at: Option<Millis>,
    pub(super) delivered_at: Option<Millis>,
    pub(super) decided_at: Option<Millis>,
    pub(super) decided_by_itself: bool,
    pub(super) changed_at: Millis,
    pub(super) listing: String,
    pub(super) option: String,
    pub(super) name: String,
    pub(super) option_text: String,
    pub(super) seller_code: String,
    pub(super) option_code: String,
    /// The product that this is an add-on of.
    pub(super) added_to: Option<String>,
    pub(super) has_add_ons: bool,
    pub(super) quantity: i64,
    /// Cancelled or returned.
    pub(super) gone: i64,
    /// In the claim that is open.
    pub(super) asked_back: i64,
    pub(super) unit_price: i64,
    pub(super) option_price: i64,
    pub(super) seller_discount: i64,
    pub(super) street_discount: i64,
    pub(super) delivery_fee: i64,
    pub(super) remote_fee: i64,
    pub(super) is_gift: bool,
    pub(super) is_abroad: bool,
    pub(super) buyer: Person,
    pub(super) recipient: Person,
    pub(super) remark: &'static str,
    pub(super) parcels: Vec<Parcel>,
    /// What its life is drawn from: the same for the same account, whatever the day.
    pub(super) seed: u64,
}

impl Line {
    pub(crate) fn key(&self) -> LineKey {
        (self.order_no.clone(), self.number)
    }

    pub(crate) fn id(&self) -> String {
        format!("{}-{}", self.order_no, self.number)
    }

    /// Pieces that are neither cancelled nor returned.
    pub(super) fn kept(&self) -> i64 {
        self.quantity - self.gone
    }

    /// `ordAmt`
    pub(super) fn amount(&self) -> i64 {
        if self.kept() == 0 { 0 } else { self.unit_price * self.kept() + self.option_price }
    }

    /// `ordPayAmt`
    pub(super) fn paid(&self) -> i64 {
        let extra = self.delivery_fee - self.seller_discount - self.street_discount;
        if self.kept() == 0 { 0 } else { self.amount() + extra }
    }

    /// What the platform keeps: 12 %.
    pub(super) fn fee(&self) -> i64 {
        self.amount() * 12 / 100
    }

    /// `stlPlnAmt`
    pub(super) fn settled(&self) -> i64 {
        if self.kept() == 0 { 0 } else { self.amount() - self.fee() - self.seller_discount }
    }

    pub(super) fn truth(&self) -> OrderTruth {
        let parcel = self.parcels.first();
        OrderTruth {
            order_id: self.id(),
            order_no: self.order_no.clone(),
            line_no: self.number,
            shipment_no: self.shipment.to_string(),
            listing_id: self.listing.clone(),
            option_id: self.option.clone(),
            status: self.status.code().to_owned(),
            ordered_at: self.ordered_at,
            paid_at: self.paid_at,
            confirmed_at: self.confirmed_at,
            shipped_at: self.shipped_at,
            delivered_at: self.delivered_at,
            decided_at: self.decided_at,
            changed_at: self.changed_at,
            amount: self.amount(),
            paid_amount: self.paid(),
            quantity: self.quantity,
            cancelled_quantity: self.gone + self.asked_back,
            add_on_of: self.added_to.clone(),
            carrier: parcel.map(|parcel| parcel.carrier.clone()),
            waybill: parcel.map(|parcel| parcel.waybill.clone()),
        }
    }
}

/// What the platform holds of one order line: what a complete store must hold as well. Times are in milliseconds since
/// 1970, to the second; amounts in won.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTruth {
    /// `{ordNo}-{ordPrdSeq}`
    pub order_id: String,
    /// `ordNo`
    pub order_no: String,
    /// `ordPrdSeq`
    pub line_no: u32,
    /// `dlvNo`: lines that share it are shipped together.
    pub shipment_no: String,
    /// `prdNo`
    pub listing_id: String,
    /// `prdStckNo`
    pub option_id: String,
    /// `ordPrdStat`
    pub status: String,
    /// `ordDt`
    pub ordered_at: Millis,
    /// `ordStlEndDt`
    pub paid_at: Option<Millis>,
    /// `plcodrCnfDt`
    pub confirmed_at: Option<Millis>,
    /// `sndEndDt`
    pub shipped_at: Option<Millis>,
    /// `dlvEndDt`
    pub delivered_at: Option<Millis>,
    /// `pocnfrmDt`
    pub decided_at: Option<Millis>,
    /// When anything of it last changed.
    pub changed_at: Millis,
    /// `ordAmt`: net of what was cancelled or returned.
    pub amount: i64,
    /// `ordPayAmt`: with delivery, less discounts.
    pub paid_amount: i64,
    /// `ordQty`
    pub quantity: i64,
    /// `ordCnQty`: cancelled or returned, or asked for.
    pub cancelled_quantity: i64,
    /// `addPrdNo`, where it is an add-on.
    pub add_on_of: Option<String>,
    /// `dlvEtprsCd` of its first parcel.
    pub carrier: Option<String>,
    /// `invcNo` of its first parcel.
    pub waybill: Option<String>,
}
