//! An account's own roles (rule 19): composed of the catalogue's permissions, given and asked like the built-in ones.
//! They are read with the grants that name them, or all of an account at once; never kept from one request to the
//! next, so that a change binds the next request of everybody who holds the role, on every instance.

use diesel::prelude::*;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::permission::{AnyKey, Key, PermissionSet};
use super::refusal::Refusal;
use super::role::{Builtin, Role};
use crate::db::schema::custom_roles;
use crate::db::types::{AccountId, RoleId};
use crate::db::{Conn, fixed};
use crate::error::Result;
use crate::on_each;
use crate::web::field::fold;

/// How many an account can have.
pub const MOST: i64 = 50;

/// What can be in none of them (S10): each is a key to other people's rights, or to the account itself.
pub const RESERVED: [&str; 7] = [
    "users.manage",
    "roles.manage",
    "user_management.assign",
    "scope.approve",
    "billing.manage",
    "access_keys.manage",
    "ownership.transfer",
];

/// Whether no custom role can hold the permission of this name.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// A role that an account made. Two of them are the same when their ids are, whatever is in them: one that was edited
/// is still the role that people hold.
#[derive(Clone, Debug)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Its name, unique in the account.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    key: String,
    permissions: Vec<String>,
    portal: PermissionSet,
}

impl CustomRole {
    /// With these permissions, by their names. What can be in no custom role gives nothing, wherever it came from.
    pub fn new(
        id: RoleId,
        (name, description): (&str, &str),
        permissions: impl IntoIterator<Item = String>,
    ) -> Self {
        let permissions: Vec<String> = permissions.into_iter().collect();
        let portal = permissions.iter().filter(|name| !is_reserved(name));
        let portal = portal.filter_map(|name| Key::parse(name)).map(AnyKey::from);
        Self {
            id,
            name: name.to_owned(),
            description: description.to_owned(),
            key: id.to_string(),
            portal: portal.collect(),
            permissions,
        }
    }

    /// As `grants.role` and the forms write it: the text of its id, which is no built-in role's name.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The names of its permissions, as they were stored.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Its permissions of the portal. Those of the products are the [table of roles](super::role::RoleTable)' to say.
    pub const fn portal(&self) -> PermissionSet {
        self.portal
    }

    /// Permissions that were put in and give nothing now: the catalogue in force does not know them.
    pub fn unknown(&self, catalogue: &Catalogue) -> Vec<&str> {
        let unknown = |name: &&str| is_reserved(name) || catalogue.find(name).is_none();
        let names = self.permissions.iter().map(String::as_str);
        names.filter(unknown).collect()
    }
}

impl PartialEq for CustomRole {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for CustomRole {}

impl PartialOrd for CustomRole {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CustomRole {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for CustomRole {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// What a role is read from: its id, name, description, and the names of its permissions with a blank between them.
pub type Row = (RoleId, String, String, String);

/// The columns of a [`Row`].
pub type Columns = (
    custom_roles::id,
    custom_roles::name,
    custom_roles::description,
    custom_roles::permissions,
);

/// The columns of a [`Row`]: made optional beside a grant, which holds a built-in role or one of these.
pub const COLUMNS: Columns = (
    custom_roles::id,
    custom_roles::name,
    custom_roles::description,
    custom_roles::permissions,
);

/// The role of a row.
pub fn read((id, name, description, permissions): Row) -> Arc<CustomRole> {
    let permissions = permissions.split_whitespace().map(str::to_owned);
    Arc::new(CustomRole::new(id, (&name, &description), permissions))
}

/// The role that a grant names: the account's own that was read with it, or the built-in one of this name.
pub fn of_grant(name: &str, own: Option<Row>) -> Option<Role> {
    match own {
        Some(row) => Some(Role::Custom(read(row))),
        None => Builtin::parse(name).map(Role::Builtin),
    }
}

/// Every role of an account: the built-in ones and its own, by name. Where text from a form or a row becomes a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRoles {
    own: Vec<Arc<CustomRole>>,
}

impl AccountRoles {
    /// Reads the account's own: one statement.
    pub fn load(conn: &mut Conn, account: AccountId) -> Result<Self> {
        let query = custom_roles::table
            .filter(custom_roles::account_id.eq(account))
            .order(custom_roles::name_key.asc())
            .limit(MOST)
            .select(COLUMNS);
        let query = fixed(query);
        let rows: Vec<Row> = on_each!(conn, |c| query.load(c))?;
        Ok(Self::of(rows.into_iter().map(read).collect()))
    }

    /// Reads them only if one of these names is no built-in role's: for rows that seldom name another.
    pub fn load_for<'a>(
        conn: &mut Conn,
        account: AccountId,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self> {
        let mut names = names.into_iter();
        if names.all(|name| Builtin::parse(name).is_some()) {
            return Ok(Self::default());
        }
        Self::load(conn, account)
    }

    /// With these as the account's own.
    pub fn of(own: Vec<Arc<CustomRole>>) -> Self {
        Self { own }
    }

    /// The account's own, by name.
    pub fn own(&self) -> &[Arc<CustomRole>] {
        &self.own
    }

    /// All of them: the built-in ones in the order of pages, then the account's own by name.
    pub fn all(&self) -> impl Iterator<Item = Role> {
        let own = self.own.iter().cloned().map(Role::Custom);
        Builtin::ALL.into_iter().map(Role::Builtin).chain(own)
    }

    /// The role that forms and rows call so. One of another account is none.
    pub fn parse(&self, key: &str) -> Option<Role> {
        self.all().find(|role| role.as_str() == key)
    }

    /// The role that a form names: what no page of ours offers here is refused at the gate of roles, as everything else
    /// that nobody may give.
    ///
    /// # Errors
    /// The refusal.
    pub fn sent(&self, key: &str) -> Result<Role> {
        let none = "There is no such role here, or it was deleted meanwhile. Nothing was changed.";
        self.parse(key)
            .ok_or_else(|| Refusal::new("role", none).into())
    }

    /// The role that people call so: by its name on pages, whatever the case, or as forms do.
    pub fn named(&self, word: &str) -> Option<Role> {
        let key = fold(word);
        let mut all = self.all();
        all.find(|role| role.as_str() == key || fold(role.label()) == key)
    }

    /// What a role is called that was stored under this name; one that is gone keeps the name it was stored under.
    pub fn label(&self, key: &str) -> String {
        self.parse(key)
            .map_or_else(|| key.to_owned(), |role| role.label().to_owned())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::grant::Level;
    use super::super::role::RoleTable;
    use super::*;

    fn role(permissions: &[&str]) -> Arc<CustomRole> {
        let permissions = permissions.iter().map(|name| (*name).to_owned());
        let named = ("Night shift", "Looks after things at night.");
        Arc::new(CustomRole::new(RoleId::new(), named, permissions))
    }

    #[test]
    fn it_gives_what_is_in_it_and_the_account_only_on_the_account() {
        let catalogue = Catalogue::builtin();
        let table = RoleTable::new(&catalogue);
        let custom = role(&["account.view", "devices.view", "orders.write"]);
        let held = |level| table.permissions(&Role::Custom(custom.clone()), level);
        let below = PermissionSet::of(&[Key::DevicesView])
            .with_product(catalogue.product("orders.write").unwrap());
        assert_eq!(held(Level::Account), below.with(Key::AccountView));
        for level in [Level::Group, Level::Organization, Level::Project] {
            assert_eq!(held(level), below, "{level:?}");
        }
    }

    #[test]
    fn what_can_be_in_none_gives_nothing_though_it_were_stored() {
        let catalogue = Catalogue::builtin();
        let table = RoleTable::new(&catalogue);
        let custom = role(&RESERVED);
        for level in Level::ALL {
            let held = table.permissions(&Role::Custom(custom.clone()), level);
            assert!(held.is_empty(), "{level:?}");
        }
        assert_eq!(custom.unknown(&catalogue), RESERVED);
    }

    #[test]
    fn rule_20_what_the_catalogue_does_not_know_gives_nothing_and_is_told() {
        let catalogue = Catalogue::parse("").unwrap();
        let table = RoleTable::new(&catalogue);
        let custom = role(&["users.view", "orders.write", "nonsense"]);
        let held = table.permissions(&Role::Custom(custom.clone()), Level::Project);
        assert_eq!(held, PermissionSet::of(&[Key::UsersView]));
        assert_eq!(custom.unknown(&catalogue), ["orders.write", "nonsense"]);
    }

    #[test]
    fn a_role_is_known_by_its_key_and_by_its_name() {
        let custom = role(&[]);
        let all = AccountRoles::of(vec![custom.clone()]);
        let found = Some(Role::Custom(custom.clone()));
        assert_eq!(all.parse(custom.key()), found);
        assert_eq!(all.named("night SHIFT "), found);
        assert_eq!(
            all.named("user management"),
            Some(Builtin::UserManagement.into())
        );
        assert_eq!(all.parse("Night shift"), None);
        assert_eq!(all.parse(&RoleId::new().to_string()), None);
        assert_eq!(AccountRoles::default().parse(custom.key()), None);
        assert_eq!(all.all().count(), Builtin::ALL.len() + 1);
    }

    #[test]
    fn an_edited_role_is_the_same_role() {
        let before = role(&["users.view"]);
        let after = CustomRole::new(before.id, ("Day shift", ""), []);
        assert_eq!(*before, after);
        assert!(*before != *role(&["users.view"]));
    }
}
