//! An address that is in the account already: what is said of whose it is, and what to do instead of adding them.

use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::members::{self, Status};
use crate::users::pages::Known;
use crate::users::{self, Existing};
use crate::web::urls;
use crate::web::view::{day, relative};

type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// Says how somebody stands who is here already, with the ways that are open to the acting person. Who lies outside of
/// their reach is not named (S6).
pub(super) fn what_to_do(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    here: &Existing,
) -> Result<Known> {
    let account = scope.account();
    if here.user == scope.person().id {
        let text = format!(
            "This is your own address: you are a user of {} already.",
            account.name
        );
        let back = urls::user_management(&account.slug);
        return Ok(Known::new(text, [("User Management", back)]));
    }
    let reach = users::reach(conn, app.roles(), scope)?;
    match users::find(conn, scope, &reach, here.user) {
        Ok(_) => {}
        Err(Error::NotFound) => {
            let ask = members::who_can_help(conn, account.id, scope.now())?;
            let text = format!(
                "Somebody with this address is in {} already, outside of the places that you manage. Ask: {}.",
                account.name,
                ask.join(", ")
            );
            let back = urls::user_management(&account.slug);
            return Ok(Known::new(text, [("User Management", back)]));
        }
        Err(error) => return Err(error),
    }
    let page = urls::user(&account.slug, here.user);
    let roles = format!("{page}#roles");
    let (name, since) = (&here.name, day(here.since));
    Ok(match here.status {
        Status::Active => {
            let text = format!("{name} is already a user of {}.", account.name);
            Known::new(text, [("Change roles", roles)])
        }
        Status::Invited => {
            let (by, _) = users::added_by(conn, account.id, here.user)?;
            let by = users::names(conn, account.id, by.into_iter().collect())?;
            let by = by
                .first()
                .map(|(_, by)| format!(" by {by}"))
                .unwrap_or_default();
            let ends = ends(here.link_expires_at, scope.now());
            let text = format!("{name} was invited on {since}{by}{ends}.");
            let again = urls::resend(&account.slug, here.user);
            Known::new(text, [("Resend", again), ("change roles", roles)])
        }
        Status::Deactivated => {
            let since = here.inactive_since.map(day);
            let since = since.map_or_else(String::new, |day| format!(" since {day}"));
            let text = format!("{name} is inactive{since}.");
            let way = match users::returning(conn, app, scope, here.user) {
                Ok(_) => ("Reactivate", urls::reactivate(&account.slug, here.user)),
                // Not for the acting person to do (S4).
                Err(Error::NotFound | Error::Forbidden(_) | Error::Conflict(_)) => {
                    ("See their page", page)
                }
                Err(error) => return Err(error),
            };
            Known::new(text, [way])
        }
    })
}

fn ends(at: Option<Ts>, now: Ts) -> String {
    match at {
        None => String::new(),
        Some(at) if at <= now => "; the link has expired".into(),
        Some(at) => format!("; expires {}", relative(at, now)),
    }
}
