//! Answers in XML, as the platform writes them: elements in alphabetical order, bytes in windows-949 under the name of
//! EUC-KR.

use encoding_rs::EUC_KR;

use crate::answer::Answer;

/// The content type of every answer of the API.
pub(super) const CONTENT_TYPE: &str = "text/xml;charset=EUC-KR";
/// The namespace that the lists' outer elements are in.
const NAMESPACE: &str = "http://skt.tmall.business.openapi.spring.service.client.domain/";

/// The elements of one row.
#[derive(Debug, Default)]
pub(super) struct Row(Vec<(&'static str, String)>);

impl Row {
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.push((name, value.to_string()));
        self
    }

    /// The row inside an element, its own elements with that prefix.
    pub(super) fn within(mut self, element: &str) -> String {
        self.0.sort_unstable_by_key(|(name, _)| *name);
        let mut out = format!("<{element}>");
        for (name, value) in &self.0 {
            out += &format!("<{name}>{}</{name}>", escaped(value));
        }
        out + &format!("</{element}>\n")
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A list whose root is in the platform's namespace.
pub(super) fn list(root: &str, inside: &str) -> String {
    format!("<ns2:{root} xmlns:ns2=\"{NAMESPACE}\">\n{inside}</ns2:{root}>\n")
}

/// The whole answer: declaration and root. What windows-949 has no letter for becomes a reference.
pub(super) fn reply(root: &str) -> Answer {
    let text = format!("<?xml version=\"1.0\" encoding=\"euc-kr\" standalone=\"yes\"?>\n{root}");
    let (bytes, ..) = EUC_KR.encode(&text);
    Answer { content_type: CONTENT_TYPE, ..Answer::json(200, bytes.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_escaped_and_in_windows_949() {
        let row =
            Row::default().with("sellerDscPrc", 0).with("selPrc", 8_900).with("prdNm", "똠얌꿍 <A&B> 🍜");
        let answer = reply(&list("orders", &row.within("ns2:order")));
        let text = EUC_KR.decode(&answer.body).0.into_owned();
        assert!(text.contains(
            "<ns2:order><prdNm>똠얌꿍 &lt;A&amp;B&gt; &#127836;</prdNm><selPrc>8900</selPrc><sellerDscPrc>0</sellerDscPrc>"
        ));
        // 똠 is one of the syllables that KS X 1001 lacks.
        assert!(answer.body.windows(2).any(|pair| pair == [0x8c, 0x63]));
        assert!(answer.body.starts_with(b"<?xml version=\"1.0\" encoding=\"euc-kr\""));
    }
}
