//! What people are called: changed by whoever manages users where the person holds a role, and by the person (S1, S6).

use diesel::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::model::{Shown, manageable};
use crate::access::gate::{SignedInScope, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Personal, Target};
use crate::db::Conn;
use crate::db::schema::{accounts, users};
use crate::db::types::{AccountId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members;
use crate::web::clash::Clash;
use crate::web::field;
use crate::web::form::{Errors, Form};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// A first and a last name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
}

impl Names {
    /// As they were typed.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn typed(form: &Form) -> Result<Self> {
        Ok(Self {
            first: form.text("first_name")?,
            last: form.text("last_name")?,
        })
    }

    /// As they may be stored.
    ///
    /// # Errors
    /// What to correct.
    pub fn check(&self) -> std::result::Result<Self, Errors> {
        let mut errors = Errors::new();
        let first = field::person_name("first name", &self.first);
        let last = field::person_name("last name", &self.last);
        let (first, last) = (
            errors.take("first_name", first),
            errors.take("last_name", last),
        );
        match (first, last) {
            (Some(first), Some(last)) => Ok(Self { first, last }),
            _ => Err(errors),
        }
    }

    /// The version that a form carries. It is made of the names alone: whatever else changes about a person overtakes
    /// no form about their name.
    pub fn version(&self) -> i64 {
        let digest = Sha256::digest(format!("{}\n{}", self.first, self.last));
        digest
            .first_chunk()
            .map_or(0, |bytes: &[u8; 8]| i64::from_be_bytes(*bytes))
    }

    /// Both together.
    pub fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

impl From<&Shown> for Names {
    fn from(shown: &Shown) -> Self {
        Self {
            first: shown.row.first_name.clone(),
            last: shown.row.last_name.clone(),
        }
    }
}

/// What became of a new name.
#[derive(Clone, Debug)]
pub enum Renamed {
    /// Stored; false: it was so already.
    Done(bool),
    /// Somebody was faster.
    Clash(Box<Clash>),
}

/// The person, if the acting person may change what they are called: somebody whose home is here, or who is invited and
/// is called as was typed here (S16).
///
/// # Errors
/// Not found outside of the reach; a conflict about oneself, and where another account manages the login.
pub fn nameable(conn: &mut Conn, app: &App, scope: &Manager, id: UserId) -> Result<Shown> {
    let shown = manageable(conn, app.roles(), scope, id)?;
    if shown.row.status == "invited" || shown.row.kind == "home" && shown.home_here {
        return Ok(shown);
    }
    Err(Error::Conflict(format!(
        "The login of {} is managed by another account. They change their name themselves, on their profile.",
        Names::from(&shown).full()
    )))
}

/// Gives somebody another name, unless it was changed since the form was opened.
pub fn rename(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, new, version): (UserId, &Names, i64),
) -> Result<(Shown, Renamed)> {
    let shown = nameable(conn, app, scope, id)?;
    let (old, account) = (Names::from(&shown), scope.account().id);
    if old.version() != version {
        let current = (old.version(), scope.now());
        let clash = clash(conn, (account, id), (&old, new), current)?;
        return Ok((shown, Renamed::Clash(Box::new(clash))));
    }
    if old == *new {
        return Ok((shown, Renamed::Done(false)));
    }
    let home: Option<AccountId> = users::table
        .filter(users::id.eq(id))
        .select(users::home_account_id)
        .first(conn)?;
    // Nobody has proven an address without a home: what it is called here is all that is this account's (S1).
    if home == Some(account) {
        store(conn, id, new)?;
    }
    if home != Some(account) || shown.row.status == "invited" {
        members::called(conn, (account, id), (&new.first, &new.last))?;
    }
    let event = scope.event(Action::UserChanged);
    audit::record(conn, &about(event, (id, &shown.row.email), (&old, new)))?;
    Ok((shown, Renamed::Done(true)))
}

/// Gives oneself another name.
pub fn rename_oneself(
    conn: &mut Conn,
    scope: &SignedInScope,
    (new, version): (&Names, i64),
) -> Result<Renamed> {
    let (id, now) = (scope.person().id, scope.now());
    let (old, home) = own(conn, id)?;
    if let Some((_, name, plan)) = &home
        && plan == "frozen"
    {
        return Err(Refusal::frozen(name).to(scope));
    }
    if let Some((_, home, _)) = &home
        && !members::is_at_home(conn, id)?
    {
        return Err(Error::Conflict(format!(
            "{home} manages your name, and has ended your access: only whoever manages users there can change it."
        )));
    }
    let chain = home.map_or(audit::INSTALLATION, |(home, ..)| home);
    if old.version() != version {
        let clash = clash(conn, (chain, id), (&old, new), (old.version(), now))?;
        return Ok(Renamed::Clash(Box::new(clash)));
    }
    if old == *new {
        return Ok(Renamed::Done(false));
    }
    store(conn, id, new)?;
    let name = Personal {
        actor_name: Some(scope.person().name.clone()),
        ..Personal::default()
    };
    let event = Event::new(chain, Action::UserChanged, now)
        .by(Actor::User(id))
        .personal(name)
        .at_visit(scope.visit());
    let email = scope.person().email.as_str();
    audit::record(conn, &about(event, (id, email), (&old, new)))?;
    Ok(Renamed::Done(true))
}

/// One's own name, and the home with its name and plan.
type Own = (Names, Option<(AccountId, String, String)>);

/// What one is called oneself, and where one's home is.
pub fn own(conn: &mut Conn, id: UserId) -> Result<Own> {
    type Row = (String, String, Option<(AccountId, String, String)>);
    let (first, last, home): Row = users::table
        .left_join(accounts::table.on(users::home_account_id.eq(accounts::id.nullable())))
        .filter(users::id.eq(id))
        .select((
            users::first_name,
            users::last_name,
            (accounts::id, accounts::name, accounts::plan).nullable(),
        ))
        .first(conn)?;
    Ok((Names { first, last }, home))
}

/// When one last set a password.
pub fn password_set_at(conn: &mut Conn, id: UserId) -> Result<Option<Ts>> {
    Ok(users::table
        .filter(users::id.eq(id))
        .select(users::password_set_at)
        .first(conn)?)
}

/// The name of the login, and with it that of every account that the person has come into.
fn store(conn: &mut Conn, id: UserId, new: &Names) -> Result<()> {
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((
            users::first_name.eq(&new.first),
            users::last_name.eq(&new.last),
            users::version.eq(users::version + 1),
        ))
        .execute(conn)?;
    members::renamed(conn, id, &new.first, &new.last)
}

fn clash(
    conn: &mut Conn,
    (chain, id): (AccountId, UserId),
    (old, new): (&Names, &Names),
    current: (i64, crate::db::types::Ts),
) -> Result<Clash> {
    let about = (chain, Target::user(id));
    let clash = Clash::read(conn, about, &[Action::UserChanged], current)?;
    Ok(clash
        .field("First name", &old.first, &new.first)
        .field("Last name", &old.last, &new.last))
}

/// Names are about a person: they stand beside the seal, what is under it says only which fields changed.
fn about(event: Event, (id, email): (UserId, &str), (old, new): (&Names, &Names)) -> Event {
    let mut changed = Vec::new();
    if old.first != new.first {
        changed.push("first_name");
    }
    if old.last != new.last {
        changed.push("last_name");
    }
    event
        .on(Target::user(id))
        .details(json!({ "changed": changed }))
        .about(&new.first, &new.last, email)
        .personal(Personal {
            formerly: Some(old.full()),
            ..Personal::default()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_both_names_together() {
        let names = |first: &str, last: &str| Names {
            first: first.into(),
            last: last.into(),
        };
        let version = names("Ann Lee", "Ross").version();
        assert_eq!(version, names("Ann Lee", "Ross").version());
        assert_ne!(version, names("Ann", "Lee Ross").version());
        assert_ne!(version, 0);
    }
}
