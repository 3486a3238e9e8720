//! What buyers take back: cancellations and returns, which the platform keeps together, and exchanges.

use crate::instant::Millis;

/// How far a receipt has come (<https://developers.coupangcorp.com/hc/ko/articles/360033919613>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReceiptStatus {
    /// The buyer wants to stop a shipment, and the seller has not looked.
    ReleaseStopUnchecked,
    /// A return was asked for.
    ReturnsUnchecked,
    /// The goods are back.
    VendorWarehouseConfirm,
    /// The platform decides.
    RequestCoupangCheck,
    /// It is over.
    ReturnsCompleted,
}

impl ReceiptStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ReleaseStopUnchecked => "RELEASE_STOP_UNCHECKED",
            Self::ReturnsUnchecked => "RETURNS_UNCHECKED",
            Self::VendorWarehouseConfirm => "VENDOR_WAREHOUSE_CONFIRM",
            Self::RequestCoupangCheck => "REQUEST_COUPANG_CHECK",
            Self::ReturnsCompleted => "RETURNS_COMPLETED",
        }
    }

    /// The word by which a list is asked for. Goods that are back are still listed as asked for.
    pub(super) fn searched_as(self) -> &'static str {
        match self {
            Self::ReleaseStopUnchecked => "RU",
            Self::ReturnsUnchecked | Self::VendorWarehouseConfirm => "UC",
            Self::RequestCoupangCheck => "PR",
            Self::ReturnsCompleted => "CC",
        }
    }
}

/// What became of the wish to stop a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NotAsked,
    Unchecked,
    Stopped,
    AlreadyShipped,
}

impl Stop {
    pub(super) fn korean(self) -> &'static str {
        match self {
            Self::NotAsked => "비대상",
            Self::Unchecked => "미처리",
            Self::Stopped => "처리(출고중지)",
            Self::AlreadyShipped => "처리(이미출고)",
        }
    }
}

/// An option that is taken back.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) parcel: u64,
    pub(super) vendor_item: u64,
    pub(super) bought: i64,
    pub(super) count: i64,
}

/// A cancellation or a return.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    pub(super) id: u64,
    pub(super) order: u64,
    /// `CANCEL` at the platform; all else is `RETURN` there.
    pub(super) is_cancel: bool,
    pub(super) status: ReceiptStatus,
    pub(super) stop: Stop,
    pub(super) created_at: Millis,
    pub(super) modified_at: Millis,
    pub(super) items: Vec<Taken>,
    pub(super) reason: Reason,
    /// Refunded before the seller approved.
    pub(super) is_refunded_early: bool,
    /// Where the seller completed it.
    pub(super) completed_at: Option<Millis>,
    /// The number under which the goods come back.
    pub(super) invoice: Option<String>,
    pub(super) withdrawn_at: Option<Millis>,
}

impl Receipt {
    pub(super) fn count(&self) -> i64 {
        self.items.iter().map(|item| item.count).sum()
    }

    /// Whether it is about goods that never left.
    pub(super) fn is_before_shipping(&self) -> bool {
        self.is_cancel || matches!(self.stop, Stop::Unchecked | Stop::Stopped)
    }

    pub(super) fn is_open(&self) -> bool {
        self.withdrawn_at.is_none() && self.status != ReceiptStatus::ReturnsCompleted
    }
}

/// Why something is taken back: code, text, the two categories, whose fault.
pub(super) type Reason = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// The buyer no longer wants it.
pub(super) const CHANGED_MIND: Reason =
    ("CHANGEMIND", "필요 없어짐 (단순 변심)", "고객변심", "단순변심(사유없음)", "CUSTOMER");
/// It does not work.
pub(super) const DEFECT: Reason =
    ("DEFECT", "상품 결함/기능에 이상이 있음", "상품불량", "사용중 제품결함", "VENDOR");
/// The seller has none left.
pub(super) const SOLD_OUT: Reason = ("OTHERS", "품절", "업체귀책", "품절", "VENDOR");
/// It is not what was ordered.
pub(super) const WRONG: Reason = (
    "WRONGSIZECOL",
    "내가 주문한 상품과 다른 색상/ 사이즈의 상품이 배송됨",
    "오배송",
    "다른 색상/사이즈",
    "VENDOR",
);

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExchangeStatus {
    Receipt,
    Progress,
    Success,
    Reject,
    Cancel,
}

impl ExchangeStatus {
    pub(super) const ALL: [Self; 5] =
        [Self::Receipt, Self::Progress, Self::Success, Self::Reject, Self::Cancel];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Receipt => "RECEIPT",
            Self::Progress => "PROGRESS",
            Self::Success => "SUCCESS",
            Self::Reject => "REJECT",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Goods for other goods of the same kind.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) id: u64,
    pub(super) order: u64,
    pub(super) item: Taken,
    pub(super) status: ExchangeStatus,
    pub(super) created_at: Millis,
    pub(super) modified_at: Millis,
    /// When the goods were fetched from the buyer.
    pub(super) collected_at: Option<Millis>,
    /// The box for the new goods, and when it shows.
    pub(super) new_box: Option<(u64, Millis)>,
    /// Carrier and number of the new goods, and when they were told.
    pub(super) sent: Option<(String, String, Millis)>,
}

impl Exchange {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.status, ExchangeStatus::Receipt | ExchangeStatus::Progress)
    }

    /// The new box, where it shows already.
    pub(super) fn new_box_at(&self, now: Millis) -> Option<u64> {
        self.new_box.filter(|(_, from)| *from <= now).map(|(id, _)| id)
    }

    pub(super) fn collect_status(&self) -> &'static str {
        match (self.collected_at, self.status) {
            (Some(_), _) => "CompleteCollect",
            (None, ExchangeStatus::Cancel | ExchangeStatus::Reject) => "Withdraw",
            (None, ExchangeStatus::Receipt) => "BeforeDirection",
            (None, _) => "CompleteDirection",
        }
    }

    pub(super) fn delivery_status(&self) -> &'static str {
        match (&self.sent, self.status) {
            (_, ExchangeStatus::Cancel | ExchangeStatus::Reject) => "Withdraw",
            (_, ExchangeStatus::Success) => "CompleteDelivery",
            (Some(_), _) => "Delivering",
            (None, _) => "BeforeDirection",
        }
    }
}
