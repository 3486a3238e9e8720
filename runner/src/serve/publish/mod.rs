//! Telling a platform of products: what is not there is put on sale, what differs is changed.
//!
//! Nothing is put on sale twice. Everything is sent under a key that is drawn once for the whole sync, so that whoever takes
//! the sync over from a dead process is given what that process achieved. Before a product is made the platform is asked for
//! its code, and one that may have been sent a moment ago is waited for until the platform would show it.

mod plan;
mod sale;
mod source;
mod tally;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use connector_core::{CommandName, ErrorKind, Mode};
use server::host::{Ended, Reading, StreamResult};
use storage::{
    Accepted, ConnectorRow, IntentFilter, ListingFilter, ListingRow, ProductFilter, ProductRow, Pushed,
    Refused, SaleMark,
};
use tokio_util::sync::CancellationToken;

use self::plan::{AWAITED_FOR, Known, Plan, Planned};
use self::sale::Sale;
use self::source::{CHUNK, Source};
use self::tally::Tally;
use super::reading;
use crate::account::open_account;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::write::{Calls, WriteResult, add, resolve_counted, write_counted};

/// Rows of one look-up: more than the options of a chunk of products.
const MANY: i64 = 100_000;

/// Tells the account's platform of these products, or of all that its owner has.
pub(super) async fn publish(
    context: &Context,
    progress: &Arc<Progress>,
    row: &ConnectorRow,
    product_ids: &[i64],
    key: &str,
    stop: &CancellationToken,
) -> Vec<StreamResult> {
    let mut tally = Tally::default();
    let calls = Calls::default();
    let done = async {
        if row.mode != Mode::Api.name() {
            return Err(Error::usage(
                format!("{:?} is in fixture mode: there is no platform to write to", row.title()),
                format!("PATCH /api/v1/platform-accounts/{} {{\"mode\": \"api\", …}}", row.id),
            ));
        }
        let account = open_account(context, row).await?;
        let offers = account.connector.spec().commands.iter().map(|command| command.name).collect();
        // What an earlier process has left in doubt: only then is it known what is there.
        resolve_counted(context, std::slice::from_ref(row), stop, &calls).await?;
        let publisher = Publisher { context, row, key, offers, calls: &calls, stop };
        publisher.all(Source::new(product_ids), &mut tally).await
    };
    let done = done.await;
    tally.calls(calls.count());
    match done {
        Err(error) => {
            let counted = tally.result();
            vec![StreamResult {
                ended: if stop.is_cancelled() { Ended::Interrupted } else { Ended::Failed },
                message: Some(error.to_string()),
                fix: Some(error.fix().to_owned()),
                code: Some("account".to_owned()),
                ..counted
            }]
        }
        Ok(is_all_shown) => {
            let mut results = vec![tally.result()];
            // What the platform has taken and did not show when it was looked for.
            if !is_all_shown && !stop.is_cancelled() {
                let listings =
                    Reading { streams: vec!["listings".to_owned()], from: None, to: None, is_chosen: false };
                let read = reading::read(context, progress, row, &listings, stop.child_token());
                results.extend(read.await);
            }
            results
        }
    }
}

struct Publisher<'a> {
    context: &'a Context,
    row: &'a ConnectorRow,
    key: &'a str,
    offers: Vec<CommandName>,
    calls: &'a Calls,
    stop: &'a CancellationToken,
}

/// What is left of a chunk for later.
#[derive(Default)]
struct Left {
    /// Products that may have been sent a moment ago.
    later: Vec<i64>,
    until: Option<DateTime<Utc>>,
    /// Whether the platform has taken something that it did not show.
    is_unshown: bool,
    /// Why it takes no new products for now.
    full: Option<Refused>,
}

impl Publisher<'_> {
    /// Whether everything that the platform has taken is stored.
    async fn all(&self, mut source: Source<'_>, tally: &mut Tally) -> Result<bool> {
        let mut left = Left::default();
        while let Some(chunk) = source.next(self.context, self.row).await? {
            if self.stop.is_cancelled() {
                tally.is_interrupted = true;
                return Ok(true);
            }
            chunk.gone.iter().for_each(|id| tally.gone(*id));
            self.chunk(&chunk.products, tally, &mut left, true).await?;
        }
        let later = std::mem::take(&mut left.later);
        if let Some(until) = left.until {
            let pause = (until - self.context.clock.now()).to_std().unwrap_or_default();
            tracing::info!(
                connector.id = self.row.id,
                products = later.len(),
                "{}: waiting {} s for products that may have been sent before",
                self.row.name,
                pause.as_secs()
            );
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => {}
            }
        }
        for ids in later.chunks(CHUNK) {
            if self.stop.is_cancelled() {
                tally.is_interrupted = true;
                return Ok(true);
            }
            let filter = ProductFilter { ids: ids.to_vec(), ..ProductFilter::default() };
            let products = self.context.storage.products(filter, None, MANY).await?;
            self.chunk(&products, tally, &mut left, false).await?;
        }
        Ok(!left.is_unshown)
    }

    async fn known(&self, products: &[ProductRow]) -> Result<Known<'_>> {
        let storage = &self.context.storage;
        let ids: Vec<i64> = products.iter().map(|product| product.id).collect();
        let now = self.context.clock.now();
        let terms = storage.channel_terms(ids.clone(), Some(self.row.id)).await?.into_iter();
        let filter =
            ListingFilter { connector_ids: vec![self.row.id], product_ids: ids, ..ListingFilter::default() };
        let mut listings: HashMap<i64, Vec<ListingRow>> = HashMap::new();
        for listing in storage.listings(filter, None, MANY).await? {
            listings.entry(listing.product_id.unwrap_or_default()).or_default().push(listing);
        }
        let sale = Sale::of(storage, self.row.id, products, &listings).await?;
        let without = products.iter().filter(|product| !listings.contains_key(&product.id));
        let targets: Vec<String> = without.map(|product| product.seller_code.clone()).collect();
        let mut earlier: HashMap<String, Vec<_>> = HashMap::new();
        let mut references = Vec::new();
        if !targets.is_empty() {
            let filter = IntentFilter {
                connector_ids: vec![self.row.id],
                commands: vec![CommandName::CreateListing.name().to_owned()],
                targets,
                updated_since: Some(now - AWAITED_FOR),
                ..IntentFilter::default()
            };
            for intent in storage.intents(filter, None, MANY).await? {
                references.extend(intent.reference.clone());
                earlier.entry(intent.target.clone()).or_default().push(intent);
            }
        }
        let stored = storage.listing_rows(self.row.id, &references).await?;
        Ok(Known {
            row: self.row,
            key: self.key,
            offers: &self.offers,
            now,
            terms: terms.map(|terms| (terms.product_id, terms)).collect(),
            listings,
            earlier,
            stored: stored.into_iter().map(|listing| listing.listing_id).collect(),
            sale,
        })
    }

    async fn chunk(
        &self,
        products: &[ProductRow],
        tally: &mut Tally,
        left: &mut Left,
        may_wait: bool,
    ) -> Result<()> {
        if products.is_empty() {
            // To the store, no product means every product.
            return Ok(());
        }
        let known = self.known(products).await?;
        let mut pushes = Vec::new();
        let mut work: Vec<(usize, Planned)> = Vec::new();
        for (index, product) in products.iter().enumerate() {
            match known.plan(product) {
                Plan::Same => {
                    // What was refused before is so by now.
                    if known.terms_of(product.id).last_error.is_some() {
                        pushes.push(self.pushed(product, Ok(Accepted::default())));
                    }
                    tally.unchanged();
                }
                Plan::Tasks(tasks) => match &left.full {
                    // It would be asked in vain, and the answers of thousands would only be counted against the account.
                    Some(refused) if tasks.iter().any(Planned::is_new) => {
                        tally.failed(product, refused);
                        pushes.push(self.pushed(product, Err(refused.clone())));
                    }
                    _ => work.extend(tasks.into_iter().map(|task| (index, task))),
                },
                Plan::Later(until) if may_wait => {
                    left.later.push(product.id);
                    left.until = left.until.max(Some(until));
                }
                Plan::Later(until) => {
                    let refused = Refused {
                        code: Some("in_doubt".to_owned()),
                        message: "it was sent a moment ago, and the platform may not show it yet".to_owned(),
                        fix: Some(format!("POST /api/v1/sync/products again after {until}")),
                    };
                    tally.failed(product, &refused);
                    pushes.push(self.pushed(product, Err(refused)));
                }
                Plan::Awaited => {
                    left.is_unshown = true;
                    tally.unchanged();
                }
                Plan::Cannot(refused) => {
                    tally.failed(product, &refused);
                    pushes.push(self.pushed(product, Err(refused)));
                }
            }
        }
        self.context.storage.note_pushes(pushes).await?;
        let stale = known.sale.stale.iter().map(|row| SaleMark { listing_row: *row, stopped: false });
        self.context.storage.mark_sales(self.row.id, stale.collect()).await?;
        work.sort_by_key(|(_, task)| sale::rank(&task.action));
        let is_resume = |task: &Planned| task.action.name() == CommandName::ResumeSale;
        let resumes = work.split_off(work.partition_point(|(_, task)| !is_resume(task)));
        let mut results = self.send(&work).await?;
        let resumes = sale::ready(resumes, &work, &results);
        let resumed = self.send(&resumes).await;
        if let Ok(resumed) = &resumed {
            results.extend(resumed.iter().cloned());
            work.extend(resumes);
        }
        self.take_in(products, &work, &results, tally, left).await?;
        resumed.map(drop)
    }

    /// Sends what is planned; one result each.
    async fn send(&self, work: &[(usize, Planned)]) -> Result<Vec<WriteResult>> {
        if work.is_empty() {
            return Ok(Vec::new());
        }
        let mut accounts = Vec::new();
        for (place, (_, task)) in work.iter().enumerate() {
            add(&mut accounts, self.row.clone(), place, task.key.clone(), task.action.clone());
        }
        let storage = &self.context.storage;
        // Marked before it is sent: a process that dies in between must not leave off sale what it took off.
        storage.mark_sales(self.row.id, sale::begun(work)).await?;
        let report = write_counted(self.context, accounts, false, self.stop, self.calls).await;
        let is_untouched = |result: &WriteResult| !result.is_good() && result.intent.is_none();
        // The account itself cannot be used: the next products would fare no better.
        let is_unsent = report.results.iter().all(is_untouched);
        storage.mark_sales(self.row.id, sale::ended(work, (!is_unsent).then_some(&report.results))).await?;
        storage.note_stock_pushes(sale::told(self.row.id, work, &report.results)).await?;
        if !self.stop.is_cancelled() && is_unsent {
            let first = report.results.into_iter().next().and_then(|result| result.message);
            return Err(Error::usage(
                first.unwrap_or_else(|| "nothing could be sent".to_owned()),
                format!("POST /api/v1/sync/platforms/{}/test says why", self.row.platform),
            ));
        }
        Ok(report.results)
    }

    async fn take_in(
        &self,
        products: &[ProductRow],
        work: &[(usize, Planned)],
        results: &[WriteResult],
        tally: &mut Tally,
        left: &mut Left,
    ) -> Result<()> {
        let mut pushes = Vec::new();
        let mut made: Vec<(i64, String)> = Vec::new();
        for (index, product) in products.iter().enumerate() {
            let own: Vec<(&Planned, &WriteResult)> = work
                .iter()
                .zip(results)
                .filter(|((of, _), _)| *of == index)
                .map(|((_, task), result)| (task, result))
                .collect();
            if own.is_empty() {
                continue;
            }
            let (mut is_new, mut is_changed, mut refused) = (false, false, None);
            for (task, result) in own {
                // What the platform has taken and does not show yet it will show.
                if result.is_good() || result.result == "unverified" {
                    pushes.push(self.pushed(product, Ok(task.accepts)));
                    is_changed |= result.result != "already";
                    if task.is_new() {
                        is_new = result.result != "already";
                        left.is_unshown |= result.reference.is_none();
                        made.extend(result.reference.clone().map(|reference| (product.id, reference)));
                    }
                } else if self.stop.is_cancelled() {
                    tally.is_interrupted = true;
                } else {
                    let reason = self.refused(product, task, result);
                    if task.is_new() && result.kind == Some(ErrorKind::Quota) {
                        left.full.get_or_insert_with(|| reason.clone());
                    }
                    refused = Some(reason);
                }
            }
            match refused {
                Some(refused) => {
                    tally.failed(product, &refused);
                    pushes.push(self.pushed(product, Err(refused)));
                }
                None if is_new => tally.new_one(),
                None if is_changed => tally.changed(),
                None => tally.unchanged(),
            }
        }
        self.link(&made, left).await?;
        Ok(self.context.storage.note_pushes(pushes).await?)
    }

    /// Gives products the listings that were made for them.
    async fn link(&self, made: &[(i64, String)], left: &mut Left) -> Result<()> {
        let references: Vec<String> = made.iter().map(|(_, reference)| reference.clone()).collect();
        let stored = self.context.storage.listing_rows(self.row.id, &references).await?;
        for (product_id, reference) in made {
            let own: Vec<&ListingRow> =
                stored.iter().filter(|listing| listing.listing_id == *reference).collect();
            left.is_unshown |= own.is_empty();
            for listing in own.iter().filter(|listing| listing.product_id.is_none()) {
                self.context.storage.link_listing(listing.id, *product_id).await?;
            }
        }
        Ok(())
    }

    fn pushed(&self, product: &ProductRow, outcome: std::result::Result<Accepted, Refused>) -> Pushed {
        Pushed { product_id: product.id, connector_id: self.row.id, outcome }
    }

    fn refused(&self, product: &ProductRow, task: &Planned, result: &WriteResult) -> Refused {
        let what = match task.action.name() {
            CommandName::SetPrice => "another price",
            _ => "what the platform wants under \"platform\"",
        };
        let fix = match result.result.as_str() {
            _ if result.kind == Some(ErrorKind::Quota) => {
                "POST /api/v1/sync/products again when the platform takes new ones, mostly after midnight in Korea".to_owned()
            }
            "refused" => format!(
                "PUT /api/v1/products/{}/listings/{} with {what}, then POST /api/v1/sync/products again",
                product.id, self.row.id
            ),
            _ => "POST /api/v1/sync/products again: it looks first, and sends nothing twice".to_owned(),
        };
        Refused {
            code: result.code.clone(),
            message: result.message.clone().unwrap_or_else(|| format!("it is {}", result.result)),
            fix: Some(fix),
        }
    }
}
