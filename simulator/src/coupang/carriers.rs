//! The carriers' codes, with how many digits their waybills have
//! (<https://developers.coupangcorp.com/hc/ko/articles/360034156033>).

/// Code, name, the numbers of digits that are taken; none is any number.
const CARRIERS: [(&str, &str, &[usize]); 26] = [
    ("CJGLS", "CJ 대한통운", &[10, 12]),
    ("KOREX", "대한통운", &[10, 12]),
    ("HANJIN", "한진택배", &[10, 12]),
    ("HYUNDAI", "롯데택배", &[10, 12, 13]),
    ("EPOST", "우체국", &[13]),
    ("KGB", "로젠택배", &[10, 11]),
    ("KDEXP", "경동택배", &[8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("ILYANG", "일양택배", &[8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("CHUNIL", "천일택배", &[11]),
    ("DAESIN", "대신택배", &[13]),
    ("HDEXP", "합동택배", &[8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("CVS", "편의점택배", &[10, 12]),
    (DIRECT, "업체직송", &[]),
    ("COUPANG", "쿠팡자체배송", &[]),
    ("KGBPS", "KGB택배", &[]),
    ("LOTTEGLOBAL", "롯데글로벌", &[]),
    ("SLX", "SLX택배", &[]),
    ("DHL", "DHL", &[10, 13, 20]),
    ("UPS", "UPS", &[]),
    ("FEDEX", "FEDEX", &[]),
    ("TNT", "TNT", &[]),
    ("USPS", "USPS", &[]),
    ("EMS", "EMS", &[]),
    ("REGISTPOST", "우편등기", &[]),
    ("NHLOGIS", "농협택배", &[]),
    ("YONGMA", "용마로지스", &[]),
];

/// The seller brings it himself.
pub(super) const DIRECT: &str = "DIRECT";

pub(super) fn is_known(code: &str) -> bool {
    CARRIERS.iter().any(|(known, ..)| *known == code)
}

/// The name that orders show.
pub(super) fn korean(code: &str) -> &'static str {
    CARRIERS.iter().find(|(known, ..)| *known == code).map_or("", |(_, name, _)| *name)
}

/// Whether a waybill of that carrier can have that number.
pub(super) fn is_number(code: &str, invoice: &str) -> bool {
    let digits = CARRIERS.iter().find(|(known, ..)| *known == code).map_or(&[][..], |(.., digits)| *digits);
    !invoice.is_empty()
        && invoice.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (digits.is_empty()
            || invoice.bytes().all(|byte| byte.is_ascii_digit()) && digits.contains(&invoice.len()))
}
