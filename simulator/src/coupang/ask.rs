//! What a call says, and how it is refused when it says it wrongly.

use serde_json::Value;

use super::answer::refused;
use super::path::Place;
use super::state::State;
use super::time::{self, Dialect};
use crate::answer::Answer;
use crate::instant::{DAY, MINUTE, Millis};

/// A call that the gateway has let through.
pub(super) struct Ask<'a> {
    pub(super) state: &'a mut State,
    pub(super) vendor_id: &'a str,
    pub(super) place: &'a Place,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: &'a [u8],
    pub(super) now: Millis,
    /// The same page comes next, on request.
    pub(super) endless: bool,
}

pub(super) type Answered = Result<Answer, Answer>;

impl Ask<'_> {
    pub(super) fn dialect(&self) -> Dialect {
        if self.place.version >= 5 { Dialect::World } else { Dialect::Plain }
    }

    /// A parameter; an empty one is as good as none.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(key, _)| key == name)
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Answer> {
        self.one(name).ok_or_else(|| refused(&format!("{name} is required.")))
    }

    /// A number between 1 and `most`.
    pub(super) fn size(&self, name: &str, default: usize, most: usize) -> Result<usize, Answer> {
        match self.one(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(size)) if (1..=most).contains(&size) => Ok(size),
            Some(_) => Err(refused(&format!("{name} should be between 1 and {most}."))),
        }
    }

    /// The first and the last instant of whole Korean days. `less_than` days may lie between the two dates.
    pub(super) fn days(
        &self,
        names: [&str; 2],
        less_than: i64,
        too_wide: &str,
        with_offset: bool,
    ) -> Result<(Millis, Millis), Answer> {
        let day = |name: &str| {
            let text = self.needed(name)?;
            let text = if with_offset { text.strip_suffix("+09:00").unwrap_or_default() } else { text };
            time::parse_day(text).ok_or_else(|| refused(&format!("{name}: 날짜 형식이 올바르지 않습니다.")))
        };
        let (from, to) = (day(names[0])?, day(names[1])?);
        if to < from {
            return Err(refused(&format!("{} should not be before {}.", names[1], names[0])));
        }
        if (to - from) / DAY >= less_than {
            return Err(refused(too_wide));
        }
        Ok((from, to + DAY - 1))
    }

    /// Both instants of a search by the minute.
    pub(super) fn minutes(
        &self,
        names: [&str; 2],
        most: Millis,
        too_wide: &str,
        with_offset: bool,
    ) -> Result<(Millis, Millis), Answer> {
        let minute = |name: &str| {
            let text = self.needed(name)?;
            let text = if with_offset { text.strip_suffix("+09:00").unwrap_or_default() } else { text };
            time::parse_minute(text)
                .ok_or_else(|| refused(&format!("{name}: 날짜 형식이 올바르지 않습니다.")))
        };
        let (from, to) = (minute(names[0])?, minute(names[1])?);
        if to < from {
            return Err(refused(&format!("{} should not be before {}.", names[1], names[0])));
        }
        if to - from > most {
            return Err(refused(too_wide));
        }
        // The last minute counts as a whole.
        Ok((from, to + MINUTE - 1))
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body).map_err(|_| refused("JSON parse error: the body cannot be read."))
    }

    /// The same, which must name the vendor whose key it is.
    pub(super) fn json_of_vendor(&self) -> Result<Value, Answer> {
        let body = self.json()?;
        self.is_own(&body)?;
        Ok(body)
    }

    /// Whether an object names the vendor whose key it is.
    pub(super) fn is_own(&self, body: &Value) -> Result<(), Answer> {
        if body["vendorId"] == self.vendor_id { Ok(()) } else { Err(refused("Invalid vendor ID")) }
    }

    /// The number that the path names; 0, which nothing has, where it is none.
    pub(super) fn id(&self) -> u64 {
        self.place.id.parse().unwrap_or(0)
    }
}

/// What a page says of the next: the token, or on request that the same one comes next.
pub(super) fn next_page(ask: &Ask<'_>, name: &str, next: Option<String>) -> Option<String> {
    if ask.endless { Some(ask.one(name).unwrap_or("0").to_owned()) } else { next }
}
