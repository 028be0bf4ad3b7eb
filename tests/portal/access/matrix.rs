//! Who may do what, as the paper says it.

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, ROLES};
use crate::support::routes::Names;
use actix_web::http::Method;
use tenantry::db::{Conn, write_in};
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

/// The role of Acme's own, and what is in it.
const OWN: (&str, [&str; 4]) = (
    "Night shift",
    [
        "users.view",
        "devices.view",
        "devices.manage",
        "orders.write",
    ],
);

/// Does the role, held at this place, hold the permission there?
fn holds(role: &str, from: From, permission: &str) -> bool {
    // The profile of the account is reached by account grants only.
    if permission == "account.view" && from != From::At(At::Account) {
        return false;
    }
    if role == "auditor" {
        return permission.ends_with(".view");
    }
    if role == OWN.0 {
        return OWN.1.contains(&permission);
    }
    let mut lines = MATRIX
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let head = lines.find(|cells| cells.len() > 2).unwrap();
    let column = head.iter().position(|cell| *cell == role).unwrap();
    let line = lines.find(|cells| cells.get(1) == Some(&permission));
    match line.unwrap_or_else(|| panic!("{permission} is not in the matrix"))[column] {
        "●" => true,
        "at account" => from == From::At(At::Account),
        "" => false,
        other => panic!("{other:?} in the matrix"),
    }
}

/// What a role is held on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A place of the cast, and what is in it.
    At(At),
    /// North and everything below it.
    Below,
    /// The group Coast, in which South is.
    Coast,
}

impl std::convert::From<At> for From {
    fn from(at: At) -> Self {
        Self::At(at)
    }
}

/// How Acme's organizations stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// North and South side by side, as the cast has them.
    Flat,
    /// South below North.
    Deep,
}

/// Does a role held on `from` reach `to`? Downward, never up or sideways; below an organization only where it is held
/// with everything below it (rule 4).
fn reaches(from: From, to: At, tree: Tree) -> bool {
    let in_south = [At::South, At::Dock9].contains(&to);
    match from {
        From::Coast => in_south,
        From::Below => [At::North, At::Dock4].contains(&to) || in_south && tree == Tree::Deep,
        From::At(from) => {
            from == to
                || from == At::Account
                || (from, to) == (At::North, At::Dock4)
                || (from, to) == (At::South, At::Dock9)
        }
    }
}

/// What lies in a place, itself included: whoever holds something in there sees it (S5).
fn inside(place: At, tree: Tree) -> &'static [At] {
    match (place, tree) {
        (At::Account, _) => &[At::Account, At::North, At::Dock4, At::South, At::Dock9],
        (At::North, Tree::Deep) => &[At::North, At::Dock4, At::South, At::Dock9],
        (At::North, Tree::Flat) => &[At::North, At::Dock4],
        (At::South, _) => &[At::South, At::Dock9],
        (At::Dock4, _) => &[At::Dock4],
        (At::Dock9, _) => &[At::Dock9],
    }
}

/// A visitor: who they are, and the roles that count for them in Acme now.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Their address; none is nobody signed in.
    pub email: Option<String>,
    /// What they hold.
    pub grants: Vec<(&'static str, From)>,
    /// How the organizations stand that they hold it on.
    pub tree: Tree,
}

impl Caller {
    /// Somebody with these roles.
    pub fn of(email: &str, grants: &[(&'static str, At)]) -> Self {
        let grants = grants.iter().map(|(role, at)| (*role, (*at).into()));
        Self {
            email: Some(email.to_owned()),
            grants: grants.collect(),
            tree: Tree::Flat,
        }
    }

    /// The same person where South lies below North.
    pub fn deep(self) -> Self {
        Self {
            tree: Tree::Deep,
            ..self
        }
    }

    /// For messages.
    pub fn name(&self) -> &str {
        self.email.as_deref().unwrap_or("nobody")
    }

    fn reaches(&self, from: From, to: At) -> bool {
        reaches(from, to, self.tree)
    }

    fn sees(&self, place: At) -> bool {
        let mut there = inside(place, self.tree).iter();
        there.any(|at| self.grants.iter().any(|(_, from)| self.reaches(*from, *at)))
    }

    /// Whether they may do this there.
    pub fn may(&self, permission: &str, place: At) -> bool {
        let mut there = self
            .grants
            .iter()
            .filter(|(_, from)| self.reaches(*from, place));
        there.any(|(role, from)| holds(role, *from, permission))
    }

    /// On the group itself: by what is held on it, or on the account.
    fn on_coast(&self) -> impl Iterator<Item = &(&'static str, From)> {
        let from = [From::Coast, From::At(At::Account)];
        self.grants.iter().filter(move |(_, at)| from.contains(at))
    }

    /// On North or South with everything below it.
    fn may_below(&self, permission: &str, place: At) -> bool {
        let from = |from: From| match (from, place) {
            (From::At(At::Account), _) | (From::Below, At::North) => true,
            (From::Below, At::South) => self.tree == Tree::Deep,
            _ => false,
        };
        let mut there = self.grants.iter().filter(|(_, at)| from(*at));
        there.any(|(role, at)| holds(role, *at, permission))
    }

    fn may_somewhere(&self, permission: &str) -> bool {
        let mut all = self.grants.iter();
        all.any(|(role, from)| holds(role, *from, permission))
    }
}

/// Roles that are held on the group and on a whole tree, and by whom.
const FURTHER: [&str; 4] = ["admin", "manager", "viewer", "user_management"];

/// Those who hold a role on the group Coast, on North with everything below it, and a role of the account's own.
fn further() -> Vec<Caller> {
    let caller = |email: String, role: &'static str, from: From| Caller {
        email: Some(email),
        grants: vec![(role, from)],
        tree: Tree::Flat,
    };
    let mut callers = Vec::new();
    for role in FURTHER {
        callers.push(caller(on_coast(role), role, From::Coast));
        callers.push(caller(below(role), role, From::Below));
    }
    for at in OWN_AT {
        callers.push(caller(holder_of_own(at), OWN.0, at.into()));
    }
    callers
}

/// Where the role of Acme's own is held.
const OWN_AT: [At; 3] = [At::Account, At::North, At::Dock4];

fn on_coast(role: &str) -> String {
    format!("{role}.coast@acme.example")
}

fn below(role: &str) -> String {
    format!("{role}.below@acme.example")
}

fn holder_of_own(at: At) -> String {
    format!("own.{}@acme.example", at.word())
}

/// The portal with everybody who knocks: besides the cast those who hold a role at the wrong time, and who hold one on
/// the group Coast, in which South is from now on, on North with everything below it, and of the account's own.
pub async fn start() -> TestApp {
    TestApp::holding(cast_and_callers, &[]).await
}

fn cast_and_callers(url: &str) {
    cast::everybody(url);
    let mut conn = cast::open(url);
    write_in(&mut conn, |conn| {
        add_the_untimely(conn);
        add_further(conn);
        Ok(())
    })
    .unwrap();
}

fn add_the_untimely(conn: &mut Conn) {
    let hour = chrono::Duration::hours(1);
    let now = cast::morning();
    let (before, after) = (now.plus(-hour), now.plus(hour));
    for (first, last, role, time) in [
        ("Ende", "Ended", "admin", (None, Some(now))),
        ("Fay", "Future", "admin", (Some(after), None)),
        ("Ted", "Timely", "viewer", (Some(before), Some(after))),
    ] {
        let email = format!("{}@acme.example", first.to_lowercase());
        Person::of("acme", &email, first, last).insert(conn);
        cast::give_between(conn, &email, role, At::Account, time);
    }
}

fn add_further(conn: &mut Conn) {
    let coast = cast::group("Coast");
    cast::tick(conn, coast, cast::organization("south"));
    for role in FURTHER {
        let email = on_coast(role);
        Person::of("acme", &email, "Cora", role).insert(conn);
        cast::give_on_group(conn, &email, role, coast);
        let email = below(role);
        Person::of("acme", &email, "Bea", role).insert(conn);
        cast::give_on(conn, &email, role, cast::organization("north"), true);
    }
    for at in OWN_AT {
        let email = holder_of_own(at);
        Person::of("acme", &email, "Nils", "Night").insert(conn);
        cast::give(conn, &email, &cast::role(OWN.0).to_string(), at);
    }
}

/// Everybody who knocks where the portal was begun by [`start`].
pub fn everybody() -> Vec<Caller> {
    let mut callers = vec![
        Caller {
            email: None,
            grants: Vec::new(),
            tree: Tree::Flat,
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
    callers.extend(further());
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
    let kind = place;
    let place = match (place, names.organization, names.project) {
        ("account", ..) => At::Account,
        // A list of organizations, not a place around them: what is held in one of them does not open it.
        ("group", ..) if caller.on_coast().next().is_none() => return Fate::NotFound,
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
    let let_in = match kind {
        "subtree" => caller.may_below(key.as_str(), place),
        "group" => caller
            .on_coast()
            .any(|(role, from)| holds(role, *from, key.as_str())),
        _ if anywhere => caller.may_somewhere(key.as_str()),
        _ => caller.may(key.as_str(), place),
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
    // Ending and restoring a membership: at the home itself, or on every active project of it (S4).
    // So does the address that somebody signs in with.
    let is_about_membership = ["/deactivate", "/reactivate", "/handover", "/email"]
        .iter()
        .any(|end| row.path.ends_with(end));
    let on_all = [At::Dock4, At::Dock9]
        .iter()
        .all(|at| caller.may("users.manage", *at));
    if is_about_membership && !on_all {
        return Fate::Refused;
    }
    // Who changes nothing vouches for nobody; nor does a guest, whose own login another account manages, nor whoever may
    // do less than the person: the account's own role has only a part of what Sam's has.
    let (is_guest, less) = (
        caller.name().ends_with("@globex.example"),
        ["auditor", OWN.0],
    );
    let does_less = caller.grants.iter().all(|(role, _)| less.contains(role));
    let may_vouch = names.user == "dana@acme.example" || !is_guest && !does_less;
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
        .any(|(role, from)| ["owner", "admin"].contains(role) && caller.reaches(*from, place));
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
    let (account, north, dock) = (At::Account.into(), At::North.into(), At::Dock4.into());
    assert!(holds("manager", account, "organizations.manage"));
    assert!(!holds("manager", north, "organizations.manage"));
    assert!(!holds("manager", From::Below, "organizations.manage"));
    assert!(holds("billing", dock, "invoices.view") && !holds("billing", dock, "users.view"));
    assert!(
        holds("user_management", north, "users.manage")
            && !holds("user_management", north, "account.view")
    );
    assert!(holds("auditor", north, "audit.view") && !holds("auditor", north, "users.manage"));
    assert!(holds(OWN.0, dock, "devices.manage") && !holds(OWN.0, dock, "users.manage"));
    let cells = MATRIX
        .lines()
        .filter(|line| line.contains('|'))
        .map(|line| line.split('|').count());
    assert!(cells.clone().all(|cells| cells == 11) && cells.count() == 29);
}
