//! What those ask who keep the server running.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// That all is well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the server runs.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", operation_id = "healthz", responses((status = 200, body = Health)),
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the server can do its work.
///
/// Asks the database. 503 when it does not answer or its tables are out of date, and while the server ends.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "readyz",
    responses((status = 200, body = Health), (status = 503, description = "It cannot.")),
)]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    if app.stop.is_cancelled() {
        return Err(Problem::unavailable("the server is ending"));
    }
    match app.storage.pending_migrations().await?.is_empty() {
        true => Ok(Json(Health { status: "ok" })),
        false => Err(Problem::unavailable("the database is not up to date: run `runner migrate`")),
    }
}

/// The server's figures.
///
/// For Prometheus; nothing is labelled by user, account or order.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, content_type = "text/plain", body = String)),
)]
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.figures.text())
}
