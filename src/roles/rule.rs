//! Who may compose which role (rules 17 and 19, S10): `roles.manage` on the account is the gate's; every permission that
//! goes in, and every one that is in it already, is asked here. Nobody adds to a role of their own.

use super::model::{Composing, Content};
use crate::access::catalogue::Catalogue;
use crate::access::custom::{CustomRole, is_reserved};
use crate::access::permission::{AnyKey, PermissionSet};
use crate::access::role::Role;

/// The permissions among these names that the catalogue knows and a role can hold.
pub fn known<'a>(
    catalogue: &Catalogue,
    names: impl IntoIterator<Item = &'a String>,
) -> PermissionSet {
    let names = names.into_iter().filter(|name| !is_reserved(name));
    names.filter_map(|name| catalogue.find(name)).collect()
}

/// What the permissions of a set are called on pages.
pub fn labels(scope: &Composing, catalogue: &Catalogue, keys: PermissionSet) -> Vec<String> {
    let label = |key| match key {
        AnyKey::Portal(key) => Some(scope.account().says(key.label())),
        AnyKey::Product(key) => catalogue.get(key).map(|product| product.label.clone()),
    };
    keys.iter().filter_map(label).collect()
}

/// Whether the acting person holds the role themself, now or from some day on.
pub fn holds(scope: &Composing, role: &CustomRole) -> bool {
    let own = |held: &Role| held.custom_id() == Some(role.id);
    let mut grants = scope.grants().iter();
    grants.any(|grant| own(&grant.role) && grant.ends_at.is_none_or(|end| scope.now() < end))
}

/// What is in the role and the acting person does not hold on the account.
pub fn lacking(scope: &Composing, catalogue: &Catalogue, role: &CustomRole) -> PermissionSet {
    known(catalogue, role.permissions()).except(scope.resolution().permissions)
}

/// Why the acting person may not change or delete this role; none: they may. They hold everything in it, so that nobody
/// changes what they could not compose.
pub fn may_touch(scope: &Composing, catalogue: &Catalogue, role: &CustomRole) -> Option<String> {
    let lacking = lacking(scope, catalogue, role);
    (!lacking.is_empty()).then(|| {
        format!(
            "The role {} includes what you do not hold on the account yourself: {}. Ask somebody who does.",
            role.name,
            labels(scope, catalogue, lacking).join(", ")
        )
    })
}

/// What is wrong with these permissions for the role; none: they can go in.
pub fn may_compose(
    scope: &Composing,
    catalogue: &Catalogue,
    (content, before): (&[String], Option<&CustomRole>),
) -> Option<String> {
    let wanted = known(catalogue, content);
    if content.iter().any(|name| is_reserved(name)) {
        return Some("A role of the account cannot include one of these: they are for Owner, Admin and User Management".into());
    }
    if content.iter().any(|name| catalogue.find(name).is_none()) {
        return Some("Select permissions from this list".into());
    }
    let lacking = wanted.except(scope.resolution().permissions);
    if !lacking.is_empty() {
        let lacking = labels(scope, catalogue, lacking).join(", ");
        return Some(format!(
            "You can put in only what you hold on the account yourself. You do not hold: {lacking}"
        ));
    }
    let before = before.filter(|role| holds(scope, role))?;
    let more = wanted.except(known(catalogue, before.permissions()));
    (!more.is_empty()).then(|| {
        "You hold this role yourself, and nobody adds to their own roles. Ask somebody else who manages roles".to_owned()
    })
}

/// What a change puts in and takes out.
pub fn difference(
    catalogue: &Catalogue,
    before: &CustomRole,
    after: &Content,
) -> (PermissionSet, PermissionSet) {
    let was = known(catalogue, before.permissions());
    let will = known(catalogue, &after.permissions);
    (will.except(was), was.except(will))
}
