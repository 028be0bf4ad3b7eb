//! `tenantry unlock ADDRESS`: ends the lock of a sign-in, for whoever is locked out and has nobody else to ask (rule 12).

use super::{Failed, config, open};
use crate::users::{self, Unlocked};
use crate::web::field;

/// Runs it.
///
/// # Errors
/// Refused: this is no address. Broke: nobody signs in with it.
pub fn run(address: &str) -> Result<String, Failed> {
    let email = field::email(address).map_err(|why| Failed::Refused(vec![why]))?;
    let app = open(config()?)?;
    super::serve::known_secret(&app)?;
    let (now, key) = (app.now(), email.key);
    let done = app
        .db()
        .write_now(move |conn| users::unlock_address(conn, &key, now))
        .map_err(|cause| Failed::Broke(cause.to_string()))?;
    let shown = email.shown;
    match done {
        Unlocked::Ended => Ok(format!(
            "The lock of {shown} has ended: they can sign in now, with the password they have.\n"
        )),
        Unlocked::NotLocked => Ok(format!(
            "{shown} is not locked; failed tries are forgotten.\n"
        )),
        Unlocked::Nobody => Err(Failed::Broke(format!("Nobody signs in with {shown}."))),
    }
}
