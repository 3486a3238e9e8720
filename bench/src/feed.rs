//! The reading half of the bare loops: token, list by window, details by 300, eight at once.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Deserialize;
use simulator::smartstore::{CLIENT_ID, CLIENT_SECRET, signature};
use simulator::{Millis, kst_text, machine_now};
use tokio::sync::{Mutex, mpsc};

use crate::http::Connection;

/// Ids of one query, and rows of one page.
pub(crate) const PAGE: usize = 300;
const AT_ONCE: usize = 8;
const DAY: Millis = 24 * 3_600_000;

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Feed<'a> {
    #[serde(borrow)]
    data: Option<Changes<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes<'a> {
    #[serde(borrow)]
    last_change_statuses: Vec<Change<'a>>,
    more: Option<More>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    product_order_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct More {
    more_from: String,
    more_sequence: String,
}

/// Reads every order of the last `days` and hands the body of each answer with details to `take`, on the thread that
/// received it.
pub(crate) async fn read_all(
    address: SocketAddr,
    days: u32,
    take: impl Fn(Vec<u8>) -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<()> {
    let mut connection = Connection::open(address).await?;
    let authorization = format!("Authorization: Bearer {}\r\n", token(&mut connection).await?);
    let (batches, queue) = mpsc::channel::<Vec<String>>(AT_ONCE);
    let queue = Arc::new(Mutex::new(queue));
    let take = Arc::new(take);
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let (queue, take) = (Arc::clone(&queue), Arc::clone(&take));
        let headers = format!("{authorization}Content-Type: application/json\r\n");
        workers.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            loop {
                let batch = queue.lock().await.recv().await;
                let Some(ids) = batch else { return io::Result::Ok(()) };
                let body = format!(
                    r#"{{"productOrderIds":["{}"],"quantityClaimCompatibility":true}}"#,
                    ids.join("\",\"")
                );
                let path = "/external/v1/pay-order/seller/product-orders/query";
                take(connection.call("POST", path, &headers, body.as_bytes()).await?)?;
            }
        }));
    }
    list(&mut connection, &authorization, days, &batches).await?;
    drop(batches);
    for worker in workers {
        worker.await.map_err(io::Error::other)??;
    }
    Ok(())
}

/// Walks the list in windows of a day and sends batches of ids.
async fn list(
    connection: &mut Connection,
    authorization: &str,
    days: u32,
    batches: &mpsc::Sender<Vec<String>>,
) -> io::Result<()> {
    let end = machine_now() - 1_000;
    let mut start = end - Millis::from(days) * DAY;
    let mut pending: Vec<String> = Vec::with_capacity(2 * PAGE);
    while start < end {
        let to = (start + DAY).min(end);
        let (mut from, mut sequence) = (kst_text(start), None);
        loop {
            let mut target = format!(
                "/external/v1/pay-order/seller/product-orders/last-changed-statuses?lastChangedFrom={}&lastChangedTo={}",
                from.replace('+', "%2B"),
                kst_text(to).replace('+', "%2B")
            );
            if let Some(sequence) = sequence {
                target += &format!("&moreSequence={sequence}");
            }
            let body = connection.call("GET", &target, authorization, b"").await?;
            let feed: Feed<'_> = serde_json::from_slice(&body)?;
            let Some(data) = feed.data else { break };
            pending.extend(data.last_change_statuses.iter().map(|change| change.product_order_id.to_owned()));
            while pending.len() >= PAGE {
                let rest = pending.split_off(PAGE);
                batches.send(std::mem::replace(&mut pending, rest)).await.map_err(io::Error::other)?;
            }
            let Some(more) = data.more else { break };
            (from, sequence) = (more.more_from, Some(more.more_sequence));
        }
        // Both ends are included.
        start = to + 1;
    }
    if !pending.is_empty() {
        batches.send(pending).await.map_err(io::Error::other)?;
    }
    Ok(())
}

async fn token(connection: &mut Connection) -> io::Result<String> {
    let timestamp = (machine_now() - 3_000).to_string();
    let sign = signature(CLIENT_ID, CLIENT_SECRET, &timestamp).expect("the market's own secret");
    let form = format!(
        "client_id={CLIENT_ID}&timestamp={timestamp}&grant_type=client_credentials&client_secret_sign={sign}&type=SELF"
    );
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = connection.call("POST", "/external/v1/oauth2/token", headers, form.as_bytes()).await?;
    Ok(serde_json::from_slice::<Token>(&body)?.access_token)
}
