//! What text a column can hold, and how it is compared.

use std::borrow::Cow;

use diesel::sql_types::Text;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Latin letters as small ones; SQLite leaves other scripts alone.
    fn lower(text: Text) -> Text;
}

/// The text without U+0000, which PostgreSQL cannot hold; left out on both databases, so that both hold the same. Raw
/// JSON needs no such care: there the character stands escaped.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// A pattern of LIKE for what holds this text, with a backslash as the escape. [`lower`] on both sides makes it blind to case.
pub(crate) fn holding(text: &str) -> String {
    format!("%{}%", escaped(&clean(text)))
}

/// The text as a part of a pattern of LIKE, with a backslash before what would be a joker.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
