//! Carriers by their codes, the ways to send, and waybills.

/// The carriers that can be named when something is shipped
/// (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=112&apiSeq=1888&apiSpecType=1>, read 2026-10).
const CODES: &[u16] = &[
    2, 7, 11, 12, 21, 22, 23, 25, 26, 27, 34, 35, 36, 37, 38, 39, 40, 41, 42, 44, 45, 46, 47, 48, 49, 50, 51,
    52, 53, 54, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 77, 79, 80, 81, 82,
    83, 85, 86, 87, 88, 89, 90, 91, 92, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108,
    109, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130,
    131, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 151,
];

/// Those whose waybills are numbers only.
const NUMBERED: [&str; 5] = ["00034", "00012", "00011", "00007", "00002"];

pub(super) fn is_carrier(code: &str) -> bool {
    code.len() == 5 && code.parse().is_ok_and(|code: u16| CODES.contains(&code))
}

/// Whether a waybill can be of that carrier. The platform checks by rules that it does not publish; these are wider
/// than any of them.
pub(super) fn is_waybill(carrier: &str, waybill: &str) -> bool {
    if NUMBERED.contains(&carrier) {
        return (9..=14).contains(&waybill.len()) && waybill.bytes().all(|byte| byte.is_ascii_digit());
    }
    (5..=30).contains(&waybill.len()) && waybill.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// How something was sent, as lists write it: their codes are others than those of requests. `None` for a way that no
/// request knows.
pub(super) fn listed_method(asked: &str) -> Option<&'static str> {
    Some(match asked {
        "01" => "01",
        "02" => "04",
        "03" => "05",
        "04" => "06",
        "05" => "99",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriers_and_their_waybills() {
        assert_eq!(CODES.len(), 117);
        assert!(is_carrier("00034") && is_carrier("00151"));
        assert!(!is_carrier("34") && !is_carrier("00001") && !is_carrier("KOREX"));
        assert!(
            is_waybill("00034", "600000000001")
                && !is_waybill("00034", "60-0000")
                && !is_waybill("00034", "1")
        );
        assert!(is_waybill("00058", "EE000000000KR"));
    }
}
