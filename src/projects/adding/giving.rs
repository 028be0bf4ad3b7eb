//! The act of *Add Users*: the roles are given, and kept so that they can be taken back.

use super::Managing;
use crate::access::permission::Key;
use crate::access::role::Role;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, UserId};
use crate::error::Result;
use crate::members::{self, During, Got, Kept, Told};
use crate::users::{self, Listed, showing};

/// Ids for one person.
pub(super) struct Fresh {
    pub(super) grants: Vec<GrantId>,
}

/// What became of each, by name.
#[derive(Default)]
pub(super) struct Added {
    /// Who has roles that they had not.
    pub(super) new: Vec<String>,
    /// Who held them already.
    held: Vec<String>,
    /// Which of their roles they hold for another time already.
    pub(super) told: Option<Told>,
    /// Who was shut out meanwhile.
    gone: Vec<String>,
    /// From which day on the new roles hold, and until which; empty: at once, and without an end.
    days: String,
}

impl Added {
    /// What became of them, in a sentence or three.
    pub(super) fn sentence(&self, project: &str) -> String {
        let (is, holds) = (
            |names: &[String]| if names.len() == 1 { "is" } else { "are" },
            showing::listed,
        );
        let mut said = Vec::new();
        if !self.new.is_empty() {
            said.push(format!("{} added to {project}.", holds(&self.new)));
            said.extend(Some(self.days.clone()).filter(|days| !days.is_empty()));
        }
        if !self.held.is_empty() {
            let names = holds(&self.held);
            said.push(format!("{names} held these roles on {project} already."));
        }
        if !self.gone.is_empty() {
            let (names, are) = (holds(&self.gone), is(&self.gone));
            said.push(format!("{names} {are} inactive now and got no role."));
        }
        said.join(" ")
    }
}

/// Gives the roles to each of them, and says to whom. One alone who cannot be added is not found; of several, whoever was
/// shut out meanwhile is left out, and the others get theirs.
pub(super) fn add(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    found: &members::Found,
    (id, people): (ChangeId, &[(UserId, &Fresh)]),
    (roles, during): (&[Role], During),
) -> Result<Added> {
    let account = scope.account();
    let name = |row: &Listed| format!("{} {}", row.first_name, row.last_name);
    let (mut added, mut kept) = (Added::default(), Kept::default());
    let (mut shut_out, mut given) = (Vec::new(), Vec::new());
    if people.len() > 1 {
        let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
        let ids: Vec<UserId> = people.iter().map(|(id, _)| *id).collect();
        let rows = users::among(conn, account.id, &reach, &ids)?;
        let out = rows.iter().filter(|row| row.status == "deactivated");
        for row in out {
            shut_out.push(row.id);
            added.gone.push(name(row));
        }
    }
    let ids: Vec<UserId> = people.iter().map(|(id, _)| *id).collect();
    let asleep = members::sleeping(conn, account.id, &ids)?;
    for (person, fresh) in people {
        if shut_out.contains(person) {
            continue;
        }
        let roles: Vec<(Role, GrantId)> = roles
            .iter()
            .cloned()
            .zip(fresh.grants.iter().copied())
            .collect();
        let who = (*person, true);
        let placed = users::place(conn, app, scope, found, who, (&roles, during))?;
        let name = name(&placed.person);
        kept.add((*person, &name), placed.stays);
        if placed.given.is_empty() {
            added.held.push(name);
        } else {
            added.new.push(name);
            given.push(Got {
                user: *person,
                grants: placed.grants,
                mail: placed.mail,
            });
        }
    }
    if !given.is_empty() {
        members::keep_given(conn, scope, found, (id, given, asleep))?;
    }
    added.told = kept.told(account);
    added.days = members::during::in_words(during, &account.time_zone);
    Ok(added)
}
