//! Links about a login that a manager of its home has mailed: to the person alone, who alone learns them (ux 6.12).

use serde_json::json;

use super::wishes::post;
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::{Error, Result};
use crate::mail::templates::{Asked, Letter, Locked};
use crate::sessions;
use crate::users::{self, Shown, showing};
use crate::welcome::{self, Fresh, NewLink, Purpose};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Who sent it, for the mail: name and account.
fn by(scope: &Manager) -> String {
    format!("{} ({})", scope.person().name, scope.account().name)
}

/// *Send password reset mail*. Says to whom.
pub fn mail_reset(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, fresh): (UserId, &Fresh),
) -> Result<Shown> {
    let shown = users::managed_here(conn, app, scope, id)?;
    if shown.row.status != "active" {
        return Err(Error::Conflict(format!(
            "{} is not active, so there is no password to reset.",
            showing::name(&shown.row)
        )));
    }
    let letter = Letter::ResetPassword(Asked {
        person: shown.row.first_name.clone(),
        from: None,
        by: Some(by(scope)),
    });
    let life = app.config().limits.reset_link;
    mail(
        conn,
        app,
        scope,
        (&shown, fresh),
        (Purpose::Reset, life, letter),
    )?;
    let event = scope
        .event(Action::PasswordResetRequested)
        .on(Target::user(id))
        .details(json!({ "link": fresh.link.to_string() }));
    let row = &shown.row;
    audit::record(
        conn,
        &event.about(&row.first_name, &row.last_name, &row.email),
    )?;
    Ok(shown)
}

/// *Send unlock mail*. Says to whom, and whether there was a lock to end.
pub fn mail_unlock(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (id, fresh): (UserId, &Fresh),
) -> Result<(Shown, bool)> {
    let shown = users::managed_here(conn, app, scope, id)?;
    let Some(until) = shown.row.locked_until.filter(|until| *until > scope.now()) else {
        return Ok((shown, false));
    };
    let letter = Letter::Locked(Locked {
        person: shown.row.first_name.clone(),
        at: until.plus(-sessions::span(app.config().limits.lock_length)),
        until,
        from: None,
        by: Some(by(scope)),
    });
    let life = app.config().limits.unlock_link;
    mail(
        conn,
        app,
        scope,
        (&shown, fresh),
        (Purpose::Unlock, life, letter),
    )?;
    let event = scope
        .event(Action::LinkRequested)
        .on(Target::user(id))
        .details(json!({ "link": fresh.link.to_string(), "purpose": "unlock" }));
    let row = &shown.row;
    audit::record(
        conn,
        &event.about(&row.first_name, &row.last_name, &row.email),
    )?;
    Ok((shown, true))
}

fn mail(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (shown, fresh): (&Shown, &Fresh),
    (purpose, life, letter): (Purpose, std::time::Duration, Letter),
) -> Result<()> {
    let (now, row) = (scope.now(), &shown.row);
    let new = NewLink {
        purpose,
        user: row.id,
        account: None,
        email: &row.email,
        expires_at: now.plus(sessions::span(life)),
        sent_by: Some(scope.person().id),
        mailed: true,
    };
    welcome::mint(conn, fresh, &new, now)?;
    post(conn, app, (fresh, None), &row.email, letter, now)
}
