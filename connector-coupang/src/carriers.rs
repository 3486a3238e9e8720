//! What Coupang calls the carriers. Lotte is `HYUNDAI`, Logen is `KGB`; `KOREX` was merged into `CJGLS`.
//! <https://developers.coupangcorp.com/hc/ko/articles/360034156033> (read 2026-11)

use connector_core::carrier::CarrierCode;

/// The seller's own delivery: any digits, and no tracking.
pub(crate) const DIRECT: &str = "DIRECT";

const fn code(carrier: &'static str, code: &'static str) -> CarrierCode {
    CarrierCode { carrier, code }
}

pub(crate) const CARRIERS: &[CarrierCode] = &[
    code("CJGLS", "CJGLS"),
    code("LOTTE", "HYUNDAI"),
    code("HANJIN", "HANJIN"),
    code("LOGEN", "KGB"),
    code("EPOST", "EPOST"),
    code("KDEXP", "KDEXP"),
    code("DAESIN", "DAESIN"),
    code("ILYANG", "ILYANG"),
    code("CHUNIL", "CHUNIL"),
    code("HDEXP", "HDEXP"),
    code("KUNYOUNG", "KUNYOUNG"),
    code("CVSNET", "CVS"),
    code("NONGHYUP", "NHLOGIS"),
    code("REGISTPOST", "REGISTPOST"),
    code("EMS", "EMS"),
    code("DHL", "DHL"),
    code("FEDEX", "FEDEX"),
    code("UPS", "UPS"),
    code("USPS", "USPS"),
    code("TNT", "TNT"),
];
