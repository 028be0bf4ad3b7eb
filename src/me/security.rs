//! `/me/security`: where one is signed in, the browsers that one is known in, and the end of it (rule 26, S19; ux 6.29).

use actix_web::HttpResponse;
use askama::Template;

use crate::access::gate::{SignedIn, SignedInScope};
use crate::app::App;
use crate::audit::{Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::sessions::{self, Which};
use crate::users;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{count, moment, relative};

/// A session, as its owner sees it.
pub struct MySession {
    /// What is posted to end it.
    pub id: String,
    /// The browser in words.
    pub browser: String,
    /// The network address that it began from.
    pub address: String,
    /// About where that is, where the operator's file has it.
    pub place: Option<String>,
    /// When it began.
    pub began: String,
    /// When it was last used.
    pub used: String,
    /// Whether it is the one that shows the page.
    pub this: bool,
}

/// A browser, as its owner sees it.
pub struct MyBrowser {
    /// What is posted to forget it.
    pub id: String,
    /// The browser in words.
    pub words: String,
    /// Since when it is known.
    pub since: String,
    /// When its owner last signed in with it.
    pub used: String,
    /// Whether it is the one that shows the page.
    pub this: bool,
}

/// Security.
#[derive(Template)]
#[template(path = "me/security.html")]
pub struct SecurityPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong with a new password.
    pub errors: Errors,
    /// The address that one signs in with, for password managers.
    pub email: String,
    /// When the password was last changed.
    pub changed: Option<String>,
    /// Shortest password.
    pub minimum: usize,
    /// Where a new password is posted.
    pub password: &'static str,
    /// Where one is signed in, the newest first.
    pub sessions: Vec<MySession>,
    /// Where it posts.
    pub action: &'static str,
    /// The browsers that one is known in, the last used first.
    pub browsers: Vec<MyBrowser>,
    /// Where one to forget is posted.
    pub forget: &'static str,
    /// Where a new password is had by whoever does not know the one of now.
    pub forgot: String,
}

/// Everything that the page shows; `errors` is about a new password.
pub(super) fn page(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    errors: Errors,
) -> Result<SecurityPage> {
    let (now, me) = (scope.now(), scope.person());
    let changed: Option<Ts> = users::password_set_at(conn, me.id)?;
    let mine = sessions::of_user(conn, app, me.id, now)?;
    let browser = |one: sessions::Browser| MyBrowser {
        this: scope.visit().device() == Some(one.id),
        id: one.id.to_string(),
        words: one.words,
        since: moment(one.since),
        used: relative(one.last_used_at, now),
    };
    let known = sessions::browsers_of(conn, me.id)?;
    let shown = |one: sessions::Listed| MySession {
        this: one.id == scope.session().id,
        id: one.id.to_string(),
        browser: one.browser,
        address: one.address,
        place: one.place,
        began: moment(one.created_at),
        used: relative(one.last_seen_at, now),
    };
    Ok(SecurityPage {
        shell: scope.shell("Security").with_errors(&errors),
        errors,
        email: me.email.clone(),
        changed: changed.map(moment),
        minimum: app.config().limits.password_min_length,
        password: urls::MY_PASSWORD,
        browsers: known.into_iter().map(browser).collect(),
        forget: urls::MY_BROWSERS,
        sessions: mine.into_iter().map(shown).collect(),
        action: urls::MY_SECURITY,
        forgot: urls::forgot_password_of(&scope.person().email),
    })
}

/// The page.
pub async fn show(gate: SignedIn, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            page(conn, &inside, scope, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// *Sign out this*, *Sign out others*.
pub async fn sign_out(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let one = form.text("session")?;
    let one = match one.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::NotFound)?),
    };
    let ended = app
        .write(gate, move |conn, scope| {
            let (id, this) = (scope.person().id, scope.session().id);
            let which = one.map_or(Which::Others(this), Which::One);
            let event = event(conn, scope, Action::SessionEnded)?;
            sessions::sign_out(conn, id, which, event)
        })
        .await?;
    let there = Redirect::to(urls::MY_SECURITY);
    match ended {
        0 => there.notice("You were not signed in there any more."),
        n => {
            let ended = count(i64::try_from(n).unwrap_or(i64::MAX), "session");
            there.success(format!("{ended} ended."))
        }
    }
    .respond(&app)
}

/// An event about one's own login.
fn event(conn: &mut Conn, scope: &SignedInScope, action: Action) -> Result<Event> {
    let id = scope.person().id;
    let chain = sessions::chain(conn, id, None)?;
    let name = Personal {
        actor_name: Some(scope.person().name.clone()),
        ..Personal::default()
    };
    Ok(Event::new(chain, action, scope.now())
        .by(Actor::User(id))
        .on(Target::user(id))
        .personal(name)
        .at_visit(scope.visit()))
}

/// *Forget this browser*, *Forget all*.
pub async fn forget(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let one = form.text("browser")?;
    let one = match one.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::NotFound)?),
    };
    let gone = app
        .write(gate, move |conn, scope| {
            let event = event(conn, scope, Action::BrowserForgotten)?;
            sessions::forget(conn, scope.person().id, one, event)
        })
        .await?;
    let there = Redirect::to(urls::MY_SECURITY);
    match gone {
        0 => there.notice("That browser was not known any more."),
        n => {
            let gone = count(i64::try_from(n).unwrap_or(i64::MAX), "browser");
            there.success(format!("{gone} forgotten."))
        }
    }
    .respond(&app)
}
