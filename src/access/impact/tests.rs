//! The preview against the plain model of the resolver's own tests: it says what then happens, no more and no less.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::super::catalogue::Catalogue;
use super::super::custom::CustomRole;
use super::super::give;
use super::super::permission::Key;
use super::super::resolve;
use super::super::resolve::tests::{Thing, World, at, counts, grant, id, world};
use super::super::role::Builtin;
use super::*;

/// A change, by the numbers of the model.
#[derive(Clone, Copy, Debug)]
enum Step {
    Move(usize, Option<usize>),
    Join(usize, usize),
    Leave(usize, usize),
    Take(usize),
    Roles,
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..6_usize;
    prop_oneof![
        (n.clone(), prop::option::of(n.clone())).prop_map(|(o, up)| Step::Move(o, up)),
        (n.clone(), n.clone()).prop_map(|(o, g)| Step::Join(o, g)),
        (n.clone(), n.clone()).prop_map(|(o, g)| Step::Leave(o, g)),
        n.prop_map(Step::Take),
        Just(Step::Roles),
    ]
}

/// Two people share the model's grants, one by one; the second may be invited only.
fn people(world: &World, second_is_active: bool) -> BTreeMap<UserId, Member> {
    let of = |user: usize| {
        let grants = world.grants.iter().enumerate();
        let mine = grants.filter(|(n, _)| n % 2 == user);
        let grants = mine.map(|(_, grant)| grant.clone()).collect();
        let active = user == 0 || second_is_active;
        (id(user), Member { active, grants })
    };
    [of(0), of(1)].into_iter().collect()
}

fn picture(world: &World, second_is_active: bool) -> Picture {
    let node = |o: usize| {
        let branch = world.branch(o);
        let node = Node {
            parent: branch.ancestors.first().copied(),
            groups: branch.groups,
        };
        (id(o), node)
    };
    Picture {
        tree: (0..world.parents.len()).map(node).collect(),
        people: people(world, second_is_active),
    }
}

/// The change in both tellings; none where it is none, or would make a circle.
fn make(world: &World, picture: &Picture, step: Step) -> Option<(World, Picture)> {
    let (mut world, picture) = (world.clone(), picture.clone());
    let (organizations, groups) = (world.parents.len(), world.groups.len());
    let picture = match step {
        Step::Move(o, up) if o < organizations && up.is_none_or(|up| up < organizations) => {
            let inside = world.whole(Thing::Organization(o));
            if up.is_some_and(|up| inside.contains(&Thing::Organization(up))) {
                return None;
            }
            world.parents[o] = up;
            picture.moved(id(o), up.map(id))
        }
        Step::Join(o, g) if o < organizations && g < groups => {
            world.groups[g].insert(o);
            picture.joined(id(o), id(g))
        }
        Step::Leave(o, g) if o < organizations && g < groups => {
            world.groups[g].remove(&o);
            picture.left(id(o), id(g))
        }
        Step::Take(n) if n < world.grants.len() => {
            let taken = world.grants[n].id;
            // Emptied rather than removed: who holds which grant goes by its number here.
            world.grants[n].ends_at = Some(at(-1));
            picture.without(&[taken])
        }
        Step::Roles => picture,
        _ => return None,
    };
    Some((world, picture))
}

/// Roles and permissions that a person has at a thing, written out.
fn plain(
    world: &World,
    table: &RoleTable,
    user: usize,
    thing: Thing,
    now: Ts,
) -> (BTreeSet<Role>, PermissionSet) {
    let grants = world.grants.iter().enumerate();
    let mine = grants.filter(|(n, g)| {
        n % 2 == user && counts(g, now) && world.reached(&g.scope).contains(&thing)
    });
    mine.fold(
        (BTreeSet::new(), PermissionSet::EMPTY),
        |(mut roles, all), (_, g)| {
            roles.insert(g.role.clone());
            (
                roles,
                all.union(table.permissions(&g.role, g.scope.level())),
            )
        },
    )
}

fn spots(world: &World) -> Vec<Spot> {
    let organizations = (0..world.parents.len()).map(|o| Spot::Organization(id(o)));
    std::iter::once(Spot::Account)
        .chain(organizations)
        .collect()
}

/// What the preview says of a person at a thing: of a project, what it says of its organization, unless the person
/// holds a role on the project itself.
fn told<'a>(impact: &'a Impact, world: &World, user: usize, thing: Thing) -> Option<&'a Change> {
    let of = impact.affected.iter().find(|one| one.user == id(user))?;
    let at = |spot: Spot| of.changes.iter().find(|change| change.spot == spot);
    match thing {
        Thing::Account => at(Spot::Account),
        Thing::Organization(o) => at(Spot::Organization(id(o))),
        Thing::Project(p) => {
            let organization = id(world.projects[p]);
            let own = world.grants.iter().enumerate().any(|(n, g)| {
                n % 2 == user
                    && matches!(g.scope, Scoped::Project { id: project, .. } if project == id(p))
            });
            at(if own {
                let id = id(p);
                Spot::Project { id, organization }
            } else {
                Spot::Organization(organization)
            })
        }
    }
}

fn other_catalogue() -> Catalogue {
    let text = "[[permissions]]\nkey = \"a.b\"\nlabel = \"A\"\ndescription = \"A.\"\n\
                [roles]\nviewer = [\"a.b\"]\n";
    Catalogue::parse(text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_preview_says_what_then_happens(
        world in world(), step in step(), second in 0..6_i64, active in any::<bool>(),
    ) {
        let (now, before) = (at(second), picture(&world, active));
        let Some((then, after)) = make(&world, &before, step) else { return Ok(()) };
        let table = RoleTable::new(&Catalogue::builtin());
        let changed = match step {
            Step::Roles => RoleTable::new(&other_catalogue()),
            _ => RoleTable::new(&Catalogue::builtin()),
        };
        let (was, will) = (
            Side { picture: &before, roles: &table },
            Side { picture: &after, roles: &changed },
        );
        let impact = compare(&was, &will, &spots(&world), now, Most::ALL);
        let (mut people, mut gaining, mut losing) = (0, 0, 0);
        for user in 0..2 {
            let (mut any, mut more, mut less) = (false, false, false);
            for thing in world.everything() {
                let nothing = (BTreeSet::new(), PermissionSet::EMPTY);
                let counted = user == 0 || active;
                let (had, could) = if counted { plain(&world, &table, user, thing, now) } else { nothing.clone() };
                let (has, can) = if counted { plain(&then, &changed, user, thing, now) } else { nothing };
                let found = told(&impact, &world, user, thing);
                let gains: Vec<Role> = has.difference(&had).cloned().collect();
                let loses: Vec<Role> = had.difference(&has).cloned().collect();
                let (may, may_not) = (can.except(could), could.except(can));
                more |= !gains.is_empty() || !may.is_empty();
                less |= !loses.is_empty() || !may_not.is_empty();
                any |= found.is_some();
                let said = found.map(|c| (c.gains.clone(), c.loses.clone(), c.may, c.may_not));
                let wanted = (had != has || could != can).then_some((gains, loses, may, may_not));
                prop_assert_eq!(said, wanted, "{:?}", thing);
            }
            people += usize::from(any);
            gaining += usize::from(more);
            losing += usize::from(less);
        }
        prop_assert_eq!((impact.people, impact.gaining, impact.losing), (people, gaining, losing));

        // A short telling counts the same.
        let short = compare(&was, &will, &spots(&world), now, Most { people: 1, places: 1 });
        prop_assert_eq!((short.people, short.gaining, short.losing, short.places),
                        (people, gaining, losing, impact.places));
        prop_assert_eq!(short.affected.len() + short.more(), people);
        for (one, whole) in short.affected.iter().zip(&impact.affected) {
            prop_assert_eq!(one.changes.len() + one.more, whole.changes.len());
        }
        prop_assert_eq!(&short.counts[..], &impact.counts[..short.counts.len()]);
    }

    #[test]
    fn nobody_gets_by_a_change_what_its_maker_could_not_give(
        world in world(), step in step(), second in 0..6_i64, maker in prop::sample::select(Builtin::ALL.as_slice()),
        wide in any::<bool>(), of_themselves in any::<bool>(),
    ) {
        let (now, before) = (at(second), picture(&world, true));
        let Some((_, after)) = make(&world, &before, step) else { return Ok(()) };
        let table = RoleTable::new(&Catalogue::builtin());
        let scope = if wide { Scoped::Account } else { Scoped::Organization { id: id(0), below: true } };
        let mine = [grant(99, maker, scope)];
        let actor: UserId = if of_themselves { id(0) } else { id(7) };
        let brought = brought(&before, &after, &spots(&world), now);
        let refused = refused(&table, (actor, &mine), &before, &brought, now);
        let (was, will) = (Side { picture: &before, roles: &table }, Side { picture: &after, roles: &table });
        let impact = compare(&was, &will, &spots(&world), now, Most::ALL);
        for one in &impact.affected {
            let changes = one.changes.iter().filter(|c| !matches!(c.spot, Spot::Project { .. }));
            for (change, role) in changes.flat_map(|c| c.gains.iter().map(move |role| (c, role.clone()))) {
                let here = resolve::resolve(&table, &mine, &before.place(change.spot), now);
                let may = give::Actor { user: actor, here: &here, roles: &table }.may_give(&role, one.user);
                let told = refused.iter().map(|r| (&r.brought, &r.because))
                    .find(|(r, _)| (r.user, r.spot, &r.role) == (one.user, change.spot, &role));
                prop_assert_eq!(told.map(|(_, because)| because.clone()), may.err().map(Because::Giver));
            }
        }
    }
}

/// B with somebody's role on everything below it, X beside it; X moves below B.
fn below_b(role: Builtin) -> (Picture, Picture) {
    let (b, x) = (id(0), id(1));
    let tree = [(b, Node::default()), (x, Node::default())];
    let held = grant(0, role, Scoped::Organization { id: b, below: true });
    let member = Member {
        active: true,
        grants: vec![held],
    };
    let before = Picture {
        tree: tree.into_iter().collect(),
        people: [(id(0), member)].into_iter().collect(),
    };
    let after = before.clone().moved(x, Some(b));
    (before, after)
}

fn refusals(maker: UserId, role: Builtin, before: &Picture, after: &Picture) -> Vec<give::Refusal> {
    let table = RoleTable::new(&Catalogue::builtin());
    let mine = [grant(99, role, Scoped::Account)];
    let spots = [Spot::Organization(id(1))];
    let brought = brought(before, after, &spots, at(0));
    let found = refused(&table, (maker, &mine), before, &brought, at(0));
    // Who has proven what is not asked here.
    let because = |one: Refused| match one.because {
        Because::Giver(refusal) => Some(refusal),
        Because::Unproven(_) => None,
    };
    found.into_iter().filter_map(because).collect()
}

#[test]
fn a_move_gives_only_what_its_maker_gives() {
    let (before, after) = below_b(Builtin::Viewer);
    assert_eq!(refusals(id(7), Builtin::Admin, &before, &after), []);
    let why = give::Refusal::UserManagers(give::Act::Give, Builtin::Viewer.into());
    assert_eq!(refusals(id(7), Builtin::Manager, &before, &after), [why]);
    let (before, after) = below_b(Builtin::Admin);
    let why = give::Refusal::Request(Builtin::Admin.into());
    assert_eq!(
        refusals(id(7), Builtin::Owner, &before, &after),
        [why],
        "S11"
    );
}

#[test]
fn nobody_moves_a_role_to_themselves() {
    let (before, after) = below_b(Builtin::Viewer);
    assert_eq!(
        refusals(id(0), Builtin::Owner, &before, &after),
        [give::Refusal::OwnRoles]
    );
}

#[test]
fn a_role_that_begins_tomorrow_or_waits_for_a_welcome_is_given_too() {
    let why = give::Refusal::UserManagers(give::Act::Give, Builtin::Viewer.into());
    let (mut before, _) = below_b(Builtin::Viewer);
    let member = before.people.get_mut(&id(0)).unwrap();
    member.active = false;
    member.grants[0].starts_at = Some(at(1_000));
    let after = before.clone().moved(id(1), Some(id(0)));
    assert_eq!(refusals(id(7), Builtin::Manager, &before, &after), [why]);
    // Ended is ended.
    before.people.get_mut(&id(0)).unwrap().grants[0].ends_at = Some(at(0));
    let after = before.clone().moved(id(1), Some(id(0)));
    assert_eq!(refusals(id(7), Builtin::Manager, &before, &after), []);
}

#[test]
fn what_is_held_there_already_is_not_given() {
    let (before, _) = below_b(Builtin::Admin);
    let here = Scoped::Organization {
        id: id(1),
        below: false,
    };
    let held = grant(1, Builtin::Admin, here);
    let before = before.with(id(0), held.clone());
    let after = before.clone().moved(id(1), Some(id(0)));
    assert_eq!(refusals(id(7), Builtin::Manager, &before, &after), []);
    // Held for a day only, it would be held for good.
    let short = Grant {
        ends_at: Some(at(86_400)),
        ..held.clone()
    };
    let before = before.without(&[held.id]).with(id(0), short);
    let after = before.clone().moved(id(1), Some(id(0)));
    assert_eq!(refusals(id(7), Builtin::Manager, &before, &after).len(), 1);
}

/// A person with these roles on B and on everything below it.
fn holding(roles: &[(Role, Scoped)]) -> Picture {
    let held = roles.iter().enumerate();
    let held = held.map(|(n, (role, scope))| grant(n, role, *scope));
    let member = Member {
        active: true,
        grants: held.collect(),
    };
    Picture {
        tree: [(id(0), Node::default())].into_iter().collect(),
        people: [(id(0), member)].into_iter().collect(),
    }
}

fn own(permissions: &[&str]) -> Role {
    let permissions = permissions.iter().map(|name| (*name).to_owned());
    Role::Custom(std::sync::Arc::new(CustomRole::new(
        id(0),
        ("Own", ""),
        permissions,
    )))
}

#[test]
fn an_edited_role_changes_what_people_may_and_not_what_they_hold() {
    let table = RoleTable::new(&Catalogue::builtin());
    let here = Scoped::Organization {
        id: id(0),
        below: false,
    };
    let (old, new) = (
        own(&["users.view", "items.view"]),
        own(&["items.view", "audit.view"]),
    );
    let before = holding(&[(old.clone(), here), (Builtin::Billing.into(), here)]);
    let after = before.clone().replaced(&old, &new, at(0));
    let side = |picture| Side {
        picture,
        roles: &table,
    };
    let spots = [Spot::Organization(id(0))];
    let impact = compare(&side(&before), &side(&after), &spots, at(0), Most::ALL);
    assert_eq!(impact.affected.len(), 1);
    let change = &impact.affected[0].changes[0];
    assert!(change.gains.is_empty() && change.loses.is_empty());
    assert_eq!(change.may, PermissionSet::of(&[Key::AuditView]));
    assert_eq!(change.may_not, PermissionSet::of(&[Key::UsersView]));
}

#[test]
fn whoever_holds_the_other_role_as_widely_merely_loses_the_replaced_one() {
    let on = |below| Scoped::Organization { id: id(0), below };
    let (old, new) = (own(&["users.view"]), Role::from(Builtin::Viewer));
    for (here, there, left) in [
        (false, false, vec![on(false)]),
        (false, true, vec![on(true)]),
        (true, true, vec![on(true)]),
        // With everything below takes the place of the organization alone.
        (true, false, vec![on(true)]),
    ] {
        let before = holding(&[(old.clone(), on(here)), (new.clone(), on(there))]);
        let after = before.replaced(&old, &new, at(0));
        let held = &after.people[&id(0)].grants;
        let scopes: Vec<Scoped> = held.iter().map(|grant| grant.scope).collect();
        assert_eq!(scopes, left, "{here} {there}");
        assert!(held.iter().all(|grant| grant.role == new));
    }
    // What ends sooner covers nothing, and what lasts longer stays; where neither does, both stay and it is refused.
    for (here, there, left) in [
        ((false, None), (false, Some(9)), vec![(false, None)]),
        ((false, Some(9)), (false, None), vec![(false, None)]),
        ((true, None), (false, Some(9)), vec![(true, None)]),
        (
            (true, Some(9)),
            (false, None),
            vec![(false, None), (true, Some(9))],
        ),
    ] {
        let mut before = holding(&[(old.clone(), on(here.0)), (new.clone(), on(there.0))]);
        let grants = &mut before.people.get_mut(&id(0)).unwrap().grants;
        grants[0].ends_at = here.1.map(at);
        grants[1].ends_at = there.1.map(at);
        let after = before.replaced(&old, &new, at(0));
        let held = after.people[&id(0)].grants.iter();
        let held: Vec<_> = held
            .map(|grant| (grant.scope.is_below(), grant.ends_at))
            .collect();
        let left: Vec<_> = left
            .into_iter()
            .map(|(below, end)| (below, end.map(at)))
            .collect();
        assert_eq!(held, left, "{here:?} {there:?}");
    }
    // What has ended covers nothing.
    let mut before = holding(&[(old.clone(), on(false)), (new.clone(), on(false))]);
    before.people.get_mut(&id(0)).unwrap().grants[1].ends_at = Some(at(0));
    let after = before.replaced(&old, &new, at(0));
    let held = &after.people[&id(0)].grants;
    assert_eq!((held.len(), held[0].id, held[0].ends_at), (1, id(0), None));
}
