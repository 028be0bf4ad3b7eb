//! The resolver against a model that is slow and plain: it writes out, for each grant, every place that the words of
//! the rule name, and looks the place up in that list.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::slice::from_ref;
use std::sync::Arc;
use uuid::Uuid;

use super::super::catalogue::Catalogue;
use super::super::custom::{AccountRoles, CustomRole};
use super::super::role::Builtin;
use super::*;
use crate::db::types::Id;

pub(in crate::access) fn id<K: crate::db::types::Kind>(n: usize) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(u128::try_from(n).unwrap() + 1))
}

pub(in crate::access) fn at(second: i64) -> Ts {
    Ts::new(chrono::DateTime::from_timestamp(second, 0).unwrap())
}

/// An account: organizations with a parent that was made before them, groups as lists of organizations, projects in
/// an organization, grants.
#[derive(Debug, Clone)]
pub(in crate::access) struct World {
    pub(in crate::access) parents: Vec<Option<usize>>,
    pub(in crate::access) groups: Vec<BTreeSet<usize>>,
    pub(in crate::access) projects: Vec<usize>,
    pub(in crate::access) grants: Vec<Grant>,
}

/// A thing that can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::access) enum Thing {
    Account,
    Organization(usize),
    Project(usize),
}

impl World {
    pub(in crate::access) fn everything(&self) -> Vec<Thing> {
        let organizations = (0..self.parents.len()).map(Thing::Organization);
        let projects = (0..self.projects.len()).map(Thing::Project);
        [Thing::Account]
            .into_iter()
            .chain(organizations)
            .chain(projects)
            .collect()
    }

    fn ancestors(&self, of: usize) -> Vec<usize> {
        std::iter::successors(self.parents[of], |up| self.parents[*up]).collect()
    }

    /// What stands directly in a thing.
    fn children(&self, of: Thing) -> Vec<Thing> {
        let holds = |thing: &Thing| match (*thing, of) {
            (Thing::Organization(o), Thing::Account) => self.parents[o].is_none(),
            (Thing::Organization(o), Thing::Organization(up)) => self.parents[o] == Some(up),
            (Thing::Project(p), Thing::Organization(o)) => self.projects[p] == o,
            _ => false,
        };
        self.everything().into_iter().filter(holds).collect()
    }

    /// A thing and all that is in it, at any depth.
    pub(in crate::access) fn whole(&self, thing: Thing) -> BTreeSet<Thing> {
        let below = self
            .children(thing)
            .into_iter()
            .flat_map(|child| self.whole(child));
        std::iter::once(thing).chain(below).collect()
    }

    fn with_projects(&self, organization: usize) -> BTreeSet<Thing> {
        let here = Thing::Organization(organization);
        let children = self.children(here).into_iter();
        children
            .filter(|c| matches!(c, Thing::Project(_)))
            .chain([here])
            .collect()
    }

    /// Rule 4, written out.
    pub(in crate::access) fn reached(&self, scope: &Scoped) -> BTreeSet<Thing> {
        let find =
            |wanted: OrganizationId| (0..self.parents.len()).find(|o| id(*o) == wanted).unwrap();
        match scope {
            Scoped::Account => self.whole(Thing::Account),
            Scoped::Group(group) => {
                let group = (0..self.groups.len()).find(|g| id(*g) == *group).unwrap();
                self.groups[group]
                    .iter()
                    .flat_map(|o| self.with_projects(*o))
                    .collect()
            }
            Scoped::Organization { id, below: true } => self.whole(Thing::Organization(find(*id))),
            Scoped::Organization { id, below: false } => self.with_projects(find(*id)),
            Scoped::Project { id: project, .. } => (0..self.projects.len())
                .filter(|p| id(*p) == *project)
                .map(Thing::Project)
                .collect(),
        }
    }

    pub(in crate::access) fn branch(&self, organization: usize) -> Branch {
        let groups = (0..self.groups.len()).filter(|g| self.groups[*g].contains(&organization));
        Branch {
            organization: id(organization),
            ancestors: self.ancestors(organization).into_iter().map(id).collect(),
            groups: groups.map(id).collect(),
        }
    }

    pub(in crate::access) fn place(&self, thing: Thing) -> Place {
        match thing {
            Thing::Account => Place::Account,
            Thing::Organization(o) => Place::Organization(self.branch(o)),
            Thing::Project(p) => Place::Project {
                id: id(p),
                within: self.branch(self.projects[p]),
            },
        }
    }

    /// What the statement that walks up from the grants would find.
    fn above(&self) -> Vec<Above> {
        let start = |grant: &Grant| -> Vec<usize> {
            let named = |wanted| {
                (0..self.parents.len())
                    .filter(move |o| id(*o) == wanted)
                    .collect()
            };
            match grant.scope {
                Scoped::Account => vec![],
                Scoped::Group(group) => {
                    let mut groups = (0..self.groups.len()).filter(|g| id(*g) == group);
                    self.groups[groups.next().unwrap()]
                        .iter()
                        .copied()
                        .collect()
                }
                Scoped::Organization { id, .. } => named(id),
                Scoped::Project { organization, .. } => named(organization),
            }
        };
        let rows = |grant: &Grant| {
            let id_of_grant = grant.id;
            let up = start(grant).into_iter().flat_map(|o| self.ancestors(o));
            up.map(move |o| Above {
                grant: id_of_grant,
                organization: id(o),
            })
            .collect::<Vec<_>>()
        };
        self.grants.iter().flat_map(rows).collect()
    }
}

/// Whether the grant counts, said another way than the code says it.
pub(in crate::access) fn counts(grant: &Grant, now: Ts) -> bool {
    let begun = grant
        .starts_at
        .map(|start| start.max(now) == now)
        .unwrap_or(true);
    let ended = grant.ends_at.map(|end| end <= now).unwrap_or(false);
    let odd = grant.role == Role::Builtin(Builtin::Owner) && grant.scope != Scoped::Account;
    begun && !ended && !odd
}

/// The built-in roles and three of the account's own: one that counts for more on the account, one of products, and
/// one with nothing in it.
pub(in crate::access) fn own_roles() -> AccountRoles {
    let role = |n: usize, permissions: &[&str]| {
        let permissions = permissions.iter().map(|name| (*name).to_owned());
        Arc::new(CustomRole::new(id(n), ("Own", ""), permissions))
    };
    AccountRoles::of(vec![
        role(0, &["account.view", "users.view", "organizations.view"]),
        role(1, &["orders.write", "invoices.view", "users.manage"]),
        role(2, &[]),
    ])
}

pub(in crate::access) fn world() -> impl Strategy<Value = World> {
    let parents = prop::collection::vec(any::<Option<prop::sample::Index>>(), 1..7);
    let groups = prop::collection::vec(prop::collection::btree_set(0..6_usize, 0..4), 1..4);
    let projects = prop::collection::vec(any::<prop::sample::Index>(), 1..6);
    let grant = (
        prop::sample::select(own_roles().all().collect::<Vec<_>>()),
        0..5_u8,
        any::<prop::sample::Index>(),
        prop::option::of(0..6_i64),
        prop::option::of(0..6_i64),
    );
    let grants = prop::collection::vec(grant, 0..6);
    (parents, groups, projects, grants).prop_map(|(parents, groups, projects, grants)| {
        let count = parents.len();
        let parents = parents.iter().enumerate();
        let parents = parents
            .map(|(o, up)| up.filter(|_| o > 0).map(|up| up.index(o)))
            .collect();
        let groups: Vec<BTreeSet<usize>> = groups
            .into_iter()
            .map(|g| g.into_iter().filter(|o| *o < count).collect())
            .collect();
        let projects: Vec<usize> = projects.iter().map(|p| p.index(count)).collect();
        let grants = grants
            .into_iter()
            .enumerate()
            .map(|(n, (role, kind, which, start, end))| {
                let scope = match kind {
                    0 => Scoped::Account,
                    1 => Scoped::Group(id(which.index(groups.len()))),
                    2 => Scoped::Organization {
                        id: id(which.index(count)),
                        below: false,
                    },
                    3 => Scoped::Organization {
                        id: id(which.index(count)),
                        below: true,
                    },
                    _ => {
                        let project = which.index(projects.len());
                        Scoped::Project {
                            id: id(project),
                            organization: id(projects[project]),
                        }
                    }
                };
                Grant {
                    id: id(n),
                    role,
                    scope,
                    starts_at: start.map(at),
                    ends_at: end.map(at),
                    asleep: false,
                }
            });
        let grants = grants.collect();
        World {
            parents,
            groups,
            projects,
            grants,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_resolver_says_what_the_plain_model_says(world in world(), second in 0..6_i64) {
        let table = RoleTable::new(&Catalogue::builtin());
        let now = at(second);
        let above = world.above();
        for thing in world.everything() {
            let place = world.place(thing);
            let wanted: Vec<&Grant> = world.grants.iter()
                .filter(|g| counts(g, now) && world.reached(&g.scope).contains(&thing)).collect();
            let union = wanted.iter().fold(PermissionSet::EMPTY, |held, g| {
                held.union(table.permissions(&g.role, g.scope.level()))
            });
            let found = resolve(&table, &world.grants, &place, now);
            prop_assert_eq!(found.permissions, union);
            prop_assert_eq!(permissions(&table, &world.grants, &place, now), union);
            let paths: Vec<_> = found.paths.iter().map(|path| path.grant).collect();
            prop_assert_eq!(paths, wanted.iter().map(|g| g.id).collect::<Vec<_>>());

            let inside = world.whole(thing);
            let seen = world.grants.iter().any(|g| {
                counts(g, now) && (thing == Thing::Account || !world.reached(&g.scope).is_disjoint(&inside))
            });
            prop_assert_eq!(visible(&world.grants, &above, &place, now), seen, "{:?}", thing);
        }
    }

    #[test]
    fn what_reaches_a_subtree_or_a_group_reaches_all_that_it_may_ever_hold(
        world in world(), second in 0..6_i64,
    ) {
        let table = RoleTable::new(&Catalogue::builtin());
        let now = at(second);
        for organization in 0..world.parents.len() {
            let branch = world.branch(organization);
            let found = permissions(&table, &world.grants, &Place::Subtree(branch), now);
            for thing in world.whole(Thing::Organization(organization)) {
                let held = permissions(&table, &world.grants, &world.place(thing), now);
                prop_assert!(found.is_subset(held), "{:?}", thing);
            }
            // An organization that is made there tomorrow, in no group, is reached by the same grants.
            let mut grown = world.clone();
            grown.parents.push(Some(organization));
            let child = grown.place(Thing::Organization(grown.parents.len() - 1));
            prop_assert_eq!(permissions(&table, &grown.grants, &child, now), found);
        }
        for group in 0..world.groups.len() {
            let found = permissions(&table, &world.grants, &Place::Group(id(group)), now);
            for organization in &world.groups[group] {
                let place = world.place(Thing::Organization(*organization));
                prop_assert!(found.is_subset(permissions(&table, &world.grants, &place, now)));
            }
        }
    }
}

pub(in crate::access) fn grant(n: usize, role: impl Into<Role>, scope: Scoped) -> Grant {
    Grant {
        id: id(n),
        role: role.into(),
        scope,
        starts_at: None,
        ends_at: None,
        asleep: false,
    }
}

#[test]
fn each_path_names_its_way() {
    let table = RoleTable::new(&Catalogue::builtin());
    let (root, here, sibling) = (id(0), id(1), id(2));
    let (group, project) = (id(0), id(0));
    let grants = [
        grant(0, Builtin::Viewer, Scoped::Account),
        grant(1, Builtin::Billing, Scoped::Group(group)),
        grant(
            2,
            Builtin::Manager,
            Scoped::Organization {
                id: root,
                below: true,
            },
        ),
        grant(
            3,
            Builtin::Admin,
            Scoped::Organization {
                id: root,
                below: false,
            },
        ),
        grant(
            4,
            Builtin::Reporting,
            Scoped::Organization {
                id: here,
                below: false,
            },
        ),
        grant(
            5,
            Builtin::Operations,
            Scoped::Project {
                id: project,
                organization: here,
            },
        ),
        grant(
            6,
            Builtin::Admin,
            Scoped::Organization {
                id: sibling,
                below: true,
            },
        ),
        grant(
            7,
            Builtin::Admin,
            Scoped::Project {
                id: id(1),
                organization: here,
            },
        ),
    ];
    let branch = Branch {
        organization: here,
        ancestors: vec![root],
        groups: vec![group],
    };
    let ways = |place: &Place| -> Vec<_> {
        resolve(&table, &grants, place, at(0))
            .paths
            .into_iter()
            .map(|path| path.way)
            .collect()
    };
    let organization = Place::Organization(branch.clone());
    let from_above = [Way::Account, Way::Group(group), Way::Ancestor(root)];
    assert_eq!(ways(&Place::Account), [Way::Direct]);
    assert_eq!(
        ways(&organization),
        [&from_above[..], &[Way::Direct]].concat()
    );
    assert_eq!(
        ways(&Place::Subtree(branch.clone())),
        [Way::Account, Way::Ancestor(root)]
    );
    assert_eq!(ways(&Place::Group(group)), [Way::Account, Way::Direct]);
    let there = Place::Project {
        id: project,
        within: branch,
    };
    assert_eq!(
        ways(&there),
        [&from_above[..], &[Way::Organization(here), Way::Direct]].concat()
    );

    let found = resolve(&table, &grants, &organization, at(0));
    let why: Vec<_> = found
        .why(Key::CreditsView)
        .map(|path| path.role.clone())
        .collect();
    assert_eq!(why, [Builtin::Billing, Builtin::Manager].map(Role::from));
    assert!(found.holds(Builtin::Manager) && !found.holds(Builtin::Admin));
    assert_eq!(found.level, Level::Organization);
}

#[test]
fn the_account_is_viewed_by_account_grants_alone() {
    let table = RoleTable::new(&Catalogue::builtin());
    let branch = Branch {
        organization: id(0),
        ancestors: vec![],
        groups: vec![],
    };
    let place = Place::Organization(branch);
    let below = grant(
        0,
        Builtin::Admin,
        Scoped::Organization {
            id: id(0),
            below: true,
        },
    );
    let above = grant(1, Builtin::Viewer, Scoped::Account);
    let held = |grants: &[Grant], place: &Place| permissions(&table, grants, place, at(0));
    assert!(!held(from_ref(&below), &place).contains_key(Key::AccountView));
    assert!(held(from_ref(&below), &Place::Account).is_empty());
    assert!(
        visible(from_ref(&below), &[], &Place::Account, at(0)),
        "its front page is open"
    );
    assert!(held(&[below, above], &place).contains_key(Key::AccountView));
}

#[test]
fn where_somebody_holds_a_permission() {
    let table = RoleTable::new(&Catalogue::builtin());
    let grants = [
        grant(0, Builtin::Viewer, Scoped::Account),
        grant(1, Builtin::UserManagement, Scoped::Group(id(0))),
        Grant {
            ends_at: Some(at(0)),
            ..grant(2, Builtin::Admin, Scoped::Account)
        },
    ];
    let found: Vec<_> = holding(&table, &grants, Key::UsersManage, at(0))
        .map(|g| g.id)
        .collect();
    assert_eq!(found, [id(1)]);
}
