//! Who may do what, as the paper says it.

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, ROLES};
use crate::support::routes::Names;
use actix_web::http::Method;
use tenantry::routes::{Row, Who};

/// The matrix of the product's paper (● allowed), the portal's own permissions first and then those of the products.
/// Auditor, not shown, holds every `.view`.
const MATRIX: &str = "
    | permission             | owner | admin | manager        | viewer | billing | operations | reporting | user_management |
    | account.view           | ●     | ●     | ●              | ●      |         |            |           |                 |
    | account.edit           | ●     | ●     |                |        |         |            |           |                 |
    | billing.manage         | ●     |       |                |        |         |            |           |                 |
    | access_keys.manage     | ●     |       |                |        |         |            |           |                 |
    | ownership.transfer     | ●     |       |                |        |         |            |           |                 |
    | organizations.view     | ●     | ●     | ●              | ●      | ●       | ●          | ●         | ●               |
    | organizations.manage   | ●     | ●     | at account     |        |         |            |           |                 |
    | organization.edit      | ●     | ●     | ●              |        |         |            |           |                 |
    | projects.view          | ●     | ●     | ●              | ●      | ●       | ●          | ●         | ●               |
    | projects.manage        | ●     | ●     | ●              |        |         |            |           |                 |
    | users.view             | ●     | ●     | ●              | ●      |         |            |           | ●               |
    | users.manage           | ●     | ●     |                |        |         |            |           | ●               |
    | roles.manage           | ●     | ●     |                |        |         |            |           |                 |
    | user_management.assign | ●     | ●     |                |        |         |            |           |                 |
    | branding.manage        | ●     | ●     |                |        |         |            |           |                 |
    | devices.view           | ●     | ●     | ●              | ●      |         | ●          |           |                 |
    | devices.manage         | ●     | ●     | ●              |        |         | ●          |           |                 |
    | credits.view           | ●     | ●     | ●              |        | ●       |            |           |                 |
    | invoices.view          | ●     | ●     |                |        | ●       |            |           |                 |
    | audit.view             | ●     | ●     |                |        |         |            |           |                 |
    | inbound.write          | ●     | ●     | ●              |        |         | ●          |           |                 |
    | orders.write           | ●     | ●     | ●              |        |         | ●          |           |                 |
    | items.view             | ●     | ●     | ●              | ●      |         | ●          |           |                 |
    | items.write            | ●     | ●     | ●              |        | ●       | ●          |           |                 |
    | cycle_counts.request   | ●     | ●     | ●              |        |         | ●          |           |                 |
    | reports.request        | ●     | ●     | ●              |        | ●       |            | ●         |                 |
    | pricing.view           | ●     | ●     | ●              |        |         |            |           |                 |
    | scope.approve          | ●     | ●     |                |        |         |            |           |                 |";

/// The permissions of the matrix, in its order.
pub fn permissions() -> impl Iterator<Item = &'static str> {
    let lines = MATRIX.lines().filter(|line| line.contains('|')).skip(1);
    lines.filter_map(|line| line.split('|').nth(1).map(str::trim))
}

/// Does the role, held at this place, hold the permission there?
fn holds(role: &str, at: At, permission: &str) -> bool {
    // The profile of the account is reached by account grants only.
    if permission == "account.view" && at != At::Account {
        return false;
    }
    if role == "auditor" {
        return permission.ends_with(".view");
    }
    let mut lines = MATRIX
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let head = lines.find(|cells| cells.len() > 2).unwrap();
    let column = head.iter().position(|cell| *cell == role).unwrap();
    let line = lines.find(|cells| cells.get(1) == Some(&permission));
    match line.unwrap_or_else(|| panic!("{permission} is not in the matrix"))[column] {
        "●" => true,
        "at account" => at == At::Account,
        "" => false,
        other => panic!("{other:?} in the matrix"),
    }
}

/// Does a role held at `from` reach `to`? Downward, never up or sideways.
fn reaches(from: At, to: At) -> bool {
    from == to
        || from == At::Account
        || (from, to) == (At::North, At::Dock4)
        || (from, to) == (At::South, At::Dock9)
}

/// A visitor: who they are, and the roles that count for them in Acme now.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Their address; none is nobody signed in.
    pub email: Option<String>,
    /// What they hold.
    pub grants: Vec<(&'static str, At)>,
}

impl Caller {
    /// Somebody with these roles.
    pub fn of(email: &str, grants: &[(&'static str, At)]) -> Self {
        Self {
            email: Some(email.to_owned()),
            grants: grants.to_vec(),
        }
    }

    /// For messages.
    pub fn name(&self) -> &str {
        self.email.as_deref().unwrap_or("nobody")
    }

    fn sees(&self, place: At) -> bool {
        self.grants
            .iter()
            .any(|(_, at)| reaches(*at, place) || reaches(place, *at))
    }

    /// Whether they may do this there.
    pub fn may(&self, permission: &str, place: At) -> bool {
        let mut there = self.grants.iter().filter(|(_, at)| reaches(*at, place));
        there.any(|(role, at)| holds(role, *at, permission))
    }

    fn may_somewhere(&self, permission: &str) -> bool {
        self.grants
            .iter()
            .any(|(role, at)| holds(role, *at, permission))
    }
}

/// Adds to the cast those who hold a role at the wrong time, and gives back everybody who knocks.
pub fn everybody(app: &TestApp) -> Vec<Caller> {
    let hour = chrono::Duration::hours(1);
    let (now, before, after) = (app.now(), app.now().plus(-hour), app.now().plus(hour));
    app.sql(|conn| {
        Person::of("acme", "ende@acme.example", "Ende", "Ended").insert(conn);
        cast::give_between(
            conn,
            "ende@acme.example",
            "admin",
            At::Account,
            (None, Some(now)),
        );
        Person::of("acme", "fay@acme.example", "Fay", "Future").insert(conn);
        cast::give_between(
            conn,
            "fay@acme.example",
            "admin",
            At::Account,
            (Some(after), None),
        );
        Person::of("acme", "ted@acme.example", "Ted", "Timely").insert(conn);
        cast::give_between(
            conn,
            "ted@acme.example",
            "viewer",
            At::Account,
            (Some(before), Some(after)),
        );
        Ok(())
    });
    let mut callers = vec![
        Caller {
            email: None,
            grants: Vec::new(),
        },
        Caller::of("gil@globex.example", &[]),
        Caller::of("pat@globex.example", &[]),
        Caller::of("dana@acme.example", &[]),
        Caller::of("ines@acme.example", &[]),
        Caller::of("ende@acme.example", &[]),
        Caller::of("fay@acme.example", &[]),
        Caller::of("ted@acme.example", &[("viewer", At::Account)]),
        Caller::of("lee@globex.example", &[("viewer", At::North)]),
        Caller::of("sam@acme.example", &[("viewer", At::Dock9)]),
        Caller::of("olga@acme.example", &[("owner", At::Account)]),
        Caller::of("ravi@acme.example", &[("user_management", At::Account)]),
    ];
    for at in [At::Account, At::North, At::Dock4] {
        callers.extend(ROLES.map(|(role, _)| Caller::of(&cast::holder(role, at), &[(role, at)])));
    }
    callers
}

/// How a request has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Sent to the sign-in page.
    SignIn,
    /// As if there were nothing.
    NotFound,
    /// Named a gate.
    Refused,
    /// Let through: whatever the page then says, it is none of the above.
    Through,
}

/// Where the project of these names is.
fn project_of(names: &Names) -> At {
    match names.project {
        "dock-4" => At::Dock4,
        "dock-9" => At::Dock9,
        other => panic!("a project that is not known: {other}"),
    }
}

/// How this caller's request has to end where the route is filled with these names of Acme.
pub fn fate(caller: &Caller, row: &Row, names: &Names) -> Fate {
    let (place, key, anywhere) = match row.who {
        Who::Anybody(_) => return Fate::Through,
        _ if caller.email.is_none() => return Fate::SignIn,
        // An address that stays: of the project, for whoever sees it.
        Who::SignedIn if row.path == "/go/{id}" && !caller.sees(project_of(names)) => {
            return Fate::NotFound;
        }
        Who::SignedIn => return Fate::Through,
        Who::Operator => return operators_fate(caller, row, names),
        Who::Holder {
            place,
            key,
            anywhere,
        } => (place, key, anywhere),
    };
    let place = match (place, names.organization, names.project) {
        ("account", ..) => At::Account,
        // Nobody of the cast holds a role on the group itself: it is reached by what is held on the account.
        ("group", ..) if !caller.grants.iter().any(|(_, at)| *at == At::Account) => {
            return Fate::NotFound;
        }
        ("group", ..) => At::Account,
        ("organization" | "subtree", "north", _) => At::North,
        ("organization" | "subtree", "south", _) => At::South,
        ("project", "north", "dock-4") => At::Dock4,
        ("project", "south", "dock-9") => At::Dock9,
        other => panic!(
            "{}: a place of a kind that is not known: {other:?}",
            row.path
        ),
    };
    if !caller.sees(place) {
        return Fate::NotFound;
    }
    if row.path.contains("{request}") {
        return request_fate(caller, row, names);
    }
    let Some(key) = key else {
        return Fate::Through;
    };
    let let_in = if matches!(
        row.who,
        Who::Holder {
            place: "subtree",
            ..
        }
    ) {
        // Nobody in the cast holds a role on an organization and everything below it.
        caller.may(key.as_str(), At::Account)
    } else if anywhere {
        caller.may_somewhere(key.as_str())
    } else {
        caller.may(key.as_str(), place)
    };
    if !let_in {
        return Fate::Refused;
    }
    // An import is seen by who ordered it, here Olga, and by whoever manages all people of the account.
    if row.path.contains("/user-management/import/{import}")
        && !caller.may("users.manage", At::Account)
    {
        return Fate::NotFound;
    }
    // One person of the account: only where the caller's permission reaches something that they hold.
    let is_about_a_person = row.path.contains("{user}");
    let held_at = if names.user == "sam@acme.example" {
        At::Dock9
    } else {
        At::Dock4
    };
    if is_about_a_person && !caller.may(key.as_str(), held_at) {
        return Fate::NotFound;
    }
    // Ending and restoring a membership: at the home itself, or on every active project of it, which nobody here has
    // without reaching the account (S4).
    // So does the address that somebody signs in with.
    let is_about_membership = ["/deactivate", "/reactivate", "/handover", "/email"]
        .iter()
        .any(|end| row.path.ends_with(end));
    if is_about_membership && !caller.may("users.manage", At::Account) {
        return Fate::Refused;
    }
    // Who changes nothing vouches for nobody; nor does a guest, whose own login another account manages.
    let (is_guest, is_auditor) = (
        caller.name().ends_with("@globex.example"),
        caller.grants.iter().all(|(role, _)| *role == "auditor"),
    );
    let may_vouch = names.user == "dana@acme.example" || !is_guest && !is_auditor;
    // Nor anybody for themselves (rule 11).
    let is_oneself = caller.name() == names.user;
    if row.path.ends_with("/vouch") && (!may_vouch || is_oneself) {
        return Fate::Refused;
    }
    Fate::Through
}

/// Pages of those who run the platform are not there for anybody else. Of the requests only Dana's has been approved
/// by its account, and waits for them.
fn operators_fate(caller: &Caller, row: &Row, names: &Names) -> Fate {
    let runs_the_platform = ["olga@acme.example", "pat@globex.example"].contains(&caller.name());
    let waits = !row.path.contains("{request}") || names.asked_for == "dana@acme.example";
    if runs_the_platform && waits {
        Fate::Through
    } else {
        Fate::NotFound
    }
}

/// A request is seen by who asked, by whom it is for, and by whoever manages users at its place. Ravi asked for Dana
/// on Dock 4, Sam for themself on Dock 9. Only an Admin or Owner of the place decides, and never about their own.
fn request_fate(caller: &Caller, row: &Row, names: &Names) -> Fate {
    let (requester, place) = if names.asked_for == "sam@acme.example" {
        ("sam@acme.example", At::Dock9)
    } else {
        ("ravi@acme.example", At::Dock4)
    };
    let (asked, meant) = (caller.name() == requester, caller.name() == names.asked_for);
    if !asked && !meant && !caller.may("users.manage", place) {
        return Fate::NotFound;
    }
    let approves = caller
        .grants
        .iter()
        .any(|(role, at)| ["owner", "admin"].contains(role) && reaches(*at, place));
    let may = match row.path.rsplit('/').next() {
        Some("withdraw") => asked,
        Some("decision") => approves && !asked && !meant,
        _ => true,
    };
    if may { Fate::Through } else { Fate::Refused }
}

/// What a route needs to be sent so that its answer says something about the gate and not about what is missing.
pub fn fields(row: &Row, caller: &Caller) -> Vec<(&'static str, String)> {
    match (row.method == Method::POST, row.path) {
        (true, "/accounts/{account}/organizations/selected") => {
            let visible = if caller.sees(At::North) {
                At::North
            } else {
                At::South
            };
            vec![(
                "organization",
                cast::organization(visible.word()).to_string(),
            )]
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_matrix_is_read_as_it_is_written() {
    assert!(holds("manager", At::Account, "organizations.manage"));
    assert!(!holds("manager", At::North, "organizations.manage"));
    assert!(
        holds("billing", At::Dock4, "invoices.view") && !holds("billing", At::Dock4, "users.view")
    );
    assert!(
        holds("user_management", At::North, "users.manage")
            && !holds("user_management", At::North, "account.view")
    );
    assert!(
        holds("auditor", At::North, "audit.view") && !holds("auditor", At::North, "users.manage")
    );
    let cells = MATRIX
        .lines()
        .filter(|line| line.contains('|'))
        .map(|line| line.split('|').count());
    assert!(cells.clone().all(|cells| cells == 11) && cells.count() == 29);
}
