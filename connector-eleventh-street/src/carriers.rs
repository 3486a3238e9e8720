//! What the platform calls the carriers: all codes of its shipping call.
//!
//! Source: <https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall?categoryNo=112&apiSeq=1888&apiSpecType=1> (read 2026-09).

use connector_core::carrier::CarrierCode;

const fn code(carrier: &'static str, code: &'static str) -> CarrierCode {
    CarrierCode { carrier, code }
}

pub(crate) const CARRIERS: &[CarrierCode] = &[
    code("CJGLS", "00034"),
    code("LOTTE", "00012"),
    code("HANJIN", "00011"),
    code("EPOST", "00007"),
    code("LOGEN", "00002"),
    code("KDEXP", "00026"),
    code("DAESIN", "00021"),
    code("ILYANG", "00022"),
    code("CHUNIL", "00027"),
    code("KUNYOUNG", "00037"),
    code("HDEXP", "00035"),
    code("CVSNET", "00060"),
    code("CUPARCEL", "00061"),
    code("NONGHYUP", "00067"),
    code("OTHER", "00099"),
    code("ACIEXPRESS", "00023"),
    code("WIZWA", "00025"),
    code("SAMSUNG", "00036"),
    code("LGE", "00038"),
    code("DHL", "00039"),
    code("LOTTEGLOBAL", "00040"),
    code("PANTOS", "00041"),
    code("AIRBOY", "00042"),
    code("APEX", "00044"),
    code("CJGLSINTL", "00045"),
    code("DHLGLOBALMAIL", "00046"),
    code("FEDEX", "00047"),
    code("GSI", "00048"),
    code("GSMNTON", "00049"),
    code("IPARCEL", "00050"),
    code("TNT", "00051"),
    code("TPL", "00052"),
    code("UPS", "00053"),
    code("USPS", "00054"),
    code("GPSLOGIX", "00056"),
    code("SWGEXP", "00057"),
    code("EMS", "00058"),
    code("WOORI", "00062"),
    code("SLX", "00063"),
    code("HANIPS", "00064"),
    code("YONGMA", "00065"),
    code("SEBANG", "00066"),
    code("HIPARCEL", "00068"),
    code("WONDERSQUICK", "00069"),
    code("HOMEPICK", "00070"),
    code("DAEWOON", "00071"),
    code("KGLNETWORKS", "00072"),
    code("LINEEXPRESS", "00073"),
    code("TWOFASTEXPRESS", "00074"),
    code("CIALLOGITECH", "00077"),
    code("CWAYEXPRESS", "00079"),
    code("ACEEXPRESS", "00080"),
    code("FOREVER", "00081"),
    code("HOMEINNO", "00082"),
    code("GIANT", "00083"),
    code("WINIADIMCHAE", "00085"),
    code("KOREAEXP", "00086"),
    code("ANYTRACK", "00087"),
    code("WOORIHB", "00088"),
    code("DAELIM", "00089"),
    code("IKLOGIS", "00090"),
    code("SUNGHUN", "00091"),
    code("YJSUK", "00092"),
    code("EUNHA", "00094"),
    code("YJSWORLD", "00095"),
    code("LOTOS", "00096"),
    code("ZENIEL", "00097"),
    code("EUROPARCEL", "00098"),
    code("LSERVICE", "00100"),
    code("LOGISVALLEY", "00101"),
    code("FRESHSOLUTION", "00102"),
    code("POOLATHOME", "00103"),
    code("JLOGIST", "00104"),
    code("SMARTLOGIS", "00105"),
    code("ETOMARS", "00106"),
    code("CURUN", "00107"),
    code("QXPRESS", "00108"),
    code("TODAYPICKUP", "00109"),
    code("SBGLS", "00111"),
    code("LOTTECHILSUNG", "00112"),
    code("LTL", "00113"),
    code("GTSLOGIS", "00114"),
    code("HOMEPICKTODAY", "00115"),
    code("TEAMFRESH", "00116"),
    code("BRIDGELOGIS", "00117"),
    code("HIVECITY", "00118"),
    code("DOOBALHERO", "00119"),
    code("LOGISPARTNER", "00120"),
    code("TODAY", "00121"),
    code("GLOVIS", "00122"),
    code("ARGO", "00123"),
    code("THEBAO", "00124"),
    code("PINGPONG", "00125"),
    code("HY", "00126"),
    code("SAMDASOO", "00127"),
    code("WIDETECH", "00128"),
    code("ESTRA", "00129"),
    code("NAEUN", "00130"),
    code("CUBEFLOW", "00131"),
    code("DILIBOX", "00133"),
    code("WINIONLOGIS", "00134"),
    code("DELIRABBIT", "00135"),
    code("PULMUONEWATER", "00136"),
    code("TSGLOGIS", "00137"),
    code("DEUNDEUN", "00138"),
    code("MODENLOGIS", "00139"),
    code("STHESHIPPING", "00140"),
    code("JWTNL", "00141"),
    code("VENDORPIA", "00142"),
    code("HANSSEM", "00143"),
    code("JCLS", "00144"),
    code("GKGLOBAL", "00145"),
    code("SEORIM", "00146"),
    code("BRCH", "00147"),
    code("CASAMIA", "00148"),
    code("VALEX", "00149"),
    code("BANYAN", "00151"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use connector_core::carrier::find;

    use super::*;
    use crate::SPEC;

    #[test]
    fn every_code_belongs_to_one_known_carrier() {
        let codes: HashSet<&str> = CARRIERS.iter().map(|carrier| carrier.code).collect();
        let carriers: HashSet<&str> = CARRIERS.iter().map(|carrier| carrier.carrier).collect();
        assert_eq!((CARRIERS.len(), codes.len(), carriers.len()), (117, 117, 117));
        for carrier in CARRIERS {
            assert_eq!(find(carrier.carrier).map(|found| found.code), Some(carrier.carrier));
            assert!(carrier.code.len() == 5 && carrier.code.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn people_and_older_programs_name_carriers_in_many_ways() {
        for (name, code) in [
            ("KOREX", "00034"),
            ("CJ대한통운", "00034"),
            ("한진택배", "00011"),
            ("HYUNDAI", "00012"),
            ("롯데(현대)택배", "00012"),
            ("우체국택배/등기", "00007"),
            ("오늘의픽업", "00109"),
            ("00151", "00151"),
        ] {
            assert_eq!(SPEC.carrier(name).expect(name), code, "{name}");
        }
        for unknown in ["pigeon", "00001", "", "REGISTPOST"] {
            assert!(SPEC.carrier(unknown).is_err(), "{unknown:?} must not become some other carrier");
        }
    }
}
