//! Channels that sell the same pieces, and buyers who come in bursts.

use std::collections::VecDeque;

use simulator::Draw;

use super::Round;
use crate::cli::OversellArgs;

/// How long a burst lasts at most, in seconds.
const BURST: u64 = 300;

/// What somebody wants.
#[derive(Clone, Copy, Debug)]
struct Want {
    second: u32,
    channel: usize,
    sku: usize,
    pieces: i64,
}

/// What there is, and who wants what when: the same for every round.
pub(super) struct Demand {
    /// Pieces on the shelf, by product.
    pub(super) stock: Vec<i64>,
    wants: Vec<Want>,
}

impl Demand {
    /// Two buyers a second on average at a thousand products, half of them in bursts: within some minutes many want the same
    /// product, at all channels, as after a mention somewhere.
    pub(super) fn new(args: &OversellArgs) -> Self {
        let mut draw = Draw::new(args.seed);
        let mut below = |bound: u64| draw.below(bound.max(1));
        let skus = u64::from(args.skus);
        let stock = (0..skus).map(|_| 2 + below(20) as i64).collect();
        let (mut wants, seconds, channels) = (Vec::new(), u64::from(args.seconds), u64::from(args.channels));
        let buyers = 2 * seconds * skus / 1_000;
        while (wants.len() as u64) < buyers / 2 {
            let (start, sku) = (below(seconds), below(skus) as usize);
            for _ in 0..5 + below(16) {
                let second = start.saturating_add(below(BURST)) as u32;
                wants.push(Want {
                    second,
                    channel: below(channels) as usize,
                    sku,
                    pieces: 1 + below(2) as i64,
                });
            }
        }
        while (wants.len() as u64) < buyers {
            let (second, channel) = (below(seconds) as u32, below(channels) as usize);
            wants.push(Want { second, channel, sku: below(skus) as usize, pieces: 1 });
        }
        wants.sort_by_key(|want| want.second);
        Self { stock, wants }
    }
}

/// An order line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sale {
    pub(super) number: u64,
    pub(super) sku: usize,
    pub(super) pieces: i64,
    second: u32,
}

/// The channels while they sell.
pub(super) struct Market {
    /// What each channel shows, by channel and product.
    pub(super) shown: Vec<Vec<i64>>,
    /// Lines that nobody has read yet, by channel.
    unread: Vec<VecDeque<Sale>>,
    stock: Vec<i64>,
    /// Pieces sold, by product.
    pub(super) sold: Vec<i64>,
    wants: VecDeque<Want>,
    lines: u64,
    oversold: u64,
    refused: u64,
    told: u64,
    lost: u64,
    lag: u32,
    lost_percent: u64,
    draw: Draw,
}

impl Market {
    /// Every channel shows all that there is.
    pub(super) fn new(args: &OversellArgs, demand: &Demand) -> Self {
        let channels = args.channels as usize;
        Self {
            shown: vec![demand.stock.clone(); channels],
            unread: vec![VecDeque::new(); channels],
            sold: vec![0; demand.stock.len()],
            stock: demand.stock.clone(),
            wants: demand.wants.iter().copied().collect(),
            lines: 0,
            oversold: 0,
            refused: 0,
            told: 0,
            lost: 0,
            lag: args.lag,
            lost_percent: u64::from(args.lost),
            draw: Draw::new(args.seed ^ 0x6f76_6572),
        }
    }

    /// Sells what is wanted until this second.
    pub(super) fn sell(&mut self, second: u32) {
        while let Some(want) = self.wants.pop_front_if(|want| want.second <= second) {
            let shown = &mut self.shown[want.channel][want.sku];
            let left = self.stock[want.sku] - self.sold[want.sku];
            if *shown < want.pieces {
                self.refused += u64::from(left >= want.pieces);
                continue;
            }
            *shown -= want.pieces;
            self.lines += 1;
            self.oversold += u64::from(left < want.pieces);
            self.sold[want.sku] += want.pieces;
            let sale = Sale { number: self.lines, sku: want.sku, pieces: want.pieces, second: want.second };
            self.unread[want.channel].push_back(sale);
        }
    }

    /// The lines that a channel shows by then and that were not read yet.
    pub(super) fn read(&mut self, channel: usize, second: u32) -> Vec<Sale> {
        let lag = self.lag;
        let mut read = Vec::new();
        while let Some(sale) = self.unread[channel].pop_front_if(|sale| sale.second + lag <= second) {
            read.push(sale);
        }
        read
    }

    /// Tells a channel what to show; some of it is lost on the way.
    pub(super) fn tell(&mut self, channel: usize, sku: usize, pieces: i64) {
        self.told += 1;
        if self.draw.below(100) < self.lost_percent {
            self.lost += 1;
        } else {
            self.shown[channel][sku] = pieces;
        }
    }

    /// Changes what so many listings show, as an odd hand or another program does.
    pub(super) fn drift(&mut self, by: i64, count: usize) -> usize {
        let (channels, skus) = (self.shown.len() as u64, self.stock.len() as u64);
        let mut moved = std::collections::BTreeSet::new();
        while moved.len() < count {
            let (channel, sku) = (self.draw.below(channels) as usize, self.draw.below(skus) as usize);
            if moved.insert((channel, sku)) {
                self.shown[channel][sku] += by;
            }
        }
        moved.len()
    }

    /// How often channels were told something, and how much of it was lost.
    pub(super) fn calls(&self) -> (u64, u64) {
        (self.told, self.lost)
    }

    pub(super) fn forget_calls(&mut self) {
        (self.told, self.lost) = (0, 0);
    }

    pub(super) fn round(&self, interval: Option<u32>, buffer: i64) -> Round {
        Round {
            interval,
            buffer,
            lines: self.lines,
            oversold: self.oversold,
            refused: self.refused,
            told: self.told,
            lost: self.lost,
            agrees: None,
            drift: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> OversellArgs {
        OversellArgs { skus: 20, channels: 3, seconds: 600, seed: 7, lag: 5, lost: 0 }
    }

    #[test]
    fn the_same_seed_gives_the_same_demand_and_channels_alone_sell_what_is_not_there() {
        let demand = Demand::new(&OversellArgs { seconds: 20_000, ..args() });
        let sell = || {
            let mut market = Market::new(&args(), &demand);
            market.sell(u32::MAX);
            let round = market.round(None, 0);
            (round.lines, round.oversold)
        };
        let (lines, oversold) = sell();
        assert_eq!(sell(), (lines, oversold));
        assert!(lines > 100 && oversold > 0 && oversold < lines, "{oversold} of {lines}");
    }

    #[test]
    fn what_is_told_overwrites_and_orders_show_up_late() {
        let demand =
            Demand { stock: vec![5], wants: vec![Want { second: 10, channel: 0, sku: 0, pieces: 2 }] };
        let mut market = Market::new(&OversellArgs { skus: 1, channels: 2, ..args() }, &demand);
        market.sell(9);
        assert_eq!(market.shown, [[5], [5]]);
        market.sell(10);
        assert_eq!(market.shown, [[3], [5]]);
        assert!(market.read(0, 14).is_empty());
        market.tell(0, 0, 5);
        assert_eq!(market.shown, [[5], [5]], "it knew nothing of the sale");
        assert_eq!(market.read(0, 15).len(), 1);
        assert!(market.read(0, 99).is_empty(), "read once");
    }
}
