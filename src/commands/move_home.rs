//! `tenantry move-home ADDRESS ACCOUNT`: makes another account the home of a login, for whoever went to another company and
//! would have to ask for it (ux 9.1 and 9.16).

use super::{Failed, config, open};
use crate::db::types::MailId;
use crate::users::{self, Rehomed};
use crate::web::field;
use crate::web::view::moment;

/// Runs it.
///
/// # Errors
/// Refused: this is no address. Broke: why nothing was changed.
pub fn run(address: &str, slug: &str) -> Result<String, Failed> {
    let email = field::email(address).map_err(|why| Failed::Refused(vec![why]))?;
    let app = open(config()?)?;
    super::serve::known_secret(&app)?;
    let (now, mail, shown) = (app.now(), MailId::new(), email.shown);
    let (inside, key, account) = (app.clone(), email.key, slug.to_owned());
    let done = app
        .db()
        .write_now(move |conn| users::move_home(conn, &inside, (&key, &account), mail, now))
        .map_err(|cause| Failed::Broke(cause.to_string()))?;
    let why = match done {
        Rehomed::Done { account, guest } => {
            let before = if guest {
                "; where it was before they are a guest"
            } else {
                ""
            };
            return Ok(format!(
                "{account} is the home of {shown} from now on{before}.\n"
            ));
        }
        Rehomed::Nobody => format!("Nobody signs in with {shown}."),
        Rehomed::NoAccount => format!("There is no account {slug}."),
        Rehomed::Frozen => format!("{slug} is frozen: nothing is changed in it."),
        Rehomed::Homeless => {
            format!("{shown} has no home yet: the first account that they come into becomes it.")
        }
        Rehomed::Already => format!("{slug} is the home of {shown} already."),
        Rehomed::Invited => format!(
            "{shown} is invited to {slug} and has not accepted: they do that first. Where their home does not let its \
             people be guests elsewhere, an Owner there has to allow it on Account security."
        ),
        Rehomed::Readdressed(until) => format!(
            "The address {shown} is new, and whoever has the one before can take it back until {}: run this again then.",
            moment(until)
        ),
        Rehomed::Operator => format!("{shown} runs this portal: the home of an operator stays."),
        Rehomed::NotThere => format!(
            "{shown} is not in {slug}, or is inactive there: have somebody add or reactivate them there first, then run \
             this again."
        ),
    };
    Err(Failed::Broke(why))
}
