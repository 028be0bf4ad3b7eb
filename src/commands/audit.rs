//! `tenantry audit verify`: proves that no audit event was altered or taken out.

use super::{Failed, config, open};
use crate::audit;

/// Walks every chain; a fault makes the command fail.
pub fn verify() -> Result<String, Failed> {
    let app = open(config()?)?;
    let key = app.secret().key(audit::KEY_PURPOSE);
    let report = app.db().read_now(|conn| Ok(audit::verify(conn, &key)?));
    let report = report.map_err(|cause| Failed::Broke(cause.to_string()))?;
    if report.is_sound() {
        Ok(format!("{report}\n"))
    } else {
        Err(Failed::Broke(report.to_string()))
    }
}
