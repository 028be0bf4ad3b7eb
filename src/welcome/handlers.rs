//! `/welcome`: what a mailed or copied link leads to. GET and HEAD consume nothing.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::accepting::{self, Facts};
use super::carried::{self, quietly};
use super::joining::{self, Settled};
use super::model::{self, Opened, Purpose, State};
use super::pages::{DeadLink, DeadLinkPage, InvitationPage, WelcomePage};
use super::renewing::{self, Offer};
use crate::access::gate::{Open, OpeningLinks};
use crate::access::standing::Person;
use crate::access::visit::Visit;
use crate::app::App;
use crate::auth::{session, strength};
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{masked, moment};

/// `GET /welcome/{token}`: the token leaves the address bar at once.
pub async fn open(gate: Open<OpeningLinks>, token: Path<String>, app: App) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let open = |conn: &mut Conn, token: &str, now| {
        let link = model::open(conn, token, now)?;
        Ok(link.filter(|link| matches!(link.purpose, Purpose::Welcome | Purpose::Invitation)))
    };
    let clean = |link: &Opened| (link.id, urls::welcome_of(link.id));
    let gone = || dead(&app, &visit, DeadLink::Unknown, None);
    carried::arrive(gate, &app, (token.into_inner(), open), clean, gone).await
}

/// What the clean address shows.
struct Shown {
    link: Opened,
    facts: Facts,
    person: Option<Person>,
    offer: Offer,
    now: Ts,
}

async fn shown(
    gate: Open<OpeningLinks>,
    request: &HttpRequest,
    query: &Form,
    app: &App,
) -> Result<Option<Shown>> {
    let Some(token) = carried::token(request, &query.text("link")?) else {
        return Ok(None);
    };
    let inner = app.clone();
    app.read(gate, move |conn, scope| {
        let Some(link) = model::open(conn, &token, scope.now())? else {
            return Ok(None);
        };
        let facts = accepting::facts(conn, inner.roles(), &link)?;
        let person = scope.person(conn, &inner)?.map(|(person, _)| person);
        let offer = renewing::offer(conn, &inner, &link, scope.now())?;
        Ok(Some(Shown {
            link,
            facts,
            person,
            offer,
            now: scope.now(),
        }))
    })
    .await
}

/// `GET /welcome?link=…`.
pub async fn show(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let Some(shown) = shown(gate, &request, &query, &app).await? else {
        return dead(&app, &visit, DeadLink::Unknown, None);
    };
    page(&app, &visit, &shown, Errors::new())
}

fn page(app: &App, visit: &Visit, shown: &Shown, errors: Errors) -> Result<HttpResponse> {
    let Shown { link, facts, .. } = shown;
    if let Some(reason) = DeadLink::of(link, shown.now) {
        return dead(app, visit, reason, Some(shown));
    }
    if link.closed {
        // Only the person themselves is told why (S16).
        let theirs = shown
            .person
            .as_ref()
            .is_some_and(|person| person.id == link.user);
        let reason = if theirs {
            DeadLink::Closed
        } else {
            DeadLink::Unknown
        };
        return dead(app, visit, reason, None);
    }
    let account = link
        .account
        .as_ref()
        .map(|(_, name)| name.clone())
        .unwrap_or_default();
    let portal = &app.config().portal_name;
    let action = urls::welcome_of(link.id);
    if link.purpose == Purpose::Invitation {
        let other = shown
            .person
            .as_ref()
            .filter(|person| person.id != link.user)
            .map(|person| person.email.clone());
        let page = InvitationPage {
            shell: Shell::open(portal, "Invitation", visit),
            action: format!("/welcome/{}", link.id),
            account_id: String::new(),
            errors,
            reason: String::new(),
            inviter: facts.inviter.clone(),
            place: facts.place.clone(),
            account,
            email: link.email.clone(),
            roles: facts.roles.clone(),
            signed_in_as: other,
            until: Some(moment(link.expires_at)),
        };
        let status = if page.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        return quietly(html::page(app, status, &page.shell, &page));
    }
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = WelcomePage {
        shell: Shell::open(portal, "Welcome", visit).with_errors(&errors),
        errors,
        action,
        first_name: link.first_name.clone(),
        inviter: facts.inviter.clone(),
        place: facts.place.clone(),
        account,
        email: link.email.clone(),
        roles: facts.roles.clone(),
        has_password: link.has_password,
        minimum: app.config().limits.password_min_length,
        until: moment(link.expires_at),
    };
    quietly(html::page(app, status, &page.shell, &page))
}

/// The page of a link that does not work: never a dead end.
fn dead(app: &App, visit: &Visit, reason: DeadLink, shown: Option<&Shown>) -> Result<HttpResponse> {
    let renewed = shown.filter(|shown| shown.offer != Offer::Nothing);
    let page = DeadLinkPage {
        shell: Shell::open(&app.config().portal_name, reason.heading(), visit),
        masked: renewed
            .map(|shown| masked(&shown.link.email))
            .unwrap_or_default(),
        ask: renewed.and_then(|shown| shown.offer.whom().map(str::to_owned)),
        reason,
        new_link: renewed.map(|shown| urls::new_link_for(shown.link.id)),
    };
    quietly(html::page(app, StatusCode::GONE, &page.shell, &page))
}

/// The page of a token that opens nothing.
pub(super) fn unknown(app: &App, visit: &Visit) -> Result<HttpResponse> {
    dead(app, visit, DeadLink::Unknown, None)
}

/// `POST /welcome?link=…`: *Set password and sign in*. Consumes the link, stores the password, and leads to the
/// sign-in page with the address filled in (S15).
pub async fn create(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let Some(shown) = shown(gate.clone(), &request, &query, &app).await? else {
        return dead(&app, &visit, DeadLink::Unknown, None);
    };
    let link = shown.link.clone();
    if link.state != State::Live || link.purpose != Purpose::Welcome {
        return page(&app, &visit, &shown, Errors::new());
    }
    if link.has_password && !link.proves_address {
        // A copied link proves nothing: a login that exists joins by the mailed one.
        let account = link.account.map(|(_, name)| name).unwrap_or_default();
        let said =
            format!("You have a login already. Open the link in the mail to join {account}.");
        return Redirect::to(urls::SIGN_IN).notice(said).respond(&app);
    }
    let hash = if link.has_password {
        None
    } else {
        let password = form.text("password")?;
        let account = link
            .account
            .as_ref()
            .map(|(_, name)| name.as_str())
            .unwrap_or_default();
        let about = [
            link.email.as_str(),
            &link.first_name,
            account,
            &app.config().portal_name,
        ];
        let mut errors = Errors::new();
        errors.take(
            "password",
            strength::check(&password, &about, app.config().limits.password_min_length),
        );
        if !errors.is_empty() {
            return page(&app, &visit, &shown, errors);
        }
        Some(app.hasher().hash(password).await?)
    };
    let taken = link.clone();
    let done = app
        .write(gate, move |conn, scope| {
            accepting::set_password(conn, scope, &taken, hash.as_deref())
        })
        .await?;
    if !done {
        return dead(&app, &visit, DeadLink::Used, None);
    }
    let to = format!("{}?email={}", urls::SIGN_IN, urls::query(&link.email));
    let said = "Your password is set. Sign in with it to finish.";
    let mut response = Redirect::to(to).success(said).respond(&app)?;
    carried::drop(&app, link.id, &mut response)?;
    Ok(response)
}

/// `POST /welcome/{link}`: *Accept* or *Decline* an invitation, signed in as the address it was sent to.
pub async fn answer(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    link: Path<String>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let query = Form::parse(format!("link={}", link.as_str()).as_bytes());
    let Some(shown) = shown(gate.clone(), &request, &query, &app).await? else {
        return dead(&app, &visit, DeadLink::Unknown, None);
    };
    let link = shown.link.clone();
    if link.state != State::Live || link.purpose != Purpose::Invitation {
        return page(&app, &visit, &shown, Errors::new());
    }
    match &shown.person {
        None => return Redirect::to(urls::sign_in(&urls::welcome_of(link.id))).respond(&app),
        Some(person) if person.id != link.user => return page(&app, &visit, &shown, Errors::new()),
        Some(_) => {}
    }
    let answer = match joining::answer(&form)? {
        Ok(answer) => answer,
        Err(errors) => return page(&app, &visit, &shown, errors),
    };
    let Some((account, name)) = link.account.clone() else {
        return dead(&app, &visit, DeadLink::Unknown, None);
    };
    let (inner, mails, user) = (app.clone(), joining::mail_ids(), link.user);
    let settled = app
        .write(gate, move |conn, scope| {
            // Asked again inside the transaction: only the person themselves answers (rule 10).
            let person = scope.person(conn, &inner)?.map(|(person, _)| person);
            let myself = person.is_some_and(|person| person.id == user);
            if !myself || !model::is_live(conn, link.id, scope.now())? {
                return Ok(None);
            }
            let request = (scope.visit(), scope.now(), mails.as_slice());
            joining::settle(conn, &inner, request, (account, user), &answer).map(Some)
        })
        .await?;
    let redirect = match settled {
        None => return dead(&app, &visit, DeadLink::Answered, None),
        Some(Settled::Gone(gone)) => Redirect::to(urls::MY_ACCOUNTS).notice(gone.sentence(&name)),
        Some(Settled::Declined(account)) => {
            let said = format!("You declined to join {}.", account.name);
            Redirect::to(urls::MY_ACCOUNTS).notice(said)
        }
        Some(Settled::Joined(account, project)) => joining::landed(&account, project),
    };
    let mut response = redirect.respond(&app)?;
    carried::drop(&app, shown.link.id, &mut response)?;
    Ok(response)
}

/// `POST /welcome/{link}/switch`: signs the wrong person out and comes back here as nobody yet.
pub async fn switch(
    gate: Open<crate::access::gate::SigningIn>,
    request: HttpRequest,
    link: Path<String>,
    app: App,
) -> Result<HttpResponse> {
    let link = link.parse().map_err(|_| Error::NotFound)?;
    let inner = app.clone();
    app.write(gate, move |conn, scope| {
        crate::sessions::end(conn, &inner, scope)
    })
    .await?;
    session::end(&request);
    Redirect::to(urls::sign_in(&urls::welcome_of(link))).respond(&app)
}
