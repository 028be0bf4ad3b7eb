//! `tenantry seed`: a large installation to measure, the same every time for the same numbers.

mod data;
mod names;
pub(super) mod rows;
mod target;

use diesel::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use self::data::Plan;
use super::{Failed, config};
use crate::audit::{self, Action, Event};
use crate::auth::password::Hasher;
use crate::auth::secret::Secret;
use crate::config::{Config, Database};
use crate::db::Conn;
use crate::db::connect::{self, Use};
use crate::db::schema::{accounts, installation};
use crate::db::types::AccountId;
use crate::error::Result;

pub use self::data::Sizes;

/// People that are stored at a time: bounds the memory.
const CHUNK: u64 = 2000;

/// Sessions that lie in the table beside those in use: a tenth of the people, at most these.
const SESSIONS: u64 = 100_000;

/// Fills an empty installation with `sizes`; everybody signs in with `password`.
pub fn run(sizes: Sizes, password: &str) -> Result<String, Failed> {
    let config = config()?;
    config.make_data_dir()?;
    let plan = Plan::new(sizes).map_err(|why| Failed::Refused(vec![why]))?;
    let secret = Secret::open(&config.secret_file).map_err(|e| {
        Failed::Refused(vec![format!(
            "the secret {} cannot be read or made: {e}",
            config.secret_file.display()
        )])
    })?;
    let _alone = super::serve::alone(&config)?;
    refuse_filled(&config.database)?;
    let seeding = Seeding {
        hash: hashed(&config, &secret, password)?,
        fingerprint: secret.fingerprint().to_vec(),
        plan,
    };
    let bar = bar(&seeding.plan);
    target::fill(&config.database, |conn| seeding.store(conn, &bar))?;
    bar.finish_and_clear();
    Ok(said(&seeding.plan))
}

/// Whether anything worth keeping is in the database: an account, or a claim to the installation.
pub(super) fn refuse_filled(database: &Database) -> Result<(), Failed> {
    let refused = |why: String| Failed::Refused(vec![why]);
    crate::db::migrate::run(database).map_err(refused)?;
    let mut conn = connect::open(database, Use::Read)
        .map_err(|cause| refused(format!("the database cannot be opened: {cause}")))?;
    let mut found = || -> QueryResult<bool> {
        let claimed = installation::table
            .filter(installation::claimed_at.is_not_null())
            .count()
            .get_result::<i64>(&mut conn)?;
        let account: Option<AccountId> = accounts::table
            .select(accounts::id)
            .first(&mut conn)
            .optional()?;
        Ok(claimed > 0 || account.is_some())
    };
    match found() {
        Ok(false) => Ok(()),
        Ok(true) => Err(refused(
            "the database is filled already: only an empty one is filled (TENANTRY_DATA_DIR or DATABASE_URL names another)"
                .into(),
        )),
        Err(cause) => Err(Failed::Broke(cause.to_string())),
    }
}

/// One hash of the configured cost, for everybody.
pub(super) fn hashed(config: &Config, secret: &Secret, password: &str) -> Result<String, Failed> {
    let limits = &config.limits;
    let hasher = Hasher::start(
        secret.key("password pepper"),
        limits.bcrypt_cost,
        1,
        limits.hash_wait,
    )
    .map_err(|cause| Failed::Broke(cause.to_string()))?;
    actix_web::rt::System::new()
        .block_on(hasher.hash(password.to_owned()))
        .map_err(|_| Failed::Broke("the password could not be hashed".into()))
}

fn bar(plan: &Plan) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:14} {wide_bar} {pos}/{len}  {eta}");
    let bar = ProgressBar::new(plan.sizes().users);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What to sign in with, for whoever reads the end of the run.
fn said(plan: &Plan) -> String {
    let sizes = plan.sizes();
    format!(
        "{} accounts, {} organizations, {} users.\nSign in as {} (Owner of Acme, and operator).\n",
        sizes.accounts,
        sizes.organizations,
        sizes.users,
        plan.person(1).email
    )
}

/// Everything that a run stores.
struct Seeding {
    plan: Plan,
    hash: String,
    fingerprint: Vec<u8>,
}

impl Seeding {
    /// Stores it all; the caller's transaction makes it all or nothing.
    fn store(&self, conn: &mut Conn, bar: &ProgressBar) -> Result<()> {
        let Sizes {
            accounts,
            organizations,
            users,
        } = *self.plan.sizes();
        self.claim(conn)?;
        let all = |bar: &ProgressBar, what: &'static str, count: u64| {
            bar.set_message(what);
            bar.reset();
            bar.set_length(count);
            Chunks::of(count)
        };
        for (from, to) in all(bar, "accounts", accounts) {
            rows::accounts(conn, (from..to).map(|a| self.plan.account(a)))?;
            bar.set_position(to - 1);
        }
        for (from, to) in all(bar, "organizations", organizations) {
            rows::organizations(conn, (from..to).map(|o| self.plan.organization(o)))?;
            let projects = (from..to).flat_map(|o| self.plan.projects(o));
            rows::projects(conn, projects)?;
            bar.set_position(to - 1);
        }
        rows::groups(conn, self.plan.groups())?;
        rows::group_organizations(conn, self.plan.group_organizations())?;
        for (from, to) in all(bar, "users", users) {
            rows::users(conn, (from..to).map(|u| self.plan.user(u, &self.hash)))?;
            let joined = (from..to).flat_map(|u| self.plan.memberships(u));
            rows::memberships(conn, joined)?;
            rows::grants(conn, (from..to).flat_map(|u| self.plan.grants(u)))?;
            bar.set_position(to - 1);
        }
        bar.set_message("people in order");
        crate::members::rebuilding::rebuild(conn)?;
        let sessions = (users / 10).min(SESSIONS);
        for (from, to) in all(bar, "sessions", sessions) {
            rows::sessions(
                conn,
                (from..to).map(|i| self.plan.session(i, nobodys_key(i))),
            )?;
            bar.set_position(to - 1);
        }
        bar.set_message("indexes");
        Ok(())
    }

    /// The installation is claimed by the first person.
    fn claim(&self, conn: &mut Conn) -> Result<()> {
        let at = self.plan.base();
        diesel::delete(installation::table).execute(conn)?;
        diesel::insert_into(installation::table)
            .values((
                installation::id.eq(1_i64),
                installation::secret_fingerprint.eq(&self.fingerprint),
                installation::claimed_at.eq(Some(at)),
                installation::created_at.eq(at),
            ))
            .execute(conn)?;
        let event = Event::new(audit::INSTALLATION, Action::InstallationClaimed, at);
        audit::record(conn, &event.on(audit::Target::user(data::user_id(1))))?;
        Ok(())
    }
}

/// Bytes that stand where the hash of a session's key stands, and that no known key has.
fn nobodys_key(number: u64) -> Vec<u8> {
    let mut text = Sha256::new();
    text.update(b"nobody's session ");
    text.update(number.to_be_bytes());
    // Hashed twice: the text above is no key either.
    Sha256::digest(text.finalize()).to_vec()
}

/// `1..=count` in pieces: from, and one beyond the last.
struct Chunks {
    next: u64,
    end: u64,
}

impl Chunks {
    fn of(count: u64) -> Self {
        Self {
            next: 1,
            end: count + 1,
        }
    }
}

impl Iterator for Chunks {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        let from = self.next;
        self.next = self.end.min(from + CHUNK);
        (from < self.end).then_some((from, self.next))
    }
}

#[cfg(test)]
mod tests;
