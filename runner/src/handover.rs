//! What one process tells the next about an application's calls: those that are spent stay spent.

use connector_core::http::{Before, CallsLeft, Client};
use storage::Session;

/// A note of the application: its accounts share the limits, each perhaps in a process of its own.
const NOTE: &str = "calls_left";

/// Lets `client` go on with the calls that those before it left. A holder that vanished may have spent them all a moment
/// ago. Should a note be unreadable, the platform's own answers tell what is left.
pub(crate) async fn take(session: &Session, client: &Client) {
    let now = session.now();
    if session.follows_a_loss() {
        client.go_on(Before::Unknown, now);
    }
    match session.notes_of_application(NOTE, &application(client)).await {
        Ok(notes) => {
            let left = notes.iter().filter_map(|note| serde_json::from_str::<CallsLeft>(note).ok());
            left.for_each(|left| client.go_on(Before::Left(left), now));
        }
        Err(error) => tracing::debug!(%error, "the calls that were left cannot be read"),
    }
}

/// Leaves word of the calls that `client` has spent, unless all are there again.
pub(crate) async fn leave(session: &Session, client: &Client) {
    let Some(left) = client.calls_left(session.now()) else { return };
    let note = serde_json::to_string(&left).expect("numbers and times can be written");
    if let Err(error) = session.note_for_application(NOTE, &application(client), &note).await {
        tracing::debug!(%error, "the calls that are left could not be noted");
    }
}

fn application(client: &Client) -> String {
    let connector = client.connector();
    format!("{} {}", connector.base_url(), connector.application())
}
