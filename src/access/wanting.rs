//! Which role somebody asks for who may not do something: the one that lets them do it, and least besides.

use std::cmp::Reverse;

use super::custom::AccountRoles;
use super::give::is_powerful;
use super::grant::Level;
use super::permission::{AnyKey, PermissionSet};
use super::role::{Builtin, Role, RoleTable};

/// A role that would help, and where it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The role.
    pub role: Role,
    /// The form that asks for it.
    pub href: String,
}

impl Wish {
    /// The words on the way there.
    pub fn label(&self) -> &'static str {
        label(&self.role)
    }
}

/// The words that lead to where the role is asked for.
pub fn label(role: &Role) -> &'static str {
    if *role == Builtin::Admin.into() {
        "Request Admin role"
    } else {
        "Request access"
    }
}

/// Whether the role can be asked for: any but Owner, which is offered and accepted (rule 17).
pub fn is_requested(role: &Role) -> bool {
    *role != Builtin::Owner.into()
}

/// What is in the role beside what only shows something, of the products too: it is what asking for too much is measured
/// by. Everything that only shows something is in Auditor.
fn changes(table: &RoleTable, held: PermissionSet) -> u32 {
    let views = table.permissions(&Builtin::Auditor.into(), Level::Account);
    held.except(views).len()
}

/// How much more than asked for the role would give at a place of this kind: first whether it is one that not everybody
/// who manages users gives, then what it changes, then all that is in it. Of equal ones that which every account has.
pub fn size(table: &RoleTable, role: &Role, level: Level) -> (bool, u32, u32, Reverse<bool>) {
    let held = table.permissions(role, level);
    let built_in = Reverse(role.custom_id().is_none());
    let powerful = is_powerful(table, role, level);
    (powerful, changes(table, held), held.len(), built_in)
}

/// The smallest role that gives the permission when held at a place of this kind, and that can be asked for.
pub fn smallest(
    table: &RoleTable,
    roles: &AccountRoles,
    key: impl Into<AnyKey>,
    level: Level,
) -> Option<Role> {
    let key = key.into();
    let gives = |role: &Role| is_requested(role) && table.permissions(role, level).contains(key);
    let all = roles.all().filter(gives);
    all.min_by_key(|role| size(table, role, level))
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::super::custom::CustomRole;
    use super::super::permission::Key;
    use super::*;
    use crate::db::types::RoleId;
    use std::sync::Arc;

    fn asked(key: Key, level: Level, own: &[&str]) -> Option<Role> {
        let table = RoleTable::new(&Catalogue::builtin());
        let own = own.iter().map(|name| (*name).to_owned());
        let role = CustomRole::new(RoleId::new(), ("Night shift", ""), own);
        smallest(&table, &AccountRoles::of(vec![Arc::new(role)]), key, level)
    }

    #[test]
    fn whoever_would_look_is_led_to_the_role_that_changes_nothing() {
        let night = ["users.view", "devices.manage"];
        let found = asked(Key::UsersView, Level::Project, &night);
        assert_eq!(found, Some(Builtin::Viewer.into()));
        let found = asked(Key::AuditView, Level::Account, &night);
        assert_eq!(found, Some(Builtin::Auditor.into()));
    }

    #[test]
    fn the_role_that_does_least_beside_is_asked_for() {
        let found = asked(Key::UsersManage, Level::Project, &[]);
        assert_eq!(found, Some(Builtin::UserManagement.into()));
        let found = asked(Key::UserManagementAssign, Level::Project, &[]);
        assert_eq!(found, Some(Builtin::Admin.into()));
        let found = asked(Key::DevicesManage, Level::Project, &["devices.manage"]);
        assert!(found.is_some_and(|role| role.custom_id().is_some()));
    }

    #[test]
    fn what_only_an_owner_may_is_not_asked_for() {
        for level in Level::ALL {
            assert_eq!(asked(Key::OwnershipTransfer, level, &[]), None);
            assert_eq!(asked(Key::BillingManage, level, &[]), None);
        }
    }
}
