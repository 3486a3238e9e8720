//! Where a page stands: in which list, of which shop, after how many rows.

use connector_core::{Error, Result};

/// The date by which orders are first found.
pub(crate) const ORDER_DATE: &str = "order_date";

/// A list that is read by days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Visits and page views.
    Store,
    /// Sales by product.
    Product,
    /// Visits by domain.
    Domain,
    /// Orders by one of their dates.
    Orders(&'static str),
}

const FIGURES: [List; 3] = [List::Store, List::Product, List::Domain];

/// Each date that the platform keeps of an order, so that each event brings the order again.
/// <https://developers.cafe24.com/docs/ko/api/admin/#orders> (read 2026-10)
const ORDERS: [List; 12] = [
    List::Orders(ORDER_DATE),
    List::Orders("pay_date"),
    List::Orders("shipbegin_date"),
    List::Orders("shipend_date"),
    List::Orders("cancel_request_date"),
    List::Orders("cancel_complete_date"),
    List::Orders("return_request_date"),
    List::Orders("return_complete_date"),
    List::Orders("exchange_request_date"),
    List::Orders("exchange_complete_date"),
    List::Orders("cancel_date"),
    List::Orders("purchaseconfirmation_date"),
];

impl List {
    /// The lists of a stream, in the order in which they are read; never empty.
    pub(crate) fn of(stream: &str) -> &'static [Self] {
        if stream == "orders" { &ORDERS } else { &FIGURES }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Product => "product",
            Self::Domain => "domain",
            Self::Orders(date_type) => date_type,
        }
    }
}

/// No list is longer; a larger offset has not been written by us.
const FARTHEST: usize = 1_000_000_000;

/// A page's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub list: List,
    pub shop_no: i64,
    pub offset: usize,
}

impl Place {
    /// `product/1/1000`
    pub(crate) fn token(self) -> String {
        format!("{}/{}/{}", self.list.name(), self.shop_no, self.offset)
    }

    /// Reads what [`Place::token`] wrote.
    ///
    /// # Errors
    /// `Decode` for anything else.
    pub(crate) fn parse(token: &str) -> Result<Self> {
        let mut parts = token.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let name = next();
        let list = FIGURES.into_iter().chain(ORDERS).find(|list| list.name() == name);
        match (list, next().parse(), next().parse()) {
            (Some(list), Ok(shop_no), Ok(offset)) if offset <= FARTHEST => Ok(Self { list, shop_no, offset }),
            _ => Err(Error::decode("the page token is none of this connector's")),
        }
    }

    /// The page after `rows` more rows.
    pub(crate) fn after(self, rows: usize) -> Self {
        Self { offset: self.offset + rows, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back() {
        for list in FIGURES.into_iter().chain(ORDERS) {
            let place = Place { list, shop_no: 2, offset: 1000 };
            assert_eq!(Place::parse(&place.token()).expect("its own token"), place);
        }
        for token in
            ["", "store", "store/1", "store/x/0", "moon/1/0", "store/1/-1", "store/1/18446744073709551615"]
        {
            assert!(Place::parse(token).is_err(), "{token:?}");
        }
    }
}
