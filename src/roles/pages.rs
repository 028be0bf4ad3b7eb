//! The matrix of roles, made from the table of roles and the catalogue; and the pages of an account's own.

use askama::Template;

use crate::access::catalogue::Catalogue;
use crate::access::custom::AccountRoles;
use crate::access::give::{can_be_given_by, needs_approval};
use crate::access::grant::Level;
use crate::access::permission::{AnyKey, Key};
use crate::access::place::Account;
use crate::access::role::{Role, RoleTable};
use crate::web::form::Errors;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// A role: a column of the matrix.
#[derive(Clone, Debug)]
pub struct RoleColumn {
    /// Its name in code.
    pub key: String,
    /// Its name.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// At which kinds of place it can be held, in words.
    pub held_on: &'static str,
    /// Who can give it.
    pub given_by: &'static str,
    /// Whether that takes somebody's approval.
    pub approval: &'static str,
    /// Its page, if the account made it.
    pub page: Option<String>,
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

impl Held {
    /// In a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::OnAccount => "on the account",
        }
    }
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
    pub label: String,
    /// Its permissions.
    pub permissions: Vec<MatrixRow>,
}

/// A link to the roles that can be held on one kind of place.
pub struct ScopeView {
    /// Its words.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// The kinds of place, each in the words of a link and of the sentence "Held on …".
const SCOPES: [(Level, &str, &str); Level::ALL.len()] = [
    (Level::Account, "Account", "the whole account"),
    (Level::Group, "Group", "a group of organizations"),
    (Level::Organization, "Organization", "an organization"),
    (Level::Project, "Project", "a single project"),
];

/// The links, the one at this kind of place being shown; and what the page is narrowed to.
pub fn scopes(account: &Account, at: Option<Level>) -> (Vec<ScopeView>, Option<(String, String)>) {
    let all = urls::roles(&account.slug);
    let view = |label: String, level: Option<Level>| ScopeView {
        label,
        href: match level {
            Some(level) => urls::roles_on(&account.slug, level.as_str()),
            None => all.clone(),
        },
        current: level == at,
    };
    let each = SCOPES.map(|(level, label, _)| view(account.says(label), Some(level)));
    let views = std::iter::once(view("All".to_owned(), None)).chain(each);
    let chosen = SCOPES.iter().find(|(level, ..)| Some(*level) == at);
    let narrowed = chosen.map(|(_, _, words)| {
        let words = account.says(words);
        (format!("Held on {words}"), all.clone())
    });
    (views.collect(), narrowed)
}

/// About User Roles.
#[derive(Template)]
#[template(path = "roles/index.html")]
pub struct RolesPage {
    /// The frame.
    pub shell: Shell,
    /// The links that narrow the page to the roles of one kind of place.
    pub views: Vec<ScopeView>,
    /// What it is narrowed to, in words, and the page without that.
    pub narrowed: Option<(String, String)>,
    /// The roles: the built-in ones, then the account's own.
    pub roles: Vec<RoleColumn>,
    /// The permissions.
    pub parts: Vec<MatrixPart>,
    /// Whether the account has a role of its own.
    pub has_own: bool,
    /// Where one is made, for whoever may.
    pub add: Option<String>,
    /// The matrix as a file.
    pub csv: String,
}

/// A role of the account.
#[derive(Template)]
#[template(path = "roles/show.html")]
pub struct RolePage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What is in it: name, what it allows, and whether only where it is held on the account.
    pub permissions: Vec<(String, String, bool)>,
    /// What was put in and gives nothing, since the catalogue does not know it.
    pub unknown: Vec<String>,
    /// Who can give it.
    pub given_by: &'static str,
    /// When it was last changed.
    pub changed: String,
    /// Who holds it, for whoever sees users.
    pub holders: Option<String>,
    /// Where it is copied, edited and deleted, for whoever may.
    pub acts: Option<[String; 3]>,
}

/// Add role, and the same form for one that is there.
#[derive(Template)]
#[template(path = "roles/form.html")]
pub struct RoleFormPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The permissions, in two parts.
    pub parts: [(String, Vec<Choice>); 2],
    /// What to know of it.
    pub notes: Vec<String>,
    /// The version of the role that is edited.
    pub version: Option<i64>,
    /// The words on the button.
    pub button: &'static str,
    /// The way out.
    pub cancel: String,
}

/// Which role comes in the place of one that is to be deleted.
#[derive(Template)]
#[template(path = "roles/delete.html")]
pub struct DeleteRolePage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Its name.
    pub name: String,
    /// How many hold it, in a sentence.
    pub sentence: String,
    /// The roles that can come in its place.
    pub choices: Vec<Choice>,
    /// The version of the role.
    pub version: i64,
    /// The way out.
    pub cancel: String,
}

/// The roles that can be held on such a place, or all of them; in the order of pages.
fn held_on(known: &AccountRoles, at: Option<Level>) -> impl Iterator<Item = Role> {
    let fits = move |role: &Role| at.is_none_or(|level| role.levels().contains(&level));
    known.all().filter(fits)
}

/// The roles that can be held on such a place, or all of them; in the order of pages.
pub fn columns(
    account: &Account,
    (roles, known): (&RoleTable, &AccountRoles),
    at: Option<Level>,
) -> Vec<RoleColumn> {
    let column = |role: Role| RoleColumn {
        key: role.as_str().to_owned(),
        label: role.label().to_owned(),
        description: match &role {
            Role::Builtin(role) => account.says(roles.paragraph(*role)),
            Role::Custom(role) => role.description.clone(),
        },
        held_on: if role.levels() == [Level::Account] {
            "the account alone"
        } else {
            "the account, a group, an organization or a single project"
        },
        given_by: can_be_given_by(&role),
        approval: needs_approval(&role),
        page: role.custom_id().map(|id| urls::role(&account.slug, id)),
    };
    held_on(known, at).map(column).collect()
}

/// The permissions of the portal, then those of the products; as they are held on such a place, or anywhere.
pub fn parts(
    roles: &RoleTable,
    catalogue: &Catalogue,
    known: &AccountRoles,
    at: Option<Level>,
) -> Vec<MatrixPart> {
    let all: Vec<Role> = held_on(known, at).collect();
    let held = |role: &Role, key| match at {
        None => held(roles, role, key),
        Some(level) if roles.permissions(role, level).contains(key) => Held::Yes,
        Some(_) => Held::No,
    };
    let row = |key: AnyKey, name: &str, label: &str, description: &str| MatrixRow {
        label: label.to_owned(),
        key: name.to_owned(),
        description: description.to_owned(),
        held: all.iter().map(|role| held(role, key)).collect(),
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
        ("In this portal".to_owned(), portal.to_vec()),
        (catalogue.heading(), products.collect()),
    ];
    all.into_iter()
        .filter(|(_, permissions)| !permissions.is_empty())
        .map(|(label, permissions)| MatrixPart { label, permissions })
        .collect()
}

/// What a role says to a permission.
pub fn held(roles: &RoleTable, role: &Role, key: AnyKey) -> Held {
    let at = |level| roles.permissions(role, level).contains(key);
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
    use crate::access::role::Builtin;

    fn row(parts: &[MatrixPart], key: &str) -> Vec<(Builtin, Held)> {
        let mut rows = parts.iter().flat_map(|part| &part.permissions);
        let row = rows.find(|row| row.key == key).unwrap();
        Builtin::ALL.into_iter().zip(row.held.clone()).collect()
    }

    #[test]
    fn the_matrix_says_what_the_table_says() {
        let catalogue = Catalogue::builtin();
        let known = AccountRoles::default();
        let parts = parts(&RoleTable::new(&catalogue), &catalogue, &known, None);
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
    }

    #[test]
    fn without_products_there_is_one_part() {
        let catalogue = Catalogue::parse("").unwrap();
        let known = AccountRoles::default();
        let parts = parts(&RoleTable::new(&catalogue), &catalogue, &known, None);
        assert_eq!(parts.len(), 1);
    }

    #[test]
    fn on_a_kind_of_place_the_matrix_says_what_holds_there() {
        let catalogue = Catalogue::builtin();
        let known = AccountRoles::default();
        let table = RoleTable::new(&catalogue);
        for level in Level::ALL {
            let there: Vec<Builtin> = Builtin::ALL
                .into_iter()
                .filter(|role| role.levels().contains(&level))
                .collect();
            let parts = parts(&table, &catalogue, &known, Some(level));
            let mut rows = parts.iter().flat_map(|part| &part.permissions);
            let row = rows.find(|row| row.key == "organizations.manage").unwrap();
            assert_eq!(row.held.len(), there.len(), "{level:?}");
            let manager = there.iter().position(|role| *role == Builtin::Manager);
            let held = row.held.get(manager.unwrap()).copied();
            let says = if level == Level::Account {
                Held::Yes
            } else {
                Held::No
            };
            assert_eq!(held, Some(says), "{level:?}");
        }
    }
}
