//! An account as far as rights go: its tree, the groups, and who holds what. Plain data, so that what would be can be
//! drawn beside what is.

use std::collections::BTreeMap;

use super::super::extent::Extent;
use super::super::grant::{Grant, Scoped};
use super::super::resolve::{Branch, Place};
use super::super::role::Role;
use crate::db::types::{GrantId, GroupId, OrganizationId, ProjectId, Ts, UserId};

/// Where an organization stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Directly below which one; none: at the top.
    pub parent: Option<OrganizationId>,
    /// In which groups.
    pub groups: Vec<GroupId>,
}

/// A person of the account, and what they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Whether the membership is active: only then do the grants count.
    pub active: bool,
    /// Their grants, current or not.
    pub grants: Vec<Grant>,
}

/// An account's tree and groups, and what its people hold: all of it, or as much as a change can touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The organizations. Whoever stands above one of them is in it, too.
    pub tree: BTreeMap<OrganizationId, Node>,
    /// The people.
    pub people: BTreeMap<UserId, Member>,
}

/// A place whose roles may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// The account itself.
    Account,
    /// An organization. Its projects go with it, unless a person holds a role on the project itself.
    Organization(OrganizationId),
    /// A project, for a person who holds a role on it.
    Project {
        /// The project.
        id: ProjectId,
        /// The organization that it is in.
        organization: OrganizationId,
    },
}

impl Spot {
    /// The scope of a role that is given there.
    pub const fn scope(self) -> Scoped {
        match self {
            Self::Account => Scoped::Account,
            Self::Organization(id) => Scoped::Organization { id, below: false },
            Self::Project { id, organization } => Scoped::Project { id, organization },
        }
    }
}

/// Two grants of one role at one place as one. Where no one grant says both, both stay: such a change is refused.
fn together(there: Grant, came: Grant, now: Ts) -> Vec<Grant> {
    let (own, other) = (Extent::of(&there), Extent::of(&came));
    match own.with(&other, now) {
        None => vec![there, came],
        Some(both) if both == own => vec![there],
        Some(both) => vec![Grant {
            starts_at: both.starts_at,
            ends_at: both.ends_at,
            ..came
        }],
    }
}

impl Picture {
    /// The organization, with what is above and around it.
    pub fn branch(&self, organization: OrganizationId) -> Branch {
        let up = |id: &OrganizationId| self.tree.get(id).and_then(|node| node.parent);
        // A tree that is not one (it would be ours to have let that happen) ends where it has every node once.
        let ancestors = std::iter::successors(up(&organization), up)
            .take(self.tree.len())
            .collect();
        let groups = self.tree.get(&organization);
        Branch {
            organization,
            ancestors,
            groups: groups.map(|node| node.groups.clone()).unwrap_or_default(),
        }
    }

    /// The spot, as the resolver knows it.
    pub fn place(&self, spot: Spot) -> Place {
        match spot {
            Spot::Account => Place::Account,
            Spot::Organization(id) => Place::Organization(self.branch(id)),
            Spot::Project { id, organization } => Place::Project {
                id,
                within: self.branch(organization),
            },
        }
    }

    /// The organization and everything below it.
    pub fn subtree(&self, top: OrganizationId) -> Vec<OrganizationId> {
        let mut children: BTreeMap<OrganizationId, Vec<OrganizationId>> = BTreeMap::new();
        for (id, node) in &self.tree {
            if let Some(parent) = node.parent {
                children.entry(parent).or_default().push(*id);
            }
        }
        let (mut all, mut next) = (Vec::new(), vec![top]);
        while let Some(id) = next.pop() {
            all.push(id);
            next.extend(children.remove(&id).unwrap_or_default());
        }
        all
    }

    /// The same with the organization below another parent, or at the top.
    #[must_use]
    pub fn moved(mut self, organization: OrganizationId, parent: Option<OrganizationId>) -> Self {
        if let Some(node) = self.tree.get_mut(&organization) {
            node.parent = parent;
        }
        self
    }

    /// The same with the organization in the group.
    #[must_use]
    pub fn joined(mut self, organization: OrganizationId, group: GroupId) -> Self {
        if let Some(node) = self.tree.get_mut(&organization)
            && !node.groups.contains(&group)
        {
            node.groups.push(group);
        }
        self
    }

    /// The same with the organization out of the group.
    #[must_use]
    pub fn left(mut self, organization: OrganizationId, group: GroupId) -> Self {
        if let Some(node) = self.tree.get_mut(&organization) {
            node.groups.retain(|id| *id != group);
        }
        self
    }

    /// The same without these grants.
    #[must_use]
    pub fn without(mut self, grants: &[GrantId]) -> Self {
        for member in self.people.values_mut() {
            member.grants.retain(|grant| !grants.contains(&grant.id));
        }
        self
    }

    /// The same with another role in the place of one: the edited one under its own id, or the one that replaces it
    /// where it is deleted. Whoever holds that one at the place already, as widely and as long, merely loses the first;
    /// where neither covers the other, both come to one.
    #[must_use]
    pub fn replaced(mut self, old: &Role, new: &Role, now: Ts) -> Self {
        for member in self.people.values_mut() {
            let (go, mut stay): (Vec<Grant>, Vec<Grant>) = std::mem::take(&mut member.grants)
                .into_iter()
                .partition(|grant| grant.role == *old);
            for grant in go {
                let there =
                    |one: &Grant| old != new && one.role == *new && one.scope.is_at(&grant.scope);
                let other = stay
                    .iter()
                    .position(|one| there(one) && !Extent::of(one).is_over(now));
                let other = other.map(|at| stay.remove(at));
                stay.retain(|one| !there(one));
                let role = new.clone();
                let came = Grant { role, ..grant };
                match other {
                    None => stay.push(came),
                    Some(other) => stay.extend(together(other, came, now)),
                }
            }
            member.grants = stay;
        }
        self
    }

    /// The same with one grant more.
    #[must_use]
    pub fn with(mut self, user: UserId, grant: Grant) -> Self {
        self.people.entry(user).or_default().grants.push(grant);
        self
    }

    /// The places that a grant at this scope reaches, among those of the picture.
    pub fn reach(&self, scope: &Scoped) -> Vec<Spot> {
        let organizations = self.tree.keys().copied();
        match *scope {
            Scoped::Account => std::iter::once(Spot::Account)
                .chain(organizations.map(Spot::Organization))
                .collect(),
            Scoped::Group(group) => organizations
                .filter(|id| {
                    self.tree
                        .get(id)
                        .is_some_and(|node| node.groups.contains(&group))
                })
                .map(Spot::Organization)
                .collect(),
            Scoped::Organization { id, below: false } => vec![Spot::Organization(id)],
            Scoped::Organization { id, below: true } => self
                .subtree(id)
                .into_iter()
                .map(Spot::Organization)
                .collect(),
            Scoped::Project { id, organization } => vec![Spot::Project { id, organization }],
        }
    }
}
