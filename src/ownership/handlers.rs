//! `/accounts/{account}/ownership` for Owners, and `/me/ownership` for the other side.

use actix_web::{HttpRequest, HttpResponse};

use super::model::{self, LIFE, NewOffer, Offered};
use super::pages::{OfferPage, OfferRow, OwnershipPage};
use super::settling::{self, Gone, Settled, Waiting};
use crate::access::gate::{Gate, SignedIn, SignedInScope};
use crate::access::permission::OwnershipTransfer;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, MailId, OfferId};
use crate::error::{Error, Result};
use crate::sessions::proving;
use crate::web::field;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{day, moment};
use crate::welcome;

type Owner = Gate<Whole, OwnershipTransfer>;

/// What was typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    email: String,
    lay_down: bool,
}

/// Ownership.
pub async fn index(gate: Owner, app: App) -> Result<HttpResponse> {
    let inner = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            page(conn, &inner, scope, Typed::default(), Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, OwnershipTransfer>,
    typed: Typed,
    errors: Errors,
) -> Result<OwnershipPage> {
    let slug = &scope.account().slug;
    let found = model::owners(conn, scope)?;
    let me = scope.person().id;
    let owners = found.owners.into_iter().map(|(id, first, last, email)| {
        let you = if id == me { " (you)" } else { "" };
        (format!("{first} {last}{you}"), email, urls::user(slug, id))
    });
    let offers = found.offers.into_iter().map(|offer| OfferRow {
        id: offer.id.to_string(),
        name: format!("{} {}", offer.first_name, offer.last_name),
        detail: format!(
            "Stands until {}.{}",
            moment(offer.expires_at),
            if offer.lay_down {
                " Whoever offered it lays down their own ownership."
            } else {
                ""
            }
        ),
    });
    Ok(OwnershipPage {
        shell: scope.shell("Ownership").here().with_errors(&errors),
        errors,
        owners: owners.collect(),
        offers: offers.collect(),
        email: typed.email,
        lay_down: typed.lay_down,
        proof: proving::is_needed(app, scope),
        action: urls::ownership(slug),
        withdraw: urls::withdraw_offer(slug),
        until: day(scope.now().plus(LIFE)),
    })
}

/// *Offer ownership*.
pub async fn offer(
    gate: Owner,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed {
        email: form.text("email")?,
        lay_down: form.has("lay_down"),
    };
    let back = urls::ownership(gate.account_slug());
    let (id, mail, inner) = (OfferId::new(), MailId::new(), app.clone());
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let presented = brought.presented();
    let (made, proof) = app
        .write(gate, move |conn, scope| {
            let mut errors = Errors::new();
            if let Some(email) = errors.take("email", field::email(&typed.email)) {
                let new = NewOffer {
                    id,
                    email_key: email.key,
                    lay_down: typed.lay_down,
                    mail,
                    presented: presented.clone(),
                };
                let (offered, proof) = model::offer(conn, &inner, scope, &new)?;
                match offered {
                    Offered::Made(name, until) => return Ok((Ok((name, until)), proof)),
                    Offered::Ask(why) => errors.add(proving::FIELD, why),
                    other => errors.add("email", why_not(&other, &scope.account().name)),
                }
            }
            let page = page(conn, &inner, scope, typed.clone(), errors)?;
            Ok((Err(Box::new(page)), None))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    match made {
        Ok((name, until)) => Redirect::to(back)
            .success(format!(
                "Ownership was offered to {name}. The offer stands until {}.",
                moment(until)
            ))
            .respond(&app),
        Err(page) => html::again(&app, &page.shell, &*page),
    }
}

fn why_not(offered: &Offered, account: &str) -> String {
    match offered {
        Offered::Oneself => "You are an Owner already. Enter somebody else's address".into(),
        Offered::Already(name) => format!("{name} is an Owner already"),
        Offered::Waiting(name) => {
            format!("An offer to {name} stands already. Take it back first to change it")
        }
        Offered::Nobody | Offered::Made(..) | Offered::Ask(_) => {
            format!(
                "Nobody who is active in {account} has this address. Add them first, with another role"
            )
        }
    }
}

/// *Take back*.
pub async fn withdraw(gate: Owner, form: Form, app: App) -> Result<HttpResponse> {
    let back = urls::ownership(gate.account_slug());
    let id: Option<OfferId> = form.text("offer")?.parse().ok();
    let (mail, inner) = (MailId::new(), app.clone());
    let ended = app
        .write(gate, move |conn, scope| {
            let id = id.ok_or_else(|| Error::BadRequest("The form names no offer.".into()))?;
            model::withdraw(conn, &inner, scope, (id, mail))
        })
        .await?;
    match ended {
        Some(name) => Redirect::to(back).success(format!("The offer to {name} was taken back.")),
        None => Redirect::to(back)
            .notice("That offer did not stand any more: it was answered or has expired."),
    }
    .respond(&app)
}

fn gone(app: &App, gone: Gone) -> Result<HttpResponse> {
    Redirect::to(urls::MY_ACCOUNTS)
        .notice(gone.sentence())
        .respond(app)
}

fn offered(app: &App, scope: &SignedInScope, offer: Waiting, errors: Errors) -> OfferPage {
    OfferPage {
        shell: scope.shell("Ownership offered").with_errors(&errors),
        errors,
        proof: proving::is_needed(app, scope),
        id: offer.id.to_string(),
        account: offer.account.name,
        by: offer.by_name,
        lays_down: offer.lay_down,
        until: moment(offer.until),
    }
}

/// `GET /me/ownership?offer=…`: the offer, for whom it was made to.
pub async fn review(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    // What is no id is the offer of nothing: nobody is told before they are signed in.
    let id: OfferId = query.text("offer")?.parse().unwrap_or(OfferId::nil());
    let inner = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let found = settling::waiting_offer(conn, scope, id)?;
            Ok(found.map(|offer| offered(&inner, scope, offer, Errors::new())))
        })
        .await?;
    match page {
        Ok(page) => html::ok(&app, &page.shell, &page),
        Err(why) => gone(&app, why),
    }
}

/// `POST /me/ownership`: *Accept ownership* or *Decline*.
pub async fn answer(
    gate: SignedIn,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let accepts = form.text("answer")? == "accept";
    let id: OfferId = form.text("offer")?.parse().unwrap_or(OfferId::nil());
    let (grant, mails, inner) = (GrantId::new(), welcome::mail_ids(), app.clone());
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let presented = brought.presented();
    let (settled, proof, page) = app
        .write(gate, move |conn, scope| {
            let wish = (id, accepts, &presented);
            let (settled, proof) = settling::settle(conn, &inner, scope, wish, (grant, &mails))?;
            let Settled::Ask(why) = settled else {
                return Ok((settled, proof, None));
            };
            let mut errors = Errors::new();
            errors.add(proving::FIELD, why);
            let found = settling::waiting_offer(conn, scope, id)?;
            let page = found.map(|offer| Box::new(offered(&inner, scope, offer, errors)));
            Ok((settled, proof, page.ok()))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    if let Some(page) = page {
        return html::again(&app, &page.shell, &*page);
    }
    match settled {
        Settled::Accepted(account) => Redirect::to(urls::account(&account.slug))
            .success(format!("You are now an Owner of {}.", account.name))
            .respond(&app),
        Settled::Declined(account) => Redirect::to(urls::MY_ACCOUNTS)
            .notice(format!("You declined ownership of {}.", account.name))
            .respond(&app),
        Settled::Gone(why) => gone(&app, why),
        // It stood a moment ago, in the same transaction.
        Settled::Ask(_) => gone(&app, Gone::Over),
    }
}
