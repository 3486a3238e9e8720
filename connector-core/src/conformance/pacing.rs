//! Laws on how often a platform is called.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::scene::{Scene, Setup, Subject};
use super::{Verdict, beside, ensure};
use crate::http::Scope;

pub(super) async fn declared_limits_are_kept(subject: &Subject) -> Verdict {
    let rehearsal = subject.rehearse().await?;
    let connector = subject.connector()?;
    let limits = connector.spec().limits;
    let scene = Scene::new(subject, Setup { paced: true, ..Setup::beyond(&rehearsal) })?;
    scene.sync_all().await?;
    for outcome in futures_util::future::join_all((0..24).map(|_| scene.check())).await {
        outcome?;
    }
    let exchanges = scene.log.exchanges();
    let mut calls: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    let mut allowed: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for exchange in exchanges.iter() {
        let Some(operation) = exchange.operation else { continue };
        let named = limits.iter().find(|limit| limit.operation == operation);
        let Some(limit) = named.or_else(|| limits.iter().find(|limit| limit.operation == "*")) else {
            continue;
        };
        let bucket = if limit.scope == Scope::Application { limit.operation } else { operation };
        calls.entry(bucket).or_default().push(exchange.instant);
        let most = allowed.entry(bucket).or_insert((limit.per_second, f64::from(limit.burst)));
        // Answers may grant more than was declared.
        if let Ok(response) = &exchange.answer {
            let notice = connector.limits(response);
            if notice.unlimited {
                return Err(beside("the answers say that there is no limit"));
            }
            most.0 = most.0.max(notice.per_second.unwrap_or_default());
            most.1 = most.1.max(notice.burst.map_or(0.0, f64::from));
        }
    }
    for (bucket, times) in &calls {
        let (rate, burst) = allowed[bucket];
        for (n, first) in times.iter().enumerate() {
            for (count, last) in times[n..].iter().enumerate() {
                let within = (*last - *first).as_secs_f64();
                let fits = u32::try_from(count + 1)
                    .is_ok_and(|count| f64::from(count) <= burst + rate * within + 1e-6);
                ensure(fits, || format!("{bucket}: {} calls within {within} s", count + 1))?;
            }
        }
    }
    let busiest = calls.values().map(Vec::len).max().unwrap_or_default();
    ensure(busiest >= 24, || format!("only {busiest} calls were paced"))
}
