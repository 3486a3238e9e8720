//! The Admin API's order list: by dates, by order numbers, and counted.

use chrono::NaiveDate;
use connector_core::http::{Client, Request};
use connector_core::sync::Window;
use connector_core::{Error, ErrorKind, FetchRequest, Fetched, Next, Page, Record, Result};

use crate::place::{List, Place};
use crate::{ADMIN, Cafe24, orders};

/// Orders on one page; one with its items takes about 4 KB.
pub(crate) const ORDERS_LIMIT: usize = 200;

/// No order beyond this place in a list can be reached: 422 `must be less than 15000`.
const ORDERS_WITHIN_REACH: usize = 15_000;

/// The widest range that the order list takes, in days: three months at the shortest.
const ORDERS_MAX_DAYS: i64 = 89;

impl Cafe24 {
    /// A page of orders by one of the dates that the platform keeps of them.
    pub(crate) async fn read_orders(&self, http: &Client, window: Window, place: Place) -> Result<Page> {
        let List::Orders(date_type) = place.list else {
            return Err(Error::unsupported("reading orders by this list"));
        };
        let (first, last) = window.days();
        let request = self
            .admin("/orders", place.shop_no, first, last)
            .query("date_type", date_type)
            .query("embed", "items")
            .query("limit", ORDERS_LIMIT)
            .query("offset", place.offset);
        let read = http.ask(request, orders::page).await?;
        let is_full = read.orders >= ORDERS_LIMIT;
        let next = place.after(ORDERS_LIMIT);
        let too_wide = if !is_full {
            false
        } else if place.offset == 0 && first < last {
            // Before many pages are read in vain.
            self.count(http, place.shop_no, date_type, first, last).await? > ORDERS_WITHIN_REACH
        } else {
            next.offset >= ORDERS_WITHIN_REACH
        };
        if too_wide {
            let message = format!("more than {ORDERS_WITHIN_REACH} orders from {first} to {last}");
            return Err(Error::new(ErrorKind::TooWide, message).in_operation(ADMIN));
        }
        let next = if is_full { Next::Page(next.token()) } else { Next::Done };
        Ok(Page { records: read.records, failures: read.failures, next, ..Page::default() })
    }

    /// How many orders a list has; none where the platform does not say.
    async fn count(
        &self,
        http: &Client,
        shop_no: i64,
        date_type: &'static str,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<usize> {
        let request = self.admin("/orders/count", shop_no, first, last).query("date_type", date_type);
        let count = orders::count(&http.send(request).await?);
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or_default())
    }

    /// A page of orders by order date, one shop after the other, cut to the window's very ends.
    pub(crate) async fn read_census(&self, http: &Client, window: Window, place: Place) -> Result<Page> {
        let mut page = self.read_orders(http, window, place).await?;
        page.records.retain(|record| match record {
            Record::Order(order) => (window.from..=window.to).contains(&order.ordered_at),
            _ => true,
        });
        if page.next == Next::Done
            && let Some(shop_no) = self.settings.shop_nos.iter().copied().find(|shop| *shop > place.shop_no)
        {
            page.next = Next::Page(Place { shop_no, offset: 0, ..place }.token());
        }
        Ok(page)
    }

    /// Orders by their ids, which begin with the day of the order: the list wants days in any case.
    pub(crate) fn orders_by_id(&self, ids: &[&str], shop_no: i64) -> Request {
        let day = |id: &&str| NaiveDate::parse_from_str(id.get(..8)?, "%Y%m%d").ok();
        let request = self.admin_request("/orders", shop_no);
        let days = (ids.iter().filter_map(day).min(), ids.iter().filter_map(day).max());
        let request = match days {
            (Some(first), Some(last)) if (last - first).num_days() < ORDERS_MAX_DAYS => {
                request.query("start_date", first).query("end_date", last).query("date_type", "order_date")
            }
            _ => request,
        };
        request
            .query("order_id", ids.join(","))
            .query("embed", "items")
            .query("limit", ids.len())
            .query("offset", "0")
    }

    pub(crate) fn admin(&self, path: &str, shop_no: i64, first: NaiveDate, last: NaiveDate) -> Request {
        self.admin_request(path, shop_no).query("start_date", first).query("end_date", last)
    }

    fn admin_request(&self, path: &str, shop_no: i64) -> Request {
        let url = format!("{}/api/v2/admin{path}", self.settings.mall_base_url);
        let mut request = Request::get(ADMIN, url).query("shop_no", shop_no);
        if let Some(version) = self.settings.admin_api_version.as_deref().and_then(|text| text.parse().ok()) {
            request.headers.insert("x-cafe24-api-version", version);
        }
        request
    }

    /// The lines of these keys, and all others of their orders.
    pub(crate) async fn fetch_orders(&self, http: &Client, request: &FetchRequest) -> Result<Fetched> {
        let ids = request.wholes(|line| Some(orders::order_of(line)));
        let mut fetched = Fetched::default();
        for shop_no in &self.settings.shop_nos {
            let read = http.ask(self.orders_by_id(&ids, *shop_no), orders::page).await?;
            fetched.records.extend(read.records);
            fetched.failures.extend(read.failures);
        }
        Ok(fetched)
    }
}
