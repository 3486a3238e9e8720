//! What the connectors offer.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Access;
use crate::host::Platform;
use crate::problem::Problem;

/// The platforms that this server can connect to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Platforms {
    platforms: Vec<Platform>,
}

/// List the platforms.
///
/// Each with its streams, its limits, and the settings that an account there takes, also as JSON Schema.
#[utoipa::path(
    get, path = "/api/v1/platforms", tag = "accounts", operation_id = "listPlatforms",
    responses((status = 200, body = Platforms)),
)]
pub(crate) async fn list(access: Access) -> Result<Json<Platforms>, Problem> {
    Ok(Json(Platforms { platforms: access.app.host.platforms()? }))
}
