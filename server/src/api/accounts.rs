//! The seller's accounts at the platforms.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::time::kst_text;
use connector_core::{Mode, registry};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::{ConnectorChange, ConnectorRow, NewConnector};
use utoipa::{IntoParams, ToSchema};

use super::credentials;
use crate::access::{Access, is_live, platform_key};
use crate::cursor;
use crate::extract::{Body, Id, Params};
use crate::problem::{InputError, Problem};
use crate::writes::Touched;

const LIST: &str = "platform-accounts";

/// An account at a platform. No secret is in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformAccount {
    /// Its id.
    id: i64,
    /// The platform's key.
    #[schema(example = "smartstore")]
    platform: String,
    /// What its owner calls it.
    #[schema(example = "내 스마트스토어")]
    name: String,
    /// `api` for live calls, `fixture` for the built-in sample.
    mode: String,
    /// Whether syncs that name no account include it.
    enabled: bool,
    /// What the platform knows the account by; secrets read `********`.
    #[schema(value_type = Object)]
    credentials: Map<String, Value>,
    /// The other settings.
    #[schema(value_type = Object)]
    config: Map<String, Value>,
    /// Why somebody has to grant access again before it can sync; null when nobody has to.
    needs_authorization: Option<String>,
    /// When it was added.
    created_at: String,
    /// When a person last changed it.
    updated_at: String,
    /// What would keep it from working, as far as its settings tell; only in the answer to a change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl PlatformAccount {
    fn new(row: &ConnectorRow) -> Self {
        let (credentials, config) =
            credentials::shown(registry::find(&row.platform).ok(), &row.public_config());
        Self {
            id: row.id,
            platform: row.platform.clone(),
            name: row.title().to_owned(),
            mode: row.mode.clone(),
            enabled: row.enabled,
            credentials,
            config,
            needs_authorization: row.needs_authorization().filter(|_| is_live(row)).map(str::to_owned),
            created_at: kst_text(row.created_at),
            updated_at: kst_text(row.updated_at),
            warnings: Vec::new(),
        }
    }
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlatformAccounts {
    platform_accounts: Vec<PlatformAccount>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    /// At this platform.
    #[param(example = "naver")]
    platform: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List your accounts.
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/platform-accounts", tag = "accounts", operation_id = "listPlatformAccounts",
    params(AccountQuery), responses((status = 200, body = PlatformAccounts)),
)]
pub(crate) async fn list(
    access: Access,
    Params(query): Params<AccountQuery>,
) -> Result<Json<PlatformAccounts>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let platform = query.platform.as_deref().map(|name| platform_key("platform", name)).transpose()?;
    let mut rows = access.accounts().await?;
    rows.retain(|row| after.is_none_or(|after| row.id > after));
    rows.retain(|row| platform.is_none_or(|platform| row.platform == platform));
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    let platform_accounts = rows.iter().map(PlatformAccount::new).collect();
    Ok(Json(PlatformAccounts { platform_accounts, next_cursor }))
}

/// Read one account.
#[utoipa::path(
    get, path = "/api/v1/platform-accounts/{id}", tag = "accounts", operation_id = "getPlatformAccount",
    params(("id" = i64, Path, description = "The account's id.")),
    responses((status = 200, body = PlatformAccount)),
)]
pub(crate) async fn one(access: Access, Id(id): Id) -> Result<Json<PlatformAccount>, Problem> {
    Ok(Json(PlatformAccount::new(&access.account(id).await?)))
}

/// An account to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlatformAccount {
    /// The platform's key, or one of its other names, such as `naver`.
    #[schema(example = "naver")]
    platform: String,
    /// What to call it; unique among your accounts.
    #[schema(example = "내 스마트스토어", min_length = 1, max_length = 64)]
    name: String,
    /// What the platform knows the account by; see `GET /platforms`.
    #[serde(default)]
    #[schema(value_type = Object, write_only)]
    credentials: BTreeMap<String, Value>,
    /// `api` (the default) for live calls, `fixture` for the built-in sample, which needs no credentials.
    #[schema(example = "api")]
    mode: Option<String>,
    /// The other settings; see `GET /platforms`.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: BTreeMap<String, Value>,
    /// Whether syncs that name no account include it. Default: yes.
    enabled: Option<bool>,
}

/// Add an account.
///
/// The credentials are checked against what the platform's connector declares: a missing or unknown field is 422. Secrets are
/// encrypted before they reach the database and never come back. The platform is not called; for that
/// there is the test. What the connector would refuse is told under `warnings`.
#[utoipa::path(
    post, path = "/api/v1/platform-accounts", tag = "accounts", operation_id = "createPlatformAccount",
    request_body = NewPlatformAccount, responses((status = 201, body = PlatformAccount)),
)]
pub(crate) async fn create(
    access: Access,
    Body(new): Body<NewPlatformAccount>,
) -> Result<impl IntoResponse, Problem> {
    let mut errors = Vec::new();
    let registration = registry::find(&new.platform).map_err(|error| {
        let message = format!("there is no such platform; {}", error.fix());
        Problem::invalid_input(vec![InputError::at("/platform", message)])
    })?;
    errors.extend(refuse_name(&new.name));
    let mode = credentials::mode(new.mode.as_deref())?.unwrap_or(Mode::Api).name();
    let settings = match credentials::read(registration, new.credentials, new.config, false) {
        Ok(settings) => settings,
        Err(more) => {
            errors.extend(more);
            credentials::Settings::default()
        }
    };
    let opened = settings.opened();
    if errors.is_empty() {
        errors = credentials::missing(registration, mode, |name| opened.contains_key(name));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_input(errors));
    }
    let warnings = access.app.host.prepare_account(registration.platform, mode, opened)?;
    let new = NewConnector {
        platform: registration.platform.to_owned(),
        name: new.name,
        mode: mode.to_owned(),
        enabled: new.enabled.unwrap_or(true),
        config: settings.set,
        secrets: settings.secrets,
    };
    let row = access.app.storage.add_owned_connector(access.caller.user_id, new).await?;
    let place = format!("/api/v1/platform-accounts/{}", row.id);
    let touched = Touched(format!("platform-accounts/{}", row.id));
    let account = Json(PlatformAccount { warnings, ..PlatformAccount::new(&row) });
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Extension(touched), account))
}

/// What to change in an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformAccountChange {
    /// A new name.
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
    /// `api` or `fixture`.
    mode: Option<String>,
    /// Whether syncs that name no account include it.
    enabled: Option<bool>,
    /// Fields to set; null takes one away, `********` leaves one as it is.
    #[serde(default)]
    #[schema(value_type = Object, write_only)]
    credentials: BTreeMap<String, Value>,
    /// Fields to set; null takes one away.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: BTreeMap<String, Value>,
}

/// Change an account.
///
/// Only what is sent changes. New credentials drop the tokens that the platform has given out for the old ones.
#[utoipa::path(
    patch, path = "/api/v1/platform-accounts/{id}", tag = "accounts", operation_id = "changePlatformAccount",
    params(("id" = i64, Path, description = "The account's id.")),
    request_body = PlatformAccountChange, responses((status = 200, body = PlatformAccount)),
)]
pub(crate) async fn change(
    access: Access,
    Id(id): Id,
    Body(change): Body<PlatformAccountChange>,
) -> Result<Json<PlatformAccount>, Problem> {
    let row = access.account(id).await?;
    let registration = registry::find(&row.platform)?;
    let mut errors: Vec<InputError> = change.name.as_deref().and_then(refuse_name).into_iter().collect();
    let mode = credentials::mode(change.mode.as_deref())?.map(|mode| mode.name().to_owned());
    let settings = match credentials::read(registration, change.credentials, change.config, true) {
        Ok(settings) => settings,
        Err(more) => {
            errors.extend(more);
            credentials::Settings::default()
        }
    };
    if errors.is_empty() {
        let set = settings.opened();
        let has = |name: &str| {
            set.contains_key(name)
                || row.config.contains_key(name) && !settings.unset.iter().any(|unset| unset == name)
        };
        errors = credentials::missing(registration, mode.as_deref().unwrap_or(&row.mode), has);
    }
    if !errors.is_empty() {
        return Err(Problem::invalid_input(errors));
    }
    let change = ConnectorChange {
        name: change.name,
        mode,
        enabled: change.enabled,
        set: settings.set,
        unset: settings.unset,
        secrets: settings.secrets,
    };
    let (change, warnings) = access.app.host.prepare_change(&row, change).await?;
    let row = access.app.storage.update_owned_connector(row.id, change).await?;
    Ok(Json(PlatformAccount { warnings, ..PlatformAccount::new(&row) }))
}

/// Remove an account.
///
/// Its settings and secrets are wiped. The orders and figures that it has collected stay, and can still be read.
#[utoipa::path(
    delete, path = "/api/v1/platform-accounts/{id}", tag = "accounts", operation_id = "removePlatformAccount",
    params(("id" = i64, Path, description = "The account's id.")),
    responses((status = 204, description = "The account is removed.")),
)]
pub(crate) async fn remove(access: Access, Id(id): Id) -> Result<StatusCode, Problem> {
    let row = access.account(id).await?;
    access.app.storage.retire_connector(row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn refuse_name(name: &str) -> Option<InputError> {
    (!storage::is_connector_name(name)).then(|| {
        InputError::at(
            "/name",
            "takes 1 to 64 characters, not only digits, no comma, no '-' at the start, no blanks at the ends",
        )
    })
}
