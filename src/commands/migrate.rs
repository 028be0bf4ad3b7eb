//! `tenantry migrate`: brings the schema up to date and says what ran.

use super::{Failed, config};
use crate::db::migrate;

/// Runs it.
pub fn run() -> Result<String, Failed> {
    let config = config()?;
    config.make_data_dir()?;
    let done = migrate::run(&config.database).map_err(|why| Failed::Refused(vec![why]))?;
    Ok(if done.ran.is_empty() {
        "The schema is current.\n".to_owned()
    } else {
        done.ran
            .iter()
            .map(|name| format!("migrated {name}\n"))
            .collect()
    })
}
