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

/// Of which kind the notice is: whoever held nothing on the project can now work there; everybody else has other roles.
const fn kind(change: &Change) -> Kind {
    if change.before.is_empty() {
        Kind::Added
    } else {
        Kind::RolesChanged
    }
}

/// Tells somebody of their first or their other roles, by a notice. Whoever has not come in yet is told by their welcome.
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
    let (first_name, by) = (person.first_name.clone(), scope.person().name.clone());
    let project = templates::Project {
        word: account.word_singular.clone(),
        name: place.name.clone(),
    };
    let letter = if kind(change) == Kind::Added {
        Letter::Added(templates::Added {
            account: account.into(),
            person: first_name,
            adder: by,
            organization: place.organization.clone(),
            project,
            roles: labels(change.after()),
            during: (None, None),
            path: place.path.clone(),
        })
    } else {
        Letter::RolesChanged(templates::RolesChanged {
            account: account.into(),
            person: first_name,
            by,
            organization: place.organization.clone(),
            project,
            before: labels(change.before.clone()),
            after: labels(change.after()),
            path: place.path.clone(),
        })
    };
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

/// Who of these people will be told of their change by mail.
pub(super) fn told_in_words<'a>(
    conn: &mut Conn,
    scope: &Managing,
    changes: &'a [Change],
    person: impl Fn(UserId) -> Option<&'a Listed>,
) -> Result<String> {
    let account = scope.account();
    if !account.notifications {
        return Ok("Nobody is told by mail: e-mail notifications of the account are off.".into());
    }
    let people = changes
        .iter()
        .filter_map(|change| Some((person(change.user)?, kind(change))));
    let active: Vec<(&Listed, Kind)> = people.filter(|(row, _)| row.status == "active").collect();
    let mut unwilling = Vec::new();
    for kind in [Kind::Added, Kind::RolesChanged] {
        let of_kind = active.iter().filter(|(_, its)| *its == kind);
        let ids: Vec<UserId> = of_kind.map(|(row, _)| row.id).collect();
        if !ids.is_empty() {
            unwilling.extend(notifications::unwilling(conn, (account.id, kind), &ids)?);
        }
    }
    let told = active
        .into_iter()
        .filter(|(row, _)| !unwilling.contains(&row.id));
    let told: Vec<String> = told.map(|(row, _)| showing::name(row)).collect();
    Ok(if told.is_empty() {
        "Nobody is told by mail.".into()
    } else {
        format!("Told by mail: {}.", told.join(", "))
    })
}
