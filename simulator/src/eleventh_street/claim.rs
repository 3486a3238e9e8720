//! Cancels, returns and exchanges.

use serde::{Deserialize, Serialize};

use super::order::{LineKey, Parcel, Status};
use crate::instant::Millis;

/// What a buyer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// The money back, before it is shipped.
    Cancel,
    /// The money back, after it was shipped.
    Return,
    /// Another one.
    Exchange,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Requested,
    Held,
    Approved,
    Rejected,
    Withdrawn,
}

/// A claim for one order line.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) number: u64,
    pub(super) kind: ClaimKind,
    pub(super) stage: Stage,
    pub(super) line: LineKey,
    /// Where the line stood before.
    pub(super) before: Status,
    pub(super) quantity: i64,
    pub(super) by_seller: bool,
    /// Whether the platform cancelled what had been decided; such rows are built like those of a return.
    pub(super) is_forced: bool,
    pub(super) reason: String,
    pub(super) remark: String,
    pub(super) requested_at: Millis,
    pub(super) ended_at: Option<Millis>,
    /// How the goods come back.
    pub(super) pickup: Option<Parcel>,
    /// How the other one is sent.
    pub(super) replacement: Option<Parcel>,
}

impl Claim {
    /// `ordCnStatCd` of cancels, `clmStat` of others. A cancel that was refused has no code of its own: it is over, as
    /// one that was withdrawn.
    pub(super) fn status(&self) -> &'static str {
        match (self.kind, self.stage) {
            (ClaimKind::Cancel, _) if self.is_forced => "106",
            (ClaimKind::Cancel, Stage::Requested | Stage::Held) => "01",
            (ClaimKind::Cancel, Stage::Approved) => "02",
            (ClaimKind::Cancel, Stage::Rejected | Stage::Withdrawn) => "05",
            (ClaimKind::Return, Stage::Requested) => "105",
            (ClaimKind::Return, Stage::Held) => "104",
            (ClaimKind::Return, Stage::Approved) => "106",
            (ClaimKind::Return, Stage::Rejected) => "107",
            (ClaimKind::Return, Stage::Withdrawn) => "108",
            (ClaimKind::Exchange, Stage::Requested) => "201",
            (ClaimKind::Exchange, Stage::Held) => "214",
            (ClaimKind::Exchange, Stage::Approved) => "221",
            (ClaimKind::Exchange, Stage::Rejected) => "232",
            (ClaimKind::Exchange, Stage::Withdrawn) => "233",
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Requested | Stage::Held)
    }

    pub(super) fn truth(&self) -> ClaimTruth {
        ClaimTruth {
            claim_id: self.number.to_string(),
            kind: self.kind,
            status: self.status().to_owned(),
            is_open: self.is_open(),
            order_ids: vec![format!("{}-{}", self.line.0, self.line.1)],
            quantity: self.quantity,
            requested_at: self.requested_at,
            ended_at: self.ended_at,
            replacement_waybill: self.replacement.as_ref().map(|parcel| parcel.waybill.clone()),
        }
    }
}

/// What the platform holds of one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTruth {
    /// `ordPrdCnSeq` or `clmReqSeq`
    pub claim_id: String,
    /// What it is.
    pub kind: ClaimKind,
    /// `ordCnStatCd` or `clmStat`
    pub status: String,
    /// Whether it waits for a decision.
    pub is_open: bool,
    /// The order lines that it is for: here always one.
    pub order_ids: Vec<String>,
    /// Pieces.
    pub quantity: i64,
    /// When it was requested, in milliseconds since 1970.
    pub requested_at: Millis,
    /// When it was decided or withdrawn.
    pub ended_at: Option<Millis>,
    /// The waybill of an exchange that was approved.
    pub replacement_waybill: Option<String>,
}
