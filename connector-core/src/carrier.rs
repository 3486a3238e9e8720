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
    carrier("LOTTE", "롯데택배", &["HYUNDAI", "현대택배", "롯데", "롯데(현대)택배"]),
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
    carrier("TEAMFRESH", "팀프레시", &["(주)팀프레시"]),
    carrier("PANTOS", "LX판토스", &["판토스", "범한판토스"]),
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
    // Couriers, makers that deliver themselves, freight and forwarding companies.
    carrier("ACIEXPRESS", "ACI", &[]),
    carrier("WIZWA", "WIZWA", &[]),
    carrier("SAMSUNG", "삼성전자물류", &[]),
    carrier("LGE", "LG전자물류", &[]),
    carrier("LOTTEGLOBAL", "롯데글로벌", &[]),
    carrier("AIRBOY", "에어보이익스프레스", &[]),
    carrier("APEX", "APEX(ECMS Express)", &[]),
    carrier("CJGLSINTL", "CJ대한통운 국제특송", &[]),
    carrier("DHLGLOBALMAIL", "DHL Global Mail", &[]),
    carrier("GSI", "GSI익스프레스", &[]),
    carrier("GSMNTON", "GSM NtoN", &[]),
    carrier("IPARCEL", "i-Parcel", &[]),
    carrier("TPL", "TPL", &[]),
    carrier("GPSLOGIX", "GPS LOGIX", &[]),
    carrier("SWGEXP", "성원글로벌", &[]),
    carrier("WOORI", "우리택배", &[]),
    carrier("HANIPS", "한의사랑택배", &[]),
    carrier("YONGMA", "용마로지스", &[]),
    carrier("SEBANG", "세방택배", &[]),
    carrier("HIPARCEL", "HI택배", &[]),
    carrier("WONDERSQUICK", "원더스퀵", &[]),
    carrier("DAEWOON", "대운글로벌", &[]),
    carrier("KGLNETWORKS", "KGL 네트웍스", &[]),
    carrier("LINEEXPRESS", "LineExpress", &[]),
    carrier("TWOFASTEXPRESS", "2fast익스프레스", &[]),
    carrier("CIALLOGITECH", "시알로지텍", &[]),
    carrier("CWAYEXPRESS", "cway express", &[]),
    carrier("ACEEXPRESS", "ACE Express", &[]),
    carrier("FOREVER", "퍼레버택배", &[]),
    carrier("HOMEINNO", "홈이노베이션로지스", &[]),
    carrier("GIANT", "자이언트", &[]),
    carrier("WINIADIMCHAE", "위니아딤채 본사설치", &[]),
    carrier("KOREAEXP", "고려택배", &[]),
    carrier("ANYTRACK", "애니트랙", &[]),
    carrier("WOORIHB", "우리한방택배", &[]),
    carrier("DAELIM", "대림통운", &[]),
    carrier("IKLOGIS", "IK 물류", &[]),
    carrier("SUNGHUN", "성훈 물류", &[]),
    carrier("YJSUK", "YJS글로벌(영국)", &[]),
    carrier("EUNHA", "은하쉬핑", &[]),
    carrier("YJSWORLD", "YJS글로벌(월드)", &[]),
    carrier("LOTOS", "LOTOS CORPORATION", &[]),
    carrier("ZENIEL", "제니엘시스템", &[]),
    carrier("EUROPARCEL", "Euro Parcel", &[]),
    carrier("LSERVICE", "엘서비스", &[]),
    carrier("LOGISVALLEY", "로지스밸리택배", &[]),
    carrier("FRESHSOLUTION", "프레시솔루션", &[]),
    carrier("POOLATHOME", "풀앳홈", &[]),
    carrier("JLOGIST", "제이로지스트", &[]),
    carrier("SMARTLOGIS", "스마트로지스", &[]),
    carrier("ETOMARS", "이투마스(ETOMARS)", &[]),
    carrier("CURUN", "큐런택배", &[]),
    carrier("QXPRESS", "큐익스프레스", &[]),
    carrier("TODAYPICKUP", "카카오T 당일배송", &["오늘의픽업"]),
    carrier("SBGLS", "SB GLS", &[]),
    carrier("LOTTECHILSUNG", "롯데칠성", &[]),
    carrier("LTL", "LTL", &[]),
    carrier("GTSLOGIS", "GTS로지스", &[]),
    carrier("HOMEPICKTODAY", "홈픽 오늘도착", &[]),
    carrier("BRIDGELOGIS", "브릿지 로지스", &[]),
    carrier("HIVECITY", "하이브시티", &[]),
    carrier("DOOBALHERO", "두발히어로", &[]),
    carrier("LOGISPARTNER", "로지스파트너", &[]),
    carrier("TODAY", "투데이", &[]),
    carrier("GLOVIS", "현대글로비스", &[]),
    carrier("ARGO", "ARGO", &[]),
    carrier("THEBAO", "더바오", &[]),
    carrier("PINGPONG", "핑퐁", &[]),
    carrier("HY", "HY", &[]),
    carrier("SAMDASOO", "삼다수 가정배송", &[]),
    carrier("WIDETECH", "와이드테크", &[]),
    carrier("ESTRA", "이스트라", &[]),
    carrier("NAEUN", "나은물류", &[]),
    carrier("CUBEFLOW", "큐브플로우", &[]),
    carrier("DILIBOX", "딜리박스", &[]),
    carrier("WINIONLOGIS", "위니온로직스", &[]),
    carrier("DELIRABBIT", "딜리래빗", &[]),
    carrier("PULMUONEWATER", "풀무원샘물", &[]),
    carrier("TSGLOGIS", "티에스지로지스", &[]),
    carrier("DEUNDEUN", "든든택배", &[]),
    carrier("MODENLOGIS", "모든로지스", &[]),
    carrier("STHESHIPPING", "에스더쉬핑", &[]),
    carrier("JWTNL", "제이더블유티엔엘", &[]),
    carrier("VENDORPIA", "벤더피아", &[]),
    carrier("HANSSEM", "한샘", &[]),
    carrier("JCLS", "JCLS", &[]),
    carrier("GKGLOBAL", "지케이글로벌", &[]),
    carrier("SEORIM", "서림물류", &[]),
    carrier("BRCH", "비알씨에이치", &[]),
    carrier("CASAMIA", "신세계까사", &[]),
    carrier("VALEX", "발렉스", &[]),
    carrier("BANYAN", "반얀로지스틱스", &[]),
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
