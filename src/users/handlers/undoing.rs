//! Taking back what was done a moment ago: to one person, who may have been added by it, or to several at once from the
//! list (beyond H). A frozen account lets through what only takes away (S22); what gives asks for the plan itself.

use actix_web::{HttpResponse, web};

use super::{InUrl, again, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, MailId, UserId};
use crate::error::{Error, Result};
use crate::mail::outbox;
use crate::members::{self, Added, Restored, Target};
use crate::users::{self, Reinvited, bulk};
use crate::web::form::Form;
use crate::web::html::Redirect;
use crate::web::urls;
use crate::web::view::moment;

type Manager = Gate<Whole, Somewhere<UsersManage>>;

/// Which act is meant; none: none was named. What is no id is not found.
fn change(form: &Form) -> Result<Option<ChangeId>> {
    match form.text("change")?.as_str() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Error::NotFound),
    }
}

fn nothing_named() -> Error {
    Error::Conflict("Nothing was named to take back.".into())
}

/// Where whoever took something back is led, and what they read there; where it goes on from there, if anything is left
/// to be done.
struct Back {
    to: String,
    said: String,
    next: Option<(&'static str, String)>,
}

/// Takes back a change of one person's roles, their removal, the withdrawal of their invitation, or that they were added.
pub async fn undo(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let again = again(&app, user, None);
    let back = app
        .write_ending(gate, move |conn, scope| {
            let Some(id) = change(&form)? else {
                // Whoever is out of reach is not there, whatever is asked of them (S6).
                users::manageable(conn, inside.roles(), scope, user)?;
                return Err(nothing_named());
            };
            let account = &scope.account().slug;
            let page = urls::user(account, user);
            let said = |words: &str| {
                Ok(Back {
                    to: page.clone(),
                    said: words.to_owned(),
                    next: None,
                })
            };
            let told = match members::restore(conn, &inside, scope, (user, id))? {
                Restored::Roles => {
                    return said(
                        "The change was taken back: the roles are as they were before it.",
                    );
                }
                Restored::End => {
                    return said("The change was taken back: the role ends as it did before it.");
                }
                Restored::Adding(added) => {
                    return Ok(Back {
                        to: urls::user_management(account),
                        said: not_added(conn, &inside, scope, (user, added))?,
                        next: None,
                    });
                }
                Restored::Invitation(withdrawn) => {
                    let back = users::reinvite(conn, &inside, scope, (&again, withdrawn))?;
                    return Ok(invited(&inside, account, user, &back));
                }
                Restored::Removal { told } => told,
            };
            let shown = users::manageable(conn, inside.roles(), scope, user)?;
            if shown.row.status != "active" {
                return said(
                    "The removal was taken back: they are inactive, as they were before it.",
                );
            }
            // Whoever was never told that it ended has nothing to be told.
            if told {
                users::tell(conn, &inside, scope, (mail, &shown), true)?;
            }
            said("The removal was taken back: they are here again, with the roles they had.")
        })
        .await?;
    let there = Redirect::to(back.to).success(back.said);
    match back.next {
        Some((words, href)) => there.link(words, href).respond(&app),
        None => there.respond(&app),
    }
}

/// Somebody's invitation was withdrawn a moment ago, and is not.
fn invited(app: &App, account: &str, user: UserId, back: &Reinvited) -> Back {
    let (name, email) = (&back.name, &back.email);
    let said =
        format!("The withdrawal was taken back: {name} is invited again, with the roles they had.");
    let (more, next) = match back.until {
        Some(until) if mail_works(app) => {
            let until = moment(until);
            (format!("A new link was sent to {email}; it works until {until}."), None)
        }
        Some(_) => (
            "A new link was made. Mail is not set up on this portal: use Copy link.".to_owned(),
            None,
        ),
        None => (
            "Their link no longer works. The invitation is old: confirm its roles to send a new one.".to_owned(),
            Some(("Resend", urls::resend(account, user))),
        ),
    };
    Back {
        to: urls::user(account, user),
        said: format!("{said} {more}"),
        next,
    }
}

/// Somebody was added a moment ago, and is not: their invitation is withdrawn, and if its mail has not left, it never does.
/// Says which of the two.
fn not_added(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    (user, added): (UserId, Added),
) -> Result<String> {
    let name = users::cancel(conn, app, scope, user)?;
    let unsent = outbox::withdraw(conn, &[added.mail])?;
    let link = if !unsent.is_empty() {
        "The mail had not left, and is not sent."
    } else if mail_works(app) {
        "The link that was mailed no longer works."
    } else {
        "The link no longer works."
    };
    let account = &scope.account().name;
    Ok(format!(
        "{name} was not added to {account} after all. {link}"
    ))
}

/// Takes back roles that were given to, or taken from, several people at one place.
pub async fn undo_bulk(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let inside = app.clone();
    app.write_ending(gate, move |conn, scope| {
        let id = change(&form)?.ok_or_else(nothing_named)?;
        let account = scope.account();
        let own = (account.id, scope.person().id);
        let record = bulk::kept(conn, own, id)?.ok_or(Error::NotFound)?;
        let place = record.place.as_deref().and_then(Target::parse);
        let place = place.ok_or(Error::NotFound)?;
        let found = members::place_of(conn, account.id, &account.name, place)?;
        members::undo(conn, &inside, scope, &found, id)?;
        Ok(())
    })
    .await?;
    Redirect::to(urls::user_management(&slug))
        .success("The change was taken back: the roles are as they were before it.")
        .respond(&app)
}
