//! The two shapes of the Analytics API: as it is, and as some specifications have it.
//!
//! Sources: <https://developers.cafe24.com/docs/en/api/cafe24data/> and the field lists generated from it in
//! <https://github.com/01Joseph-Hwang10/cafe24.js> (read 2026-10).

use chrono::NaiveDate;
use connector_core::http::Request;

use crate::settings::Settings;

/// The shape that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `/visitors/view?mall_id=…&start_date=…`, answered by `{"view": […]}`; product and domain rows bear no date.
    Live,
    /// `/api/v1/malls/{mall_id}/visitors/view?startDate=…`, answered by `{"data": […]}`; every row bears its date.
    Seed,
}

impl Dialect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Seed => "seed",
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Visits,
    PageViews,
    Sales,
    Domains,
}

impl Figure {
    /// The endpoint, which also names the operation.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::Visits => "visitors/view",
            Self::PageViews => "visitors/pageview",
            Self::Sales => "products/sales",
            Self::Domains => "visitpaths/domains",
        }
    }

    /// Where the rows may be, best first. The last part of the path fits every answer seen live; `data` is the other
    /// dialect's.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Visits => &["view", "data", "visitors"],
            Self::PageViews => &["pageview", "data"],
            Self::Sales => &["sales", "data"],
            Self::Domains => &["domains", "data"],
        }
    }
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub figure: Figure,
    pub shop_no: i64,
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub offset: usize,
}

impl Ask {
    pub(crate) fn request(self, dialect: Dialect, settings: &Settings) -> Request {
        let endpoint = self.figure.endpoint();
        let mut request = match dialect {
            Dialect::Live => {
                let request = Request::get(endpoint, format!("/{endpoint}"))
                    .query("mall_id", &settings.mall_id)
                    .query("shop_no", self.shop_no)
                    .query("start_date", self.first)
                    .query("end_date", self.last);
                let request = match self.figure {
                    Figure::Visits | Figure::PageViews => request.query("format_type", "day"),
                    Figure::Sales | Figure::Domains => request,
                };
                request.query("limit", settings.page_limit).query("offset", self.offset)
            }
            Dialect::Seed => {
                let path = format!("/api/v1/malls/{}/{endpoint}", settings.mall_id);
                let request = Request::get(endpoint, path)
                    .query("startDate", self.first)
                    .query("endDate", self.last)
                    .query("dateType", "day");
                // This shape knows no shops; the first one needs no naming.
                if self.shop_no == 1 { request } else { request.query("shop_no", self.shop_no) }
            }
        };
        if let Some(version) = settings.api_version.as_deref().and_then(|text| text.parse().ok()) {
            request.headers.insert("x-cafe24-api-version", version);
        }
        request
    }
}
