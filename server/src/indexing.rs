//! Making orders that came lately quick to find by words.

use std::time::Duration;

use crate::app::App;

/// How long what was stored may wait; till then it is found as well, line by line.
const EVERY: Duration = Duration::from_secs(1);

/// After a failure of the database, and between two parts of long work, in which others may write.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);
const BETWEEN_PARTS: Duration = Duration::from_millis(5);

/// Works off what is stored and not yet indexed, whichever program stored it, until the server is to end.
pub(crate) fn index_for_ever(app: &App) {
    let app = app.clone();
    app.tasks.clone().spawn(async move {
        let mut indexer = app.storage.order_indexer();
        while !app.stop.is_cancelled() {
            let pause = match indexer.work().await {
                Ok(true) => BETWEEN_PARTS,
                Ok(false) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "new orders are slow to find by words until this works again");
                    AFTER_A_FAILURE
                }
            };
            tokio::select! {
                () = app.stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    });
}
