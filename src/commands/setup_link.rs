//! `tenantry setup-link`: a new setup link, which voids the one before.

use super::{Failed, config, open};
use crate::setup;

/// Runs it.
pub fn run() -> Result<String, Failed> {
    let app = open(config()?)?;
    let broke = |cause: crate::error::Error| Failed::Broke(cause.to_string());
    super::serve::known_secret(&app)?;
    match setup::new_link(&app).map_err(broke)? {
        Some(link) => Ok(format!("{link}\n")),
        None => Err(Failed::Broke(
            "This portal is set up already; there is nothing to claim.".into(),
        )),
    }
}
