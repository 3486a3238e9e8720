//! Who did what.

use axum::Json;
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use storage::AuditRow;
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::cursor;
use crate::extract::Params;
use crate::problem::Problem;

const LIST: &str = "audit";

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditLog {
    /// Its number.
    id: i64,
    /// When.
    at: String,
    /// The user's id; null where none acted.
    user_id: Option<i64>,
    /// The user's name then, or what else acted.
    actor: String,
    /// The operation, as the OpenAPI document calls it.
    #[schema(example = "createPlatformAccount")]
    action: String,
    /// What it was done to.
    #[schema(example = "platform-accounts/7")]
    object: Option<String>,
    /// How it ended.
    #[schema(example = 201)]
    status: i64,
    /// Where from.
    address: Option<String>,
    /// The request, as in the server's log.
    request_id: Option<String>,
    /// The hash of this entry and all before it.
    hash: String,
}

impl AuditLog {
    fn new(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: kst_text(row.at),
            user_id: row.user_id,
            actor: row.actor,
            action: row.action,
            object: row.object,
            status: row.status,
            address: row.address,
            request_id: row.request_id,
            hash: row.hash,
        }
    }
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditLogs {
    audit_logs: Vec<AuditLog>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Read the audit log.
///
/// Who changed what, when, from which address; newest first. You see what you did, an admin sees everything. Entries are only ever
/// added, and each holds the hash of the one before: `runner audit verify` proves that none was altered.
#[utoipa::path(
    get, path = "/api/v1/audit-logs", tag = "audit", operation_id = "listAuditLogs", params(AuditQuery),
    responses((status = 200, body = AuditLogs)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<AuditQuery>,
) -> Result<Json<AuditLogs>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let before: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let mut rows = access.audit_log(before, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(AuditLogs { audit_logs: rows.into_iter().map(AuditLog::new).collect(), next_cursor }))
}
