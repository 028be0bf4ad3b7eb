//! What the pages of projects show.

use askama::Template;

use super::Worker;
use super::grid::{GridRow, RoleHead};
use crate::access::role::{Builtin, Role};
use crate::db::types::{Ts, UserId};
use crate::members;
use crate::web::form::Errors;
use crate::web::list::Frame;
use crate::web::naming::Typed;
use crate::web::shell::{Shell, initials};
use crate::web::urls;
use crate::web::view::{GivenRole, Status, moment};

/// New project.
#[derive(Template)]
#[template(path = "projects/new.html")]
pub struct NewProjectPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// What was typed.
    pub typed: Typed,
    /// Where it posts.
    pub action: String,
    /// Where one goes instead.
    pub cancel: String,
}

/// Somebody with a role on just this project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectPerson {
    /// First and last name.
    pub name: String,
    /// At most two letters.
    pub initials: String,
    /// Their page in the account.
    pub href: String,
    /// Address.
    pub email: String,
    /// Labels of the roles.
    pub roles: String,
    /// Whether it is the one who looks.
    pub you: bool,
    /// Whether one of the roles is Admin or Owner.
    pub admin: bool,
    /// How they stand.
    pub status: Status,
}

/// A project's page.
#[derive(Template)]
#[template(path = "projects/show.html")]
pub struct ProjectPage {
    /// The frame.
    pub shell: Shell,
    /// One's own roles that reach it.
    pub roles: Vec<GivenRole>,
    /// Whether its roles work.
    pub active: bool,
    /// The first few people.
    pub people: Vec<ProjectPerson>,
    /// Its users page; none: one may not see them.
    pub users: Option<String>,
    /// Where people are added; none: one may not.
    pub add: Option<String>,
    /// Its settings; none: one may not.
    pub settings: Option<String>,
    /// What it is for; may be empty.
    pub description: String,
}

/// The people of a project.
#[derive(Template)]
#[template(path = "projects/users.html")]
pub struct ProjectUsersPage {
    /// The frame.
    pub shell: Shell,
    /// The people, by name.
    pub people: Vec<ProjectPerson>,
    /// The same with a box for each role, for whoever may change roles here.
    pub grid: Option<Grid>,
    /// What stands around them.
    pub list: Frame,
    /// Who can change what whoever only looks cannot.
    pub readonly: Option<String>,
    /// Where people are added; none: one may not.
    pub add: Option<String>,
}

/// People and roles, to be ticked.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The roles.
    pub heads: Vec<RoleHead>,
    /// The people.
    pub rows: Vec<GridRow>,
    /// Name of the project.
    pub place: String,
    /// Where the form goes.
    pub action: String,
    /// Where it comes back to, when that is not the project's own page.
    pub back: Option<String>,
    /// What the roles mean.
    pub about_roles: String,
    /// Where the role Admin is asked for, on this project.
    pub ask: String,
    /// Whether there are more people on other pages.
    pub pages: bool,
}

/// A row of somebody with these roles.
pub fn one_line(
    account: &str,
    me: UserId,
    row: &crate::users::Listed,
    roles: &[Role],
    now: Ts,
) -> ProjectPerson {
    let labels: Vec<&str> = roles.iter().map(Role::label).collect();
    let name = format!("{} {}", row.first_name, row.last_name);
    let high = |role: &Role| matches!(role, Role::Builtin(Builtin::Admin | Builtin::Owner));
    ProjectPerson {
        initials: initials(&name),
        href: urls::user(account, row.id),
        email: row.email.clone(),
        roles: labels.join(", "),
        you: row.id == me,
        admin: roles.iter().any(high),
        // A guest's lock is told at their home alone (S1).
        status: status(
            &row.status,
            row.locked_until.filter(|_| row.kind == "home"),
            now,
        ),
        name,
    }
}

/// Rows of one person each, from rows of one role each, which come in the order of people.
pub fn by_person(account: &str, me: UserId, rows: Vec<Worker>, now: Ts) -> Vec<ProjectPerson> {
    let mut people: Vec<(UserId, ProjectPerson)> = Vec::new();
    for row in rows {
        let role = Builtin::parse(&row.role);
        let own = row.own_role.as_deref().unwrap_or(&row.role);
        let label = role.map_or(own, |role| role.label());
        let admin = matches!(role, Some(Builtin::Admin | Builtin::Owner));
        if let Some((id, person)) = people.last_mut()
            && *id == row.id
        {
            person.roles = format!("{}, {label}", person.roles);
            person.admin |= admin;
            continue;
        }
        let name = format!("{} {}", row.first_name, row.last_name);
        let person = ProjectPerson {
            initials: initials(&name),
            href: urls::user(account, row.id),
            roles: label.to_owned(),
            you: row.id == me,
            admin,
            // A guest's lock is told at their home alone (S1).
            status: status(
                &row.status,
                row.locked_until.filter(|_| row.kind == "home"),
                now,
            ),
            email: row.email,
            name,
        };
        people.push((row.id, person));
    }
    people.into_iter().map(|(_, person)| person).collect()
}

fn status(stored: &str, locked_until: Option<Ts>, now: Ts) -> Status {
    let (kind, label, note) = match members::Status::parse(stored) {
        Ok(members::Status::Invited) => ("invited", "Invited", None),
        Ok(members::Status::Active) => match locked_until.filter(|until| *until > now) {
            Some(until) => ("locked", "Locked", Some(format!("until {}", moment(until)))),
            None => ("active", "Active", None),
        },
        Ok(members::Status::Deactivated) | Err(_) => ("inactive", "Inactive", None),
    };
    Status { kind, label, note }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn one_row_a_person_with_all_their_roles() {
        let now = Ts::new(chrono::DateTime::from_timestamp(1_777_816_800, 0).unwrap_or_default());
        let (dana, lee) = (UserId::new(), UserId::new());
        let row = |id, role: &str, status: &str, locked_until| Worker {
            id,
            first_name: "Dana".into(),
            last_name: "Ruiz".into(),
            email: "dana@acme.example".into(),
            status: status.into(),
            kind: "home".into(),
            locked_until,
            role: role.into(),
            own_role: None,
        };
        let soon = Some(now.plus(chrono::Duration::minutes(5)));
        let rows = vec![
            row(dana, "billing", "active", Some(now)),
            row(dana, "admin", "active", Some(now)),
            row(lee, "viewer", "active", soon),
        ];
        let people = by_person("acme", lee, rows, now);
        assert_eq!(people.len(), 2);
        assert_eq!(people[0].roles, "Billing, Admin");
        assert_eq!(
            (people[0].admin, people[0].you, people[0].status.kind),
            (true, false, "active")
        );
        assert_eq!(
            (people[1].admin, people[1].you, people[1].status.kind),
            (false, true, "locked")
        );
    }
}
