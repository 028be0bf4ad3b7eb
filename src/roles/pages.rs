//! The matrix of roles, made from the table of roles and the catalogue.

use askama::Template;

use crate::access::catalogue::Catalogue;
use crate::access::give::can_be_given_by;
use crate::access::grant::Level;
use crate::access::permission::{AnyKey, Key};
use crate::access::role::{Builtin, RoleTable};
use crate::web::shell::Shell;

/// A role: a column of the matrix.
#[derive(Clone, Debug)]
pub struct RoleColumn {
    /// Its name in code.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// At which kinds of place it can be held, in words.
    pub held_on: &'static str,
    /// Who can give it.
    pub given_by: &'static str,
}

/// What a role says to a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It does not include it.
    No,
    /// It includes it wherever the role is held.
    Yes,
    /// It includes it only when the role is held on the whole account.
    OnAccount,
}

/// A permission: a row of the matrix.
#[derive(Clone, Debug)]
pub struct MatrixRow {
    /// Its name.
    pub label: String,
    /// Its name in code.
    pub key: String,
    /// What it allows.
    pub description: String,
    /// What each role says to it, in the order of the roles.
    pub held: Vec<Held>,
}

/// A part of the matrix.
#[derive(Clone, Debug)]
pub struct MatrixPart {
    /// Its name.
    pub label: &'static str,
    /// Its permissions.
    pub permissions: Vec<MatrixRow>,
}

/// About User Roles.
#[derive(Template)]
#[template(path = "roles/index.html")]
pub struct RolesPage {
    /// The frame.
    pub shell: Shell,
    /// The roles.
    pub roles: Vec<RoleColumn>,
    /// The permissions.
    pub parts: Vec<MatrixPart>,
}

/// The roles, in the order of pages.
pub fn columns() -> Vec<RoleColumn> {
    let column = |role: Builtin| RoleColumn {
        key: role.key(),
        label: role.label(),
        description: role.description(),
        held_on: if role.levels() == [Level::Account] {
            "the account alone"
        } else {
            "the account, a group, an organization or a single project"
        },
        given_by: can_be_given_by(role.into()),
    };
    Builtin::ALL.map(column).to_vec()
}

/// The permissions of the portal, then those of the products.
pub fn parts(roles: &RoleTable, catalogue: &Catalogue) -> Vec<MatrixPart> {
    let row = |key: AnyKey, name: &str, label: &str, description: &str| MatrixRow {
        label: label.to_owned(),
        key: name.to_owned(),
        description: description.to_owned(),
        held: Builtin::ALL.map(|role| held(roles, role, key)).to_vec(),
    };
    let portal = Key::ALL.map(|key| row(key.into(), key.as_str(), key.label(), key.description()));
    let products = catalogue.products().iter().filter_map(|product| {
        let key = catalogue.product(&product.key)?;
        Some(row(
            key.into(),
            &product.key,
            &product.label,
            &product.description,
        ))
    });
    let all = [
        ("In this portal", portal.to_vec()),
        ("In the products", products.collect()),
    ];
    all.into_iter()
        .filter(|(_, permissions)| !permissions.is_empty())
        .map(|(label, permissions)| MatrixPart { label, permissions })
        .collect()
}

fn held(roles: &RoleTable, role: Builtin, key: AnyKey) -> Held {
    let at = |level| roles.permissions(role.into(), level).contains(key);
    let narrower = role.levels().iter().any(|level| *level != Level::Account);
    match (at(Level::Account), at(Level::Organization)) {
        (false, _) => Held::No,
        (true, false) if narrower => Held::OnAccount,
        (true, _) => Held::Yes,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn row(parts: &[MatrixPart], key: &str) -> Vec<(Builtin, Held)> {
        let mut rows = parts.iter().flat_map(|part| &part.permissions);
        let row = rows.find(|row| row.key == key).unwrap();
        Builtin::ALL.into_iter().zip(row.held.clone()).collect()
    }

    #[test]
    fn the_matrix_says_what_the_table_says() {
        let catalogue = Catalogue::builtin();
        let parts = parts(&RoleTable::new(&catalogue), &catalogue);
        let rows = parts.iter().map(|part| part.permissions.len());
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [Key::ALL.len(), catalogue.products().len()]
        );
        let organizations = row(&parts, "organizations.manage");
        for (role, held) in [
            (Builtin::Owner, Held::Yes),
            (Builtin::Admin, Held::Yes),
            (Builtin::Manager, Held::OnAccount),
            (Builtin::Viewer, Held::No),
        ] {
            assert!(organizations.contains(&(role, held)), "{role:?}");
        }
        assert!(row(&parts, "account.view").contains(&(Builtin::Viewer, Held::OnAccount)));
        assert!(row(&parts, "billing.manage").contains(&(Builtin::Owner, Held::Yes)));
        assert!(row(&parts, "orders.write").contains(&(Builtin::Operations, Held::Yes)));
        assert_eq!(columns().len(), Builtin::ALL.len());
    }

    #[test]
    fn without_products_there_is_one_part() {
        let catalogue = Catalogue::parse("").unwrap();
        assert_eq!(parts(&RoleTable::new(&catalogue), &catalogue).len(), 1);
    }
}
