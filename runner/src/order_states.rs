//! The table of order states and of the commands that each takes, as `docs/order-states.md` shows it.

use connector_core::OrderState;
use connector_core::command::{CommandName, moves};

fn meaning(state: OrderState) -> &'static str {
    match state {
        OrderState::PaymentWaiting => "ordered, not yet paid",
        OrderState::Paid => "paid, not yet confirmed by the seller",
        OrderState::Preparing => "confirmed by the seller, not yet shipped",
        OrderState::Shipped => "handed to the carrier",
        OrderState::Delivered => "delivered to the buyer",
        OrderState::Decided => "accepted by the buyer, or by the deadline",
        OrderState::CancelRequested => "the buyer asks to cancel",
        OrderState::Cancelled => "cancelled, paid or not",
        OrderState::ReturnRequested => "a return is open",
        OrderState::Returned => "returned",
        OrderState::ExchangeRequested => "an exchange is open",
        OrderState::Exchanged => "exchanged",
        OrderState::Unknown => "the platform's word is new to us; it stands in `status`",
    }
}

/// The page, as Markdown.
#[must_use]
pub fn markdown() -> String {
    let commands: Vec<CommandName> =
        CommandName::ALL.into_iter().filter(|command| moves(*command).is_some()).collect();
    let mut text = String::from(
        "# Order states\n\nOne list of states for every platform (`state` in `store_orders`); the platform's own word stands \
         beside it in `status`. A command is refused, before anything is sent, when the line's state as the platform shows it at \
         that moment does not take it. This page is made from the code: `runner/src/order_states.rs`.\n\n| State | Means |",
    );
    for command in &commands {
        text.push_str(&format!(" {} |", command.name()));
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(commands.len()));
    text.push('\n');
    for state in OrderState::ALL {
        text.push_str(&format!("| `{}` | {} |", state.name(), meaning(state)));
        for command in &commands {
            let moves = moves(*command).expect("only those that move");
            let cell = match (state, moves.objection(state)) {
                (OrderState::Unknown, _) => "as the platform says".to_owned(),
                (_, None) => format!("to `{}`", moves.to.name()),
                (_, Some(_)) => "-".to_owned(),
            };
            text.push_str(&format!(" {cell} |"));
        }
        text.push('\n');
    }
    text.push_str(
        "\nA line with an open claim takes none of them: the claim is answered first (`runner claims approve | reject`).\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_page_is_what_the_code_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/order-states.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(page, super::markdown(), "write this into {}:\n{}", path.display(), super::markdown());
    }
}
