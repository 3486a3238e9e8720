//! The OpenAPI document: what the handlers say, and what holds for all of them; and the page that shows it.

use std::sync::{Arc, LazyLock};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa_swagger_ui::Config;

use crate::access::needed;
use crate::app::App;
use crate::extract::Word;
use crate::problem::{InputError, Members, Problem};
use crate::router;

const DOCUMENT: &str = "/api/v1/openapi.json";

/// The reader needs its own scripts, styles and pictures in `data:` addresses, and calls this server.
const READER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "runner",
        description = "Your accounts at Korean marketplaces, their orders and figures, and the syncs that bring them.\n\n\
            Times without an offset are Korean time in requests; answers carry offsets. Money is whole won. Errors are \
            `application/problem+json`. Lists take `limit` and `cursor` and stand beside `next_cursor`. Every change takes an `Idempotency-Key`: the same key \
            with the same request gets the first answer again for 24 hours."
    ),
    components(schemas(Members, InputError)),
    tags(
        (name = "session", description = "Signing in, and tokens."),
        (name = "accounts", description = "Accounts at the platforms."),
        (name = "sync", description = "Syncs, and how they stand."),
        (name = "schedules", description = "Syncs that come by themselves."),
        (name = "webhooks", description = "What platforms and relays tell by themselves."),
        (name = "orders", description = "Collected orders, and what is done to them."),
        (name = "claims", description = "What buyers ask for after the order."),
        (name = "products", description = "Your products, and what is on sale of them where."),
        (name = "inventory", description = "How much there is of what, and what became of it."),
        (name = "pricing", description = "How prices are made for each platform."),
        (name = "analytics", description = "Sums and daily figures."),
        (name = "audit", description = "Who did what."),
        (name = "operation", description = "Keeping the server running."),
    ),
)]
struct Frame;

/// The document without operations.
pub(crate) fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

fn raw() -> Value {
    let document = router::operations().into_openapi();
    serde_json::to_value(document).expect("a document can be written")
}

/// Method, path and id of every operation.
pub(crate) fn operations() -> Vec<(String, String, String)> {
    let document = raw();
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    let of_path = |(path, methods): (String, Value)| {
        let methods = methods.as_object().cloned().unwrap_or_default();
        methods.into_iter().map(move |(method, operation)| {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            (method, path.clone(), id)
        })
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// The OpenAPI 3.1 document, complete: rights, errors and headers that operations have in common are added by rule, so that
/// none can be forgotten.
#[must_use]
pub fn document() -> Value {
    let mut document = raw();
    document["components"]["securitySchemes"]["token"] = json!({
        "type": "http", "scheme": "bearer", "description": "A session's token or a lasting one.",
    });
    document["components"]["responses"]["Problem"] = json!({
        "description": "What went wrong.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    let paths = document["paths"].as_object_mut().expect("a document has paths");
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete(method, path, operation);
        }
    }
    document
}

fn complete(method: &str, path: &str, operation: &mut Value) {
    let is_change = method != "get";
    let needed = needed(method, path);
    let has_body = operation.get("requestBody").is_some();
    let has_query =
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
    let mut statuses = vec!["500", "503"];
    if let Some(role) = needed {
        operation["security"] = json!([{"token": []}]);
        operation["x-role"] = json!(role.name());
        statuses.extend(["401", "429"]);
        if role > crate::Role::Viewer {
            statuses.push("403");
        }
    } else {
        operation["security"] = json!([]);
    }
    match path {
        "/api/v1/auth/login" => statuses.push("429"),
        "/api/v1/sync/webhook" => statuses.extend(["401", "429"]),
        "/api/v1/sync/webhook/cafe24" => statuses.extend(["403", "429"]),
        _ => {}
    }
    if path.contains('{') || has_body && needed.is_some() || has_query {
        statuses.push("404");
    }
    if has_body {
        statuses.extend(["400", "413", "415", "422"]);
    }
    if has_query {
        statuses.push("422");
    }
    if is_change && needed.is_some() {
        statuses.extend(["409", "413", "422"]);
        let header = json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A word of your own for this request. Sent again within 24 hours with the same request, it gets the first \
                            answer again; with another request it is 422; while the first is under way it is 409.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(header),
            None => operation["parameters"] = json!([header]),
        }
    }
    statuses.sort_unstable();
    statuses.dedup();
    let responses = operation["responses"].as_object_mut().expect("an operation has responses");
    for (status, response) in responses.iter_mut() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = json!(if status == "201" { "It is made." } else { "As asked for." });
        }
    }
    for status in statuses {
        let problem = json!({"$ref": "#/components/responses/Problem"});
        match responses.get_mut(status) {
            // A description of the operation's own stays.
            Some(own) => {
                let schema = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
                own["content"] = json!({"application/problem+json": schema});
            }
            None => drop(responses.insert(status.to_owned(), problem)),
        }
    }
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "operation", operation_id = "openapi",
    responses((status = 200, body = Object)),
)]
pub(crate) async fn openapi() -> Json<&'static Value> {
    static WHOLE: LazyLock<Value> = LazyLock::new(document);
    Json(&WHOLE)
}

/// The page that shows the document. All its files are in this program.
pub(crate) fn reader() -> Router<App> {
    Router::new()
        .route("/api/v1/docs", get(async || Redirect::permanent("/api/v1/docs/")))
        .route("/api/v1/docs/", get(async || file("")))
        .route("/api/v1/docs/{*file}", get(async |Word(name): Word| file(&name)))
}

fn file(name: &str) -> Response {
    static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
        // The validator's badge would ask a server elsewhere.
        Arc::new(Config::from(DOCUMENT).validator_url("none").display_request_duration(true))
    });
    match utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => (
            [
                (header::CONTENT_TYPE, file.content_type),
                (header::CONTENT_SECURITY_POLICY, READER_POLICY.to_owned()),
            ],
            file.bytes.into_owned(),
        )
            .into_response(),
        Ok(None) => Problem::not_found("there is no such page").into_response(),
        Err(error) => {
            tracing::error!(%error, "the reader's page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
