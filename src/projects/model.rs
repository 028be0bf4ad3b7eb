//! Rows of projects, and what may be done with them.

use diesel::prelude::*;
use serde_json::json;

use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::{Key, ProjectsManage};
use crate::access::place::{Organization, Project};
use crate::access::scope::Scope;
use crate::audit::{Action, Event, Target};
use crate::db::schema::{grants, memberships, organizations, projects, users};
use crate::db::types::{AccountId, OrganizationId, ProjectId, UserId};
use crate::db::{Conn, MultiBackend, violation};
use crate::error::Result;
use crate::users::Reach;
use crate::web::field::fold;

/// How many projects a dashboard shows.
pub const PER_PAGE: i64 = 100;

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
}

/// The active projects of the organization that the person may see, by name.
pub fn in_organization<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
) -> Result<Vec<Listed>> {
    let mut query =
        listed(scope.account().id).filter(projects::organization_id.eq(scope.organization().id));
    if !scope
        .resolution()
        .permissions
        .contains_key(Key::ProjectsView)
    {
        let now = scope.now();
        let mine: Vec<ProjectId> = scope
            .grants()
            .iter()
            .filter(|grant| grant.in_force(now))
            .filter_map(|grant| match grant.scope {
                Scoped::Project { id, organization } if organization == scope.organization().id => {
                    Some(id)
                }
                _ => None,
            })
            .collect();
        query = query.filter(projects::id.eq_any(mine));
    }
    Ok(query
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(PER_PAGE)
        .load(conn)?)
}

/// The active projects of the account in these places, by name: at most `most`.
pub fn in_places(
    conn: &mut Conn,
    account: AccountId,
    reach: &Reach,
    most: i64,
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
    Ok(query
        .order((projects::name_key.asc(), projects::id.asc()))
        .limit(most)
        .load(conn)?)
}

type Columns = (
    projects::id,
    projects::slug,
    projects::name,
    organizations::slug,
    organizations::name,
    organizations::id,
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
    projects::table
        .inner_join(organizations::table)
        .select((
            projects::id,
            projects::slug,
            projects::name,
            organizations::slug,
            organizations::name,
            organizations::id,
        ))
        .into_boxed::<MultiBackend>()
        .filter(projects::account_id.eq(account))
        .filter(projects::status.eq("active"))
        .filter(organizations::status.eq("active"))
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
    now: crate::db::types::Ts,
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
    /// The role's key.
    pub role: String,
}

/// How many role rows a project's list of people shows.
pub const PEOPLE: i64 = 500;

/// The people with a role given on just this project, by name, one row a role.
pub fn people<A: Demand>(conn: &mut Conn, scope: &Scope<Project, A>) -> Result<Vec<Worker>> {
    Ok(grants::table
        .inner_join(users::table.on(users::id.eq(grants::user_id)))
        .inner_join(
            memberships::table.on(memberships::user_id
                .eq(grants::user_id)
                .and(memberships::account_id.eq(grants::account_id))),
        )
        .filter(grants::account_id.eq(scope.account().id))
        .filter(grants::scope_id.eq(
            crate::db::types::Id::<crate::db::types::kind::Project>::from_uuid(
                scope.place().id.uuid(),
            ),
        ))
        .order((grants::sort_key.asc(), grants::user_id.asc()))
        .limit(PEOPLE)
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::email,
            memberships::status,
            grants::role,
        ))
        .load(conn)?)
}
