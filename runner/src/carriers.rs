//! `runner carriers`: the carriers by their neutral codes, and what each platform calls them.

use connector_core::carrier::CARRIERS;
use connector_core::{Result, registry};
use serde::Serialize;

use crate::catalogue;
use crate::output::Table;

/// A carrier and its codes.
#[derive(Debug, Serialize)]
pub struct CarrierView {
    code: &'static str,
    name: &'static str,
    aliases: &'static [&'static str],
    /// By platform.
    platforms: std::collections::BTreeMap<&'static str, &'static str>,
}

/// All carriers, the common ones first.
///
/// # Errors
/// `Config` when a connector crate is broken.
pub fn carriers() -> Result<Vec<CarrierView>> {
    let mut specs = Vec::new();
    for registration in registry::all()? {
        specs.push((registration.platform, catalogue::spec(registration)?));
    }
    let view = |carrier: &'static connector_core::carrier::Carrier| {
        let platforms = specs.iter().filter_map(|(platform, spec)| {
            let code = spec.carriers.iter().find(|code| code.carrier == carrier.code)?;
            Some((*platform, code.code))
        });
        CarrierView {
            code: carrier.code,
            name: carrier.name,
            aliases: carrier.aliases,
            platforms: platforms.collect(),
        }
    };
    Ok(CARRIERS.iter().map(view).collect())
}

/// The carriers for people; those that no platform here knows are left out.
#[must_use]
pub fn text(carriers: &[CarrierView]) -> String {
    let mut platforms: Vec<&str> =
        carriers.iter().flat_map(|carrier| carrier.platforms.keys().copied()).collect();
    platforms.sort_unstable();
    platforms.dedup();
    let titles: Vec<&str> = ["Code", "Name", "Also"].into_iter().chain(platforms.iter().copied()).collect();
    let mut table = Table::new(&titles);
    for carrier in carriers.iter().filter(|carrier| !carrier.platforms.is_empty()) {
        let cells = [carrier.code.to_owned(), carrier.name.to_owned(), carrier.aliases.join(", ")];
        let codes = platforms
            .iter()
            .map(|platform| carrier.platforms.get(platform).copied().unwrap_or("-").to_owned());
        table.row(cells.into_iter().chain(codes));
    }
    format!(
        "{}\nAny of the names will do where a carrier is asked for, and so will the platform's own code.\n",
        table.text()
    )
}
