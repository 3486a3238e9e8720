//! 11st (11번가), as its seller API shows it: orders, claims, products and settlements, in XML of EUC-KR.
//!
//! It is written from the platform's guide (<https://openapi.11st.co.kr/openapi/OpenApiGuide.tmall>) and from what
//! clients saw beyond it. What it takes from them: one static key in the header `openapikey`, errors that come with 200,
//! lists without pages that end after 3,000 rows, changes of state that are GET requests, and what a confirmation or a
//! shipment takes along.
//!
//! Everything lies below `/rest`. A call is told apart by its key. The calls that only warehouses, bookings and notices
//! need are not offered; they are answered as what the platform does not know.

mod act;
mod carriers;
mod claim;
mod claim_commands;
mod claim_rows;
mod errors;
mod generate;
mod life;
mod listing;
mod listing_commands;
mod listing_reads;
mod order;
mod order_commands;
mod posted;
mod progress;
mod reads;
mod request;
mod rows;
mod seller;
mod settings;
mod state;
mod time;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::Method;

pub use act::Act;
pub use claim::{ClaimKind, ClaimTruth};
pub(crate) use errors::is_documented;
pub(crate) use life::{age, step};
pub use listing::{ListingTruth, SettlementTruth};
pub use order::{OrderTruth, Status};
pub use seller::{NewOrder, Seller};
pub use settings::Settings;

use self::order::LineKey;
use self::request::Element;
use self::state::State;
use crate::answer::Answer;
use crate::core::{Core, lock};
use crate::endpoint::{Endpoint, Platform};
use crate::fault::FaultKind;
use crate::instant::Millis;
use crate::life::Lived;
use crate::serve::{Arrival, Received};

/// An invented key, of the 32 letters that keys have.
pub const API_KEY: &str = "streetkey00000000000000000000001";
/// An invented seller.
pub const SELLER_ID: &str = "simseller";

/// A seller's account as it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The seller.
    pub seller_id: String,
    /// The key that names the seller in a call.
    pub api_key: String,
    /// How many order lines it has.
    pub orders: usize,
    /// Over how many days.
    pub days: u32,
    /// The same seed gives the same orders and products.
    pub seed: u64,
    /// How it behaves at first.
    pub settings: Settings,
}

impl Default for Config {
    /// An empty account without limits. The goods come with the first order.
    fn default() -> Self {
        Self {
            seller_id: SELLER_ID.to_owned(),
            api_key: API_KEY.to_owned(),
            orders: 0,
            days: 29,
            seed: 1,
            settings: Settings::default(),
        }
    }
}

impl Config {
    /// The same with so many order lines.
    #[must_use]
    pub fn of(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }

    /// The same as another seller with a key and orders of its own; number 0 is [`SELLER_ID`].
    #[must_use]
    pub fn number(self, number: u32) -> Self {
        if number == 0 {
            return self;
        }
        Self {
            seller_id: format!("{SELLER_ID}{number}"),
            api_key: format!("{}{:06}", &API_KEY[..26], number + 1),
            seed: self.seed.wrapping_add(u64::from(number) << 32),
            ..self
        }
    }
}

/// One account behind the simulator's doors.
#[derive(Debug)]
pub(crate) struct Premises {
    pub(crate) seller_id: Arc<str>,
    pub(crate) api_key: String,
    state: Mutex<State>,
    lived: Mutex<Lived<LineKey>>,
}

impl Premises {
    pub(crate) fn new(config: Config) -> Self {
        let mut state = State::new(&config.seller_id, config.seed, config.settings);
        generate::fill(&mut state, config.orders, config.days);
        Self {
            seller_id: config.seller_id.into(),
            api_key: config.api_key,
            state: Mutex::new(state),
            lived: Mutex::new(Lived::new(config.orders, config.days)),
        }
    }

    /// Taken before the state, where both are.
    pub(crate) fn lived(&self) -> MutexGuard<'_, Lived<LineKey>> {
        lock(&self.lived)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn now(&self, core: &Core) -> Millis {
        core.clock.now() + self.state().settings.clock_offset_ms
    }

    /// A buyer, a carrier or the platform does something: the claim that came of it, or what it was done to.
    pub(crate) fn deed(&self, core: &Core, deed: &Act) -> Option<String> {
        let now = self.now(core);
        self.act(core, |state| state.act(deed, now))
    }

    /// Lets somebody act; life counts from now for what was changed.
    fn act<T>(&self, core: &Core, act: impl FnOnce(&mut State) -> T) -> T {
        let life = core.clock.now() + core.life().ahead;
        let mut lived = self.lived();
        let mut state = self.state();
        let done = act(&mut state);
        for key in std::mem::take(&mut state.touched) {
            lived.stands(key, life);
        }
        done
    }
}

/// Whether the path is this platform's, which endpoint it is, and whose call.
pub(crate) fn route(core: &Core, received: &Received) -> Option<(Endpoint, Option<Arc<Premises>>)> {
    let is_ours = received.path == "/rest" || received.path.starts_with("/rest/");
    if core.sellers.is_empty() || !is_ours {
        return None;
    }
    let (endpoint, _) = placed(&received.method, &request::parts(&received.path));
    Some((endpoint, callee(core, key(received))))
}

fn key(received: &Received) -> Option<&str> {
    received.headers.get("openapikey").and_then(|key| key.to_str().ok()).filter(|key| !key.is_empty())
}

/// The seller of that key, or the only one.
fn callee(core: &Core, key: Option<&str>) -> Option<Arc<Premises>> {
    if core.sellers.len() == 1 {
        return core.sellers.values().next().cloned();
    }
    core.sellers.values().find(|seller| Some(&*seller.api_key) == key).cloned()
}

/// Which endpoint a path is, and how many of its parts are the name.
fn placed(method: &Method, parts: &[String]) -> (Endpoint, usize) {
    use Endpoint as E;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (get, put, post) = (method == Method::GET, method == Method::PUT, method == Method::POST);
    match parts[..] {
        ["ordservices", name, _, _] if get => match name {
            "standby" => (E::StreetStandby, 2),
            "complete" => (E::StreetComplete, 2),
            "packaging" => (E::StreetPackaging, 2),
            "shipping" => (E::StreetShipping, 2),
            "dlvcompleted" => (E::StreetDelivered, 2),
            "completed" => (E::StreetCompleted, 2),
            _ => (E::StreetUnknown, 0),
        },
        ["ordservices", "complete", _] if get => (E::StreetOrder, 2),
        ["ordservices", "reqpackaging", _, _, _, _, _] if get => (E::StreetConfirm, 2),
        ["ordservices", "reqdelivery", ..] if get && [7, 10, 11].contains(&parts.len()) => (E::StreetShip, 2),
        ["claimservice", "orderlistall", _] if get => (E::StreetOrderStates, 2),
        ["claimservice", "orderlistalladdr", _] if get => (E::StreetOrderAddresses, 2),
        ["claimservice", name, ..] if get => (of_claims(name, parts.len() - 2), 2),
        ["settlement", "settlementList", _, _] if get => (E::StreetSettlements, 2),
        ["prodmarketservice", "prodmarket"] if post => (E::StreetListings, 2),
        ["prodmarketservice", "prodmarket", "stocks"] if post => (E::StreetStocks, 3),
        ["prodmarketservice", "prodmarket", "stck", _] if get => (E::StreetStock, 3),
        ["prodmarketservice", "prodmarket", _] if get => (E::StreetListing, 2),
        ["prodmarketservice", "sellerprodcode", _] if get => (E::StreetListingsByCode, 2),
        ["prodservices", "stockqty", _] if put => (E::StreetSetStock, 2),
        ["prodservices", "product", "price", _, _] if get => (E::StreetSetPrice, 3),
        ["prodservices", "product"] if post => (E::StreetCreateListing, 2),
        ["prodservices", "product", _] if put => (E::StreetUpdateListing, 2),
        ["prodstatservice", "stat", "stopdisplay", _] if put => (E::StreetStopSale, 3),
        ["prodstatservice", "stat", "restartdisplay", _] if put => (E::StreetResumeSale, 3),
        _ => (E::StreetUnknown, 0),
    }
}

/// The claims' endpoint of that name with so many parts below it.
fn of_claims(name: &str, parts: usize) -> Endpoint {
    use Endpoint as E;
    match (name, parts) {
        ("cancelorders", 2) => E::StreetCancels,
        ("canceledorders", 2) => E::StreetCancelled,
        ("withdrawcanceledorders", 2) => E::StreetCancelsWithdrawn,
        ("officecancellist", 2) => E::StreetRevoked,
        ("returnorders", 2) => E::StreetReturns,
        ("returnedorders", 2) => E::StreetReturned,
        ("retractretorders", 2) => E::StreetReturnsWithdrawn,
        ("exchangeorders", 2) => E::StreetExchanges,
        ("exchangedorders", 2) => E::StreetExchanged,
        ("retractexcorders", 2) => E::StreetExchangesWithdrawn,
        ("reqrejectorder", 4) => E::StreetCancel,
        ("cancelreqconf", 3) => E::StreetApproveCancel,
        ("cancelreqreject", 7) | ("cancelreqrejectNEW", 9) => E::StreetRejectCancel,
        ("returnreqconf", 3) => E::StreetApproveReturn,
        ("returnreqreject", 5) => E::StreetRejectReturn,
        ("returnclaimdefer", 5) => E::StreetHoldReturn,
        ("exchangereqconf", 5) => E::StreetApproveExchange,
        ("exchangereqreject", 5) => E::StreetRejectExchange,
        _ => E::StreetUnknown,
    }
}

/// The platform's time and its answer.
pub(crate) fn answer(
    core: &Core,
    seller: Option<&Premises>,
    arrival: &Arrival<'_>,
    received: &Received,
    skew: Millis,
) -> (Millis, Answer) {
    let at = seller.map_or_else(|| core.clock.now(), |seller| seller.now(core)) + skew;
    let key = key(received);
    let Some(seller) = seller else {
        let code = if key.is_none() { 100 } else { 200 };
        return (at, errors::gateway(code, Settings::default().auth_status));
    };
    let body = request::body(received);
    if let Some(violation) = body.violation.as_ref().filter(|_| !received.body.is_empty()) {
        let text = format!("{}: {violation}", arrival.endpoint);
        core.ledger().violation(Platform::EleventhStreet, &seller.seller_id, text);
    }
    let answer = seller.act(core, |state| {
        if let Some(answer) = errors::fault(arrival, &state.settings) {
            return answer;
        }
        if let Some(code) = barred(&state.settings, key, &seller.api_key, arrival.endpoint) {
            return errors::gateway(code, state.settings.auth_status);
        }
        if !state.take(at) {
            return errors::too_many();
        }
        if arrival.meets(FaultKind::GrowingPage) {
            grow(state, at);
        }
        if body.violation.is_some() && state.settings.refuses_wrong_charset && !received.body.is_empty() {
            return errors::said(arrival.endpoint, 500, "요청 문서의 인코딩이 올바르지 않습니다.");
        }
        let endless = arrival.meets(FaultKind::EndlessMore);
        let answer = within(state, arrival.endpoint, received, body.root.as_ref(), endless, at);
        if arrival.meets(FaultKind::LateError) { Answer::html(500) } else { answer }
    });
    (at, answer)
}

/// The gateway's code for a call that does not come through: it looks at the key, the approval, the caller's address
/// and then the path.
fn barred(settings: &Settings, key: Option<&str>, known: &str, endpoint: Endpoint) -> Option<i32> {
    if key.is_none() {
        return Some(100);
    }
    if key != Some(known) || !settings.key_is_good {
        return Some(200);
    }
    if !settings.is_approved {
        return Some(300);
    }
    if !settings.is_address_registered {
        return Some(-500);
    }
    (endpoint == Endpoint::StreetUnknown).then_some(-997)
}

fn within(
    state: &mut State,
    endpoint: Endpoint,
    received: &Received,
    body: Option<&Element>,
    endless: bool,
    now: Millis,
) -> Answer {
    use Endpoint as E;
    let mut asked = request::parts(&received.path);
    let (_, name) = placed(&received.method, &asked);
    asked.drain(..name);
    let nothing = Element::default();
    match endpoint {
        E::StreetListings => listing_reads::search(state, body.unwrap_or(&nothing), endless),
        E::StreetListing => listing_reads::detail(state, &asked[0]),
        E::StreetListingsByCode => listing_reads::by_code(state, &asked[0]),
        E::StreetStock => listing_reads::stock(state, &asked[0]),
        E::StreetStocks => listing_reads::stocks(state, body.unwrap_or(&nothing)),
        E::StreetConfirm => order_commands::confirm(state, &asked, now),
        E::StreetShip => order_commands::ship(state, &asked, now),
        E::StreetCancel => order_commands::cancel(state, &asked, now),
        E::StreetSetStock => listing_commands::set_stock(state, &asked[0], body, now),
        E::StreetSetPrice => listing_commands::set_price(state, &asked[0], &asked[1], now),
        E::StreetStopSale | E::StreetResumeSale => {
            listing_commands::set_sale(state, endpoint, &asked[0], now)
        }
        E::StreetCreateListing => listing_commands::create(state, body, now),
        E::StreetUpdateListing => listing_commands::update(state, &asked[0], body, now),
        _ if endpoint.is_write() => claim_commands::answer(state, endpoint, &asked, now),
        _ => reads::answer(state, endpoint, &asked, now),
    }
}

/// An order more, and another line that goes on.
fn grow(state: &mut State, now: Millis) {
    let next = state.lines.values().find(|line| line.status == Status::Shipped).map(order::Line::key);
    if let Some(key) = next {
        state.deliver(&key, now);
    }
    generate::arrive(state, true, now);
}
