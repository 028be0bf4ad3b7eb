//! The application: what every request and every job works with. Built the same way by `serve` and by every test.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

use crate::access::catalogue::Catalogue;
use crate::access::door::Door;
use crate::access::role::RoleTable;
use crate::auth::password::Hasher;
use crate::auth::seal::Sealer;
use crate::auth::secret::Secret;
use crate::config::Config;
use crate::db::types::{InstanceId, Ts};
use crate::db::{Conn, Cost, Db};
use crate::error::{Error, Result};
use crate::sessions::GeoIp;

/// Where "now" comes from; never from SQL, and in tests from the test.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Stands still until it is set.
    Set(Arc<Mutex<Ts>>),
}

impl Clock {
    /// The current time, UTC, whole microseconds.
    pub fn now(&self) -> Ts {
        match self {
            Self::System => Ts::new(chrono::Utc::now()),
            Self::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a clock that is set by hand; the machine's clock is left alone.
    pub fn advance(&self, by: chrono::Duration) {
        if let Self::Set(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.plus(by);
        }
    }
}

/// Everything an installation is made of; cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

struct Parts {
    config: Config,
    db: Db,
    clock: Clock,
    secret: Secret,
    sealer: Sealer,
    hasher: Hasher,
    roles: Arc<RoleTable>,
    catalogue: Catalogue,
    geoip: GeoIp,
    mail: Arc<Notify>,
    audit: Notify,
    imports: Notify,
    instance: InstanceId,
}

impl App {
    /// Opens what the configuration names. The schema must be current (see `db::migrate`).
    pub fn build(config: Config, clock: Clock) -> Result<Self, String> {
        let secret = Secret::open(&config.secret_file).map_err(|e| {
            format!(
                "the secret {} cannot be read or made: {e}",
                config.secret_file.display()
            )
        })?;
        let catalogue = match &config.catalogue {
            Some(path) => Catalogue::read(path)?,
            None => Catalogue::builtin(),
        };
        let roles = Arc::new(RoleTable::new(&catalogue));
        let geoip = GeoIp::new(config.geoip.clone());
        let db =
            Db::open(&config.database, config.database_connections()).map_err(|e| e.to_string())?;
        let hasher = {
            let limits = &config.limits;
            Hasher::start(
                secret.key("password pepper"),
                limits.bcrypt_cost,
                limits.hash_threads,
                limits.hash_wait,
            )
            .map_err(|e| format!("the threads that hash passwords cannot be started: {e}"))?
        };
        let sealer = Sealer::new(secret.key("sealed tokens"));
        let parts = Parts {
            db,
            clock,
            sealer,
            hasher,
            roles,
            catalogue,
            geoip,
            secret,
            config,
            mail: Arc::new(Notify::new()),
            audit: Notify::new(),
            imports: Notify::new(),
            instance: InstanceId::new(),
        };
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    /// What was configured.
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// Where "now" comes from.
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// The current time.
    pub fn now(&self) -> Ts {
        self.parts.clock.now()
    }

    /// The installation's secret.
    pub fn secret(&self) -> &Secret {
        &self.parts.secret
    }

    /// Seals and opens what must not lie readable in the database.
    pub fn sealer(&self) -> &Sealer {
        &self.parts.sealer
    }

    /// The bounded pool that hashes passwords.
    pub fn hasher(&self) -> &Hasher {
        &self.parts.hasher
    }

    /// What each built-in role may do.
    pub fn roles(&self) -> &Arc<RoleTable> {
        &self.parts.roles
    }

    /// Which network address is where.
    pub fn geoip(&self) -> &GeoIp {
        &self.parts.geoip
    }

    /// The permission catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.parts.catalogue
    }

    /// Rung when mail was put into the outbox.
    pub fn mail_bell(&self) -> &Arc<Notify> {
        &self.parts.mail
    }

    /// Rung when audit events wait for their seal.
    pub fn audit_bell(&self) -> &Notify {
        &self.parts.audit
    }

    /// Rung when an import was ordered.
    pub fn import_bell(&self) -> &Notify {
        &self.parts.imports
    }

    /// This process, as owner of leases.
    pub fn instance(&self) -> InstanceId {
        self.parts.instance
    }

    /// The database, for what stands outside of any gate: migrations, readiness, commands.
    pub fn db(&self) -> &Db {
        &self.parts.db
    }

    /// Passes `door` and runs `f` with the scope it proves, in one snapshot.
    pub async fn read<D, T, F>(&self, door: D, f: F) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnOnce(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        self.read_if(D::may_read, door, f).await
    }

    /// The same for what only prepares the write that follows, which is asked for itself: a form that a frozen account
    /// lets through is not stopped before it (S22). What is read so goes into no page.
    pub async fn read_before_write<D, T, F>(&self, door: D, f: F) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnOnce(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        self.read_if(|_| Ok(()), door, f).await
    }

    async fn read_if<D, T, F>(&self, may: fn(&D::Scope) -> Result<()>, door: D, f: F) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnOnce(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        let app = self.clone();
        let now = self.now();
        let cost = door.cost();
        let (value, stale) = self
            .db()
            .read(cost, move |conn| {
                let scope = door.enter(conn, &app, now)?;
                may(&scope)?;
                let done = f(conn, &scope);
                let value = done.map_err(|error| D::framed(conn, &scope, error))?;
                Ok((value, D::stale_session(&scope, now)))
            })
            .await?;
        if let Some(session) = stale {
            crate::sessions::touch_later(self, session);
        }
        Ok(value)
    }

    /// Passes `door` and runs `f` with the scope it proves, in one transaction. `f` may run more than once.
    pub async fn write<D, T, F>(&self, door: D, f: F) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnMut(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        self.write_if(D::may_write, door, f).await
    }

    /// The same for an act that only takes access away, which a frozen account lets through (S22). Where it may also
    /// give, what gives asks for itself.
    pub async fn write_ending<D, T, F>(&self, door: D, f: F) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnMut(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        self.write_if(D::may_end, door, f).await
    }

    async fn write_if<D, T, F>(
        &self,
        may: fn(&D::Scope) -> Result<()>,
        door: D,
        mut f: F,
    ) -> Result<T>
    where
        D: Door,
        T: Send + 'static,
        F: FnMut(&mut Conn, &D::Scope) -> Result<T> + Send + 'static,
    {
        let app = self.clone();
        let now = self.now();
        let value = self
            .db()
            .write(move |conn| {
                let scope = door.enter(conn, &app, now)?;
                may(&scope)?;
                let done = f(conn, &scope);
                done.map_err(|error| D::framed(conn, &scope, error))
            })
            .await;
        // Whatever was written may have left mail and events behind; the bells cost nothing.
        self.parts.mail.notify_one();
        self.parts.audit.notify_one();
        value
    }
}

impl FromRequest for App {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            request
                .app_data::<Self>()
                .cloned()
                .ok_or_else(|| Error::internal("the application is not set up")),
        )
    }
}

/// The cost of the route that serves `request`, as `routes.rs` states it.
pub fn cost_of(request: &HttpRequest) -> Cost {
    request
        .app_data::<Cost>()
        .copied()
        .unwrap_or(Cost::Unbounded)
}
