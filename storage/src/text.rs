//! What text a column can hold.

use std::borrow::Cow;

/// The text without U+0000, which PostgreSQL cannot hold; left out on both databases, so that both hold the same. Raw
/// JSON needs no such care: there the character stands escaped.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// The text as a part of a pattern of LIKE, with a backslash before what would be a joker.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
