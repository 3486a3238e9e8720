//! Images that are uploaded, of which only how many there are is looked at.

use serde_json::{Value, json};

use super::Shelf;
use crate::answer::Answer;
use crate::instant::kst_day_number;

const MOST: usize = 10;
const KINDS: [&str; 4] = ["image/jpeg", "image/gif", "image/png", "image/bmp"];

impl Shelf<'_> {
    pub(super) fn upload(&self) -> Result<Answer, Answer> {
        let boundary = self
            .content_type
            .strip_prefix("multipart/form-data")
            .and_then(|rest| rest.split_once("boundary="))
            .map(|(_, boundary)| boundary.trim_matches('"'))
            .filter(|boundary| !boundary.is_empty())
            .ok_or_else(|| self.wrong("imageFiles", "TypeMismatch"))?;
        let text = String::from_utf8_lossy(self.body);
        let parts: Vec<&str> = text
            .split(&format!("--{boundary}"))
            .filter_map(|part| part.split_once("\r\n\r\n"))
            .map(|(head, _)| head)
            .filter(|head| head.contains(r#"name="imageFiles""#))
            .collect();
        if !(1..=MOST).contains(&parts.len()) {
            return Err(self.wrong("imageFiles", "NotValid"));
        }
        let is_image = |head: &str| {
            let head = head.to_ascii_lowercase();
            head.contains("filename=")
                && KINDS.iter().any(|kind| head.contains(&format!("content-type: {kind}")))
        };
        if !parts.iter().all(|head| is_image(head)) {
            return Err(self.wrong("imageFiles", "NotValid"));
        }
        self.store.shelf(|catalogue, _| {
            let day = kst_day_number(self.stamp.at);
            let images: Vec<Value> = parts
                .iter()
                .map(|_| {
                    catalogue.images += 1;
                    let number = 1_764_550_000_000_000_000 + catalogue.images;
                    json!({"url": format!("https://shop-phinf.pstatic.net/{day}_000/{number}_JPEG/image.jpg")})
                })
                .collect();
            Ok(Answer::json(200, json!({ "images": images }).to_string()).with_rows(parts.len()))
        })
    }
}
