//! The places a gate can stand before: an account, an organization or a group in it, a project in an organization.

use actix_web::HttpRequest;
use diesel::prelude::*;

use super::grant::{Grant, Scoped};
use super::role::{Role, RoleTable};
use super::{resolve, slugs};
use crate::db::Conn;
use crate::db::schema::{accounts, group_organizations, groups, organizations, projects};
use crate::db::types::{AccountId, GroupId, OrganizationId, ProjectId, Ts};
use crate::error::{Error, Result};
use crate::on_each;
use crate::web::word;

/// A customer company, as every page of it needs it.
#[derive(Clone, Debug, Queryable)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name in URLs.
    pub slug: String,
    /// Company name.
    pub name: String,
    /// What one project is called here (S9).
    pub word_singular: String,
    /// What several projects are called here.
    pub word_plural: String,
    /// Whether mail that is not about security is sent at all (rule 24).
    pub notifications: bool,
    /// `trial`, `active`, `past_due` or `frozen` (rule 23).
    pub plan: String,
    /// Whom its people write to, when the account says so: shown to them, and where answers to its mails go.
    pub support: Option<String>,
    /// The time zone of whoever has not chosen another, by its IANA name.
    pub time_zone: String,
}

/// The columns of an [`Account`], in its order.
type AccountColumns = (
    accounts::id,
    accounts::slug,
    accounts::name,
    accounts::word_singular,
    accounts::word_plural,
    accounts::notifications,
    accounts::plan,
    accounts::support,
    accounts::time_zone,
);

impl Account {
    /// A text of ours with the account's word for a project in it.
    pub fn says(&self, text: &str) -> String {
        word::put(text, &self.word_singular, &self.word_plural)
    }

    /// Whether its plan is frozen: then it is read, and hardly anything written (rule 23, S22).
    pub fn is_frozen(&self) -> bool {
        self.plan == "frozen"
    }

    /// What a role is for: the portal's words about a built-in role, and what was typed about one of the account's own.
    pub fn says_of(&self, roles: &RoleTable, role: &Role) -> String {
        match role {
            Role::Builtin(_) => self.says(roles.sentence(role)),
            Role::Custom(role) => role.description.clone(),
        }
    }

    /// What is selected to read one.
    pub const fn columns() -> AccountColumns {
        (
            accounts::id,
            accounts::slug,
            accounts::name,
            accounts::word_singular,
            accounts::word_plural,
            accounts::notifications,
            accounts::plan,
            accounts::support,
            accounts::time_zone,
        )
    }
}

/// A workspace in an account.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in URLs, unique in the account.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Who it is below, nearest first. Known only as far as the person's grants make it matter.
    pub ancestors: Vec<OrganizationId>,
    /// The groups it is in. Known only as far as the person's grants make it matter.
    pub groups: Vec<GroupId>,
    /// Whether it can only be read.
    pub archived: bool,
}

/// A unit of work in an organization.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name in URLs, unique in the organization.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Whether its roles work (an archived project keeps them inert).
    pub active: bool,
    /// Where it lives.
    pub organization: Organization,
}

/// A place that a gate can stand before.
pub trait Place: Sized + Send + 'static {
    /// What names it in the URL below the account.
    type Path: Clone + Send + 'static;
    /// Its kind, in words.
    const KIND: &'static str;
    /// Whether it is the account itself, which everybody sees who holds anything in it (S5).
    const IS_ACCOUNT: bool = false;
    /// Whether acts go on here even while the organization is archived: those that end or undo that.
    const RESTING: bool = false;

    /// Takes the names from the URL.
    fn path(request: &HttpRequest) -> Option<Self::Path>;

    /// Looks the place up inside `account`; not there is [`Error::NotFound`].
    fn find(
        conn: &mut Conn,
        path: &Self::Path,
        account: &Account,
        grants: &[Grant],
        now: Ts,
    ) -> Result<Self>;

    /// The path as it is now, where one of its names was given up (S8); `None`: nothing is or was called so. What is
    /// named by its id is never called otherwise.
    fn renamed(_: &mut Conn, path: &Self::Path, _: &Account) -> Result<Option<Self::Path>> {
        Ok(Some(path.clone()))
    }

    /// The names of organization and project in the path.
    fn names(_: &Self::Path) -> (Option<&str>, Option<&str>) {
        (None, None)
    }

    /// Where it stands, for the resolver.
    fn chain(&self) -> resolve::Place;

    /// Its name, or that of the account when it is the account itself.
    fn name<'a>(&'a self, account: &'a Account) -> &'a str;

    /// The organization it is or lies in.
    fn organization(&self) -> Option<&Organization>;

    /// The project it is.
    fn project(&self) -> Option<&Project> {
        None
    }
}

fn segment(request: &HttpRequest, name: &str) -> Option<String> {
    request.match_info().get(name).map(str::to_owned)
}

/// The account itself.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

impl Place for Whole {
    type Path = ();
    const KIND: &'static str = "account";
    const IS_ACCOUNT: bool = true;

    fn path(_: &HttpRequest) -> Option<()> {
        Some(())
    }
    fn find(_: &mut Conn, (): &(), _: &Account, _: &[Grant], _: Ts) -> Result<Self> {
        Ok(Self)
    }
    fn chain(&self) -> resolve::Place {
        resolve::Place::Account
    }
    fn name<'a>(&'a self, account: &'a Account) -> &'a str {
        &account.name
    }
    fn organization(&self) -> Option<&Organization> {
        None
    }
}

/// A named set of organizations: reached by what is given on it, or on the account.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

impl Place for Group {
    type Path = String;
    const KIND: &'static str = "group";

    fn path(request: &HttpRequest) -> Option<String> {
        segment(request, "group")
    }
    fn find(conn: &mut Conn, path: &String, account: &Account, _: &[Grant], _: Ts) -> Result<Self> {
        let id: GroupId = path.parse().map_err(|_| Error::NotFound)?;
        let name = groups::table
            .filter(groups::account_id.eq(account.id))
            .filter(groups::id.eq(id))
            .select(groups::name)
            .first(conn)?;
        Ok(Self { id, name })
    }
    fn chain(&self) -> resolve::Place {
        resolve::Place::Group(self.id)
    }
    fn name<'a>(&'a self, _: &'a Account) -> &'a str {
        &self.name
    }
    fn organization(&self) -> Option<&Organization> {
        None
    }
}

impl Place for Organization {
    type Path = String;
    const KIND: &'static str = "organization";

    fn path(request: &HttpRequest) -> Option<String> {
        segment(request, "organization")
    }

    fn find(
        conn: &mut Conn,
        slug: &String,
        account: &Account,
        grants: &[Grant],
        _: Ts,
    ) -> Result<Self> {
        let query = organizations::table
            .filter(organizations::account_id.eq(account.id))
            .filter(organizations::slug.eq(slug))
            .filter(organizations::status.ne("deleted"))
            .select((
                organizations::id,
                organizations::name,
                organizations::parent_id,
                organizations::status,
            ));
        let row: Row = on_each!(conn, |c| query.first(c))?;
        Self::standing(conn, slug.clone(), row, grants)
    }

    fn renamed(conn: &mut Conn, slug: &String, account: &Account) -> Result<Option<String>> {
        let found = slugs::organization(conn, account.id, slug)?;
        Ok(found.map(|(_, slug)| slug))
    }

    fn names(slug: &String) -> (Option<&str>, Option<&str>) {
        (Some(slug), None)
    }

    fn chain(&self) -> resolve::Place {
        resolve::Place::Organization(self.branch())
    }
    fn name<'a>(&'a self, _: &'a Account) -> &'a str {
        &self.name
    }
    fn organization(&self) -> Option<&Organization> {
        Some(self)
    }
}

/// Id, name, parent and status of an organization.
type Row = (OrganizationId, String, Option<OrganizationId>, String);

impl Organization {
    /// Where it stands, as far as the person's grants make it matter.
    pub fn branch(&self) -> resolve::Branch {
        let (ancestors, groups) = (self.ancestors.clone(), self.groups.clone());
        resolve::Branch {
            organization: self.id,
            ancestors,
            groups,
        }
    }

    /// Adds what lies above, and the groups around, where one of the grants could come from there.
    fn standing(
        conn: &mut Conn,
        slug: String,
        (id, name, parent, status): Row,
        grants: &[Grant],
    ) -> Result<Self> {
        let from_above = grants
            .iter()
            .any(|g| matches!(g.scope, Scoped::Organization { below: true, .. }));
        let from_groups = grants.iter().any(|g| matches!(g.scope, Scoped::Group(_)));
        let ancestors = if from_above {
            ancestors(conn, parent)?
        } else {
            Vec::new()
        };
        let groups = if from_groups {
            groups_of(conn, id)?
        } else {
            Vec::new()
        };
        Ok(Self {
            id,
            slug,
            name,
            ancestors,
            groups,
            archived: status == "archived",
        })
    }
}

/// Deeper trees than this are not followed upward; a bound for a statement, far above any real tree.
const DEEPEST: usize = 64;

fn ancestors(conn: &mut Conn, mut parent: Option<OrganizationId>) -> Result<Vec<OrganizationId>> {
    let mut above = Vec::new();
    while let Some(id) = parent {
        above.push(id);
        if above.len() >= DEEPEST {
            return Err(Error::internal("the organization tree is too deep"));
        }
        parent = organizations::table
            .filter(organizations::id.eq(id))
            .select(organizations::parent_id)
            .first(conn)?;
    }
    Ok(above)
}

fn groups_of(conn: &mut Conn, id: OrganizationId) -> Result<Vec<GroupId>> {
    Ok(group_organizations::table
        .filter(group_organizations::organization_id.eq(id))
        .select(group_organizations::group_id)
        .load(conn)?)
}

impl Place for Project {
    type Path = (String, String);
    const KIND: &'static str = "project";

    fn path(request: &HttpRequest) -> Option<(String, String)> {
        Some((
            segment(request, "organization")?,
            segment(request, "project")?,
        ))
    }

    fn find(
        conn: &mut Conn,
        path: &(String, String),
        account: &Account,
        grants: &[Grant],
        _: Ts,
    ) -> Result<Self> {
        let query = projects::table
            .inner_join(organizations::table)
            .filter(organizations::account_id.eq(account.id))
            .filter(organizations::slug.eq(&path.0))
            .filter(organizations::status.ne("deleted"))
            .filter(projects::slug.eq(&path.1))
            .select((
                projects::id,
                projects::name,
                projects::status,
                (
                    organizations::id,
                    organizations::name,
                    organizations::parent_id,
                    organizations::status,
                ),
            ));
        let (id, name, status, within): (ProjectId, String, String, Row) =
            on_each!(conn, |c| query.first(c))?;
        let organization = Organization::standing(conn, path.0.clone(), within, grants)?;
        Ok(Self {
            id,
            slug: path.1.clone(),
            name,
            active: status == "active",
            organization,
        })
    }

    fn renamed(
        conn: &mut Conn,
        path: &(String, String),
        account: &Account,
    ) -> Result<Option<(String, String)>> {
        let Some((id, organization)) = slugs::organization(conn, account.id, &path.0)? else {
            return Ok(None);
        };
        let project = slugs::project(conn, account, id, &path.1)?;
        Ok(project.map(|project| (organization, project)))
    }

    fn names(path: &(String, String)) -> (Option<&str>, Option<&str>) {
        (Some(&path.0), Some(&path.1))
    }

    fn chain(&self) -> resolve::Place {
        resolve::Place::Project {
            id: self.id,
            within: self.organization.branch(),
        }
    }
    fn name<'a>(&'a self, _: &'a Account) -> &'a str {
        &self.name
    }
    fn organization(&self) -> Option<&Organization> {
        Some(&self.organization)
    }
    fn project(&self) -> Option<&Project> {
        Some(self)
    }
}
