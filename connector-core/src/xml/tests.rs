use bytes::Bytes;
use encoding_rs::EUC_KR;
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::error::ErrorKind;
use crate::http::Response;

fn answer(body: impl Into<Bytes>, content_type: Option<&'static str>) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = content_type {
        headers.insert("content-type", HeaderValue::from_static(content_type));
    }
    Response { status: StatusCode::OK, headers, body: body.into() }
}

fn korean(text: &str) -> Vec<u8> {
    EUC_KR.encode(text).0.into_owned()
}

#[test]
fn names_are_local_and_texts_unescaped() {
    let text = r#"<?xml version="1.0" encoding="euc-kr"?><!-- x -->
        <ns2:orders xmlns:ns2="http://a"><ns2:order kind="&lt;1&gt;"><nm> A&amp;B &#44620; &nbsp; &bogus; C & D</nm>
        <html><![CDATA[<b>1 & 2</b>]]></html><empty/><blank></blank></ns2:order></ns2:orders>"#;
    let root = Element::parse(text).expect("XML");
    assert_eq!(root.name(), "orders");
    let order = root.child("order").expect("an order");
    assert_eq!(order.child("nm").map(Element::text), Some(" A&B 까 &nbsp; &bogus; C & D"));
    assert_eq!(order.child("html").map(Element::text), Some("<b>1 & 2</b>"));
    assert_eq!((order.children().len(), order.text()), (4, ""), "blanks between elements are none of ours");
    let json: Value = serde_json::from_str(order.json().get()).expect("JSON");
    assert_eq!(json["@kind"], "<1>");
    assert!(!format!("{order:?}").contains("A&B"), "texts may be personal");
}

#[test]
fn what_is_no_document_is_refused_without_its_content() {
    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    for (text, word) in [
        ("", "no element"),
        ("hush", "no element"),
        ("<a><hush>", "cut off"),
        ("<a><hush", "cut off"),
        ("<a></hush>", "not XML"),
        ("<a/><hush/>", "two documents"),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///hush\">]><a>&x;</a>", "document type"),
        (deep.as_str(), "nested"),
    ] {
        let error = Element::parse(text).expect_err(word);
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(word), "{word}: {error}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn of_twins_the_first_that_holds_something_speaks() {
    let root = Element::parse("<a><b></b><b>1</b><b>2</b><c> </c></a>").expect("XML");
    assert_eq!(root.child("b").map(Element::text), Some("1"));
    assert_eq!(root.child("c").map(Element::text), Some(" "));
    assert_eq!(root.all("b").count(), 3);
    let mut root = root;
    root.set("b", "9");
    root.set("d", "4");
    assert_eq!(root.json().get(), r#"{"b":"9","c":" ","d":"4"}"#);
    root.remove("b");
    assert_eq!(root.json().get(), r#"{"c":" ","d":"4"}"#);
}

#[test]
fn nothing_is_lost_on_the_way_to_json_and_back() {
    let text = "<o><b>1</b><a x=\"1\">t</a><b>2</b><c><d>\"\n</d></c><e></e></o>";
    let element = Element::parse(text).expect("XML");
    let expected = json!({"b": ["1", "2"], "a": {"@x": "1", "#text": "t"}, "c": {"d": "\"\n"}, "e": ""});
    let json: Value = serde_json::from_str(element.json().get()).expect("JSON");
    assert_eq!(json, expected);
    assert!(element.json().get().starts_with(r#"{"b":["1","2"],"a""#), "the document's order");
    let back = Element::of_json("o", &json);
    assert_eq!(serde_json::from_str::<Value>(back.json().get()).expect("JSON"), expected);
    assert_eq!(
        Element::of_json("n", &json!({"a": null, "b": [1, true]})).markup(),
        "<n><a>null</a><b>1</b><b>true</b></n>"
    );
}

#[test]
fn the_label_decides_and_the_bytes_correct_it() {
    let hangul = "똠얌꿍 라면, 가";
    let labelled = |label: &str| format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>{hangul}</a>");
    for (body, content_type) in [
        (korean(&labelled("euc-kr")), None),
        (korean(&labelled("EUC-KR")), Some("text/xml;charset=utf-8")),
        (labelled("utf-8").into_bytes(), Some("text/xml;charset=EUC-KR")),
        (labelled("EUC-KR").into_bytes(), Some("text/xml;charset=EUC-KR")),
        (korean(&labelled("utf-8")), None),
        (korean(&labelled("nonsense")), None),
        (korean(&format!("<a>{hangul}</a>")), Some("application/xml; charset=\"EUC-KR\"")),
        (korean(&format!("<a>{hangul}</a>")), None),
        (format!("\u{feff}<a>{hangul}</a>").into_bytes(), None),
    ] {
        let answer = answer(body, content_type);
        let text = decode(&answer).expect("a known charset");
        let root = Element::parse(&text).expect("XML");
        assert_eq!(root.text(), hangul, "{content_type:?}");
    }
}

#[test]
fn two_bytes_that_could_be_either_are_what_the_label_says() {
    // 퓨 is C7 BB: valid UTF-8 for ǻ as well.
    let body = [&b"<?xml version=\"1.0\" encoding=\"euc-kr\"?><a>"[..], &[0xc7, 0xbb], b"</a>"].concat();
    let answer = answer(body, None);
    assert!(decode(&answer).expect("EUC-KR").contains("<a>퓨</a>"));
}

#[test]
fn a_cut_character_is_a_blemish_and_a_foreign_charset_an_error() {
    let mut body = korean("<a>서울특별시 가상구 예시로 십일번지 샘플동</a>");
    let end = body.len() - 5;
    body.remove(end);
    let text = answer(body, None);
    let text = decode(&text).expect("all but one character");
    assert!(text.contains('\u{fffd}') && text.ends_with("</a>"), "{text}");
    let noise: Vec<u8> = b"<a>".iter().copied().chain((0..60).flat_map(|_| [0xff, 0x20])).collect();
    let error = decode(&answer(noise, Some("text/xml;charset=euc-kr"))).expect_err("noise");
    assert_eq!(error.to_string(), "the answer is neither EUC-KR nor UTF-8");
}

#[test]
fn every_character_of_windows_949_comes_back() {
    let mut count = 0;
    for (lead, trail) in (0x81..=0xfe_u8).flat_map(|lead| (0x41..=0xfe_u8).map(move |trail| (lead, trail))) {
        let pair = [lead, trail];
        let (text, has_errors) = EUC_KR.decode_without_bom_handling(&pair);
        if has_errors || text.chars().count() != 1 {
            continue;
        }
        count += 1;
        let encoded = encode(&text);
        assert_eq!((encoded.bytes.as_slice(), encoded.lost.len()), (&pair[..], 0), "{text}");
    }
    // 8,226 characters of KS X 1001 and 8,822 syllables of the extension.
    assert_eq!(count, 17_048);
}

#[test]
fn what_windows_949_lacks_is_replaced_and_said() {
    let encoded = encode("가😀나😀é†");
    assert_eq!(encoded.lost, ['😀', 'é']);
    assert_eq!(EUC_KR.decode(&encoded.bytes).0, "가?나??†");
    assert!(encode("plain").lost.is_empty());
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(texts in proptest::collection::vec("[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,20}", 1..5)) {
        let element = texts.iter().enumerate().fold(Element::new("a"), |element, (index, text)| {
            element.with(&format!("b{}", index % 3), text.as_str())
        });
        let read = Element::parse(&element.markup()).expect("our own XML");
        prop_assert_eq!(read, element);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[<>/&;!\\[\\]a-c\"'= ?#x0-9-]{0,60}") {
        if let Ok(element) = Element::parse(&text) {
            prop_assert!(serde_json::from_str::<Value>(element.json().get()).is_ok_and(|json| json.is_object()));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(decode(&answer(bytes, Some("text/xml;charset=EUC-KR"))));
    }
}
