//! Rule 17, role by role.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::access::catalogue::Catalogue;
use crate::access::custom::CustomRole;
use crate::access::grant::{Grant, Scoped};
use crate::access::resolve::{Branch, Place, resolve};
use crate::db::types::{GrantId, OrganizationId, RoleId, Ts};
use Builtin::*;
use std::sync::Arc;

const PLAIN: [Builtin; 5] = [Manager, Viewer, Billing, Operations, Reporting];

fn holding(role: Builtin, scope: Scoped, place: &Place) -> Resolution {
    let id = GrantId::new();
    let grant = Grant {
        id,
        role: role.into(),
        scope,
        starts_at: None,
        ends_at: None,
        asleep: false,
    };
    let now = Ts::new(chrono::DateTime::UNIX_EPOCH);
    resolve(&RoleTable::new(&Catalogue::builtin()), &[grant], place, now)
}

fn table() -> RoleTable {
    RoleTable::new(&Catalogue::builtin())
}

fn on_account(role: Builtin) -> Resolution {
    holding(role, Scoped::Account, &Place::Account)
}

fn givable(here: &Resolution) -> Vec<Builtin> {
    let actor = Actor {
        user: UserId::new(),
        here,
        roles: &table(),
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
        roles: &table(),
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
        roles: &table(),
    };
    assert_eq!(actor.may_give(Viewer, actor.user), Err(Refusal::OwnRoles));
    assert_eq!(actor.may_take(Viewer, actor.user), Err(Refusal::OwnRoles));
}

#[test]
fn whoever_may_give_a_role_holds_the_key_to_it_and_nobody_else_does() {
    for holder in Builtin::ALL {
        let here = on_account(holder);
        for role in Builtin::ALL {
            let key = key_to_give(&role.into());
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
        roles: &table(),
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
        roles: &table(),
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
        can_be_given_by(&Owner.into()),
        "An Owner; the person then accepts"
    );
    assert!(can_be_given_by(&Admin.into()).starts_with("Nobody directly"));
    assert_eq!(can_be_given_by(&UserManagement.into()), "An Admin or Owner");
    assert_eq!(can_be_given_by(&Auditor.into()), "An Admin or Owner");
    for role in PLAIN {
        assert_eq!(
            can_be_given_by(&role.into()),
            "Anyone who can manage users there"
        );
    }
}

#[test]
fn a_role_of_the_account_is_given_and_taken_by_who_manages_users_and_holds_all_of_it() {
    for (names, givers) in [
        (&["users.view"][..], &[Owner, Admin, UserManagement][..]),
        (&["users.view", "devices.view"], &[Owner, Admin]),
        (&["orders.write", "nonsense"], &[Owner, Admin]),
        (&[], &[Owner, Admin, UserManagement]),
    ] {
        let names = names.iter().map(|name| (*name).to_owned());
        let role = CustomRole::new(RoleId::new(), ("Own", ""), names);
        let role = Role::Custom(Arc::new(role));
        for holder in Builtin::ALL {
            let here = on_account(holder);
            let actor = Actor {
                user: UserId::new(),
                here: &here,
                roles: &table(),
            };
            let may = givers.contains(&holder);
            let given = actor.may_give(&role, UserId::new());
            assert_eq!(given.is_ok(), may, "{holder:?} {role:?}");
            assert_eq!(actor.may_take(&role, UserId::new()).is_ok(), may);
            assert_eq!(actor.may_give(&role, actor.user), Err(Refusal::OwnRoles));
            let needed = needed_to_give(&table(), &role, Level::Account);
            assert_eq!(
                needed.is_some_and(|all| all.is_subset(here.permissions)),
                may
            );
        }
    }
    let own = Role::Custom(Arc::new(CustomRole::new(RoleId::new(), ("Own", ""), [])));
    let told = Refusal::Composers(Act::Take, own);
    assert_eq!(told.gate(), "role");
    assert!(told.to_string().ends_with("can take away the role Own."));
}
