//! Vouching for a colleague whose sign-in is locked: the page that says what it means, and the act.

use actix_web::{HttpRequest, HttpResponse, web};

use super::InUrl;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersView;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::MailId;
use crate::error::Result;
use crate::sessions::proving::{self, Proof};
use crate::users::pages::VouchPage;
use crate::users::{self, Shown, Vouched, showing};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{Choice, moment};

type Colleague = Gate<Whole, Somewhere<UsersView>>;
type Seeing = Scope<Whole, Somewhere<UsersView>>;

fn page(
    app: &App,
    scope: &Seeing,
    (shown, sure, proof): (&Shown, bool, Option<&Proof>),
    errors: Errors,
) -> VouchPage {
    let (slug, row) = (&scope.account().slug, &shown.row);
    let name = showing::name(row);
    let label =
        format!("I have spoken with {name} and am sure that the wrong passwords were theirs");
    VouchPage {
        shell: scope
            .shell("Vouch for a colleague")
            .crumb("User Management", urls::user_management(slug))
            .crumb(name.clone(), urls::user(slug, row.id))
            .here()
            .with_errors(&errors),
        errors,
        until: row.locked_until.map(moment).unwrap_or_default(),
        most: crate::sessions::VOUCHES,
        sure: vec![Choice::new("yes", label, sure)],
        proof: proof.is_none() && proving::is_needed(app, scope),
        action: urls::vouch(slug, row.id),
        cancel: urls::user(slug, row.id),
        name,
    }
}

fn not_locked(name: &str) -> String {
    format!("The sign-in of {name} was not locked any more.")
}

/// The page.
pub async fn ask_vouch(gate: Colleague, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let there = urls::user(gate.account_slug(), user);
    let (shown, page) = app
        .read(gate, move |conn, scope| {
            let shown = users::vouchable(conn, &inside, scope, user)?;
            let locked = showing::is_locked(&shown.row, scope.now());
            let page = locked.then(|| page(&inside, scope, (&shown, false, None), Errors::new()));
            Ok((shown, page))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => Redirect::to(there)
            .notice(not_locked(&showing::name(&shown.row)))
            .respond(&app),
    }
}

enum Outcome {
    Again(Box<VouchPage>),
    Settled(String, bool),
}

/// *Vouch for them*.
pub async fn vouch(
    gate: Colleague,
    at: web::Path<InUrl>,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let there = urls::user(gate.account_slug(), user);
    let sure = form.list("sure").iter().any(|value| value == "yes");
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let presented = brought.presented();
    let (outcome, proof) = app
        .write_ending(gate, move |conn, scope| {
            let shown = users::vouchable(conn, &inside, scope, user)?;
            let mut errors = Errors::new();
            if !sure {
                errors.add("sure", "Vouch only for somebody whom you have spoken with");
                let again = page(&inside, scope, (&shown, sure, None), errors);
                return Ok((Outcome::Again(Box::new(again)), None));
            }
            let wish = (user, &presented, mail);
            let (vouched, proof) = users::vouch(conn, &inside, scope, wish)?;
            if let Vouched::Ask(why) = vouched {
                errors.add(proving::FIELD, why);
                let again = page(&inside, scope, (&shown, sure, proof.as_ref()), errors);
                return Ok((Outcome::Again(Box::new(again)), proof));
            }
            let name = showing::name(&shown.row);
            Ok((Outcome::Settled(name, vouched == Vouched::Done), proof))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Settled(name, true) => Redirect::to(there)
            .success(format!(
                "You vouched for {name}: they can sign in again, and were told by email."
            ))
            .respond(&app),
        Outcome::Settled(name, false) => {
            Redirect::to(there).notice(not_locked(&name)).respond(&app)
        }
    }
}
