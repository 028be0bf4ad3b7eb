//! The notice to whoever has other roles on a project.

use super::handlers::Managing;
use crate::access::gate::Demand;
use crate::access::place::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{MailId, UserId};
use crate::error::Result;
use crate::mail::templates::{self, Letter};
use crate::mail::{self, outbox};
use crate::members::Change;
use crate::notifications::{self, Kind};
use crate::users::{Listed, showing};
use crate::web::urls;

/// The project, as the notice names it.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its organization.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub path: String,
}

/// Tells somebody of their other roles on the project of the gate.
pub(super) fn tell(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (mail, person): (MailId, &Listed),
    change: &Change,
) -> Result<()> {
    let (account, project) = (scope.account(), scope.place());
    let place = Changed {
        organization: project.organization.name.clone(),
        name: project.name.clone(),
        path: urls::project(&account.slug, &project.organization.slug, &project.slug),
    };
    notify(conn, app, scope, &place, (mail, person, change))
}

/// Tells somebody of their other roles, by a notice. Whoever has not come in yet is told by their welcome.
pub fn notify<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    place: &Changed,
    (mail, person, change): (MailId, &Listed, &Change),
) -> Result<()> {
    let account = scope.account();
    if person.status != "active" {
        return Ok(());
    }
    let labels = |roles: Vec<Role>| -> Vec<String> {
        let mut roles = roles;
        roles.sort_unstable();
        roles.iter().map(|role| role.label().to_owned()).collect()
    };
    let letter = Letter::RolesChanged(templates::RolesChanged {
        account: account.into(),
        person: person.first_name.clone(),
        by: scope.person().name.clone(),
        organization: place.organization.clone(),
        project: templates::Project {
            word: account.word_singular.clone(),
            name: place.name.clone(),
        },
        before: labels(change.before.clone()),
        after: labels(change.after()),
        path: place.path.clone(),
    });
    let new = outbox::NewMail {
        id: mail,
        account: Some(account.id),
        link: None,
        reader: Some(person.id),
        recipient: person.email.clone(),
        letter,
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(mail),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    outbox::enqueue(conn, new)?;
    Ok(())
}

/// Who of these people will be told of it by mail.
pub(super) fn told_in_words<'a>(
    conn: &mut Conn,
    scope: &Managing,
    people: impl Iterator<Item = &'a Listed>,
) -> Result<String> {
    let account = scope.account();
    if !account.notifications {
        return Ok("Nobody is told by mail: e-mail notifications of the account are off.".into());
    }
    let active: Vec<&Listed> = people.filter(|row| row.status == "active").collect();
    let ids: Vec<UserId> = active.iter().map(|row| row.id).collect();
    let kind = (account.id, Kind::RolesChanged);
    let unwilling = notifications::unwilling(conn, kind, &ids)?;
    let told = active
        .into_iter()
        .filter(|row| !unwilling.contains(&row.id));
    let told: Vec<String> = told.map(showing::name).collect();
    Ok(if told.is_empty() {
        "Nobody is told by mail.".into()
    } else {
        format!("Told by mail: {}.", told.join(", "))
    })
}
