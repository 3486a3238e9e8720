//! Every error as `application/problem+json` (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector_core::ErrorKind;
use serde::Serialize;
use storage::StorageError;
use utoipa::ToSchema;

/// What went wrong with a request; in a box, as it is the large and rare end of every result.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Members>);

/// What went wrong with a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Members {
    /// What kind of problem it is; the same for all of its kind.
    #[serde(rename = "type")]
    #[schema(example = "urn:runner:problem:invalid-request")]
    kind: String,
    /// The kind in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time, and where.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    /// The platform's own code of its refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_code: Option<String>,
    /// What the order may be moved to from where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["preparing", "cancelled"]))]
    legal: Option<Vec<String>>,
    /// The intent that stands for what was to be done at the platform: the key of it in the log and in `runner intents`.
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<i64>,
    /// The path that was asked for.
    instance: String,
    /// What is wrong with the input, value by value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<InputError>,
    /// Names the request in the server's log.
    request_id: String,
    /// After how many seconds it is worth while to try again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// One value of the input that cannot be taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InputError {
    /// Where in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/credentials/secret_key")]
    pub(crate) pointer: Option<String>,
    /// Which parameter of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl InputError {
    pub(crate) fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, message: message.into() }
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Members {
            kind: format!("urn:runner:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            fix: None,
            platform_code: None,
            legal: None,
            intent: None,
            instance: String::new(),
            errors: Vec::new(),
            request_id: String::new(),
            retry_after: None,
        }))
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "The request cannot be read", detail)
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed", detail)
    }

    /// A webhook that does not prove itself.
    pub(crate) fn unsigned(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unsigned", "A valid signature is needed", detail)
    }

    /// A webhook with another key than the account's.
    pub(crate) fn wrong_key(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "wrong-key", "The right key is needed", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Your role does not allow this", detail)
    }

    /// Also what is not the caller's: nothing tells the two apart.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", what)
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "The method is not for this address",
            "see the Allow header, or /api/v1/openapi.json",
        )
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It contradicts what is there", detail)
    }

    pub(crate) fn too_large() -> Self {
        Self::larger_than("2 MiB")
    }

    pub(crate) fn larger_than(most: &str) -> Self {
        let detail = format!("a body may have {most} at most");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", detail)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The body is no JSON",
            "send Content-Type: application/json",
        )
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", "The input cannot be taken", detail)
    }

    pub(crate) fn invalid_input(errors: Vec<InputError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.message.clone(),
            several => format!("{} values cannot be taken", several.len()),
        };
        let mut problem = Self::invalid(detail);
        problem.0.errors = errors;
        problem
    }

    pub(crate) fn parameter(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::invalid_input(vec![InputError { pointer: None, parameter: Some(name.to_owned()), message }])
    }

    pub(crate) fn too_many(detail: &str, retry_after: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail)
            .with_retry_after(retry_after.max(1))
    }

    pub(crate) fn unavailable(detail: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The server cannot do this just now",
            detail,
        )
        .with_retry_after(5)
    }

    /// What a platform will not do as it was asked.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "The platform refuses it", detail)
    }

    /// What may be in effect at a platform, and nobody can tell.
    pub(crate) fn unknown_outcome(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "unknown-outcome", "Nobody knows whether it was done", detail)
            .with_retry_after(30)
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            "the fault is ours; report it with the request_id",
        )
    }

    pub(crate) fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = Some(fix.into());
        self
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With what is known of the attempt at the platform.
    pub(crate) fn of_attempt(mut self, platform_code: Option<String>, intent: Option<i64>) -> Self {
        self.0.platform_code = platform_code;
        self.0.intent = intent;
        self
    }

    /// Names what would be legal instead.
    pub(crate) fn with_legal(mut self, legal: Vec<String>) -> Self {
        self.0.legal = Some(legal);
        self
    }

    /// Says which request it is about.
    pub(crate) fn about(mut self, path: &str, request_id: &str) -> Self {
        path.clone_into(&mut self.0.instance);
        request_id.clone_into(&mut self.0.request_id);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer, complete.
    pub(crate) fn render(&self) -> Response {
        let mut response = (self.status(), Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What the outermost layer completes with the path and the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.render();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::NotFound(_) => Self::not_found("there is no such account"),
            StorageError::NoSuch(reason) => Self::not_found(reason),
            StorageError::Conflict(reason) => Self::conflict(reason),
            StorageError::Invalid(reason) => Self::invalid(reason),
            StorageError::Locked { .. } | StorageError::LeaseLost { .. } => {
                Self::unavailable("the database is busy; try again")
            }
            other => {
                // Which database it is, and why it fails, is for the log.
                tracing::error!(error = %other, fix = other.fix(), "the database failed");
                Self::unavailable("the database cannot be used")
            }
        }
    }
}

impl From<connector_core::Error> for Problem {
    fn from(error: connector_core::Error) -> Self {
        let fix = error.fix().to_owned();
        match error.kind() {
            ErrorKind::Config | ErrorKind::Unsupported => Self::invalid(error.to_string()).with_fix(fix),
            ErrorKind::NotFound => Self::not_found(error.to_string()),
            ErrorKind::Conflict => Self::conflict(error.to_string()).with_fix(fix),
            _ => {
                tracing::error!(%error, fix, "the request failed");
                Self::unavailable("the work could not be done; the server's log says why")
            }
        }
    }
}
