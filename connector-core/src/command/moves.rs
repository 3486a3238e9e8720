//! Which command an order line can be given in which state: the neutral part of every platform's rules.

use super::CommandName;
use crate::record::OrderState;

/// The states from which a command may be given, and the state that it leads to.
#[derive(Clone, Copy, Debug)]
pub struct Moves {
    /// The command.
    pub command: CommandName,
    /// Where it may be given.
    pub from: &'static [OrderState],
    /// Where it leads once the platform has done its part.
    pub to: OrderState,
}

/// The moves of order lines that a seller makes. What buyers, carriers and deadlines do is the platform's.
const MOVES: [Moves; 3] = [
    Moves { command: CommandName::Confirm, from: &[OrderState::Paid], to: OrderState::Preparing },
    Moves {
        command: CommandName::Ship,
        from: &[OrderState::Paid, OrderState::Preparing],
        to: OrderState::Shipped,
    },
    Moves {
        command: CommandName::Cancel,
        from: &[OrderState::PaymentWaiting, OrderState::Paid, OrderState::Preparing],
        to: OrderState::Cancelled,
    },
];

/// The moves of order lines by command; `None` for what is not done to an order line.
#[must_use]
pub fn moves(command: CommandName) -> Option<&'static Moves> {
    MOVES.iter().find(|moves| moves.command == command)
}

impl Moves {
    /// Why the command cannot be given in `state`; `None` where it can. An unknown state speaks against nothing: the platform
    /// decides.
    #[must_use]
    pub fn objection(&self, state: OrderState) -> Option<String> {
        if state == OrderState::Unknown || self.from.contains(&state) {
            return None;
        }
        let why = match state {
            OrderState::CancelRequested | OrderState::ReturnRequested | OrderState::ExchangeRequested => {
                "the buyer has made a claim that must be answered first"
            }
            OrderState::Cancelled | OrderState::Returned | OrderState::Exchanged => "it is over",
            OrderState::PaymentWaiting => "it is not paid",
            _ => "it is past that",
        };
        Some(format!("the order line is {}: {why}", state.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_claim_blocks_every_move() {
        for moves in &MOVES {
            for state in
                [OrderState::CancelRequested, OrderState::ReturnRequested, OrderState::ExchangeRequested]
            {
                let objection = moves.objection(state).expect("blocked");
                assert!(objection.contains("claim"), "{objection}");
            }
        }
    }

    #[test]
    fn every_move_leads_out_of_where_it_begins() {
        for moves in &MOVES {
            assert!(!moves.from.contains(&moves.to), "{:?}", moves.command);
            assert!(moves.from.iter().all(|state| moves.objection(*state).is_none()));
            assert!(moves.objection(moves.to).is_some());
            assert!(moves.objection(OrderState::Unknown).is_none());
        }
        assert!(super::moves(CommandName::SetStock).is_none());
    }
}
