//! The whole portal in one process: built as `serve` builds it, asked without a socket.

use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use tempfile::TempDir;
use tenantry::app::{App, Clock};
use tenantry::auth::session;
use tenantry::auth::token::Token;
use tenantry::config::{Config, Transport};
use tenantry::db::schema::sessions;
use tenantry::db::types::{SessionId, Ts};
use tenantry::db::{Conn, write_in};

use super::cast;
use super::database::Database;
use super::visitor::{Answer, Visitor};

impl Drop for TestApp {
    /// Whatever a test did, the index of people follows the grants, the tree and the groups.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let conn = self.conn.get_mut().take();
        let mut conn = conn.unwrap_or_else(|| cast::open(self.database.url()));
        let apart = write_in(&mut conn, tenantry::members::rebuilding::differences);
        assert_eq!(
            apart.unwrap(),
            0,
            "something was written past src/members/storing.rs and src/members/people.rs (in a test: past the cast)"
        );
    }
}

/// An instance, as it is asked.
pub type Portal = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

/// A running portal with a database of its own. Fields are dropped in this order: the portal first.
pub struct TestApp {
    portal: RefCell<Portal>,
    app: App,
    conn: RefCell<Option<Conn>>,
    database: Database,
    _folder: TempDir,
}

impl TestApp {
    /// With the whole [cast].
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With the whole cast and these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Database::fresh(cast::everybody), settings).await
    }

    /// An installation that nobody has claimed, or even started, yet.
    pub async fn unclaimed() -> Self {
        Self::on(Database::fresh(cast::nobody), &[]).await
    }

    /// With what this fills an empty database with; it does so once, and every test gets a copy.
    pub async fn holding(fill: fn(&str), settings: &[(&str, &str)]) -> Self {
        Self::on(Database::fresh(fill), settings).await
    }

    /// With the whole cast, on a portal that has no mail server: what would be mailed is written into files.
    pub async fn without_mail() -> Self {
        Self::built(Database::fresh(cast::everybody), &[], |config| {
            let folder = config.data_dir.join("mail");
            config.mail.transport = Transport::Directory(folder);
        })
        .await
    }

    async fn on(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::built(database, settings, |_| ()).await
    }

    async fn built(
        database: Database,
        settings: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret.key");
        std::fs::write(&secret, cast::SECRET).unwrap();
        std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
        let url = database.url().to_owned();
        let mut settings = settings.to_vec();
        settings.push(("DATABASE_URL", &url));
        let mut config = Config::for_tests(folder.path(), &settings)
            .unwrap_or_else(|problems| panic!("{problems}"));
        change(&mut config);
        let clock = Clock::Set(std::sync::Arc::new(std::sync::Mutex::new(cast::morning())));
        let app = App::build(config, clock).unwrap();
        Self {
            portal: RefCell::new(portal(&app).await),
            app,
            conn: RefCell::new(None),
            database,
            _folder: folder,
        }
    }

    /// The application itself.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Does this run test PostgreSQL?
    pub fn is_postgres(&self) -> bool {
        self.database.is_postgres()
    }

    /// What `DATABASE_URL` says.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// From now on another instance on the same database answers, with nothing in memory; the one before is given back.
    pub async fn elsewhere(&self) -> Portal {
        let config = self.app.config().clone();
        let other = App::build(config, self.app.clock().clone()).unwrap();
        self.answered_by(portal(&other).await)
    }

    /// From now on this instance answers; the one before is given back.
    pub fn answered_by(&self, portal: Portal) -> Portal {
        self.portal.replace(portal)
    }

    /// The time of the portal's clock.
    pub fn now(&self) -> Ts {
        self.app.now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: chrono::Duration) {
        self.app.clock().advance(by);
    }

    /// Looks into the database, or changes it, past all gates: one transaction on a connection of the test's own.
    pub fn sql<T>(&self, f: impl FnOnce(&mut Conn) -> QueryResult<T>) -> T {
        let mut conn = self.conn.borrow_mut();
        let conn = conn.get_or_insert_with(|| cast::open(self.database.url()));
        write_in(conn, |conn| Ok(f(conn)?)).unwrap()
    }

    /// A browser that nobody has signed in with.
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    /// A browser of somebody who is signed in already, whatever their state: the session's row is written past the
    /// sign-in page, which tests of other pages neither wait for nor depend on. [`Visitor::sign_in`] goes through it.
    pub fn signed_in(&self, email: &str) -> Visitor<'_> {
        let key = Token::new().text();
        let hash = session::hash_of(&key);
        let now = self.now();
        self.sql(|conn| {
            diesel::insert_into(sessions::table)
                .values((
                    sessions::key_hash.eq(&hash),
                    sessions::id.eq(SessionId::new()),
                    sessions::user_id.eq(cast::user(email)),
                    sessions::created_at.eq(now),
                    sessions::last_seen_at.eq(now),
                    sessions::expires_at.eq(now.plus(chrono::Duration::hours(12))),
                    sessions::user_agent.eq("a test"),
                    sessions::address.eq("192.0.2.1"),
                ))
                .execute(conn)
        });
        let visitor = self.visitor();
        visitor.keep(session_cookie(&self.app, &key));
        visitor
    }

    /// Asks the portal.
    pub(super) async fn call(&self, request: TestRequest) -> Answer {
        let portal = Rc::clone(&self.portal.borrow());
        portal(request).await
    }
}

async fn portal(app: &App) -> Portal {
    let service = Rc::new(init_service(tenantry::server::assemble(app)).await);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            match service.call(request.to_request()).await {
                Ok(response) => {
                    let (_, response) = response.into_parts();
                    Answer::read(response.map_into_boxed_body()).await
                }
                // What a server does with an error that no page took.
                Err(error) => Answer::read(error.error_response()).await,
            }
        })
    })
}

/// The cookie that the session middleware would have set for this key.
fn session_cookie(app: &App, key: &str) -> actix_web::cookie::Cookie<'static> {
    use actix_web::cookie::{Cookie, CookieJar, Key};
    let signing = Key::derive_from(&app.secret().key("session cookie"));
    let name = session::cookie_name(&app.config().public_url);
    let mut jar = CookieJar::new();
    jar.signed_mut(&signing)
        .add(Cookie::new(name, key.to_owned()));
    let mut cookie = jar.get(name).unwrap().clone();
    cookie.set_path("/");
    cookie
}
