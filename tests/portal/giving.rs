//! Rule 17 as a table: every way in which roles are given or taken, whoever sends the form, whichever role it names.
//! What may be is stated in [`table`] from the product's paper; the requests are forged, since no page offers most of
//! them.

mod adding;
mod grid;
mod later;
mod own;
mod replacing;
mod several;
mod table;

use diesel::prelude::*;
use std::collections::BTreeMap;
use tenantry::db::schema::{grants, users};
use tenantry::db::types::{GrantId, UserId};
use tenantry::db::write_in;
use uuid::Uuid;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, user};
use crate::support::dump;
use crate::support::visitor::{Answer, Visitor};
use table::{Fate, GIVERS, Giver, ROLES, fate, key};

/// Where a role is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// Acme.
    Account,
    /// Its group Coast.
    Group,
    /// Its organization North.
    North,
    /// The reservation Dock 4 in it.
    Dock4,
}

const SPOTS: [Spot; 4] = [Spot::Account, Spot::Group, Spot::North, Spot::Dock4];

impl Spot {
    fn uuid(self) -> Uuid {
        match self {
            Self::Account => cast::account("acme").uuid(),
            Self::Group => cast::group("Coast").uuid(),
            Self::North => cast::organization("north").uuid(),
            Self::Dock4 => cast::project("dock-4").uuid(),
        }
    }

    /// As forms name it.
    fn id(self) -> String {
        match self {
            Self::Account => cast::account("acme").to_string(),
            Self::Group => cast::group("Coast").to_string(),
            Self::North => cast::organization("north").to_string(),
            Self::Dock4 => cast::project("dock-4").to_string(),
        }
    }

    /// The page of the roles that a person holds there.
    fn roles_of(self, email: &str) -> String {
        let id = user(email);
        match self {
            Self::Account => format!("/accounts/acme/users/{id}/roles"),
            Self::Group => format!("/accounts/acme/groups/{}/access/{id}", self.id()),
            Self::North => format!("/accounts/acme/organizations/north/members/{id}"),
            Self::Dock4 => format!("{DOCK}/users"),
        }
    }
}

const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";

/// Somebody of Acme for each giver and role; Dock 9 is where all of them are known, also to who manages South alone.
fn subject(giver: &Giver, role: &str) -> String {
    let role = role.to_lowercase().replace([' ', '_'], "-");
    format!("{role}-from-{}@acme.example", giver.word)
}

/// The cast, with the givers whom it lacks, a second role of the account, and a person for each giver and role.
async fn start() -> TestApp {
    start_with(&[]).await
}

async fn start_with(settings: &[(&str, &str)]) -> TestApp {
    TestApp::holding(cast_and_subjects, settings).await
}

fn cast_and_subjects(url: &str) {
    cast::everybody(url);
    let mut conn = cast::open(url);
    write_in(&mut conn, |conn| {
        cast::insert_role(conn, "acme", "Front desk", "users.view projects.view");
        cast::tick(conn, cast::group("Coast"), cast::organization("north"));
        Person::of("acme", table::NOOR, "Noor", "Night").insert(conn);
        cast::give(conn, table::NOOR, &key("Night shift"), At::Account);
        Person::of("acme", table::ELLA, "Ella", "Elsewhere").insert(conn);
        cast::give(conn, table::ELLA, "user_management", At::South);
        for giver in &GIVERS {
            for role in ROLES {
                let email = subject(giver, role);
                Person::of("acme", &email, "Theo", role).insert(conn);
                cast::give(conn, &email, "billing", At::Dock9);
            }
        }
        Ok(())
    })
    .unwrap();
}

/// All rows but those that a session leaves, and what an act on several says of itself.
fn everything(app: &TestApp) -> Rows {
    let mut rows = app.sql(|conn| Ok(dump::rows(conn, &[])));
    rows.remove("sessions");
    rows.remove("bulk_acts");
    rows
}

/// Which tables differ.
fn changed(before: &Rows, app: &TestApp) -> Vec<String> {
    differing(before, &everything(app))
}

type Rows = BTreeMap<String, Vec<String>>;

fn differing(before: &Rows, after: &Rows) -> Vec<String> {
    let differs = before
        .iter()
        .filter(|(table, rows)| after[*table] != **rows);
    differs.map(|(table, _)| table.clone()).collect()
}

/// Who gave the role that the person with this address holds at the place; none: they do not hold it.
fn giver_of(app: &TestApp, email: &str, role: &str, spot: Spot) -> Option<Option<UserId>> {
    app.sql(|conn| {
        grants::table
            .inner_join(users::table.on(users::id.eq(grants::user_id)))
            .filter(users::email_key.eq(email))
            .filter(grants::role.eq(key(role)))
            .filter(grants::scope_id.eq(GrantId::from_uuid(spot.uuid())))
            .select(grants::given_by)
            .first(conn)
            .optional()
    })
}

/// What an answer that refuses has to be.
fn refused_so(answer: &Answer, fate: &Fate) -> bool {
    let names = |gate: &&str| {
        let says = format!("The gate that refused: {gate}.");
        answer.words().contains(&says)
    };
    match fate {
        Fate::Refused(gate) => answer.status == 403 && names(gate),
        Fate::NotThere => answer.status == 404,
        Fate::Given => false,
    }
}

#[track_caller]
fn all_good(bad: &[String]) {
    assert!(bad.is_empty(), "{} wrong:\n{}", bad.len(), bad.join("\n"));
}

/// Every giver sends a form for every role, to a person of their own: what the table refuses is refused by the gate
/// and changes no row, what it allows is held afterwards, from that giver.
async fn walk(
    app: &TestApp,
    (spot, newcomer): (Spot, bool),
    send: impl AsyncFn(&Visitor<'_>, &str, &str) -> Answer,
) {
    let mut bad = Vec::new();
    for giver in &GIVERS {
        let visitor = app.signed_in(giver.email);
        let of = |role: &str| fate(giver, role, spot, newcomer);
        let (given, refused): (Vec<&str>, Vec<&str>) =
            ROLES.iter().partition(|role| of(role) == Fate::Given);
        let before = everything(app);
        for role in refused {
            let answer = send(&visitor, &subject(giver, role), role).await;
            if !refused_so(&answer, &of(role)) {
                let what = (giver.word, role, spot, of(role));
                bad.push(format!("{what:?}: {}", answer.words()));
            }
        }
        let rows = changed(&before, app);
        if !rows.is_empty() {
            bad.push(format!("{} on {spot:?} changed {rows:?}", giver.word));
        }
        for role in given {
            let to = subject(giver, role);
            let answer = send(&visitor, &to, role).await;
            if answer.status != 303
                || giver_of(app, &to, role, spot) != Some(Some(user(giver.email)))
            {
                let what = (giver.word, role, spot);
                bad.push(format!("{what:?} not given: {}", answer.words()));
            }
        }
    }
    all_good(&bad);
}
