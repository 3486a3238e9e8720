//! From the words of a request to what is to be done.

use chrono::{DateTime, Utc};
use connector_core::command::{CancelReason, CommandName, Line, Parcel, ShippingMethod, moves};
use connector_core::time::parse_kst;
use connector_core::{Action, OrderState};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::host::Host;
use crate::problem::{InputError, Problem};

/// The longest tracking number that is passed on.
const LONGEST_NUMBER: usize = 64;

/// The longest text for a buyer that is passed on.
const LONGEST_TEXT: usize = 500;

/// The parcel with which an order goes out.
#[derive(Clone, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ShippingInfo {
    /// The carrier: a neutral code or name (`CJGLS`, `KOREX`, `CJ대한통운`), or the platform's own code.
    #[schema(example = "KOREX")]
    delivery_company_code: Option<String>,
    /// The carrier's number of the parcel.
    #[schema(example = "1234567890")]
    tracking_number: Option<String>,
    /// When it was handed over; without an offset it is Korean time. Default: now.
    #[schema(example = "2024-01-08T10:30:00")]
    send_date: Option<String>,
    /// How it travels: `parcel` (the default), `direct`, `quick`, `visit` or `nothing`. Only a parcel needs a carrier and a
    /// number.
    #[schema(example = "parcel")]
    delivery_method: Option<String>,
}

impl ShippingInfo {
    /// The parcel; `pointer` is where this stands in the body.
    ///
    /// # Errors
    /// 422, naming each member that cannot be taken.
    pub(crate) fn parcel(
        &self,
        host: &dyn Host,
        platform: &str,
        pointer: &str,
        now: DateTime<Utc>,
    ) -> Result<Parcel, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |name: &str, message: String| {
            errors.push(InputError::at(format!("{pointer}/{name}"), message));
        };
        let method = match self.delivery_method.as_deref().map(str::trim) {
            None | Some("parcel") => ShippingMethod::Parcel,
            Some("direct") => ShippingMethod::Direct,
            Some("quick") => ShippingMethod::Quick,
            Some("visit") => ShippingMethod::Visit,
            Some("nothing") => ShippingMethod::Nothing,
            Some(_) => {
                wrong("deliveryMethod", "takes parcel, direct, quick, visit or nothing".to_owned());
                ShippingMethod::Parcel
            }
        };
        let filled = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (named, number) = (filled(&self.delivery_company_code), filled(&self.tracking_number));
        if method == ShippingMethod::Parcel {
            if named.is_none() {
                wrong("deliveryCompanyCode", "a parcel needs its carrier".to_owned());
            }
            if number.is_none() {
                wrong("trackingNumber", "a parcel needs its tracking number".to_owned());
            }
        }
        let carrier = named.and_then(|name| match host.neutral_carrier(platform, &name) {
            Ok(code) => Some(code.to_owned()),
            Err(_) => {
                let message = format!("is no carrier that {platform} knows; see GET /api/v1/platforms");
                wrong("deliveryCompanyCode", message);
                None
            }
        });
        // Blanks and dashes are for people.
        let number = number.map(|text| text.chars().filter(|c| !matches!(c, '-' | ' ')).collect::<String>());
        let is_plain =
            |text: &String| text.chars().count() <= LONGEST_NUMBER && !text.chars().any(char::is_control);
        if number.as_ref().is_some_and(|number| number.is_empty() || !is_plain(number)) {
            wrong("trackingNumber", format!("takes 1 to {LONGEST_NUMBER} characters"));
        }
        let sent_at = self.send_date.as_deref().map_or(Some(now), parse_kst);
        if sent_at.is_none() {
            let message = "takes a time such as 2024-01-08T10:30:00, with or without an offset";
            wrong("sendDate", message.to_owned());
        }
        match (errors.is_empty(), sent_at) {
            (true, Some(sent_at)) => Ok(Parcel { method, carrier, tracking_number: number, sent_at }),
            _ => Err(Problem::invalid_input(errors)),
        }
    }
}

/// A text for the buyer.
///
/// # Errors
/// 422 when it is empty, too long, or holds what is no text.
pub(crate) fn told(pointer: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let is_odd = |c: char| c.is_control() && c != '\n';
    if text.is_empty() || text.chars().count() > LONGEST_TEXT || text.contains(is_odd) {
        let message = format!("takes a text of 1 to {LONGEST_TEXT} characters");
        return Err(Problem::invalid_input(vec![InputError::at(pointer, message)]));
    }
    Ok(text.to_owned())
}

/// Where an order is to be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// By a command of the seller's.
    By(CommandName),
    /// To a state that is not the seller's to bring about.
    Beyond(OrderState),
}

impl Target {
    /// What a status word asks for: the neutral states, as the list of orders has them, and the guide's words.
    ///
    /// # Errors
    /// 422 for a word that is none.
    pub(crate) fn of(word: &str) -> Result<Self, Problem> {
        let word = word.trim().to_ascii_lowercase();
        Ok(match word.as_str() {
            "confirmed" | "preparing" => Self::By(CommandName::Confirm),
            "shipped" => Self::By(CommandName::Ship),
            "cancelled" | "canceled" => Self::By(CommandName::Cancel),
            other => match OrderState::from_name(other) {
                Some(state) if state != OrderState::Unknown => Self::Beyond(state),
                _ => {
                    let message = "takes confirmed (or preparing), shipped or cancelled".to_owned();
                    return Err(Problem::invalid_input(vec![InputError::at("/status", message)]));
                }
            },
        })
    }
}

/// What is to be done to an order.
#[derive(Clone)]
pub(crate) enum Wanted {
    /// See [`CommandName::Confirm`].
    Confirm,
    /// See [`CommandName::Ship`].
    Ship {
        /// The parcel.
        info: ShippingInfo,
        /// Where it stands in the body.
        pointer: String,
    },
    /// See [`CommandName::Cancel`].
    Cancel {
        /// Why.
        reason: CancelReason,
        /// What the buyer is told.
        note: Option<String>,
    },
}

impl Wanted {
    /// The command that it takes.
    pub(crate) fn command(&self) -> CommandName {
        match self {
            Self::Confirm => CommandName::Confirm,
            Self::Ship { .. } => CommandName::Ship,
            Self::Cancel { .. } => CommandName::Cancel,
        }
    }

    /// The action on a line of that platform.
    ///
    /// # Errors
    /// 422 for a parcel that is none.
    pub(crate) fn action(
        &self,
        host: &dyn Host,
        platform: &str,
        line: Line,
        now: DateTime<Utc>,
    ) -> Result<Action, Problem> {
        Ok(match self {
            Self::Confirm => Action::Confirm { line },
            Self::Ship { info, pointer } => {
                let parcel = info.parcel(host, platform, pointer, now)?;
                Action::Ship { line, parcel, quantity: None }
            }
            Self::Cancel { reason, note } => {
                Action::Cancel { line, reason: *reason, note: note.clone(), quantity: None }
            }
        })
    }
}

/// The reason of that name.
///
/// # Errors
/// 422, naming those that there are.
pub(crate) fn cancel_reason(name: Option<&str>) -> Result<CancelReason, Problem> {
    name.and_then(|name| CancelReason::from_name(name.trim())).ok_or_else(|| {
        let names: Vec<&str> = CancelReason::ALL.into_iter().map(CancelReason::name).collect();
        let message = format!("a cancellation needs its reason: {}", names.join(", "));
        Problem::invalid_input(vec![InputError::at("/reason", message)])
    })
}

/// The states to which the seller may bring an order from here, but for what was just refused.
pub(crate) fn legal(state: OrderState, refused: Option<CommandName>) -> Vec<String> {
    let commands = [CommandName::Confirm, CommandName::Ship, CommandName::Cancel];
    let legal = commands.into_iter().filter(|command| Some(*command) != refused).filter_map(moves);
    legal.filter(|moves| moves.objection(state).is_none()).map(|moves| moves.to.name().to_owned()).collect()
}

/// Why a command cannot be given in a state that no order leaves on that way any more; the platform itself is asked about all
/// others, since what is stored may be of before.
pub(crate) fn past(command: CommandName, state: OrderState) -> Option<String> {
    let is_past = matches!(
        state,
        OrderState::Shipped
            | OrderState::Delivered
            | OrderState::Decided
            | OrderState::Cancelled
            | OrderState::Returned
            | OrderState::Exchanged
    );
    moves(command).filter(|moves| is_past && moves.to != state)?.objection(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_words_and_the_lists_own_mean_the_same() {
        for (word, command) in [
            ("confirmed", CommandName::Confirm),
            ("preparing", CommandName::Confirm),
            ("shipped", CommandName::Ship),
            (" Cancelled ", CommandName::Cancel),
        ] {
            assert_eq!(Target::of(word).expect("known"), Target::By(command), "{word}");
        }
        assert_eq!(Target::of("delivered").expect("a state"), Target::Beyond(OrderState::Delivered));
        for word in ["", "unknown", "sent"] {
            assert_eq!(Target::of(word).expect_err("no state").status(), 422, "{word}");
        }
    }

    #[test]
    fn what_is_legal_depends_on_the_state() {
        assert_eq!(legal(OrderState::Paid, None), ["preparing", "shipped", "cancelled"]);
        assert_eq!(legal(OrderState::Paid, Some(CommandName::Ship)), ["preparing", "cancelled"]);
        assert!(legal(OrderState::Delivered, None).is_empty());
        assert!(past(CommandName::Confirm, OrderState::Shipped).is_some());
        assert!(past(CommandName::Ship, OrderState::Shipped).is_none(), "perhaps with this very parcel");
        assert!(past(CommandName::Ship, OrderState::CancelRequested).is_none(), "the platform knows");
    }

    #[test]
    fn a_cancellation_names_its_reason() {
        assert_eq!(cancel_reason(Some("sold_out")).expect("a reason"), CancelReason::SoldOut);
        for name in [None, Some(""), Some("because")] {
            assert_eq!(cancel_reason(name).expect_err("none").status(), 422);
        }
        assert_eq!(told("/reason", " 품절 ").expect("a text"), "품절");
        for text in ["", " ", "a\0b", &"x".repeat(501)] {
            assert_eq!(told("/reason", text).expect_err("none").status(), 422);
        }
    }
}
