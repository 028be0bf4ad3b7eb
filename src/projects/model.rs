//! Rows of projects, and what may be done with them.

use diesel::dsl::not;
use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::{Key, ProjectsManage};
use crate::access::place::{Organization, Place, Project};
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::access::slugs::{self, Named};
use crate::access::standing::Standing;
use crate::audit::{Action, Event, Target};
use crate::db::schema::{organizations, projects};
use crate::db::types::{AccountId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, MultiBackend, among, violation};
use crate::error::{Error, Result};
use crate::on_each;
use crate::users::Reach;
use crate::web::field::fold;
use crate::web::list::{Asked, Filter, Found, List, Sort, Stretch, Values};
use crate::web::naming::{candidates, first_free};

/// The projects of an organization, as a list.
pub static LIST: List = List {
    name: "projects",
    filters: &[
        Filter {
            name: "status",
            label: "Status",
            values: Values::These(&[("archived", "Archived")]),
            select: false,
        },
        Filter {
            name: "below",
            label: "Sub-organizations",
            values: Values::These(&[("1", "Include sub-organizations")]),
            select: false,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

/// A project in a list.
#[derive(Clone, Debug, Queryable)]
pub struct Listed {
    /// Its id.
    pub id: ProjectId,
    /// In URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// In URLs: the organization it lies in.
    pub organization_slug: String,
    /// The organization it lies in.
    pub organization: String,
    /// Which organization that is.
    pub organization_id: OrganizationId,
    /// What it is sorted by.
    pub name_key: String,
}

/// A page of the active projects (or of the archived ones) of the organization that the person may see. A search finds names that begin so, then
/// slugs that begin so, or the one with this id. Each statement is a range of one index.
pub fn page<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    asked: &Asked<ProjectId>,
) -> Result<Found<Listed, ProjectId>> {
    let status = if asked.filter("status").is_some() {
        "archived"
    } else {
        "active"
    };
    let here = scope.organization().id;
    // Upward only (rule 5): for whoever may see the whole list here.
    let places = if asked.filter("below").is_some() && sees_all(scope) {
        crate::organizations::with_descendants(conn, vec![here])?
    } else {
        vec![here]
    };
    let one = asked.q().parse::<ProjectId>().ok();
    let prefix = asked.prefix().filter(|_| one.is_none());
    let load = |stretch: &Stretch<ProjectId>| {
        let walk = stretch.by_text().within(prefix.clone());
        let mut query = seen(scope, status, &places).limit(walk.limit);
        if let Some(id) = one {
            query = query.filter(projects::id.eq(id));
        }
        if stretch.number == 0 {
            let (key, id) = (projects::name_key, projects::id);
            let query = query
                .filter(walk.behind(key, id))
                .order(walk.order(key, id));
            return Ok(query.load::<Listed>(conn)?);
        }
        if let Some((low, high)) = prefix.clone() {
            query = query.filter(not(projects::name_key.between(low, high)));
        }
        let (key, id) = (projects::slug, projects::id);
        let query = query
            .filter(walk.behind(key, id))
            .order(walk.order(key, id));
        Ok(query.load(conn)?)
    };
    asked.page(
        if prefix.is_some() { 2 } else { 1 },
        load,
        |stretch, row| {
            let key = if stretch == 0 {
                &row.name_key
            } else {
                &row.slug
            };
            (key.clone(), row.id)
        },
    )
}

/// Whether the person may see every project of the organization.
pub fn sees_all<A: Demand>(scope: &Scope<Organization, A>) -> bool {
    scope
        .resolution()
        .permissions
        .contains_key(Key::ProjectsView)
}

/// The projects with this status in these organizations, of which the gate's is the first, that the person may see.
fn seen<A: Demand>(
    scope: &Scope<Organization, A>,
    status: &'static str,
    places: &[OrganizationId],
) -> Query<'static> {
    let query = of_account(scope.account().id, status);
    let query = match places {
        // The gate has found it, active or archived.
        [here] => query.filter(projects::organization_id.eq(*here)),
        several => {
            let here = scope.organization().id;
            query
                .filter(among(projects::organization_id, several))
                .filter(
                    organizations::status
                        .eq("active")
                        .or(organizations::id.eq(here)),
                )
        }
    };
    if sees_all(scope) {
        query
    } else {
        query.filter(projects::id.eq_any(mine(scope)))
    }
}

/// The projects of the organization that the person's grants name.
fn mine<A: Demand>(scope: &Scope<Organization, A>) -> Vec<ProjectId> {
    let here = scope.organization().id;
    let current = scope.grants().iter().filter(|g| g.in_force(scope.now()));
    current
        .filter_map(|grant| match grant.scope {
            Scoped::Project { id, organization } if organization == here => Some(id),
            _ => None,
        })
        .collect()
}

/// The names of a project and of its organization, by their slugs, if the person may see the project.
pub fn visible_name(
    conn: &mut Conn,
    standing: &Standing,
    (organization, project): (&str, &str),
    now: Ts,
) -> Result<Option<(String, String)>> {
    let path = (organization.to_owned(), project.to_owned());
    let found = Project::find(conn, &path, &standing.account, &standing.grants, now);
    let project = match found {
        Ok(project) => project,
        Err(Error::NotFound) => return Ok(None),
        Err(other) => return Err(other),
    };
    let chain = project.chain();
    let current = standing.grants.iter().filter(|grant| grant.in_force(now));
    let is_visible = current
        .into_iter()
        .any(|grant| resolve::reaches(&grant.scope, &chain).is_some());
    Ok(is_visible.then_some((project.name, project.organization.name)))
}

/// The slug itself or, if another project of the organization has or had it, the same with the first number that is
/// free.
pub fn free_slug(
    conn: &mut Conn,
    (account, organization): (AccountId, OrganizationId),
    this: ProjectId,
    slug: &str,
) -> Result<String> {
    let wanted = candidates(slug);
    let mut taken: Vec<String> = projects::table
        .filter(projects::organization_id.eq(organization))
        .filter(projects::slug.eq_any(&wanted))
        .filter(projects::id.ne(this))
        .select(projects::slug)
        .load(conn)?;
    let named = Named::Project(account, organization, this);
    taken.extend(slugs::taken(conn, named, &wanted)?);
    Ok(first_free(wanted, &taken, slug))
}

/// The active project of the account with this id, if it lies in these places.
pub fn one_in_places(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    id: ProjectId,
) -> Result<Option<Listed>> {
    let these = Some(Only::These(vec![id]));
    let found = some_in_places(conn, account, reach, (these, 1))?;
    Ok(found.into_iter().next())
}

/// Which of the projects in some places.
pub enum Only {
    /// Those whose names begin so, folded.
    Named(String),
    /// Those with these ids.
    These(Vec<ProjectId>),
}

/// Some active projects of the account in these places, by name: at most so many.
pub fn some_in_places(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    (only, most): (Option<Only>, i64),
) -> Result<Vec<Listed>> {
    let mut query = listed(account);
    if let Reach::Places {
        organizations,
        projects: these,
        ..
    } = reach
    {
        query = query.filter(
            projects::organization_id
                .eq_any(organizations.clone())
                .or(projects::id.eq_any(these.clone())),
        );
    }
    query = match only {
        None => query,
        Some(Only::Named(key)) => {
            let last = format!("{key}\u{10ffff}");
            query.filter(projects::name_key.between(key, last))
        }
        Some(Only::These(ids)) => query.filter(projects::id.eq_any(ids)),
    };
    Ok(query
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(most)
        .load(conn)?)
}

/// The active projects of the account in these places, by name: at most `most`.
pub fn in_places(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    most: i64,
) -> Result<Vec<Listed>> {
    if *reach == Reach::Account {
        // On the page that is asked for most: a statement that stays as it is.
        let query = projects::table
            .inner_join(organizations::table)
            .select(COLUMNS)
            .filter(projects::account_id.eq(account))
            .filter(projects::status.eq("active"))
            .filter(organizations::status.eq("active"))
            .order((projects::name_key.asc(), projects::id.asc()))
            .limit(most);
        return Ok(on_each!(conn, |c| query.load(c))?);
    }
    some_in_places(conn, account, reach, (None, most))
}

pub(super) type Columns = (
    projects::id,
    projects::slug,
    projects::name,
    organizations::slug,
    organizations::name,
    organizations::id,
    projects::name_key,
);
pub(super) const COLUMNS: Columns = (
    projects::id,
    projects::slug,
    projects::name,
    organizations::slug,
    organizations::name,
    organizations::id,
    projects::name_key,
);
type Query<'a> = diesel::helper_types::IntoBoxed<
    'a,
    diesel::helper_types::Select<
        diesel::helper_types::InnerJoin<projects::table, organizations::table>,
        Columns,
    >,
    MultiBackend,
>;

fn listed(account: AccountId) -> Query<'static> {
    of_account(account, "active").filter(organizations::status.eq("active"))
}

/// The projects with this status, whatever became of their organizations.
fn of_account(account: AccountId, status: &'static str) -> Query<'static> {
    projects::table
        .inner_join(organizations::table)
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
        .filter(projects::account_id.eq(account))
        .filter(projects::status.eq(status))
}

/// What the project is for.
pub fn description<A: Demand>(conn: &mut Conn, scope: &Scope<Project, A>) -> Result<String> {
    Ok(projects::table
        .filter(projects::account_id.eq(scope.account().id))
        .filter(projects::id.eq(scope.place().id))
        .select(projects::description)
        .first(conn)?)
}

/// What a new project is made of; checked input.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// In URLs; unique in the organization.
    pub slug: String,
}

/// The slug is taken in this organization.
#[derive(Debug, PartialEq, Eq)]
pub struct SlugTaken;

/// Makes a project in the organization.
pub fn create(
    conn: &mut Conn,
    scope: &Scope<Organization, ProjectsManage>,
    new: &NewProject,
) -> Result<std::result::Result<(), SlugTaken>> {
    match insert(
        conn,
        scope.account().id,
        scope.organization().id,
        new,
        scope.now(),
    ) {
        Ok(()) => {}
        Err(e)
            if violation::is_unique(
                &e,
                "projects_slug",
                "projects",
                &["organization_id", "slug"],
            ) =>
        {
            return Ok(Err(SlugTaken));
        }
        Err(e) => return Err(e.into()),
    }
    let event: Event = scope
        .event(Action::ProjectCreated)
        .in_organization(scope.organization().id)
        .in_project(new.id)
        .on(Target::project(new.id))
        .details(json!({ "name": new.name, "slug": new.slug }));
    crate::audit::record(conn, &event)?;
    Ok(Ok(()))
}

pub(crate) fn insert(
    conn: &mut Conn,
    account: AccountId,
    organization: OrganizationId,
    new: &NewProject,
    now: Ts,
) -> std::result::Result<(), diesel::result::Error> {
    conn.transaction(|conn| {
        diesel::insert_into(projects::table)
            .values((
                projects::id.eq(new.id),
                projects::account_id.eq(account),
                projects::organization_id.eq(organization),
                projects::slug.eq(&new.slug),
                projects::name.eq(&new.name),
                projects::name_key.eq(fold(&new.name)),
                projects::status.eq("active"),
                projects::version.eq(1_i64),
                projects::created_at.eq(now),
            ))
            .execute(conn)
    })?;
    Ok(())
}

/// A person on a project with one of their roles on it.
#[derive(Clone, Debug, Queryable)]
pub struct Worker {
    /// Who.
    pub id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// Membership status.
    pub status: String,
    /// `home` or `guest`: a lock belongs to the login, and that to its home (S1).
    pub kind: String,
    /// Until when their sign-in is locked.
    pub locked_until: Option<Ts>,
    /// The role's key.
    pub role: String,
    /// What it is called, if it is one of the account's own.
    pub own_role: Option<String>,
}
