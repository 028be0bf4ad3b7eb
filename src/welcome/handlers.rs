//! `/welcome`, `/links/new`: what a mailed or copied link leads to. GET and HEAD consume nothing.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::accepting::{self, Facts};
use super::carried::{self, quietly};
use super::joining::{self, Settled};
use super::model::{self, Opened, Purpose, State};
use super::pages::{DeadLink, DeadLinkPage, InvitationPage, NewLinkPage, WelcomePage};
use crate::access::gate::{Open, OpeningLinks};
use crate::access::standing::Person;
use crate::access::visit::Visit;
use crate::app::App;
use crate::auth::{session, strength};
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::passwords::{self, Wait};
use crate::sessions::LINKS;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::view::{count, length, masked, moment};
use crate::web::{field, urls};

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
        let facts = accepting::facts(conn, &link)?;
        let person = scope.person(conn, &inner)?.map(|(person, _)| person);
        Ok(Some(Shown {
            link,
            facts,
            person,
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
    let renewable = |shown: &&Shown| {
        let young = shown.link.managed_at.plus(passwords::ON_ONES_OWN) > shown.now;
        matches!(shown.link.state, State::Expired | State::Superseded) && young
    };
    let known =
        shown.filter(|shown| matches!(shown.link.state, State::Expired | State::Superseded));
    let new_link = known
        .filter(renewable)
        .map(|shown| format!("/links/new?link={}", shown.link.id));
    let page = DeadLinkPage {
        shell: Shell::open(&app.config().portal_name, reason.heading(), visit),
        masked: known
            .map(|shown| masked(&shown.link.email))
            .unwrap_or_default(),
        inviter: known
            .map(|shown| shown.facts.inviter.clone())
            .filter(|name| !name.is_empty()),
        reason,
        new_link,
    };
    quietly(html::page(app, StatusCode::GONE, &page.shell, &page))
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
        Some(Settled::Joined(account)) => Redirect::to(urls::account(&account.slug))
            .success(format!("You are now in {}.", account.name)),
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

/// What the page says of what was asked for.
enum Said {
    /// Nothing was asked yet, or not so that it can be read.
    Nothing,
    /// A link is on its way to whoever is invited.
    Sent,
    /// By the link itself, too often: the words, and where to ask again.
    Wait(String, String),
}

/// Why no link is sent now, and when it can be asked for again.
fn in_words(wait: Wait, now: Ts) -> String {
    match wait {
        Wait::Minute(until) => {
            let left = (until.utc() - now.utc()).num_seconds().max(1);
            let ago = count((60 - left).max(1), "second");
            let left = count(left, "second");
            format!("A new link was asked for {ago} ago. You can ask again in {left}.")
        }
        Wait::Day(until) => format!(
            "{LINKS} new links were asked for within a day, and there are no more. You can ask again on {}.",
            moment(until)
        ),
        Wait::Network(until) => format!(
            "Too many mails were asked for from your network. You can ask again on {}.",
            moment(until)
        ),
    }
}

fn new_link_page(
    app: &App,
    visit: &Visit,
    email: String,
    errors: Errors,
    said: Said,
) -> Result<HttpResponse> {
    let status = match said {
        Said::Wait(..) => StatusCode::TOO_MANY_REQUESTS,
        _ if errors.is_empty() => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shell =
        Shell::open(&app.config().portal_name, "Send me a new link", visit).with_errors(&errors);
    let page = NewLinkPage {
        shell,
        errors,
        email,
        sent: matches!(said, Said::Sent).then(|| length(app.config().limits.welcome_link)),
        most: LINKS,
        wait: match said {
            Said::Wait(words, action) => Some((words, action)),
            _ => None,
        },
    };
    html::page(app, status, &page.shell, &page)
}

/// `GET /links/new`: for whoever has lost the mail.
pub async fn ask(gate: Open<OpeningLinks>, app: App) -> Result<HttpResponse> {
    new_link_page(
        &app,
        gate.visit(),
        String::new(),
        Errors::new(),
        Said::Nothing,
    )
}

/// `POST /links/new`: by the old link, which goes to its own address only; or by an address, with the same answer
/// for every one.
pub async fn request(
    gate: Open<OpeningLinks>,
    request: HttpRequest,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let visit = gate.visit().clone();
    let mut errors = Errors::new();
    let named = query.text("link")?;
    let mut by_link = false;
    let (key, shown) = match carried::token(&request, &named) {
        Some(token) => {
            let link = app
                .read(gate.clone(), move |conn, scope| {
                    model::open(conn, &token, scope.now())
                })
                .await?;
            let Some(link) = link else {
                return dead(&app, &visit, DeadLink::Unknown, None);
            };
            by_link = true;
            (field::email(&link.email).ok(), masked(&link.email))
        }
        None => (
            errors.take("email", field::email(&form.text("email")?)),
            form.text("email")?,
        ),
    };
    let Some(email) = key else {
        return new_link_page(&app, &visit, shown, errors, Said::Nothing);
    };
    let inner = app.clone();
    let wait = app
        .write(gate, move |conn, scope| {
            let wait = passwords::request_link(conn, &inner, scope, &email.key)?;
            Ok(wait.map(|wait| in_words(wait, scope.now())))
        })
        .await?;
    // Whoever only types an address learns nothing of what others asked for it.
    let said = match wait.filter(|_| by_link) {
        Some(words) => Said::Wait(words, format!("/links/new?link={}", urls::query(&named))),
        None => Said::Sent,
    };
    new_link_page(&app, &visit, shown, Errors::new(), said)
}
