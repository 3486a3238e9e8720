//! Where a page of a list ended, as a text that callers only hand back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// How many entries a page has where none are asked for.
pub(crate) const DEFAULT_LIMIT: i64 = 50;

/// How many it has at most.
pub(crate) const MOST: i64 = 500;

/// The page size that was asked for.
pub(crate) fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(Problem::parameter("limit", format!("takes 1 to {MOST}"))),
    }
}

/// The cursor of a position in the list of that name.
pub(crate) fn encode<T: Serialize>(list: &str, position: &T) -> String {
    let text = serde_json::to_vec(&(list, position)).expect("positions are plain values");
    URL_SAFE_NO_PAD.encode(text)
}

/// The position that a cursor of that list holds.
pub(crate) fn decode<T: DeserializeOwned>(list: &str, cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    // No text of a database holds a zero character, so none of ours does.
    let bytes = bytes.filter(|bytes| !bytes.windows(6).any(|part| part == b"\\u0000"));
    let held = bytes.and_then(|bytes| serde_json::from_slice::<(String, T)>(&bytes).ok());
    match held {
        Some((of, position)) if of == list => Ok(Some(position)),
        _ => Err(Problem::parameter("cursor", "is none of this list's; take next_cursor as it came")),
    }
}

/// Cuts a list that was read with one entry more than the page has; returns whether there are more.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_into_its_own_list_only() {
        let cursor = encode("orders", &("2026-02-15", 7));
        let back: Option<(String, i64)> = decode("orders", Some(&cursor)).expect("its own list");
        assert_eq!(back, Some(("2026-02-15".to_owned(), 7)));
        let zero = encode("orders", &("\0", 7));
        assert!(decode::<(String, i64)>("orders", Some(&zero)).is_err());
        for (list, cursor) in [("logs", cursor.as_str()), ("orders", "x"), ("orders", ""), ("orders", "%%%")]
        {
            assert_eq!(decode::<(String, i64)>(list, Some(cursor)).expect_err("refused").status(), 422);
        }
    }

    #[test]
    fn limits_are_kept() {
        assert_eq!(limit(None).expect("a default"), 50);
        assert_eq!(limit(Some(500)).expect("the most"), 500);
        for odd in [0, -1, 501] {
            assert_eq!(limit(Some(odd)).expect_err("refused").status(), 422);
        }
    }
}
