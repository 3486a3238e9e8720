//! The platforms in this binary. A crate that nobody names is not linked and registers nothing.

use connector_cafe24 as _;
use connector_coupang as _;
use connector_eleventh_street as _;
use connector_smartstore as _;

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_connector_folder_is_linked() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let is_connector = |name: &str| name.starts_with("connector-") && name != "connector-core";
        let folders = std::fs::read_dir(root)
            .expect("the workspace")
            .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
            .filter(|name| is_connector(name))
            .count();
        let registered = connector_core::registry::all().expect("no duplicates").len();
        assert_eq!(registered, folders, "a folder lacks its `use` line above, or a crate registers nothing");
    }
}
