//! Pricing rules.

pub(crate) mod apply;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use connector_core::time::kst_text;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use storage::{Basis, NewPricingRule, PricingRule, Rounding};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::cursor;
use crate::extract::{Body, Id, Params};
use crate::pricing::{WHOLE, percent, rate};
use crate::problem::{InputError, Problem};
use crate::writes::Touched;

const LIST: &str = "pricing-rules";

/// The highest amounts that a rule takes, in won.
const MOST_WON: i64 = 1_000_000_000_000;

/// How a price is made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rule {
    /// Its id.
    id: i64,
    /// What it is called.
    #[schema(example = "쿠팡 수수료")]
    name: String,
    /// For accounts at this platform; null for all.
    #[schema(example = "coupang")]
    platform: Option<String>,
    /// For this account; null for all.
    account_id: Option<i64>,
    /// `cost`: from what a piece costs you. `price`: from the product's own price, which is what you want to be left.
    #[schema(example = "cost")]
    basis: String,
    /// The platform's part of the price, in percent.
    #[schema(value_type = f64, example = 10.8)]
    fee_percent: Number,
    /// Your part of the price, in percent.
    #[schema(value_type = f64, example = 25)]
    margin_percent: Number,
    /// Won on top of the basis, such as for packing.
    added: i64,
    /// The step to which the price is rounded, in won.
    round_to: i64,
    /// `up`, `down` or `nearest`.
    #[schema(example = "up")]
    rounding: String,
    /// The lowest price, in won.
    minimum_price: Option<i64>,
    /// When it was added.
    created_at: String,
}

/// A rate as a JSON number.
fn number(rate: i64) -> Number {
    percent(rate).parse().expect("a decimal number is JSON")
}

impl Rule {
    fn new(rule: PricingRule) -> Self {
        let PricingRule { id, created_at, rule } = rule;
        Self {
            id,
            name: rule.name,
            platform: rule.platform,
            account_id: rule.connector_id,
            basis: rule.basis.name().to_owned(),
            fee_percent: number(rule.fee_rate),
            margin_percent: number(rule.margin_rate),
            added: rule.added,
            round_to: rule.round_to,
            rounding: rule.rounding.name().to_owned(),
            minimum_price: rule.minimum_price,
            created_at: kst_text(created_at),
        }
    }
}

/// A page of rules.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Which rules.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RuleQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List pricing rules.
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/pricing/rules", tag = "pricing", operation_id = "listPricingRules", params(RuleQuery),
    responses((status = 200, body = Rules)),
)]
pub(crate) async fn list(access: Access, Params(query): Params<RuleQuery>) -> Result<Json<Rules>, Problem> {
    let limit = cursor::limit(query.limit)?;
    let after: Option<i64> = cursor::decode(LIST, query.cursor.as_deref())?;
    let mut rows = access.app.storage.pricing_rules(access.caller.user_id, after, limit + 1).await?;
    let more = cursor::cut(&mut rows, limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| cursor::encode(LIST, &row.id));
    Ok(Json(Rules { rules: rows.into_iter().map(Rule::new).collect(), next_cursor }))
}

/// A rule to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRule {
    /// What to call it. Default: what it is for.
    #[schema(example = "쿠팡 수수료", max_length = 100)]
    name: Option<String>,
    /// For accounts at this platform only.
    #[schema(example = "coupang")]
    platform: Option<String>,
    /// For this account only.
    account_id: Option<i64>,
    /// `cost` (the default) or `price`.
    #[schema(example = "cost")]
    basis: Option<String>,
    /// The platform's part of the price, in percent with at most four places. Default: 0.
    #[schema(value_type = f64, example = 10.8, minimum = 0, exclusive_maximum = 100)]
    fee_percent: Option<Value>,
    /// Your part of the price, in percent with at most four places. Default: 0.
    #[schema(value_type = f64, example = 25, minimum = 0, exclusive_maximum = 100)]
    margin_percent: Option<Value>,
    /// Won on top of the basis. Default: 0.
    #[schema(minimum = 0)]
    added: Option<i64>,
    /// The step to which the price is rounded, in won. Default: 10, which every platform takes.
    #[schema(example = 100, minimum = 1)]
    round_to: Option<i64>,
    /// `up` (the default), `down` or `nearest`.
    #[schema(example = "up")]
    rounding: Option<String>,
    /// The lowest price, in won.
    #[schema(minimum = 1)]
    minimum_price: Option<i64>,
}

/// A percentage, as a number or as a text.
fn read_rate(errors: &mut Vec<InputError>, name: &str, value: Option<&Value>) -> i64 {
    let read = match value {
        None | Some(Value::Null) => return 0,
        Some(Value::Number(number)) => rate(&number.to_string()),
        Some(Value::String(text)) => rate(text),
        Some(_) => None,
    };
    read.unwrap_or_else(|| {
        let message = "takes a percentage from 0 to below 100, with at most four places";
        errors.push(InputError::at(format!("/{name}"), message));
        0
    })
}

/// Add a pricing rule.
///
/// A price is `(basis + added) / (1 - fee - margin)`, rounded. Of several rules for an account, the one for that very account goes
/// first, then the one for its platform, then the one for all; of several of a kind the latest.
#[utoipa::path(
    post, path = "/api/v1/pricing/rules", tag = "pricing", operation_id = "createPricingRule",
    request_body = NewRule, responses((status = 201, body = Rule)),
)]
pub(crate) async fn create(access: Access, Body(new): Body<NewRule>) -> Result<impl IntoResponse, Problem> {
    let mut errors = Vec::new();
    let account = match new.account_id {
        Some(id) => Some(access.account(id).await?),
        None => None,
    };
    let platform = match new.platform.as_deref().map(connector_core::registry::find) {
        Some(Err(error)) => {
            errors.push(InputError::at("/platform", format!("there is no such platform; {}", error.fix())));
            None
        }
        Some(Ok(registration)) => Some(registration.platform.to_owned()),
        None => None,
    };
    if let (Some(account), Some(platform)) = (&account, &platform)
        && account.platform != *platform
    {
        errors.push(InputError::at("/platform", format!("the account is at {}", account.platform)));
    }
    let mut refuse = |name: &str, message: String| errors.push(InputError::at(format!("/{name}"), message));
    let basis = Basis::from_name(new.basis.as_deref().unwrap_or("cost"));
    if basis.is_none() {
        refuse("basis", "takes cost, price".to_owned());
    }
    let rounding = Rounding::from_name(new.rounding.as_deref().unwrap_or("up"));
    if rounding.is_none() {
        refuse("rounding", "takes up, down, nearest".to_owned());
    }
    let (added, round_to) = (new.added.unwrap_or(0), new.round_to.unwrap_or(10));
    if !(0..=MOST_WON).contains(&added) {
        refuse("added", format!("takes 0 to {MOST_WON}"));
    }
    if !(1..=1_000_000).contains(&round_to) {
        refuse("round_to", "takes 1 to 1000000".to_owned());
    }
    if new.minimum_price.is_some_and(|least| !(1..=MOST_WON).contains(&least)) {
        refuse("minimum_price", format!("takes 1 to {MOST_WON}"));
    }
    let for_what = || match (&account, &platform) {
        (Some(account), _) => account.title().to_owned(),
        (None, Some(platform)) => platform.clone(),
        (None, None) => "all".to_owned(),
    };
    let name = new.name.clone().unwrap_or_else(for_what);
    if name.trim().is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
        refuse("name", "takes 1 to 100 characters and no control characters".to_owned());
    }
    let fee_rate = read_rate(&mut errors, "fee_percent", new.fee_percent.as_ref());
    let margin_rate = read_rate(&mut errors, "margin_percent", new.margin_percent.as_ref());
    if fee_rate + margin_rate >= WHOLE {
        errors.push(InputError::at("/margin_percent", "fee and margin together are below 100"));
    }
    let (Some(basis), Some(rounding), true) = (basis, rounding, errors.is_empty()) else {
        return Err(Problem::invalid_input(errors));
    };
    let rule = NewPricingRule {
        owner_id: access.caller.user_id,
        name,
        platform,
        connector_id: account.map(|row| row.id),
        basis,
        fee_rate,
        margin_rate,
        added,
        round_to,
        rounding,
        minimum_price: new.minimum_price,
    };
    let rule = Rule::new(access.app.storage.add_pricing_rule(rule).await?);
    let touched = Extension(Touched(format!("pricing/rules/{}", rule.id)));
    let place = format!("/api/v1/pricing/rules/{}", rule.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], touched, Json(rule)))
}

/// Remove a pricing rule.
///
/// Prices that were made by it stay.
#[utoipa::path(
    delete, path = "/api/v1/pricing/rules/{id}", tag = "pricing", operation_id = "removePricingRule",
    params(("id" = i64, Path, description = "The rule's id.")),
    responses((status = 204, description = "The rule is removed.")),
)]
pub(crate) async fn remove(access: Access, Id(id): Id) -> Result<StatusCode, Problem> {
    access.app.storage.remove_pricing_rule(access.caller.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
