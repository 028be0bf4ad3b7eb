//! Who may give and take which role: rule by rule, for every form, import, API call and pending invitation.
//!
//! The account's last Owner is not guarded here but by the one function of `members`, which counts in the
//! transaction.

use std::fmt;

use super::grant::Level;
use super::permission::Key;
use super::resolve::Resolution;
use super::role::{Builtin, Role};
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
}

/// The rule for giving. Matched role by role, so that a new one cannot be forgotten.
const fn to_give(role: Role) -> Rule {
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
    }
}

/// The rule for taking: that for giving, except that any Admin reaching the scope, or an Owner, takes Admin and User
/// Management at once.
const fn to_take(role: Role) -> Rule {
    match role {
        Role::Builtin(Builtin::Admin | Builtin::UserManagement) => Rule::Admins,
        _ => to_give(role),
    }
}

/// Who can give the role, as the matrix says it ("Can be given by").
pub const fn can_be_given_by(role: Role) -> &'static str {
    match to_give(role) {
        Rule::Owners => "An Owner; the person then accepts",
        Rule::Request => "Nobody directly: request it, and an Admin or Owner approves",
        Rule::Assigners | Rule::Admins => "An Admin or Owner",
        Rule::UserManagers => "Anyone who can manage users there",
    }
}

/// What it takes to give the role, held at the place where it is given; none: nobody gives it directly. Only Admins
/// and Owners hold `user_management.assign`, and only Owners `ownership.transfer` (S10), so that each rule is a
/// permission, too.
pub const fn key_to_give(role: Role) -> Option<Key> {
    match to_give(role) {
        Rule::Owners => Some(Key::OwnershipTransfer),
        Rule::Request => None,
        Rule::Assigners | Rule::Admins => Some(Key::UserManagementAssign),
        Rule::UserManagers => Some(Key::UsersManage),
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Refusal {
    /// The gate that refused: `role`, `scope` or `approval`.
    pub const fn gate(&self) -> &'static str {
        match self {
            Self::OwnRoles | Self::Owners(..) | Self::Admins(..) | Self::UserManagers(..) => "role",
            Self::Scope(..) => "scope",
            Self::Request(_) => "approval",
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
        self.passes(to_give(role), Act::Give, role, to)
    }

    /// Whether the actor may take the role from this person at the scope. Laying down one's own role is another act
    /// and is not asked here.
    ///
    /// # Errors
    /// The gate that refuses.
    pub fn may_take(&self, role: impl Into<Role>, from: UserId) -> Result<(), Refusal> {
        let role = role.into();
        self.passes(to_take(role), Act::Take, role, from)
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
        };
        if passes { Ok(()) } else { Err(refusal) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::super::grant::{Grant, Scoped};
    use super::super::resolve::{Branch, Place, resolve};
    use super::super::role::RoleTable;
    use super::*;
    use crate::db::types::{GrantId, OrganizationId, Ts};
    use Builtin::*;

    const PLAIN: [Builtin; 5] = [Manager, Viewer, Billing, Operations, Reporting];

    fn holding(role: Builtin, scope: Scoped, place: &Place) -> Resolution {
        let id = GrantId::new();
        let grant = Grant {
            id,
            role: role.into(),
            scope,
            starts_at: None,
            ends_at: None,
        };
        let now = Ts::new(chrono::DateTime::UNIX_EPOCH);
        resolve(&RoleTable::new(&Catalogue::builtin()), &[grant], place, now)
    }

    fn on_account(role: Builtin) -> Resolution {
        holding(role, Scoped::Account, &Place::Account)
    }

    fn givable(here: &Resolution) -> Vec<Builtin> {
        let actor = Actor {
            user: UserId::new(),
            here,
        };
        Builtin::ALL
            .into_iter()
            .filter(|r| actor.may_give(*r, UserId::new()).is_ok())
            .collect()
    }

    fn takable(here: &Resolution) -> Vec<Builtin> {
        let actor = Actor {
            user: UserId::new(),
            here,
        };
        Builtin::ALL
            .into_iter()
            .filter(|r| actor.may_take(*r, UserId::new()).is_ok())
            .collect()
    }

    fn with_plain(before: &[Builtin], after: &[Builtin]) -> Vec<Builtin> {
        [before, &PLAIN, after].concat()
    }

    #[test]
    fn each_role_gives_what_its_row_says() {
        assert_eq!(
            givable(&on_account(Owner)),
            with_plain(&[Owner, Auditor], &[UserManagement])
        );
        assert_eq!(
            givable(&on_account(Admin)),
            with_plain(&[Auditor], &[UserManagement])
        );
        assert_eq!(givable(&on_account(UserManagement)), PLAIN);
        for role in [Auditor, Manager, Viewer, Billing, Operations, Reporting] {
            assert_eq!(givable(&on_account(role)), [], "{role:?}");
        }
    }

    #[test]
    fn each_role_takes_what_its_row_says() {
        let all_but_owner = with_plain(&[Auditor, Admin], &[UserManagement]);
        assert_eq!(takable(&on_account(Owner)), Builtin::ALL);
        assert_eq!(takable(&on_account(Admin)), all_but_owner);
        assert_eq!(takable(&on_account(UserManagement)), PLAIN);
        for role in [Auditor, Manager, Viewer, Billing, Operations, Reporting] {
            assert_eq!(takable(&on_account(role)), [], "{role:?}");
        }
    }

    #[test]
    fn nobody_changes_their_own_roles_not_even_an_owner() {
        let here = on_account(Owner);
        let actor = Actor {
            user: UserId::new(),
            here: &here,
        };
        assert_eq!(actor.may_give(Viewer, actor.user), Err(Refusal::OwnRoles));
        assert_eq!(actor.may_take(Viewer, actor.user), Err(Refusal::OwnRoles));
    }

    #[test]
    fn whoever_may_give_a_role_holds_the_key_to_it_and_nobody_else_does() {
        for holder in Builtin::ALL {
            let here = on_account(holder);
            for role in Builtin::ALL {
                let key = key_to_give(role.into());
                let holds = key.is_some_and(|key| here.permissions.contains_key(key));
                assert_eq!(holds, givable(&here).contains(&role), "{holder:?} {role:?}");
            }
        }
    }

    #[test]
    fn an_owner_is_made_on_the_account_alone() {
        let branch = Branch {
            organization: OrganizationId::new(),
            ancestors: vec![],
            groups: vec![],
        };
        let here = holding(Owner, Scoped::Account, &Place::Organization(branch));
        assert_eq!(givable(&here), with_plain(&[Auditor], &[UserManagement]));
        let refusal = Actor {
            user: UserId::new(),
            here: &here,
        }
        .may_give(Owner, UserId::new());
        assert_eq!(
            refusal,
            Err(Refusal::Scope(Owner.into(), Level::Organization))
        );
    }

    #[test]
    fn who_manages_one_organization_gives_nothing_below_it() {
        let id = OrganizationId::new();
        let branch = Branch {
            organization: id,
            ancestors: vec![],
            groups: vec![],
        };
        let here = Place::Organization(branch.clone());
        let with_all_below = Place::Subtree(branch);
        let narrow = Scoped::Organization { id, below: false };
        let wide = Scoped::Organization { id, below: true };
        assert_eq!(givable(&holding(UserManagement, narrow, &here)), PLAIN);
        assert_eq!(
            givable(&holding(UserManagement, narrow, &with_all_below)),
            []
        );
        assert_eq!(
            givable(&holding(UserManagement, wide, &with_all_below)),
            PLAIN
        );
    }

    #[test]
    fn a_refusal_is_a_sentence_and_names_its_gate() {
        let here = on_account(Viewer);
        let actor = Actor {
            user: UserId::new(),
            here: &here,
        };
        for (role, gate, says) in [
            (Owner, "role", "Only an Owner can give the role Owner."),
            (
                Admin,
                "approval",
                "The role Admin cannot be given directly.",
            ),
            (
                UserManagement,
                "role",
                "Only an Admin or Owner of this place can give the role User Management.",
            ),
            (
                Auditor,
                "role",
                "Only an Admin or Owner of this place can give the role Auditor.",
            ),
            (
                Billing,
                "role",
                "Only somebody who can manage users here can give the role Billing.",
            ),
        ] {
            let refusal = actor.may_give(role, UserId::new()).unwrap_err();
            assert_eq!(refusal.gate(), gate);
            assert!(refusal.to_string().starts_with(says), "{refusal}");
        }
        let refusal = actor.may_take(Admin, UserId::new()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "Only an Admin or Owner of this place can take away the role Admin."
        );
        assert_eq!(
            Refusal::Scope(Owner.into(), Level::Project).to_string(),
            "The role Owner cannot be given on a project."
        );
    }

    #[test]
    fn the_matrix_says_who_gives() {
        assert_eq!(
            can_be_given_by(Owner.into()),
            "An Owner; the person then accepts"
        );
        assert!(can_be_given_by(Admin.into()).starts_with("Nobody directly"));
        assert_eq!(can_be_given_by(UserManagement.into()), "An Admin or Owner");
        assert_eq!(can_be_given_by(Auditor.into()), "An Admin or Owner");
        for role in PLAIN {
            assert_eq!(
                can_be_given_by(role.into()),
                "Anyone who can manage users there"
            );
        }
    }
}
