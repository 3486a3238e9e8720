//! The platform's XML, as far as all answers are alike: roots, rows, texts, numbers, times.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use connector_core::http::{Request, Response};
use connector_core::time::{kst_date, parse_kst};
use connector_core::xml::{self, Element};
use connector_core::{Error, ErrorKind, Page, Record, Result, Unread};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::value::RawValue;

/// Lists end after so many rows, whatever more there are.
/// <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=110&apiSeq=1876&apiSpecType=1> (read 2026-09)
pub(crate) const MOST_ROWS: usize = 3_000;

/// An answer as a tree.
///
/// # Errors
/// `Decode` for what is no XML.
pub(crate) fn document(response: &Response) -> Result<Element> {
    Element::parse(&xml::decode(response)?)
}

/// The answer was expected to be something else; roots are local names, so no content is quoted.
pub(crate) fn unexpected(root: &Element, expected: &str) -> Error {
    let known = root.name().len() <= 40 && root.name().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let name = if known { root.name() } else { "something else" };
    Error::decode(format!("the answer is <{name}> where <{expected}> was expected"))
}

/// The rows of an order or claim list. No rows are told by code 0, in claim lists also by -1 ([`crate::fault`] has read
/// whatever else a code says).
///
/// # Errors
/// `Decode` for another root, `TooWide` when the list may go on behind its last row.
pub(crate) fn rows(root: &Element) -> Result<Vec<Row<'_>>> {
    // The guide misspells prefixes and even roots, never this local name.
    if root.name() != "orders" {
        return Err(unexpected(root, "orders"));
    }
    let rows: Vec<Row<'_>> = root.all("order").map(Row).collect();
    if rows.is_empty() && root.child("result_code").is_none() && !root.is_leaf() {
        return Err(Error::decode("the answer holds neither orders nor a result code"));
    }
    if rows.len() >= MOST_ROWS {
        let message = format!("a list of {} rows, behind which it may go on", rows.len());
        return Err(Error::new(ErrorKind::TooWide, message));
    }
    Ok(rows)
}

/// A row of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a>(pub &'a Element);

impl<'a> Row<'a> {
    /// A text that is there, without the blanks around it.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        let child = self.0.child(name).filter(|child| child.is_leaf())?;
        Some(child.text().trim()).filter(|text| !text.is_empty())
    }

    /// A code, number or time: there the platform writes `null` for nothing. A name may well be that word.
    pub(crate) fn word(self, name: &str) -> Option<&'a str> {
        self.text(name).filter(|word| *word != "null")
    }

    pub(crate) fn owned(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A whole number, such as `6,000`.
    ///
    /// # Errors
    /// What is wrong with it, without its content.
    pub(crate) fn number(self, name: &str) -> Result<Option<i64>, String> {
        let wrong = || format!("{name} is not a whole number");
        if self.0.child(name).is_some_and(|child| !child.is_leaf()) {
            return Err(wrong());
        }
        self.word(name).map(|word| whole(word).ok_or_else(wrong)).transpose()
    }

    /// A number that must be there.
    pub(crate) fn require(self, name: &str) -> Result<i64, String> {
        self.number(name)?.ok_or_else(|| format!("{name} is missing"))
    }

    pub(crate) fn time(self, name: &str) -> Option<DateTime<Utc>> {
        self.word(name).and_then(time)
    }

    pub(crate) fn date(self, name: &str) -> Option<NaiveDate> {
        self.time(name).map(kst_date)
    }

    /// A number that is a name: digits, kept as they are.
    pub(crate) fn id(self, name: &str) -> Result<&'a str, String> {
        let word = self.word(name).ok_or_else(|| format!("{name} is missing"))?;
        let fits = word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then_some(word).ok_or_else(|| format!("{name} is no number"))
    }

    /// The order line: `{ordNo}-{ordPrdSeq}`.
    pub(crate) fn line(self) -> Result<String, String> {
        Ok(format!("{}-{}", self.id("ordNo")?, self.id("ordPrdSeq")?))
    }

    /// The platform's own object as a record keeps it, with `code` in the element `name`: a list's place is a part of what the
    /// platform says, where a row does not say it itself.
    pub(crate) fn told(self, name: &str, code: &str) -> Box<RawValue> {
        if self.word(name).is_some() {
            return self.0.json();
        }
        let mut told = self.0.clone();
        told.set(name, code);
        told.json()
    }
}

/// The page of some rows, each read by `read`.
pub(crate) fn page<'a>(
    rows: impl IntoIterator<Item = Row<'a>>,
    mut read: impl FnMut(Row<'a>) -> Result<Record, Unread>,
) -> Page {
    let mut page = Page::default();
    for row in rows {
        page.take(read(row), || row.0.json());
    }
    page
}

/// Order number and line number of a line's key.
pub(crate) fn parts(line: &str) -> Option<(&str, &str)> {
    line.rsplit_once('-').filter(|(order, seq)| !order.is_empty() && !seq.is_empty())
}

fn whole(word: &str) -> Option<i64> {
    let plain: Cow<'_, str> = if word.contains(',') { word.replace(',', "").into() } else { word.into() };
    match plain.split_once('.') {
        Some((digits, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') => {
            digits.parse().ok()
        }
        Some(_) => None,
        None => plain.parse().ok(),
    }
}

/// A time in any of the platform's forms: `2026-01-15 09:12:03`, `2026/01/15`, `20260115`, `202601150912`.
pub(crate) fn time(word: &str) -> Option<DateTime<Utc>> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    match word.len() {
        8 if digits => parse_kst(&format!("{}-{}-{}", &word[..4], &word[4..6], &word[6..])),
        12 if digits => parse_kst(&format!(
            "{}-{}-{} {}:{}",
            &word[..4],
            &word[4..6],
            &word[6..8],
            &word[8..10],
            &word[10..]
        )),
        _ => parse_kst(&word.replace('/', "-")),
    }
}

/// The request with a body in EUC-KR, as all of the platform's examples send it. Characters that EUC-KR lacks are replaced by
/// question marks, and named in the log.
pub(crate) fn with_body(mut request: Request, body: &Element) -> Request {
    let text = format!("<?xml version=\"1.0\" encoding=\"EUC-KR\"?>{}", body.markup());
    let encoded = xml::encode(&text);
    if !encoded.lost.is_empty() {
        let lost: Vec<String> =
            encoded.lost.iter().map(|lost| format!("U+{:04X}", u32::from(*lost))).collect();
        tracing::warn!(
            operation = request.operation,
            characters = lost.join(" "),
            "11st takes EUC-KR, which lacks some characters: a question mark is sent for each"
        );
    }
    request.body = Some(encoded.bytes.into());
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=EUC-KR"));
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_with_commas_and_null() {
        let element =
            Element::parse("<o><a>6,000</a><b>null</b><c> 12 </c><d>1.50</d><e>3.00</e><f/><g><h/></g></o>")
                .expect("XML");
        let row = Row(&element);
        assert_eq!(row.number("a"), Ok(Some(6_000)));
        assert_eq!(row.number("b"), Ok(None));
        assert_eq!(row.number("c"), Ok(Some(12)));
        assert_eq!(row.number("d"), Err("d is not a whole number".into()));
        assert_eq!(row.number("e"), Ok(Some(3)));
        assert_eq!((row.number("f"), row.number("none")), (Ok(None), Ok(None)));
        assert_eq!(row.number("g"), Err("g is not a whole number".into()));
        assert_eq!(row.require("f"), Err("f is missing".into()));
    }

    #[test]
    fn null_is_nothing_in_codes_and_a_word_in_names() {
        let element = Element::parse("<o><dlvMthdCd>null</dlvMthdCd><ordNm>null</ordNm></o>").expect("XML");
        assert_eq!(Row(&element).word("dlvMthdCd"), None);
        assert_eq!(Row(&element).text("ordNm"), Some("null"));
    }

    #[test]
    fn times_come_in_five_forms() {
        let expected = parse_kst("2026-01-15 09:12:00");
        assert!(expected.is_some());
        for text in ["2026-01-15 09:12:00", "2026/01/15 09:12:00", "202601150912"] {
            assert_eq!(time(text), expected, "{text}");
        }
        for text in ["2026-01-15", "2026/01/15", "20260115"] {
            assert_eq!(time(text), parse_kst("2026-01-15"), "{text}");
        }
        for text in ["", "null", "2026011", "99999999", "202601159999", "soon", "2026년1월"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_split_at_its_last_dash() {
        assert_eq!(parts("20260115000123401-2"), Some(("20260115000123401", "2")));
        assert_eq!((parts("20260115000123401"), parts("-1"), parts("1-")), (None, None, None));
    }

    #[test]
    fn a_list_of_three_thousand_rows_is_too_wide() {
        let list = |count: usize| format!("<orders>{}</orders>", "<order/>".repeat(count));
        let whole = Element::parse(&list(MOST_ROWS - 1)).expect("XML");
        assert_eq!(rows(&whole).expect("a whole list").len(), MOST_ROWS - 1);
        let full = Element::parse(&list(MOST_ROWS)).expect("XML");
        assert_eq!(rows(&full).expect_err("perhaps not whole").kind(), ErrorKind::TooWide);
    }

    #[test]
    fn an_answer_without_rows_must_say_so() {
        let read = |text: &str| rows(&Element::parse(text).expect("XML")).map(|rows| rows.len());
        assert_eq!(read("<orders><result_code>0</result_code></orders>").expect("none"), 0);
        assert_eq!(read("<n2:orders xmlns:n2='x'/>").expect("none"), 0);
        for other in ["<orders><x/></orders>", "<products/>", "<ResultOrder/>"] {
            assert_eq!(read(other).expect_err(other).kind(), ErrorKind::Decode);
        }
    }

    #[test]
    fn a_body_is_euc_kr_and_lacks_are_marked() {
        let body = Element::new("Product").with("prdNm", "똠 <이어폰> 😀");
        let request = with_body(Request::post("product", "/x"), &body);
        let bytes = request.body.expect("a body");
        let (text, _, broken) = encoding_rs::EUC_KR.decode(&bytes);
        assert!(!broken);
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"EUC-KR\"?><Product><prdNm>똠 &lt;이어폰&gt; ?</prdNm></Product>"
        );
        assert_eq!(request.headers["content-type"], "text/xml;charset=EUC-KR");
    }
}
