//! Carriers, by codes that hold for every platform.
//!
//! A connector maps them to its platform's own ([`CarrierCode`]); a carrier that a platform does not know is refused, never
//! guessed: a parcel under a wrong carrier cannot be traced.

use crate::error::{Error, Result};

/// A carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Our code for it: capitals and digits.
    pub code: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Old codes and other names, as people and older programs write them.
    pub aliases: &'static [&'static str],
}

/// What one platform calls a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarrierCode {
    /// [`Carrier::code`].
    pub carrier: &'static str,
    /// The platform's own code.
    pub code: &'static str,
}

const fn carrier(code: &'static str, name: &'static str, aliases: &'static [&'static str]) -> Carrier {
    Carrier { code, name, aliases }
}

/// All carriers, the common ones first.
pub const CARRIERS: &[Carrier] = &[
    // 대한통운 was merged into CJ; older programs still write its code.
    carrier("CJGLS", "CJ대한통운", &["KOREX", "CJ", "대한통운", "CJ택배"]),
    carrier("LOTTE", "롯데택배", &["HYUNDAI", "현대택배", "롯데"]),
    carrier("HANJIN", "한진택배", &["한진"]),
    carrier("LOGEN", "로젠택배", &["KGB", "로젠"]),
    carrier("EPOST", "우체국택배", &["우체국", "우체국택배/등기"]),
    carrier("KDEXP", "경동택배", &["경동"]),
    carrier("DAESIN", "대신택배", &["대신"]),
    carrier("ILYANG", "일양로지스", &["일양", "일양택배"]),
    carrier("CHUNIL", "천일택배", &["천일"]),
    carrier("HDEXP", "합동택배", &["합동"]),
    carrier("KUNYOUNG", "건영택배", &["건영"]),
    carrier("CVSNET", "CVSnet 편의점택배", &["CVS", "GS편의점택배", "CVSnet편의점택배"]),
    carrier("CUPARCEL", "CU 편의점택배", &["CU", "CU편의점택배"]),
    carrier("NONGHYUP", "농협택배", &["NHLOGIS", "농협"]),
    carrier("SLX", "SLX택배", &["SLX"]),
    carrier("HOMEPICK", "홈픽택배", &["홈픽"]),
    carrier("TEAMFRESH", "팀프레시", &[]),
    carrier("PANTOS", "LX판토스", &["판토스"]),
    carrier("GENERALPOST", "일반우편", &[]),
    carrier("REGISTPOST", "우편등기", &["등기"]),
    carrier("EMS", "EMS", &[]),
    carrier("DHL", "DHL", &[]),
    carrier("FEDEX", "FedEx", &["Fedex"]),
    carrier("UPS", "UPS", &[]),
    carrier("USPS", "USPS", &[]),
    carrier("TNT", "TNT Express", &[]),
    carrier("DPD", "DPD", &[]),
    carrier("ARAMEX", "Aramex", &[]),
    carrier("OTHER", "기타", &["기타택배"]),
];

/// The carrier of that code, name or alias; capitals and blanks do not matter.
#[must_use]
pub fn find(name: &str) -> Option<&'static Carrier> {
    let wanted = plain(name);
    CARRIERS.iter().find(|carrier| {
        [carrier.code, carrier.name].iter().chain(carrier.aliases).any(|known| plain(known) == wanted)
    })
}

/// The code of a carrier in a platform's own list; what is no neutral name may be one of the platform's codes.
pub(crate) fn code_at(known: &'static [CarrierCode], name: &str) -> Result<&'static str> {
    let neutral = find(name).and_then(|carrier| known.iter().find(|code| code.carrier == carrier.code));
    let own = || known.iter().find(|code| plain(code.code) == plain(name));
    neutral.or_else(own).map(|code| code.code).ok_or_else(|| {
        Error::config(format!("the platform knows no carrier {name:?}"))
            .with_fix("see `runner carriers` for those that there are")
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_means_one_carrier() {
        let mut names = HashSet::new();
        for carrier in CARRIERS {
            let own: HashSet<String> =
                [carrier.code, carrier.name].iter().chain(carrier.aliases).map(|name| plain(name)).collect();
            for name in own {
                assert!(names.insert(name.clone()), "{name} means two carriers");
            }
        }
    }

    #[test]
    fn an_old_code_and_a_name_mean_the_carrier() {
        for name in ["CJGLS", "korex", "CJ 대한통운", "대한통운"] {
            assert_eq!(find(name).map(|carrier| carrier.code), Some("CJGLS"), "{name}");
        }
        assert_eq!(find("pigeon"), None);
    }

    #[test]
    fn a_platforms_own_code_is_taken_and_an_unknown_one_refused() {
        const KNOWN: &[CarrierCode] = &[CarrierCode { carrier: "CJGLS", code: "00034" }];
        for name in ["KOREX", "00034"] {
            assert_eq!(code_at(KNOWN, name).expect("known"), "00034");
        }
        assert!(code_at(KNOWN, "HANJIN").is_err(), "a carrier that the platform does not have");
        assert!(code_at(KNOWN, "pigeon").is_err());
    }
}
