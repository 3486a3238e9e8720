//! Making the prices of a product, and telling the platforms.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use connector_core::Action;
use serde::{Deserialize, Serialize};
use storage::{Accepted, ConnectorRow, ListingRow, PricingRule, ProductRow, Pushed, Refused, TermsChange};
use utoipa::ToSchema;

use super::super::products::Shelf;
use crate::access::Access;
use crate::extract::{Id, MaybeBody};
use crate::host::{WriteOutcome, WriteTask};
use crate::pricing::{Priced, Unpriced, price};
use crate::problem::{InputError, Problem};
use crate::token;
use crate::writes::Touched;

/// More rules than a seller has.
const MANY: i64 = 10_000;

/// Which prices to make.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    /// Whether to show the prices only. Default: yes.
    #[schema(example = true)]
    dry_run: Option<bool>,
    /// By this rule only. Default: by the rule that fits each account best.
    rule_id: Option<i64>,
    /// The accounts. Default: all of yours that are enabled.
    #[schema(min_items = 1)]
    platform_account_ids: Option<Vec<i64>>,
}

/// The prices of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Applied {
    /// The product.
    product_id: i64,
    /// Whether nothing was changed.
    dry_run: bool,
    /// One entry for each account.
    prices: Vec<AccountPrice>,
}

/// The price of a product at an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountPrice {
    /// The account.
    account_id: i64,
    /// What its owner calls it.
    account: String,
    /// Its platform.
    #[schema(example = "coupang")]
    platform: String,
    /// The rule that the price was made by.
    rule_id: Option<i64>,
    /// The price that held there before: the account's own, else the product's.
    price_before: Option<i64>,
    /// The new price, in won.
    price: Option<i64>,
    /// The platform's part of it, in won.
    fee: Option<i64>,
    /// What is left of it to you when the fee and the basis are paid, in won.
    margin: Option<i64>,
    /// Why there is no new price.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<NoPrice>,
    /// What became of it at each listing.
    listings: Vec<ListingPrice>,
}

/// Why there is no price, or why it could not be set.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoPrice {
    /// In one word.
    #[schema(example = "no_cost")]
    code: String,
    /// For people.
    cause: String,
    /// What to do about it.
    fix: String,
}

/// The price of one listing.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListingPrice {
    /// The platform's id of the product.
    listing_id: String,
    /// The platform's id of the option; empty where the product has none.
    option_id: String,
    /// The price there, as last seen.
    price_before: Option<i64>,
    /// `would_send` in a preview, `done`, `already`, or why not: `unverified`, `refused`, `failed`, `unknown`.
    #[schema(example = "done")]
    result: String,
    /// Why it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Make the prices of a product.
///
/// Shows what each account's price would be by its rule, and with `"dry_run": false` sets it: as the account's own price of the
/// product, and at the platform. What a platform refuses is told listing by listing, and the others go on: the status is 207 then.
#[utoipa::path(
    post, path = "/api/v1/products/{id}/pricing/apply", tag = "pricing", operation_id = "applyPricing",
    params(("id" = i64, Path, description = "The product's id.")),
    request_body = Option<Application>,
    responses(
        (status = 200, body = Applied),
        (status = 207, body = Applied, description = "Some prices could not be made or set."),
    ),
)]
pub(crate) async fn apply(
    access: Access,
    Id(id): Id,
    MaybeBody(asked): MaybeBody<Application>,
) -> Result<Response, Problem> {
    let product = access.product(id).await?;
    let dry_run = asked.dry_run.unwrap_or(true);
    let rules = rules(&access, asked.rule_id).await?;
    let accounts = accounts(&access, &product, asked.platform_account_ids).await?;
    let shelf = Shelf::load(&access, std::slice::from_ref(&product)).await?;
    let made: Vec<(ConnectorRow, Made)> = accounts
        .into_iter()
        .map(|row| {
            let made = make(&rules, &row, &product, asked.rule_id.is_some());
            (row, made)
        })
        .collect();
    let outcomes = match dry_run {
        true => Vec::new(),
        false => set(&access, &product, &shelf, &made).await?,
    };
    let prices: Vec<AccountPrice> =
        made.iter().map(|(row, made)| shown(row, made, &product, &shelf, &outcomes)).collect();
    let is_good = |entry: &AccountPrice| {
        let is_good = |listing: &ListingPrice| matches!(listing.result.as_str(), "done" | "already");
        entry.error.is_none() && entry.listings.iter().all(is_good)
    };
    let status = match dry_run || prices.iter().all(is_good) {
        true => StatusCode::OK,
        false => StatusCode::MULTI_STATUS,
    };
    let touched = Extension(Touched(format!("products/{id}")));
    Ok((status, touched, Json(Applied { product_id: id, dry_run, prices })).into_response())
}

/// A rule and what comes of it.
type Made = Result<(i64, Priced), NoPrice>;

async fn rules(access: &Access, id: Option<i64>) -> Result<Vec<PricingRule>, Problem> {
    let mut rules = access.app.storage.pricing_rules(access.caller.user_id, None, MANY).await?;
    if let Some(id) = id {
        rules.retain(|rule| rule.id == id);
        if rules.is_empty() {
            return Err(Problem::not_found("there is no such pricing rule"));
        }
    }
    Ok(rules)
}

async fn accounts(
    access: &Access,
    product: &ProductRow,
    ids: Option<Vec<i64>>,
) -> Result<Vec<ConnectorRow>, Problem> {
    let mut rows = match ids {
        Some(ids) if ids.is_empty() => {
            let error =
                InputError::at("/platform_account_ids", "names no account; leave it out for all of yours");
            return Err(Problem::invalid_input(vec![error]));
        }
        Some(ids) => access.accounts_of(&ids).await?,
        None => access.accounts().await?.into_iter().filter(|row| row.enabled).collect(),
    };
    rows.retain(|row| row.owner_id == product.owner_id);
    Ok(rows)
}

/// The price at an account by the rule that fits it best.
fn make(rules: &[PricingRule], row: &ConnectorRow, product: &ProductRow, is_chosen: bool) -> Made {
    let fits = |rule: &&PricingRule| {
        let (platform, account) = (rule.rule.platform.as_ref(), rule.rule.connector_id);
        platform.is_none_or(|platform| *platform == row.platform) && account.is_none_or(|id| id == row.id)
    };
    let rank =
        |rule: &&PricingRule| (rule.rule.connector_id.is_some(), rule.rule.platform.is_some(), rule.id);
    let no_price = |code: &str, cause: &str, fix: String| NoPrice {
        code: code.to_owned(),
        cause: cause.to_owned(),
        fix,
    };
    let Some(rule) = rules.iter().filter(fits).max_by_key(rank) else {
        let cause =
            if is_chosen { "the rule is not for this account" } else { "no rule is for this account" };
        return Err(no_price("no_rule", cause, "POST /api/v1/pricing/rules".to_owned()));
    };
    let patch = |field: &str| format!("PATCH /api/v1/products/{} {{\"{field}\": …}}", product.id);
    match price(&rule.rule, product) {
        Ok(priced) => Ok((rule.id, priced)),
        Err(Unpriced::NoCost) => Err(no_price("no_cost", "the product has no cost", patch("cost"))),
        Err(Unpriced::NoPrice) => Err(no_price("no_price", "the product has no price", patch("price"))),
        Err(Unpriced::OutOfRange) => Err(no_price(
            "out_of_range",
            "the price would be 0, or higher than anything costs",
            format!("look at pricing rule {} and at what it is made of", rule.id),
        )),
    }
}

/// What became of one listing's price: its id here, and the outcome.
type Outcomes = Vec<(i64, WriteOutcome)>;

/// Keeps the prices as the accounts' own, and tells the platforms.
async fn set(
    access: &Access,
    product: &ProductRow,
    shelf: &Shelf,
    made: &[(ConnectorRow, Made)],
) -> Result<Outcomes, Problem> {
    let storage = &access.app.storage;
    let key = token::drawn();
    let (mut tasks, mut listings) = (Vec::new(), Vec::new());
    for (row, made) in made {
        let Ok((_, priced)) = made else { continue };
        let change = TermsChange { price: Some(Some(priced.price)), ..TermsChange::default() };
        storage.set_channel_terms(product.id, row.id, change).await?;
        let known: Vec<String> =
            shelf.at(product.id, row.id).iter().map(|listing| listing.listing_id.clone()).collect();
        // With the platforms' own objects, which the shelf leaves out.
        let whole = storage.listing_rows(row.id, &known).await?;
        for listing in whole.into_iter().filter(|listing| listing.product_id == Some(product.id)) {
            let action = Action::SetPrice { listing: listing.target(), price: priced.price };
            let key = format!("pricing-{key}:{}", action.target());
            tasks.push(WriteTask { row: row.clone(), key, action });
            listings.push((row.id, listing.id, priced.price));
        }
    }
    let outcomes = access.app.write(tasks).await;
    let pushes = listings.iter().zip(&outcomes).map(|((account, _, price), outcome)| Pushed {
        product_id: product.id,
        connector_id: *account,
        outcome: match outcome.is_good {
            true => Ok(Accepted { price: Some(*price), ..Accepted::default() }),
            false => Err(Refused {
                code: outcome.code.clone(),
                message: outcome.message.clone().unwrap_or_else(|| format!("it is {}", outcome.result)),
                fix: Some("POST /api/v1/sync/products tries it again".to_owned()),
            }),
        },
    });
    storage.note_pushes(pushes.collect()).await?;
    Ok(listings.into_iter().map(|(_, listing, _)| listing).zip(outcomes).collect())
}

fn shown(
    row: &ConnectorRow,
    made: &Made,
    product: &ProductRow,
    shelf: &Shelf,
    outcomes: &Outcomes,
) -> AccountPrice {
    let priced = made.as_ref().ok().map(|(_, priced)| *priced);
    let listing = |listing: &ListingRow| {
        let outcome = outcomes.iter().find(|(id, _)| *id == listing.id).map(|(_, outcome)| outcome);
        ListingPrice {
            listing_id: listing.listing_id.clone(),
            option_id: listing.option_id.clone(),
            price_before: listing.price,
            result: outcome.map_or_else(|| "would_send".to_owned(), |outcome| outcome.result.clone()),
            message: outcome.and_then(|outcome| outcome.message.clone()),
        }
    };
    let listings = match priced {
        Some(_) => shelf.at(product.id, row.id).into_iter().map(listing).collect(),
        None => Vec::new(),
    };
    AccountPrice {
        account_id: row.id,
        account: row.title().to_owned(),
        platform: row.platform.clone(),
        rule_id: made.as_ref().ok().map(|(id, _)| *id),
        price_before: shelf.terms(product.id, row.id).price.or(product.price),
        price: priced.map(|priced| priced.price),
        fee: priced.map(|priced| priced.fee),
        margin: priced.map(|priced| priced.margin),
        error: made.as_ref().err().map(|error| NoPrice {
            code: error.code.clone(),
            cause: error.cause.clone(),
            fix: error.fix.clone(),
        }),
        listings,
    }
}
