//! A seller with a shop at each of three simulated platforms, and what these want to know of a product beyond it.

use serde_json::{Value, json};
use simulator::{coupang, eleventh_street, smartstore};

use crate::place::Caller;

/// Three shops with nothing but what they start with.
pub(crate) struct Shops {
    pub(crate) market: smartstore::Market,
    pub(crate) vendor: coupang::Vendor,
    pub(crate) seller: eleventh_street::Seller,
}

/// The accounts' ids here.
#[derive(Clone, Copy)]
pub(crate) struct Accounts {
    pub(crate) smartstore: i64,
    pub(crate) coupang: i64,
    pub(crate) eleventh_street: i64,
}

impl Shops {
    pub(crate) fn open() -> Self {
        let settings = smartstore::Settings { seller_acts: false, ..smartstore::Settings::unlimited() };
        let market = smartstore::Config { settings, ..smartstore::Config::of(0) };
        let settings = coupang::Settings { life_sells: false, rate: None, ..coupang::Settings::default() };
        let vendor = coupang::Config { settings, ..coupang::Config::of(0) };
        let settings =
            eleventh_street::Settings { seller_acts: false, ..eleventh_street::Settings::default() };
        let seller = eleventh_street::Config { settings, ..eleventh_street::Config::of(0) };
        Self {
            market: smartstore::Market::start(market).expect("a free port"),
            vendor: coupang::Vendor::start(vendor).expect("a free port"),
            seller: eleventh_street::Seller::start(seller).expect("a free port"),
        }
    }

    /// Adds the three accounts, as the guide does.
    pub(crate) fn join(&self, caller: &Caller<'_>) -> Accounts {
        let add = |platform: &str, name: &str, credentials: Value, mut config: Value| {
            config["pace"] = json!("off");
            let body =
                json!({"platform": platform, "name": name, "credentials": credentials, "config": config});
            caller.post("/platform-accounts", &body).expect(201)["id"].as_i64().expect("an id")
        };
        let Self { market, vendor, seller } = self;
        Accounts {
            smartstore: add(
                "naver",
                "내 스마트스토어",
                json!({"client_id": market.client_id(), "client_secret": market.client_secret()}),
                json!({"base_url": market.base_url()}),
            ),
            coupang: add(
                "coupang",
                "내 쿠팡 스토어",
                json!({
                    "access_key": vendor.access_key(), "secret_key": vendor.secret_key(), "vendor_id": vendor.vendor_id(),
                }),
                json!({"base_url": vendor.base_url(), "user_id": "simwing01"}),
            ),
            eleventh_street: add(
                "eleventh_street",
                "내 11번가 스토어",
                json!({"api_key": seller.api_key(), "seller_id": seller.seller_id()}),
                json!({"base_url": seller.base_url()}),
            ),
        }
    }

    /// How many products were made, by platform.
    pub(crate) fn made(&self) -> [usize; 3] {
        self.effects("create_listing")
    }

    /// How often that took effect, by platform.
    pub(crate) fn effects(&self, command: &str) -> [usize; 3] {
        [self.market.effects(), self.vendor.effects(), self.seller.effects()]
            .map(|effects| effects.iter().filter(|effect| effect.command == command).count())
    }
}

/// Says what each platform wants to know beyond the product.
pub(crate) fn say_terms(caller: &Caller<'_>, product: i64, accounts: Accounts) {
    for (account, platform) in [
        (accounts.smartstore, smartstore_terms()),
        (accounts.coupang, coupang_terms()),
        (accounts.eleventh_street, street_terms()),
    ] {
        caller
            .put(&format!("/products/{product}/listings/{account}"), &json!({"platform": platform}))
            .expect(200);
    }
}

fn smartstore_terms() -> Value {
    json!({
        "originProduct": {
            "statusType": "SALE",
            "leafCategoryId": "50000830",
            // It takes only pictures that were uploaded to it.
            "images": {"representativeImage": {"url": "https://shop-phinf.pstatic.net/20251201_000/1_JPEG/main.jpg"}},
            "detailAttribute": {
                "afterServiceInfo": {
                    "afterServiceTelephoneNumber": "02-0000-0000", "afterServiceGuideContent": "평일 10시부터 17시까지 상담",
                },
                "originAreaInfo": {"originAreaCode": "00"},
                "minorPurchasable": true,
                "productInfoProvidedNotice": {"productInfoProvidedNoticeType": "ETC"},
            },
        },
        "smartstoreChannelProduct": {"naverShoppingRegistration": false, "channelProductDisplayStatusType": "ON"},
    })
}

fn coupang_terms() -> Value {
    json!({
        "displayCategoryCode": 62_676,
        "saleStartedAt": "2026-11-21T00:00:00", "saleEndedAt": "2099-12-31T23:59:59",
        "deliveryMethod": "SEQUENCIAL", "deliveryCompanyCode": "CJGLS",
        "returnCenterCode": "1000274592", "returnZipCode": "06164", "returnAddress": "서울특별시 강남구 시험로 501",
        "outboundShippingPlaceCode": 74_010, "manufacture": "시험",
        "items": [{
            "outboundShippingTimeDay": 1,
            "notices": [{"noticeCategoryName": "기타 재화", "noticeCategoryDetailName": "품명 및 모델명", "content": "-"}],
            "attributes": [{"attributeTypeName": "수량", "attributeValueName": "1개"}],
        }],
    })
}

fn street_terms() -> Value {
    json!({
        "selMthdCd": "01", "dispCtgrNo": "1011634", "prdTypCd": "01", "rmaterialTypCd": "04", "orgnTypCd": "03",
        "suplDtyfrPrdClfCd": "01", "prdStatCd": "01", "minorSelCnYn": "Y", "ProductCertGroup": {"crtfGrpTypCd": "01"},
        "dlvCnAreaCd": "01", "dlvWyCd": "01", "bndlDlvCnYn": "Y", "dlvCstPayTypCd": "03", "jejuDlvCst": "3000",
        "islandDlvCst": "5000", "rtngdDlvCst": "3000", "exchDlvCst": "6000", "asDetail": ".", "rtngExchDetail": ".",
        "ProductNotification": {"type": "891045"},
    })
}
