//! `/me/security`: where one is signed in, and the end of it (rule 26; ux 6.29).

use actix_web::HttpResponse;
use askama::Template;

use crate::access::gate::{SignedIn, SignedInScope};
use crate::app::App;
use crate::audit::{Action, Actor, Event, INSTALLATION, Personal, Target};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::sessions::{self, Which};
use crate::users;
use crate::web::form::Form;
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
    /// When it began.
    pub began: String,
    /// When it was last used.
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
    /// Where one is signed in, the newest first.
    pub sessions: Vec<MySession>,
    /// Where it posts.
    pub action: &'static str,
    /// Where a new password is asked for.
    pub forgot: String,
}

fn page(conn: &mut Conn, app: &App, scope: &SignedInScope) -> Result<SecurityPage> {
    let now = scope.now();
    let mine = sessions::of_user(conn, app, scope.person().id, now)?;
    let shown = |one: sessions::Listed| MySession {
        this: one.id == scope.session().id,
        id: one.id.to_string(),
        browser: one.browser,
        address: one.address,
        began: moment(one.created_at),
        used: relative(one.last_seen_at, now),
    };
    Ok(SecurityPage {
        shell: scope.shell("Security"),
        sessions: mine.into_iter().map(shown).collect(),
        action: urls::MY_SECURITY,
        forgot: urls::forgot_password_of(&scope.person().email),
    })
}

/// The page.
pub async fn show(gate: SignedIn, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| page(conn, &inside, scope))
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
            let (_, home) = users::own(conn, id)?;
            let chain = home.map_or(INSTALLATION, |(home, ..)| home);
            let name = Personal {
                actor_name: Some(scope.person().name.clone()),
                ..Personal::default()
            };
            let event = Event::new(chain, Action::SessionEnded, scope.now())
                .by(Actor::User(id))
                .on(Target::user(id))
                .personal(name)
                .at_visit(scope.visit());
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
