//! The words that calls may use where the platform lists them
//! (<https://apicenter.commerce.naver.com/docs/commerce-api/current>: `seller-dispatch-product-orders-pay-order-seller`
//! and the pages of the claim calls, read 2026-03-11).

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::smartstore::answer::Stamp;

pub(super) const DELIVERY_METHODS: [&str; 11] = [
    "DELIVERY",
    "GDFW_ISSUE_SVC",
    "VISIT_RECEIPT",
    "DIRECT_DELIVERY",
    "QUICK_SVC",
    "NOTHING",
    "RETURN_DESIGNATED",
    "RETURN_DELIVERY",
    "RETURN_INDIVIDUAL",
    "RETURN_MERCHANT",
    "UNKNOWN",
];

pub(super) const DELAY_REASONS: [&str; 6] =
    ["PRODUCT_PREPARE", "CUSTOMER_REQUEST", "CUSTOM_BUILD", "RESERVED_DISPATCH", "OVERSEA_DELIVERY", "ETC"];

pub(super) const CANCEL_REASONS: [&str; 7] = [
    "INTENT_CHANGED",
    "COLOR_AND_SIZE",
    "WRONG_ORDER",
    "PRODUCT_UNSATISFIED",
    "DELAYED_DELIVERY",
    "SOLD_OUT",
    "INCORRECT_INFO",
];

pub(super) const RETURN_REASONS: [&str; 11] = [
    "INTENT_CHANGED",
    "COLOR_AND_SIZE",
    "WRONG_ORDER",
    "PRODUCT_UNSATISFIED",
    "DELAYED_DELIVERY",
    "SOLD_OUT",
    "INCORRECT_INFO",
    "DROPPED_DELIVERY",
    "BROKEN",
    "WRONG_DELIVERY",
    "WRONG_OPTION",
];

/// Three E in one of them: so the platform writes it.
pub(super) const HOLDBACK_CLASSES: [&str; 14] = [
    "RETURN_DELIVERYFEE",
    "EXTRAFEEE",
    "RETURN_DELIVERYFEE_AND_EXTRAFEEE",
    "RETURN_PRODUCT_NOT_DELIVERED",
    "ETC",
    "EXCHANGE_DELIVERYFEE",
    "EXCHANGE_EXTRAFEE",
    "EXCHANGE_PRODUCT_READY",
    "EXCHANGE_PRODUCT_NOT_DELIVERED",
    "EXCHANGE_HOLDBACK",
    "SELLER_CONFIRM_NEED",
    "PURCHASER_CONFIRM_NEED",
    "SELLER_REMIT",
    "ETC2",
];

/// Every carrier's code.
const CARRIERS: &str = "\
    CJGLS HYUNDAI HANJIN KGB EPOST MTINTER 1004HOME TWOFASTEXPRESS ACE ACIEXPRESS ADCAIR AIRWAY APEX \
    ARAMEX ARGO AIRBOY KOREXG CUPARCEL CWAYEXPRESS DHL DHLDE DHLGLOBALMAIL DPD ECMSEXPRESS EFS EMS EZUSA \
    EUROPARCEL FEDEX GOP GOS GPSLOGIX GSFRESH GSIEXPRESS GSMNTON GSPOSTBOX CVSNET GS더프레시 GTSLOGIS HYBRID \
    HY IK KGLNET KT LGE LTL NDEXKOREA SBGLS SFEX SLX SSG TNT LOGISPARTNER UPS USPS WIZWA YJSWORLD YJS \
    YUNDA IPARCEL KY KUNYOUNG KDEXP KIN KORYO GDSP KOKUSAI GOODTOLUCK NAEUN NOGOK NONGHYUP HANAROMART \
    DAELIM DAESIN DAEWOON THEBAO DODOFLEX DONGGANG DONGJIN CHAINLOGIS DRABBIT JMNP ONEDAYLOGIS LINEEXP \
    ROADSUNEXPRESS LOGISVALLEY POOLATHOME LOTOS HLCGLOBAL LOTTECHILSUNG MDLOGIS DASONG BABABA BANPOOM \
    VALEX SHIPNERGY PANTOS VROONG BRIDGE EKDP SELC SEORIM SWGEXP SUNGHUN SEBANG SMARTLOGIS SPARKLE \
    SPASYS1 CRLX ANYTRACK ABOUTPET ESTHER VENDORPIA ACTCORE HKHOLDINGS NTLPS TODAYPICKUP RUSH ALLIN \
    ALLTAKOREA WIDETECH YONGMA DCOMMERCE WEVILL HONAM WOORIHB WOOJIN REGISTPOST WOONGJI WARPEX WINION \
    WIHTYOU WEMOVE UFREIGHT EUNHA INNOS EMARTEVERYDAY ESTLA ETOMARS GENERALPOST ILSHIN ILYANG GNETWORK \
    ZENIEL JLOGIST GENIEGO GDAKOREA GHSPEED JIKGUMOON CHUNIL CHOROC CHOROCMAEUL COSHIP KJT QRUN CUBEFLOW \
    QXPRESS HEREWEGO TOMATO TODAY TSG TEAMFRESH PATEK XINPATEK PANASIA PANSTAR FOREVER PULMUONE FREDIT \
    FRESHMATES KURLY PINGPONG HOWSER HIVECITY HANDALUM HANDEX HANMI HANSSEM HANWOORI HPL HDEXP HERWUZUG \
    GLOVIS HOMEINNO HOMEPICKTODAY HOMEPICK HOMEPLUSDELIVERY HOMEPLUSEXPRESS CARGOPLEASE HWATONG CH1 \
    LETUS LETUS3PL CASA GCS GKGLOBAL BRCH DNDN GONELO JCLS JWTNL GS25 CU";

/// Whether the platform knows that carrier.
pub(super) fn is_carrier(code: &str) -> bool {
    CARRIERS.split_ascii_whitespace().any(|known| known == code)
}

/// The members of a call's body. What it must hold and does not is 4000; what is of another kind than it must be, or
/// a word that the platform does not list, an empty one included, makes the whole body unreadable: 000400
/// (<https://github.com/commerce-api-naver/commerce-api/discussions/2114>, read 2026-03-11).
pub(super) struct Body<'a> {
    members: Map<String, Value>,
    stamp: &'a Stamp,
}

impl<'a> Body<'a> {
    pub(super) fn read(body: &[u8], stamp: &'a Stamp) -> Result<Self, Answer> {
        let members = serde_json::from_slice(body).map_err(|_| stamp.unreadable_body())?;
        Ok(Self { members, stamp })
    }

    pub(super) fn of(value: Value, stamp: &'a Stamp) -> Result<Self, Answer> {
        match value {
            Value::Object(members) => Ok(Self { members, stamp }),
            _ => Err(stamp.unreadable_body()),
        }
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A list of 1 to `most` elements.
    pub(super) fn list(&self, name: &str, most: usize) -> Result<Vec<Value>, Answer> {
        match self.member(name) {
            Some(Value::Array(list)) if (1..=most).contains(&list.len()) => Ok(list.clone()),
            None | Some(Value::Array(_)) => Err(self.stamp.bad_parameter(name)),
            Some(_) => Err(self.stamp.unreadable_body()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Answer> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.stamp.unreadable_body()),
        }
    }

    /// A text that must be there.
    pub(super) fn some_text(&self, name: &str) -> Result<String, Answer> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.stamp.bad_parameter(name))
    }

    pub(super) fn word(&self, name: &str, known: &[&str]) -> Result<Option<String>, Answer> {
        match self.text(name)? {
            Some(word) if !known.contains(&word.as_str()) => Err(self.stamp.unreadable_body()),
            word => Ok(word),
        }
    }

    /// A word that must be there.
    pub(super) fn some_word(&self, name: &str, known: &[&str]) -> Result<String, Answer> {
        self.word(name, known)?.ok_or_else(|| self.stamp.bad_parameter(name))
    }

    /// A carrier's code: not empty, and looked up later.
    pub(super) fn carrier(&self, name: &str) -> Result<Option<String>, Answer> {
        match self.text(name)? {
            Some(code) if code.is_empty() => Err(self.stamp.unreadable_body()),
            code => Ok(code),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Answer> {
        match self.member(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| self.stamp.unreadable_body()),
        }
    }

    /// A date that must be there, with milliseconds and offset.
    pub(super) fn date(&self, name: &str, lenient: bool) -> Result<crate::instant::Millis, Answer> {
        let text = self.text(name)?.ok_or_else(|| self.stamp.bad_parameter(name))?;
        crate::instant::parse_request_date(&text, lenient).ok_or_else(|| self.stamp.unreadable_body())
    }
}
