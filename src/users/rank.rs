//! Whom a reader cannot end or withdraw for the roles that they hold, as far as a list says it: without a question for each
//! role. What is asked when somebody acts has the last word.

use crate::access::gate::Demand;
use crate::access::give::key_to_give;
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::Whole;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;

/// How high the reader's own roles stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// An Owner: nobody's roles stand in their way.
    Owner,
    /// An Admin of the account or of a part of it: ownership does.
    Admin,
    /// Anybody else: so do the roles that only Admins and Owners take.
    Other,
}

impl Rank {
    /// The reader's.
    pub fn of<A: Demand>(scope: &Scope<Whole, A>) -> Self {
        let now = scope.now();
        let holds = |role: Builtin, anywhere: bool| {
            scope.grants().iter().any(|grant| {
                let there = anywhere || grant.scope == Scoped::Account;
                grant.role == role.into() && there && grant.in_force(now)
            })
        };
        if holds(Builtin::Owner, false) {
            Self::Owner
        } else if holds(Builtin::Admin, true) || holds(Builtin::Owner, true) {
            Self::Admin
        } else {
            Self::Other
        }
    }

    /// Whether they may shut out somebody who holds this role.
    pub fn ends(self, role: &Role) -> bool {
        match role {
            Role::Builtin(Builtin::Owner) => self == Self::Owner,
            Role::Builtin(Builtin::Admin) => self != Self::Other,
            _ => true,
        }
    }

    /// Whether a role of this kind may be theirs to take.
    pub fn takes(self, role: &Role) -> bool {
        match key_to_give(role) {
            Some(Key::OwnershipTransfer) => self == Self::Owner,
            Some(Key::UsersManage) => true,
            _ => self != Self::Other,
        }
    }
}
