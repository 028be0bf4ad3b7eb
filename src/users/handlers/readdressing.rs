//! Another address for somebody who is invited: the page, and the act that sends the link there.

use actix_web::{HttpResponse, web};

use super::already::what_to_do;
use super::ending::frame;
use super::{InUrl, life, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members::Held;
use crate::users::pages::{InvitedAddressPage, Known};
use crate::users::{self, Pending, Readdress, Readdressed, showing};
use crate::web::field;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{length, moment};
use crate::welcome::Fresh;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

fn page(
    app: &App,
    scope: &Managing,
    (pending, email): (&Pending, String),
    (errors, known): (Errors, Option<Known>),
) -> InvitedAddressPage {
    let (account, row) = (scope.account(), &pending.shown.row);
    let place = |held: &Held| showing::place(held, account);
    InvitedAddressPage {
        shell: frame(scope, "Change the address and resend", &pending.shown).with_errors(&errors),
        errors,
        known,
        name: showing::name(row),
        current: row.email.clone(),
        email,
        kept: pending
            .kept
            .iter()
            .map(|held| {
                let role = held.role.label().to_owned();
                (held.grant.to_string(), role, place(held))
            })
            .collect(),
        dropped: pending
            .dropped
            .iter()
            .map(|held| (held.role.label().to_owned(), place(held)))
            .collect(),
        life: length(app.config().limits.welcome_link),
        action: urls::invited_address(&account.slug, row.id),
        cancel: urls::user(&account.slug, row.id),
    }
}

/// The page.
pub async fn ask_address(gate: Manager, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let pending = users::movable(conn, &inside, scope, user)?;
            let empty = (Errors::new(), None);
            Ok(page(&inside, scope, (&pending, String::new()), empty))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

enum Outcome {
    Again(Box<InvitedAddressPage>),
    Done(UserId, String),
}

/// *Change and resend*.
pub async fn readdress(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let slug = gate.account_slug().to_owned();
    let raw = form.text("email")?;
    let mut errors = Errors::new();
    let email = errors.take("email", field::email(&raw));
    let wish = email.map(|email| Readdress {
        user,
        email,
        fresh_user: UserId::new(),
        fresh: Fresh::mailed_and_copied(app.sealer()),
        life: life(&app),
        seen: (form.list("seen").iter())
            .filter_map(|id| id.parse().ok())
            .collect(),
    });
    let outcome = app
        .write(gate, move |conn, scope| {
            let mut errors = errors.clone();
            let mut known = None;
            if let Some(wish) = &wish {
                match users::readdress(conn, &inside, scope, wish)? {
                    Readdressed::Done(user, until) => {
                        let made = if mail_works(&inside) {
                            "sent to"
                        } else {
                            "made for"
                        };
                        let text = format!(
                            "A new link was {made} {}. It works until {}. The one to the old address stopped working.",
                            wish.email.shown,
                            moment(until)
                        );
                        return Ok(Outcome::Done(user, text));
                    }
                    Readdressed::Same => errors.add("email", "This is the address already"),
                    Readdressed::Here(here) => {
                        errors.add("email", "Somebody with this address is here already");
                        known = Some(what_to_do(conn, &inside, scope, &here)?);
                    }
                }
            }
            let pending = users::movable(conn, &inside, scope, user)?;
            let again = page(&inside, scope, (&pending, raw.clone()), (errors, known));
            Ok(Outcome::Again(Box::new(again)))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Done(user, mut text) => {
            if !mail_works(&app) {
                text.push_str(" Mail is not set up on this portal: use Copy link.");
            }
            Redirect::to(urls::user(&slug, user))
                .success(text)
                .respond(&app)
        }
    }
}
