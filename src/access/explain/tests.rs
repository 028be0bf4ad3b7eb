//! The explanation against the plain model of the resolver's tests: every set of acts is tried.

use proptest::prelude::*;
use std::slice::from_ref;

use super::super::catalogue::Catalogue;
use super::super::permission::Key;
use super::super::resolve::tests::{Thing, World, at, counts, grant, id, own_roles, world};
use super::super::role::Builtin;
use super::*;
use crate::db::types::OrganizationId;

/// A thing, and whether it is archived.
type Asked = (Thing, bool);

/// Whether the model gives the permission: some grant counts, reaches, and its role includes it.
fn may(table: &RoleTable, world: &World, key: AnyKey, (thing, archived): Asked, now: Ts) -> bool {
    world.grants.iter().any(|grant| {
        let asleep = archived && matches!(grant.scope, Scoped::Project { .. });
        counts(grant, now)
            && !asleep
            && table
                .permissions(&grant.role, grant.scope.level())
                .contains(key)
            && world.reached(&grant.scope).contains(&thing)
    })
}

/// The world after these acts; the organization is the one asked about, or the one that the project is in.
fn after(world: &World, thing: Thing, acts: &[Act]) -> World {
    let mut next = world.clone();
    let organization = match thing {
        Thing::Account => None,
        Thing::Organization(organization) => Some(organization),
        Thing::Project(project) => world.projects.get(project).copied(),
    };
    for act in acts {
        match act {
            Act::Take(grant) => next.grants.retain(|one| one.id != *grant),
            Act::LeaveGroup(group) => {
                for (number, members) in next.groups.iter_mut().enumerate() {
                    if id(number) == *group
                        && let Some(organization) = organization
                    {
                        members.remove(&organization);
                    }
                }
            }
        }
    }
    next
}

/// Every single act there is.
fn acts(world: &World) -> Vec<Act> {
    let grants = world.grants.iter().map(|grant| Act::Take(grant.id));
    let groups = (0..world.groups.len()).map(|group| Act::LeaveGroup(id(group)));
    grants.chain(groups).collect()
}

/// How many acts of a set change what others can do.
fn concerns_others(acts: &[Act]) -> usize {
    let group = |act: &&Act| matches!(act, Act::LeaveGroup(_));
    acts.iter().filter(group).count()
}

/// All sets of acts that end the access, and no set that a smaller one of them is part of.
fn ending(table: &RoleTable, world: &World, key: AnyKey, asked: Asked, now: Ts) -> Vec<Vec<Act>> {
    let all = acts(world);
    let subsets = (0..1_usize << all.len()).map(|mask| -> Vec<Act> {
        let picked = all
            .iter()
            .enumerate()
            .filter(|(bit, _)| mask >> bit & 1 == 1);
        picked.map(|(_, act)| *act).collect()
    });
    let mut by_size: Vec<Vec<Act>> = subsets.collect();
    by_size.sort_by_key(Vec::len);
    let mut found: Vec<Vec<Act>> = Vec::new();
    for set in by_size {
        if found.first().is_some_and(|first| first.len() < set.len()) {
            break;
        }
        if !may(table, &after(world, asked.0, &set), key, asked, now) {
            found.push(set);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_answer_is_the_resolvers_and_the_smallest_change_ends_it_and_nothing_smaller_does(
        world in world(),
        second in 0..6_i64,
        key in prop::sample::select(Key::ALL.as_slice()),
        which in any::<prop::sample::Index>(),
        closed in any::<bool>(),
    ) {
        let table = RoleTable::new(&Catalogue::builtin());
        let (now, key) = (at(second), AnyKey::from(key));
        let things = world.everything();
        let thing = *which.get(&things);
        let place = world.place(thing);
        let subject = Subject { grants: &world.grants, complete: true, active: true };
        let archived = closed && matches!(thing, Thing::Project(_));
        let asked = (thing, archived);
        let roles = own_roles();
        let found = explain(&table, &subject, &Question { key, place: &place, archived, now, roles: &roles });
        let yes = may(&table, &world, key, asked, now);
        prop_assert_eq!(found.answer == Answer::Yes, yes);
        prop_assert_eq!(found.answer == Answer::No, !yes);
        prop_assert_eq!(found.change.is_empty(), !yes);
        if yes {
            prop_assert!(!may(&table, &after(&world, thing, &found.change), key, asked, now));
            let smallest = ending(&table, &world, key, asked, now);
            let sizes: Vec<usize> = smallest.iter().map(Vec::len).collect();
            prop_assert_eq!(sizes.first(), Some(&found.change.len()));
            let fewest = smallest.iter().map(|set| concerns_others(set)).min();
            prop_assert_eq!(Some(concerns_others(&found.change)), fewest);
            let same = smallest.iter().filter(|set| Some(concerns_others(set)) == fewest);
            prop_assert_eq!(same.count(), 1, "the only one of its kind");
        } else {
            // Whatever role is named would do, were it held at the narrowest scope of that kind around the place.
            for remedy in &found.remedies {
                let mut scopes = reached_from(&place);
                scopes.retain(|scope| scope.level() == remedy.level);
                let scope = *scopes.last().unwrap_or(&Scoped::Account);
                let mut helped = world.clone();
                helped.grants.push(Grant { role: remedy.role.clone(), ..grant(99, Builtin::Viewer, scope) });
                prop_assert!(may(&table, &helped, key, asked, now), "{remedy:?}");
            }
        }
    }

    #[test]
    fn whoever_is_not_in_or_not_seen_as_a_whole_is_never_answered_wrongly(
        world in world(),
        second in 0..6_i64,
        key in prop::sample::select(Key::ALL.as_slice()),
        which in any::<prop::sample::Index>(),
        closed in any::<bool>(),
        active in any::<bool>(),
        sight in any::<u8>(),
    ) {
        let table = RoleTable::new(&Catalogue::builtin());
        let (now, key) = (at(second), AnyKey::from(key));
        let thing = *which.get(&world.everything());
        let place = world.place(thing);
        let archived = closed && matches!(thing, Thing::Project(_));
        let asked = (thing, archived);
        // Each grant is in the reader's sight or not.
        let mut seen = world.clone();
        seen.grants.retain(|grant| (0..8).any(|n| grant.id == id(n) && sight >> n & 1 == 1));
        let complete = seen.grants.len() == world.grants.len();
        let subject = Subject { grants: &seen.grants, complete, active };
        let roles = own_roles();
        let found = explain(&table, &subject, &Question { key, place: &place, archived, now, roles: &roles });
        let (may_at_all, may_as_seen) = (may(&table, &world, key, asked, now), may(&table, &seen, key, asked, now));
        prop_assert_eq!(found.answer == Answer::Yes, active && may_as_seen);
        prop_assert_eq!(!found.paths.is_empty(), may_as_seen, "what they hold, or would hold");
        if found.answer == Answer::No {
            prop_assert!(!active || !may_at_all);
            // Nor could any role that is not seen change that, where not all are.
            for scope in reached_from(&place).into_iter().filter(|_| active && !complete) {
                for role in roles.all() {
                    let mut helped = seen.clone();
                    helped.grants.push(Grant { role, ..grant(99, Builtin::Viewer, scope) });
                    prop_assert!(!may(&table, &helped, key, asked, now), "{scope:?}");
                }
            }
        }
        if active && complete {
            prop_assert_eq!(found.answer == Answer::Yes, may_at_all);
        }
        prop_assert_eq!(found.missing.contains(&Missing::NotActive), !active);
        if found.answer != Answer::Yes {
            prop_assert!(found.change.is_empty(), "nothing is to be ended");
        }
        // What is said of a grant that is over, or has not begun, holds of it alone.
        for missing in &found.missing {
            let (grant, moment) = match *missing {
                Missing::NotBegun(grant, start) => (grant, start),
                Missing::Ended(grant, end) => (grant, at(end.utc().timestamp() - 1)),
                _ => continue,
            };
            let mut alone = seen.clone();
            alone.grants.retain(|one| one.id == grant);
            prop_assert!(!may(&table, &alone, key, asked, now));
            let begins = alone.grants.iter().all(|one| one.starts_at.is_none_or(|start| start <= moment));
            // What ended may have ended before the place was archived; what begins, begins there as it is.
            let there = if matches!(missing, Missing::NotBegun(..)) { asked } else { (thing, false) };
            if begins {
                prop_assert!(may(&table, &alone, key, there, moment), "{missing:?}");
            }
        }
    }

    #[test]
    fn exactly_the_grants_at_the_scopes_that_reach_a_place_reach_it(world in world()) {
        for thing in world.everything() {
            let place = world.place(thing);
            let from = reached_from(&place);
            for grant in &world.grants {
                let named = from.iter().any(|scope| match (scope, &grant.scope) {
                    // On the organization itself both kinds do.
                    (Scoped::Organization { id, below: false }, Scoped::Organization { id: held, .. }) => id == held,
                    (scope, held) => scope == held,
                });
                prop_assert_eq!(named, resolve::reaches(&grant.scope, &place).is_some());
            }
        }
    }
}

fn north() -> OrganizationId {
    id(0)
}

fn branch() -> Branch {
    Branch {
        organization: north(),
        ancestors: Vec::new(),
        groups: vec![id(7)],
    }
}

fn ask(grants: &[Grant], key: Key, place: &Place, (complete, active): (bool, bool)) -> Explanation {
    let table = RoleTable::new(&Catalogue::builtin());
    let subject = Subject {
        grants,
        complete,
        active,
    };
    let asked = Question {
        key: key.into(),
        place,
        archived: false,
        now: at(3),
        roles: &AccountRoles::default(),
    };
    explain(&table, &subject, &asked)
}

#[test]
fn two_roles_by_one_group_end_with_the_group_and_one_with_the_grant() {
    let place = Place::Organization(branch());
    let admin = grant(1, Builtin::Admin, Scoped::Group(id(7)));
    let managing = grant(2, Builtin::UserManagement, Scoped::Group(id(7)));
    let owner = grant(3, Builtin::Owner, Scoped::Account);
    let change = |grants: &[Grant]| ask(grants, Key::UsersManage, &place, (true, true)).change;
    assert_eq!(change(from_ref(&admin)), [Act::Take(admin.id)]);
    assert_eq!(
        change(&[admin.clone(), managing.clone()]),
        [Act::LeaveGroup(id(7))]
    );
    assert_eq!(
        change(&[admin, owner.clone(), managing]),
        [Act::LeaveGroup(id(7)), Act::Take(owner.id)]
    );
}

#[test]
fn a_role_that_ends_before_it_begins_is_never_told_as_one_that_would_do() {
    let place = Place::Organization(branch());
    for (start, end) in [(5, 4), (5, 2), (2, 1), (4, 4)] {
        let never = Grant {
            starts_at: Some(at(start)),
            ends_at: Some(at(end)),
            ..grant(1, Builtin::Owner, Scoped::Account)
        };
        let found = ask(from_ref(&never), Key::UsersManage, &place, (true, true));
        assert_eq!(found.answer, Answer::No);
        assert_eq!(found.missing, [], "from {start} until {end}");
    }
}

#[test]
fn what_is_missing_is_named_the_nearest_first() {
    let here = Scoped::Organization {
        id: north(),
        below: false,
    };
    let elsewhere = Scoped::Organization {
        id: id(5),
        below: true,
    };
    let grants = [
        grant(1, Builtin::Admin, elsewhere),
        grant(2, Builtin::Viewer, here),
        Grant {
            ends_at: Some(at(3)),
            ..grant(3, Builtin::Admin, here)
        },
        Grant {
            starts_at: Some(at(4)),
            ..grant(4, Builtin::Admin, Scoped::Account)
        },
        grant(5, Builtin::Owner, here),
        grant(6, Builtin::Billing, elsewhere),
    ];
    let place = Place::Organization(branch());
    let found = ask(&grants, Key::UsersManage, &place, (true, true));
    assert_eq!(found.answer, Answer::No);
    assert_eq!(
        found.missing,
        [
            Missing::NotBegun(id(4), at(4)),
            Missing::Ended(id(3), at(3)),
            Missing::Lacks(id(2)),
            Missing::Elsewhere(id(1)),
        ]
    );
    let roles: Vec<(&str, Level)> = found
        .remedies
        .iter()
        .map(|remedy| (remedy.role.label(), remedy.level))
        .collect();
    assert_eq!(
        roles,
        [
            ("Owner", Level::Account),
            ("Admin", Level::Organization),
            ("User Management", Level::Organization)
        ]
    );
}

#[test]
fn who_does_not_see_everything_cannot_say_no() {
    let place = Place::Organization(branch());
    let viewer = grant(1, Builtin::Viewer, Scoped::Group(id(7)));
    let grants = from_ref(&viewer);
    let answer = |key, seen| ask(grants, key, &place, seen).answer;
    assert_eq!(
        answer(Key::UsersManage, (false, true)),
        Answer::CannotSay,
        "there may be a role that is not shown"
    );
    assert_eq!(answer(Key::UsersManage, (true, true)), Answer::No);
    assert_eq!(
        answer(Key::UsersView, (false, true)),
        Answer::Yes,
        "one way is enough"
    );
    assert_eq!(
        answer(Key::UsersView, (false, false)),
        Answer::No,
        "without an active membership nothing counts"
    );
}

#[test]
fn who_is_not_active_is_told_what_they_would_hold() {
    let viewer = grant(1, Builtin::Viewer, Scoped::Account);
    let place = Place::Account;
    let found = ask(from_ref(&viewer), Key::UsersView, &place, (true, false));
    assert_eq!(found.answer, Answer::No);
    assert_eq!(found.missing, [Missing::NotActive]);
    assert_eq!(found.paths.len(), 1);
    assert!(found.change.is_empty());
}
