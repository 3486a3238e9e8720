//! Everything put together.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::guard;
use crate::app::App;
use crate::observe::observe;
use crate::problem::Problem;
use crate::{api, document, writes};

/// The longest body that is read.
const LONGEST_BODY: usize = 2 * 1024 * 1024;

/// All operations, with their part of the document.
pub(crate) fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::frame())
        .routes(routes!(api::session::login))
        .routes(routes!(api::session::logout))
        .routes(routes!(api::session::me))
        .routes(routes!(api::tokens::list, api::tokens::create))
        .routes(routes!(api::tokens::revoke))
        .routes(routes!(api::platforms::list))
        .routes(routes!(api::accounts::list, api::accounts::create))
        .routes(routes!(api::accounts::one, api::accounts::change, api::accounts::remove))
        .routes(routes!(api::sync::test))
        .routes(routes!(api::sync::orders))
        .routes(routes!(api::everything::all))
        .routes(routes!(api::schedules::list, api::schedules::create))
        .routes(routes!(api::schedules::one, api::schedules::change, api::schedules::remove))
        .routes(routes!(api::webhooks::receive))
        .routes(routes!(api::webhooks::receive_cafe24))
        .routes(routes!(api::webhook_secrets::make, api::webhook_secrets::remove))
        .routes(routes!(api::logs::list))
        .routes(routes!(api::logs::one))
        .routes(routes!(api::logs::retry))
        .routes(routes!(api::status::status))
        .routes(routes!(api::status::events))
        .routes(routes!(api::orders::list))
        .routes(routes!(api::orders::one))
        .routes(routes!(api::products::list, api::products::create))
        .routes(routes!(api::products::one, api::products::put, api::products::change, api::products::remove))
        .routes(routes!(api::products::terms::read, api::products::terms::put))
        .routes(routes!(api::products::listings::list))
        .routes(routes!(api::products::listings::link, api::products::listings::unlink))
        .routes(routes!(api::products::sync::products))
        .routes(routes!(api::inventory::levels::list))
        .routes(routes!(api::inventory::low::list))
        .routes(routes!(api::inventory::actions::act))
        .routes(routes!(api::inventory::movements::list))
        .routes(routes!(api::inventory::sync::inventory))
        .routes(routes!(api::pricing::list, api::pricing::create))
        .routes(routes!(api::pricing::remove))
        .routes(routes!(api::pricing::apply::apply))
        .routes(routes!(api::fulfil::status::change))
        .routes(routes!(api::fulfil::batch::confirm))
        .routes(routes!(api::fulfil::batch::ship))
        .routes(routes!(api::claims::read::list))
        .routes(routes!(api::claims::read::one))
        .routes(routes!(api::claims::answer::approve))
        .routes(routes!(api::claims::answer::reject))
        .routes(routes!(api::claims::answer::hold))
        .routes(routes!(api::labels::make))
        .routes(routes!(api::metrics::list))
        .routes(routes!(api::analytics::platforms))
        .routes(routes!(api::analytics::daily))
        .routes(routes!(api::audit::list))
        .routes(routes!(document::openapi))
        .routes(routes!(api::health::healthz))
        .routes(routes!(api::health::readyz))
        .routes(routes!(api::health::metrics))
}

pub(crate) fn router(app: App) -> Router {
    let (router, _) = operations().split_for_parts();
    router
        .route_layer(from_fn_with_state(app.clone(), writes::around))
        .route_layer(from_fn_with_state(app.clone(), guard))
        .merge(document::reader())
        .fallback(async || Problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}
