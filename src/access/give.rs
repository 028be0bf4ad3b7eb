//! Who may give and take which role: rule by rule, for every form, import, API call and pending invitation.
//!
//! The account's last Owner is not guarded here but by the one function of `members`, which counts in the
//! transaction.

use std::fmt;

use super::grant::Level;
use super::permission::{Key, PermissionSet};
use super::resolve::Resolution;
use super::role::{Builtin, Role, RoleTable};
use crate::db::types::UserId;

/// Who holds the key to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// An Owner; the person accepts.
    Owners,
    /// Nobody directly: it is requested, approved and then granted by the approval.
    Request,
    /// Whoever holds `user_management.assign`, which are Admins and Owners.
    Assigners,
    /// An Admin or Owner.
    Admins,
    /// Whoever holds `users.manage`.
    UserManagers,
    /// Whoever holds `users.manage` and every permission of the role.
    Composers,
}

/// The rule for giving. Matched role by role, so that a new one cannot be forgotten.
const fn to_give(role: &Role) -> Rule {
    match role {
        Role::Builtin(Builtin::Owner) => Rule::Owners,
        Role::Builtin(Builtin::Admin) => Rule::Request,
        Role::Builtin(Builtin::UserManagement) => Rule::Assigners,
        Role::Builtin(Builtin::Auditor) => Rule::Admins,
        Role::Builtin(
            Builtin::Manager
            | Builtin::Viewer
            | Builtin::Billing
            | Builtin::Operations
            | Builtin::Reporting,
        ) => Rule::UserManagers,
        Role::Custom(_) => Rule::Composers,
    }
}

/// The rule for taking: that for giving, except that any Admin reaching the scope, or an Owner, takes Admin and User
/// Management at once.
const fn to_take(role: &Role) -> Rule {
    match role {
        Role::Builtin(Builtin::Admin | Builtin::UserManagement) => Rule::Admins,
        _ => to_give(role),
    }
}

/// Who can give the role, as the matrix says it ("Can be given by").
pub const fn can_be_given_by(role: &Role) -> &'static str {
    match to_give(role) {
        Rule::Owners => "An Owner; the person then accepts",
        Rule::Request => "Nobody directly: request it, and an Admin or Owner approves",
        Rule::Assigners | Rule::Admins => "An Admin or Owner",
        Rule::UserManagers => "Anyone who can manage users there",
        Rule::Composers => "Anyone who can manage users there and holds all of its permissions",
    }
}

/// Whether giving the role takes somebody's approval, as the matrix says it ("Needs approval").
pub const fn needs_approval(role: &Role) -> &'static str {
    match to_give(role) {
        Rule::Owners => "The person accepts it",
        Rule::Request => "Yes, by an Admin or Owner",
        Rule::Assigners | Rule::Admins | Rule::UserManagers | Rule::Composers => "No",
    }
}

/// What it takes to give the role, held at the place where it is given; none: nobody gives it directly. Only Admins
/// and Owners hold `user_management.assign`, and only Owners `ownership.transfer` (S10), so that each rule is a
/// permission, too. An account's own role takes this one and besides what is [in it](needed_to_give).
pub const fn key_to_give(role: &Role) -> Option<Key> {
    match to_give(role) {
        Rule::Owners => Some(Key::OwnershipTransfer),
        Rule::Request => None,
        Rule::Assigners | Rule::Admins => Some(Key::UserManagementAssign),
        Rule::UserManagers | Rule::Composers => Some(Key::UsersManage),
    }
}

/// Whether the role lets its holder do more, at a place of this kind, than any role that everybody who manages users
/// gives: a built-in one because it is kept from them, an account's own because of what is in it.
pub fn is_powerful(table: &RoleTable, role: &Role, level: Level) -> bool {
    if matches!(role, Role::Builtin(_)) {
        return key_to_give(role) != Some(Key::UsersManage);
    }
    let everyday = Builtin::ALL.map(Role::Builtin);
    let everyday = everyday
        .iter()
        .filter(|one| !is_powerful(table, one, level));
    let all = everyday.fold(PermissionSet::EMPTY, |all, one| {
        all.union(table.permissions(one, level))
    });
    !table.permissions(role, level).is_subset(all)
}

/// Every permission that somebody has to hold to give the role at a place of this kind; none: nobody gives it
/// directly.
pub fn needed_to_give(table: &RoleTable, role: &Role, level: Level) -> Option<PermissionSet> {
    let key = PermissionSet::EMPTY.with(key_to_give(role)?);
    Some(match role {
        Role::Builtin(_) => key,
        Role::Custom(_) => key.union(table.permissions(role, level)),
    })
}

/// Somebody who wants to give or take a role, with what they may do at the very scope of the grant: the
/// [`Resolution`] at that account, group, organization, [subtree](super::resolve::Place::Subtree) (for "everything
/// below") or project.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Who.
    pub user: UserId,
    /// What they may do there.
    pub here: &'a Resolution,
    /// What each role may do.
    pub roles: &'a RoleTable,
}

/// Giving or taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A role is given.
    Give,
    /// A role is taken away.
    Take,
}

/// Why a role cannot be given or taken: its text is a sentence for the page, and names the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// One's own roles are changed by somebody else.
    OwnRoles,
    /// The role cannot be held at such a scope.
    Scope(Role, Level),
    /// Only an Owner may.
    Owners(Act, Role),
    /// The role is given on request.
    Request(Role),
    /// Only an Admin or Owner may.
    Admins(Act, Role),
    /// Only a holder of `users.manage` may.
    UserManagers(Act, Role),
    /// Only a holder of `users.manage` and of all that is in the role may.
    Composers(Act, Role),
}

impl Refusal {
    /// The gate that refused: `role`, `scope` or `approval`.
    pub const fn gate(&self) -> &'static str {
        match self {
            Self::OwnRoles
            | Self::Owners(..)
            | Self::Admins(..)
            | Self::UserManagers(..)
            | Self::Composers(..) => "role",
            Self::Scope(..) => "scope",
            Self::Request(_) => "approval",
        }
    }

    /// The permission that is missing at the place, where it is one: of an account's own role it may be any in it.
    pub const fn missing(&self) -> Option<Key> {
        match self {
            Self::Owners(..) => Some(Key::OwnershipTransfer),
            Self::Admins(..) => Some(Key::UserManagementAssign),
            Self::UserManagers(..) => Some(Key::UsersManage),
            Self::OwnRoles | Self::Scope(..) | Self::Request(_) | Self::Composers(..) => None,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Give => "give",
            Self::Take => "take away",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnRoles => f.write_str(
                "You cannot change your own roles. Ask another Admin or Owner to do it.",
            ),
            Self::Scope(role, level) => {
                let article = if matches!(level, Level::Account | Level::Organization) {
                    "an"
                } else {
                    "a"
                };
                write!(
                    f,
                    "The role {role} cannot be given on {article} {}.",
                    level.as_str()
                )
            }
            Self::Owners(act, role) => write!(f, "Only an Owner can {act} the role {role}."),
            Self::Request(role) => write!(
                f,
                "The role {role} cannot be given directly. Request it: an Admin or Owner has to approve it."
            ),
            Self::Admins(act, role) => {
                write!(
                    f,
                    "Only an Admin or Owner of this place can {act} the role {role}."
                )
            }
            Self::UserManagers(act, role) => {
                write!(
                    f,
                    "Only somebody who can manage users here can {act} the role {role}."
                )
            }
            Self::Composers(act, role) => {
                write!(
                    f,
                    "Only somebody who can manage users here and holds everything in it can {act} the role {role}."
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl Actor<'_> {
    /// Whether the actor may give the role to this person at the scope.
    ///
    /// # Errors
    /// The gate that refuses.
    pub fn may_give(&self, role: impl Into<Role>, to: UserId) -> Result<(), Refusal> {
        let role = role.into();
        if !role.levels().contains(&self.here.level) {
            return Err(Refusal::Scope(role, self.here.level));
        }
        self.passes(to_give(&role), Act::Give, role, to)
    }

    /// Whether the actor may take the role from this person at the scope. Laying down one's own role is another act
    /// and is not asked here.
    ///
    /// # Errors
    /// The gate that refuses.
    pub fn may_take(&self, role: impl Into<Role>, from: UserId) -> Result<(), Refusal> {
        let role = role.into();
        self.passes(to_take(&role), Act::Take, role, from)
    }

    /// Whether the actor is one of those who approve, in the account's name, a role that nobody gives directly: an
    /// Admin or Owner whose grant reaches the scope.
    pub fn may_approve(&self) -> bool {
        self.here.holds(Builtin::Owner) || self.here.holds(Builtin::Admin)
    }

    fn passes(&self, rule: Rule, act: Act, role: Role, subject: UserId) -> Result<(), Refusal> {
        if self.user == subject {
            return Err(Refusal::OwnRoles);
        }
        let held = self.here.permissions;
        let level = self.here.level;
        let owner = self.here.holds(Builtin::Owner);
        let admin = owner || self.here.holds(Builtin::Admin);
        let (passes, refusal) = match rule {
            Rule::Owners => (owner, Refusal::Owners(act, role)),
            Rule::Request => (false, Refusal::Request(role)),
            Rule::Assigners => (
                held.contains_key(Key::UserManagementAssign),
                Refusal::Admins(act, role),
            ),
            Rule::Admins => (admin, Refusal::Admins(act, role)),
            Rule::UserManagers => (
                held.contains_key(Key::UsersManage),
                Refusal::UserManagers(act, role),
            ),
            Rule::Composers => (
                held.contains_key(Key::UsersManage)
                    && self.roles.permissions(&role, level).is_subset(held),
                Refusal::Composers(act, role),
            ),
        };
        if passes { Ok(()) } else { Err(refusal) }
    }
}

#[cfg(test)]
mod tests;
