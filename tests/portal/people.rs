//! The index of people follows grants, names, the tree and groups, whatever happens in whatever order.

use crate::support::cast;
use crate::support::database::Database;
use diesel::prelude::*;
use tenantry::db::schema::{
    grants, group_organizations, groups, member_counts, memberships, organizations, users,
};
use tenantry::db::types::{GrantId, GroupId, OrganizationId, Ts, UserId};
use tenantry::db::{Conn, write_in};
use tenantry::members::{self, people, rebuilding};
use tenantry::sessions;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const PEOPLE: [&str; 5] = [
    "olga@acme.example",
    "ravi@acme.example",
    "sam@acme.example",
    "dana@acme.example",
    "lee@globex.example",
];

fn place(slug: &str) -> OrganizationId {
    cast::organization(slug)
}

fn parent_of(conn: &mut Conn, of: OrganizationId) -> Option<OrganizationId> {
    organizations::table
        .filter(organizations::id.eq(of))
        .select(organizations::parent_id)
        .first(conn)
        .unwrap()
}

fn status_of(conn: &mut Conn, of: OrganizationId) -> String {
    organizations::table
        .filter(organizations::id.eq(of))
        .select(organizations::status)
        .first(conn)
        .unwrap()
}

/// Is `one` the same as `other`, or above it?
fn is_above(conn: &mut Conn, one: OrganizationId, other: OrganizationId) -> bool {
    let mut at = Some(other);
    while let Some(id) = at {
        if id == one {
            return true;
        }
        at = parent_of(conn, id);
    }
    false
}

fn give_or_take(conn: &mut Conn, dice: &mut Dice, at: OrganizationId) {
    let email = dice.pick(&PEOPLE);
    let role = dice.pick(&["viewer", "billing"]);
    let held = grants::table
        .filter(grants::scope_id.eq(GrantId::from_uuid(at.uuid())))
        .filter(grants::user_id.eq(cast::user(email)))
        .filter(grants::role.eq(role));
    let found: Option<(GrantId, String)> = held
        .select((grants::id, grants::sort_key))
        .first(conn)
        .optional()
        .unwrap();
    match found {
        None => cast::give_on(conn, email, role, at, dice.below(2) == 0),
        Some((id, key)) => {
            diesel::delete(grants::table.filter(grants::id.eq(id)))
                .execute(conn)
                .unwrap();
            people::keep(conn, at, cast::user(email), &key).unwrap();
        }
    }
}

fn rename(conn: &mut Conn, dice: &mut Dice) {
    let who: UserId = cast::user(dice.pick(&PEOPLE));
    let first = dice.pick(&["Ann", "Zoë", "Mo"]);
    diesel::update(users::table.filter(users::id.eq(who)))
        .set((users::first_name.eq(first), users::last_name.eq("Renamed")))
        .execute(conn)
        .unwrap();
    members::renamed(conn, who, first, "Renamed").unwrap();
}

fn set_parent(conn: &mut Conn, dice: &mut Dice, at: OrganizationId, all: &[OrganizationId]) {
    let from = parent_of(conn, at);
    let to = Some(dice.pick(all)).filter(|_| dice.below(4) > 0);
    let allowed = to.is_none_or(|to| !is_above(conn, at, to) && status_of(conn, to) == "active");
    if !allowed || status_of(conn, at) != "active" {
        return;
    }
    diesel::update(organizations::table.filter(organizations::id.eq(at)))
        .set(organizations::parent_id.eq(to))
        .execute(conn)
        .unwrap();
    people::moved(conn, at, from).unwrap();
}

fn hide_or_restore(conn: &mut Conn, at: OrganizationId) {
    let is_hidden = status_of(conn, at) == "deleted";
    let children: i64 = organizations::table
        .filter(organizations::parent_id.eq(at))
        .count()
        .get_result(conn)
        .unwrap();
    let parent = parent_of(conn, at);
    if children > 0 || parent.is_some_and(|parent| status_of(conn, parent) == "deleted") {
        return;
    }
    let status = if is_hidden { "active" } else { "deleted" };
    diesel::update(organizations::table.filter(organizations::id.eq(at)))
        .set(organizations::status.eq(status))
        .execute(conn)
        .unwrap();
    if is_hidden {
        people::restored(conn, at).unwrap();
    } else {
        people::hidden(conn, at).unwrap();
    }
}

fn tick_or_untick(conn: &mut Conn, at: OrganizationId, group: GroupId) {
    let row = group_organizations::table
        .filter(group_organizations::group_id.eq(group))
        .filter(group_organizations::organization_id.eq(at));
    if diesel::delete(row).execute(conn).unwrap() == 0 {
        cast::tick(conn, group, at);
    } else {
        people::grouped(conn, group, at).unwrap();
    }
}

#[test]
fn the_index_of_people_is_the_same_as_one_made_anew_after_any_acts() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let all: Vec<OrganizationId> = ["north", "south", "aa", "bb", "cc", "dd"].map(place).into();
    let group = write_in(conn, |conn| {
        for slug in ["aa", "bb", "cc", "dd"] {
            cast::insert_organization(conn, "acme", slug, slug);
        }
        let west = cast::insert_group(conn, "acme", "West");
        // A role on a group is in no row of the index: it is read where it stands.
        cast::give_on_group(conn, "sam@acme.example", "viewer", west);
        Ok(west)
    })
    .unwrap();
    let mut dice = Dice(7);
    for act in 0..250 {
        let kind = dice.below(8);
        let at = dice.pick(&all);
        write_in(conn, |conn| {
            match kind {
                0..=2 => give_or_take(conn, &mut dice, at),
                3 => rename(conn, &mut dice),
                4 | 5 => set_parent(conn, &mut dice, at, &all),
                6 => hide_or_restore(conn, at),
                _ => tick_or_untick(conn, at, group),
            }
            Ok(())
        })
        .unwrap();
        let apart = rebuilding::differences(conn).unwrap();
        assert_eq!(apart, 0, "after act {act} of kind {kind}");
    }
    let rows = |conn: &mut Conn| {
        let mut all = crate::support::dump::rows(conn, &[]);
        (
            all.remove("organization_people"),
            all.remove("organization_groups"),
        )
    };
    let before = rows(conn);
    assert!(before.0.as_ref().unwrap().len() > 10, "{before:?}");
    write_in(conn, rebuilding::rebuild).unwrap();
    assert_eq!(rows(conn), before);
}

#[test]
fn a_membership_says_what_its_login_says_and_is_counted_as_it_stands() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let (ravi, acme) = (cast::user("ravi@acme.example"), cast::account("acme"));
    let counted = |conn: &mut Conn, status: &str| -> i64 {
        let rows = member_counts::table
            .filter(member_counts::account_id.eq(acme))
            .filter(member_counts::status.eq(status));
        let all: Vec<i64> = rows.select(member_counts::members).load(conn).unwrap();
        all.iter().sum()
    };
    let (active, inactive) = (counted(conn, "active"), counted(conn, "deactivated"));
    let later = Ts::parse("2026-05-03T14:05:00.000000Z");
    write_in(conn, |conn| {
        diesel::update(users::table.filter(users::id.eq(ravi)))
            .set((
                users::email.eq("Ravi.Rao@acme.example"),
                users::email_key.eq("ravi.rao@acme.example"),
                users::locked_until.eq(later),
            ))
            .execute(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.eq(ravi)))
            .set(memberships::status.eq("deactivated"))
            .execute(conn)?;
        Ok(())
    })
    .unwrap();
    type Said = (String, String, Option<Ts>);
    let said: Said = memberships::table
        .filter(memberships::user_id.eq(ravi))
        .select((
            memberships::email,
            memberships::email_key,
            memberships::locked_until,
        ))
        .first(conn)
        .unwrap();
    let (shown, key) = ("Ravi.Rao@acme.example", "ravi.rao@acme.example");
    assert_eq!(said, (shown.to_owned(), key.to_owned(), later));
    let now = (counted(conn, "active"), counted(conn, "deactivated"));
    assert_eq!(now, (active - 1, inactive + 1));
    assert_eq!(rebuilding::differences(conn).unwrap(), 0);
}

#[test]
fn an_address_or_a_count_that_is_off_is_noticed() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let ravi = memberships::user_id.eq(cast::user("ravi@acme.example"));
    diesel::update(memberships::table.filter(ravi))
        .set(memberships::email.eq("somebody@acme.example"))
        .execute(conn)
        .unwrap();
    assert_eq!(rebuilding::differences(conn).unwrap(), 1);
    diesel::update(member_counts::table)
        .set(member_counts::members.eq(member_counts::members + 1))
        .execute(conn)
        .unwrap();
    assert!(rebuilding::differences(conn).unwrap() > 1);
}

#[test]
fn kept_roles_that_are_not_those_held_are_noticed() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let ravi = memberships::table.filter(memberships::user_id.eq(cast::user("ravi@acme.example")));
    let kept: Option<String> = ravi.select(memberships::held).first(conn).unwrap();
    for wrong in [Some(""), Some("billing,,,"), Some("no role at all"), None] {
        diesel::update(ravi)
            .set(memberships::held.eq(wrong))
            .execute(conn)
            .unwrap();
        assert_eq!(rebuilding::differences(conn).unwrap(), 1, "{wrong:?}");
    }
    diesel::update(ravi)
        .set(memberships::held.eq(&kept))
        .execute(conn)
        .unwrap();
    assert_eq!(rebuilding::differences(conn).unwrap(), 0);
}

#[test]
fn a_lock_that_has_ended_is_taken_off_the_login() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let now = Ts::parse("2026-05-03T14:05:00.000000Z").unwrap();
    let ravi = users::table.filter(users::id.eq(cast::user("ravi@acme.example")));
    let until =
        |conn: &mut Conn| -> Option<Ts> { ravi.select(users::locked_until).first(conn).unwrap() };
    let mut after = |until: Ts, most: i64| {
        diesel::update(ravi)
            .set(users::locked_until.eq(until))
            .execute(conn)
            .unwrap();
        sessions::forget_ended(conn, now, most).unwrap()
    };
    assert_eq!(after(now.plus(chrono::Duration::seconds(1)), 10), 0);
    assert_eq!(after(now, 10), 1);
    assert_eq!(until(conn), None);
    assert_eq!(rebuilding::differences(conn).unwrap(), 0);
}

#[test]
fn what_is_purged_leaves_nothing_in_the_index() {
    let database = Database::fresh(cast::everybody);
    let conn = &mut cast::open(database.url());
    let north = place("north");
    write_in(conn, |conn| {
        let group = cast::insert_group(conn, "acme", "West");
        cast::tick(conn, group, north);
        cast::put_below(conn, "north", "south");
        people::purged(conn, north)?;
        diesel::delete(group_organizations::table).execute(conn)?;
        diesel::delete(groups::table).execute(conn)?;
        Ok(())
    })
    .unwrap();
    let left: i64 = grants::table
        .filter(grants::organization_id.eq(north))
        .count()
        .get_result(conn)
        .unwrap();
    assert_eq!((left, rebuilding::differences(conn).unwrap()), (0, 0));
}
