//! A seller's shops at three simulated platforms, in which nobody acts but the seller: what one needs to open an account there,
//! and what each platform wants to know of a product beyond it.

use serde_json::{Value, json};
use simulator::{coupang, eleventh_street, smartstore};

/// A Smart Store without orders and without limits.
///
/// # Panics
/// Like the other two, when no port is free.
#[must_use]
pub fn market() -> smartstore::Market {
    let settings = smartstore::Settings { seller_acts: false, ..smartstore::Settings::unlimited() };
    let config = smartstore::Config { settings, ..smartstore::Config::of(0) };
    smartstore::Market::start(config).expect("a free port")
}

/// A vendor of Coupang without orders and without limits.
#[must_use]
pub fn vendor() -> coupang::Vendor {
    let settings = coupang::Settings { life_sells: false, rate: None, ..coupang::Settings::default() };
    let config = coupang::Config { settings, ..coupang::Config::of(0) };
    coupang::Vendor::start(config).expect("a free port")
}

/// A seller of 11st without orders, who may put so many new products on sale in a day.
#[must_use]
pub fn seller_of(registrations_per_day: u32) -> eleventh_street::Seller {
    let settings = eleventh_street::Settings {
        seller_acts: false,
        registrations_per_day,
        ..eleventh_street::Settings::default()
    };
    let config = eleventh_street::Config { settings, ..eleventh_street::Config::of(0) };
    eleventh_street::Seller::start(config).expect("a free port")
}

/// A seller of 11st without orders and without limits.
#[must_use]
pub fn seller() -> eleventh_street::Seller {
    seller_of(u32::MAX)
}

/// A shop at each platform.
pub struct Shops {
    /// At the Smart Store.
    pub market: smartstore::Market,
    /// At Coupang.
    pub vendor: coupang::Vendor,
    /// At 11st.
    pub seller: eleventh_street::Seller,
    /// Whether the platforms refuse what comes too fast, and the accounts keep their pace.
    pub has_limits: bool,
}

impl Shops {
    /// Opens all three without limits.
    #[must_use]
    pub fn open() -> Self {
        Self { market: market(), vendor: vendor(), seller: seller(), has_limits: false }
    }

    /// Opens all three with the platforms' own limits.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn with_limits() -> Self {
        let market = smartstore::Settings { seller_acts: false, ..smartstore::Settings::default() };
        let vendor = coupang::Settings { life_sells: false, ..coupang::Settings::default() };
        let market = smartstore::Config { settings: market, ..smartstore::Config::of(0) };
        let vendor = coupang::Config { settings: vendor, ..coupang::Config::of(0) };
        Self {
            market: smartstore::Market::start(market).expect("a free port"),
            vendor: coupang::Vendor::start(vendor).expect("a free port"),
            seller: seller_of(500),
            has_limits: true,
        }
    }

    /// What the server is told to open the accounts: Smart Store, Coupang, 11st.
    #[must_use]
    pub fn accounts(&self) -> [Value; 3] {
        let mut accounts =
            [market_account(&self.market), vendor_account(&self.vendor), seller_account(&self.seller)];
        if self.has_limits {
            for account in &mut accounts {
                account["config"].as_object_mut().expect("an object").remove("pace");
            }
        }
        accounts
    }

    /// How often a command took effect at Smart Store, Coupang and 11st.
    #[must_use]
    pub fn effects(&self, command: &str) -> [usize; 3] {
        [self.market.effects(), self.vendor.effects(), self.seller.effects()]
            .map(|effects| effects.iter().filter(|effect| effect.command == command).count())
    }
}

/// What the server is told to open an account at that Smart Store.
#[must_use]
pub fn market_account(market: &smartstore::Market) -> Value {
    json!({
        "platform": "naver", "name": "내 스마트스토어",
        "credentials": {"client_id": market.client_id(), "client_secret": market.client_secret()},
        "config": {"base_url": market.base_url(), "lookback_days": 3, "pace": "off"},
    })
}

/// The same of a vendor at Coupang, with the name under which orders are cancelled.
#[must_use]
pub fn vendor_account(vendor: &coupang::Vendor) -> Value {
    json!({
        "platform": "coupang", "name": "내 쿠팡 스토어",
        "credentials": {
            "access_key": vendor.access_key(), "secret_key": vendor.secret_key(), "vendor_id": vendor.vendor_id(),
        },
        "config": {"base_url": vendor.base_url(), "user_id": "simwing01", "lookback_days": 3, "pace": "off"},
    })
}

/// The same of a seller at 11st.
#[must_use]
pub fn seller_account(seller: &eleventh_street::Seller) -> Value {
    json!({
        "platform": "eleventh_street", "name": "내 11번가 스토어",
        "credentials": {"api_key": seller.api_key(), "seller_id": seller.seller_id()},
        "config": {"base_url": seller.base_url(), "lookback_days": 3, "pace": "off"},
    })
}

/// What each platform wants to know of any product beyond it: Smart Store, Coupang, 11st.
#[must_use]
pub fn terms() -> [Value; 3] {
    let market = json!({
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
    });
    let vendor = json!({
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
    });
    let seller = json!({
        "selMthdCd": "01", "dispCtgrNo": "1011634", "prdTypCd": "01", "rmaterialTypCd": "04", "orgnTypCd": "03",
        "suplDtyfrPrdClfCd": "01", "prdStatCd": "01", "minorSelCnYn": "Y", "ProductCertGroup": {"crtfGrpTypCd": "01"},
        "dlvCnAreaCd": "01", "dlvWyCd": "01", "bndlDlvCnYn": "Y", "dlvCstPayTypCd": "03", "jejuDlvCst": "3000",
        "islandDlvCst": "5000", "rtngdDlvCst": "3000", "exchDlvCst": "6000", "asDetail": ".", "rtngExchDetail": ".",
        "ProductNotification": {"type": "891045"},
    });
    [market, vendor, seller]
}
