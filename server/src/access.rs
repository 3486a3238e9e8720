//! Who calls, what they may do, and what they see. Ownership is decided here and nowhere else.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use connector_core::{Mode, registry};
use storage::{
    AuditRow, ClaimRow, ConnectorRow, ListingFilter, ListingRow, MovementFilter, MovementRow, OrderRow,
    Owned, ProductFilter, ProductRow, ScheduleRow, StockFilter, StockLevel, StorageError, SyncFilter,
    SyncRow,
};

use crate::app::App;
use crate::document;
use crate::problem::Problem;
use crate::token;

/// What a user may do. Each role may do all that the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read what is theirs.
    Viewer,
    /// Change accounts, and sync.
    Operator,
    /// Also see accounts that belong to nobody, the whole audit log and the server's figures.
    Admin,
}

impl Role {
    /// `viewer`, `operator` or `admin`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|role| role.name() == name)
    }
}

/// The least role that an operation takes; `None` for those that need no token. The document says it in the same words.
pub(crate) fn needed(method: &str, path: &str) -> Option<Role> {
    match (method, path) {
        (_, "/healthz" | "/readyz" | "/api/v1/openapi.json") | ("post", "/api/v1/auth/login") => None,
        // Who sends a webhook signs it.
        ("post", path) if path.starts_with("/api/v1/sync/webhook") => None,
        (_, "/metrics") => Some(Role::Admin),
        // One's own sessions and tokens: they can do no more than oneself.
        (_, path) if path.starts_with("/api/v1/auth/") || path.starts_with("/api/v1/tokens") => {
            Some(Role::Viewer)
        }
        ("get", _) => Some(Role::Viewer),
        _ => Some(Role::Operator),
    }
}

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) id: String,
    needed: Option<Role>,
}

/// The operation behind a method and a route; `None` where the document has none.
pub(crate) fn operation(method: &str, route: &str) -> Option<&'static Operation> {
    static OPERATIONS: LazyLock<HashMap<(String, String), Operation>> = LazyLock::new(|| {
        let found = document::operations().into_iter().map(|(method, path, id)| {
            let needed = needed(&method, &path);
            ((method, path), Operation { id, needed })
        });
        found.collect()
    });
    let method = match method.to_ascii_lowercase() {
        head if head == "head" => "get".to_owned(),
        method => method,
    };
    OPERATIONS.get(&(method, route.to_owned()))
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user_id: i64,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) token_id: i64,
    /// The hash of the token, to ask again whether it still holds.
    pub(crate) token_hash: String,
}

impl Caller {
    /// Who shows this token.
    pub(crate) async fn of_hash(app: &App, token_hash: String) -> Result<Self, Problem> {
        let found = app.storage.bearer(&token_hash).await?;
        let (user, token) =
            found.ok_or_else(|| Problem::unauthorized("the token is unknown, was revoked or has ended"))?;
        let role = Role::from_name(&user.role)
            .ok_or_else(|| Problem::unauthorized("the user's role is none of this program's"))?;
        Ok(Self { user_id: user.id, name: user.name, role, token_id: token.id, token_hash })
    }
}

fn bearer(request: &Request) -> Result<&str, Problem> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)
        .ok_or_else(|| Problem::unauthorized("send Authorization: Bearer TOKEN"))?;
    let value = value.to_str().unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Problem::unauthorized("send Authorization: Bearer TOKEN")),
    }
}

/// Lets through who may. What the document does not know falls through to the answers 404 and 405.
pub(crate) async fn guard(
    State(app): State<App>,
    route: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(needed) = operation(request.method().as_str(), route.as_str()).and_then(|found| found.needed)
    else {
        return next.run(request).await;
    };
    let hash = bearer(&request).map(token::hash);
    let admitted = async {
        let caller = Caller::of_hash(&app, hash?).await?;
        if let Some(seconds) = app.buckets.take(caller.user_id) {
            return Err(Problem::too_many(
                "you send more requests than the server takes of one user",
                seconds,
            ));
        }
        if caller.role < needed {
            return Err(Problem::forbidden(format!(
                "this takes the role {}, and yours is {}",
                needed.name(),
                caller.role.name()
            )));
        }
        Ok(caller)
    };
    match admitted.await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// What the caller sees.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) app: App,
    pub(crate) caller: Caller,
}

impl FromRequestParts<App> for Access {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(caller) => Ok(Self { app: app.clone(), caller: caller.clone() }),
            None => Err(Problem::unauthorized("send Authorization: Bearer TOKEN")),
        }
    }
}

fn no_product() -> Problem {
    Problem::not_found("there is no such product")
}

fn no_account() -> Problem {
    Problem::not_found("there is no such account")
}

impl Access {
    /// Whether the caller sees what belongs to nobody, as the command line makes it.
    fn sees_unowned(&self) -> bool {
        self.caller.role == Role::Admin
    }

    async fn rows(&self, with_removed: bool) -> Result<Vec<ConnectorRow>, StorageError> {
        let with_unowned = self.sees_unowned();
        let owned = Owned { user_id: self.caller.user_id, with_unowned, with_removed };
        self.app.storage.owned_connectors(owned).await
    }

    /// What a user sees at this moment, for what happens without a caller. `None` when the user is gone, or may not sync any more.
    pub(crate) async fn of_owner(app: &App, user_id: i64) -> Result<Option<Self>, StorageError> {
        let Some(user) = app.storage.user(user_id).await? else { return Ok(None) };
        let role = Role::from_name(&user.role).filter(|role| *role >= Role::Operator);
        Ok(role.map(|role| Self {
            app: app.clone(),
            caller: Caller { user_id, name: user.name, role, token_id: 0, token_hash: String::new() },
        }))
    }

    /// The accounts that are enabled, by id: of those ids, or all.
    pub(crate) async fn enabled_accounts(
        &self,
        ids: Option<&[i64]>,
    ) -> Result<Vec<ConnectorRow>, StorageError> {
        let mut rows = self.rows(false).await?;
        rows.retain(|row| row.enabled && ids.is_none_or(|ids| ids.contains(&row.id)));
        Ok(rows)
    }

    /// The caller's schedule of that id.
    pub(crate) async fn schedule(&self, id: i64) -> Result<ScheduleRow, Problem> {
        let found = self.app.storage.schedule_of(self.caller.user_id, id).await?;
        found.ok_or_else(|| Problem::not_found("there is no such schedule"))
    }

    /// The caller's schedules, by id, after the given one.
    pub(crate) async fn schedules(
        &self,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ScheduleRow>, Problem> {
        Ok(self.app.storage.schedules_of(self.caller.user_id, after, limit).await?)
    }

    /// The caller's accounts, by id.
    pub(crate) async fn accounts(&self) -> Result<Vec<ConnectorRow>, Problem> {
        Ok(self.rows(false).await?)
    }

    /// The caller's account of that id.
    pub(crate) async fn account(&self, id: i64) -> Result<ConnectorRow, Problem> {
        self.accounts().await?.into_iter().find(|row| row.id == id).ok_or_else(no_account)
    }

    /// The caller's accounts of those ids, each once.
    pub(crate) async fn accounts_of(&self, ids: &[i64]) -> Result<Vec<ConnectorRow>, Problem> {
        let mine = self.accounts().await?;
        if !ids.iter().all(|id| mine.iter().any(|row| row.id == *id)) {
            return Err(no_account());
        }
        Ok(mine.into_iter().filter(|row| ids.contains(&row.id)).collect())
    }

    /// The accounts whose collected data the caller sees, removed ones included: all, or those of a platform, or one.
    pub(crate) async fn data_of(
        &self,
        platform: Option<&str>,
        account: Option<i64>,
    ) -> Result<Vec<ConnectorRow>, Problem> {
        let platform = platform.map(|name| platform_key("platform", name)).transpose()?;
        let mut rows = self.rows(true).await?;
        if let Some(id) = account {
            rows.retain(|row| row.id == id);
            if rows.is_empty() {
                return Err(no_account());
            }
        }
        if let Some(platform) = platform {
            rows.retain(|row| row.platform == platform);
        }
        Ok(rows)
    }

    /// The caller's order line of that id, with the platform's own object.
    pub(crate) async fn order(&self, id: i64) -> Result<OrderRow, Problem> {
        let ids = self.data_of(None, None).await?.iter().map(|row| row.id).collect();
        let found = self.app.storage.order_of(ids, id).await?;
        found.ok_or_else(|| Problem::not_found("there is no such order"))
    }

    fn owns(&self, product: &ProductRow) -> bool {
        match product.owner_id {
            Some(owner) => owner == self.caller.user_id,
            None => self.sees_unowned(),
        }
    }

    /// The caller's product of that id.
    pub(crate) async fn product(&self, id: i64) -> Result<ProductRow, Problem> {
        match self.app.storage.product(id).await {
            Ok(product) if self.owns(&product) => Ok(product),
            Ok(_) | Err(StorageError::NoSuch(_)) => Err(no_product()),
            Err(error) => Err(error.into()),
        }
    }

    /// The caller's products that match, by id, after the given one.
    pub(crate) async fn products(
        &self,
        filter: ProductFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ProductRow>, Problem> {
        let (owner_id, with_unowned) = (Some(self.caller.user_id), self.sees_unowned());
        let filter = ProductFilter { owner_id, with_unowned, ..filter };
        Ok(self.app.storage.products(filter, after, limit).await?)
    }

    /// The caller's products of those ids, each once.
    pub(crate) async fn products_of(&self, ids: &[i64]) -> Result<Vec<ProductRow>, Problem> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let (count, limit) = (ids.len(), i64::try_from(ids.len()).unwrap_or(i64::MAX));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.products(ProductFilter { ids, ..ProductFilter::default() }, None, limit).await?;
        match found.len() == count {
            true => Ok(found),
            false => Err(no_product()),
        }
    }

    /// How much there is of the caller's products that match, by id, after the given one.
    pub(crate) async fn stock_levels(
        &self,
        filter: StockFilter,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<StockLevel>, Problem> {
        let (owner_id, with_unowned) = (Some(self.caller.user_id), self.sees_unowned());
        let filter = StockFilter { owner_id, with_unowned, ..filter };
        Ok(self.app.storage.stock_levels(filter, after, limit).await?)
    }

    /// The stock ledger of the caller's products, newest first, before the given entry.
    pub(crate) async fn stock_movements(
        &self,
        filter: MovementFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<MovementRow>, Problem> {
        let (owner_id, with_unowned) = (Some(self.caller.user_id), self.sees_unowned());
        let filter = MovementFilter { owner_id, with_unowned, ..filter };
        Ok(self.app.storage.stock_movements(filter, before, limit).await?)
    }

    /// The caller's listing of that id here.
    pub(crate) async fn listing(&self, id: i64) -> Result<ListingRow, Problem> {
        let connector_ids: Vec<i64> = self.accounts().await?.iter().map(|row| row.id).collect();
        let none = || Problem::not_found("there is no such listing");
        if connector_ids.is_empty() {
            return Err(none());
        }
        let filter = ListingFilter { connector_ids, ids: vec![id], ..ListingFilter::default() };
        self.app.storage.listings(filter, None, 1).await?.pop().ok_or_else(none)
    }

    /// The caller's claim of that id, with the platform's own object.
    pub(crate) async fn claim(&self, id: i64) -> Result<ClaimRow, Problem> {
        self.claim_with_account(id).await.map(|(claim, _)| claim)
    }

    /// The same with the account that it came from, which may have been removed.
    pub(crate) async fn claim_with_account(&self, id: i64) -> Result<(ClaimRow, ConnectorRow), Problem> {
        let mut accounts = self.data_of(None, None).await?;
        let ids = accounts.iter().map(|row| row.id).collect();
        let found = self.app.storage.claim_of(ids, id).await?;
        let no_claim = || Problem::not_found("there is no such claim");
        let claim = found.ok_or_else(no_claim)?;
        let place = accounts.iter().position(|row| row.id == claim.connector_id).ok_or_else(no_claim)?;
        Ok((claim, accounts.swap_remove(place)))
    }

    /// The caller's sync of that id.
    pub(crate) async fn sync(&self, id: i64) -> Result<SyncRow, Problem> {
        let found = self.app.storage.sync_of(self.caller.user_id, self.sees_unowned(), id).await?;
        found.ok_or_else(|| Problem::not_found("there is no such sync"))
    }

    /// The caller's syncs that match, newest first, before the given one.
    pub(crate) async fn syncs(
        &self,
        filter: SyncFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<SyncRow>, Problem> {
        let (owner_id, with_unowned) = (self.caller.user_id, self.sees_unowned());
        let filter = SyncFilter { owner_id, with_unowned, ..filter };
        Ok(self.app.storage.syncs(filter, before, limit).await?)
    }

    /// What the caller did, newest first, before the given entry; to an admin, what everybody did.
    pub(crate) async fn audit_log(&self, before: Option<i64>, limit: i64) -> Result<Vec<AuditRow>, Problem> {
        let of = Some(self.caller.user_id).filter(|_| self.caller.role < Role::Admin);
        Ok(self.app.storage.audit_log(of, before, limit).await?)
    }
}

/// The key of a platform that was named by key or alias in a parameter.
pub(crate) fn platform_key(parameter: &str, name: &str) -> Result<&'static str, Problem> {
    match registry::find(name) {
        Ok(registration) => Ok(registration.platform),
        Err(error) => Err(Problem::parameter(parameter, format!("{error}; {}", error.fix()))),
    }
}

/// Whether the account calls its platform.
pub(crate) fn is_live(row: &ConnectorRow) -> bool {
    row.mode == Mode::Api.name()
}
