//! Lists of projects: the projects of an organization as CSV, and the people of a project.

use actix_web::HttpResponse;

use super::super::pages::{Grid, ProjectPerson, ProjectUsersPage, one_line};
use super::super::{LIST, counted, grid, page, roles_of};
use super::add;
use crate::access::custom::AccountRoles;
use crate::access::gate::{Demand, Gate};
use crate::access::permission::{UsersManage, UsersView, Visible};
use crate::access::place::{Organization, Project};
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members;
use crate::users::{self, Holding, People, Reach, Which, showing};
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face, Found, Frame};
use crate::web::urls;

/// The columns of the projects' CSV.
const PROJECTS: &[Field] = &[
    ("name", "Name"),
    ("slug", "Short name in addresses"),
    ("id", "Id"),
    ("people", "People"),
];

/// The projects of an organization as CSV.
pub async fn download(
    gate: Gate<Organization, Visible>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (Asked::read(&query, &LIST)?, Style::read(&query)?);
    csv::export(app, gate, asked, PROJECTS, |conn, scope, asked| {
        let found = page(conn, scope, asked)?;
        let active = asked.filter("status").is_none();
        let people = counted(conn, scope, &found.rows, active)?;
        let cells = |row: super::super::Listed| -> Vec<Cell> {
            let people = people.get(&row.id).copied();
            vec![
                row.name.into(),
                row.slug.into(),
                row.id.to_string().into(),
                people.map_or_else(|| "".into(), Cell::from),
            ]
        };
        Ok(found.map(cells))
    })
    .await
}

type Found_ = Found<(users::Listed, Vec<Role>), UserId>;

/// People with a role on just this project.
fn page_of<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    asked: &Asked<UserId>,
) -> Result<Found<users::Listed, UserId>> {
    let people = People {
        account: scope.account().id,
        reach: &Reach::Account,
        which: Which::Anybody,
        holding: Holding {
            project: Some(scope.place().id),
            ..Holding::default()
        },
        now: scope.now(),
    };
    people.page(conn, asked)
}

/// The same, each with those roles.
fn people<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Project, A>,
    asked: &Asked<UserId>,
) -> Result<Found_> {
    let found = page_of(conn, scope, asked)?;
    let ids: Vec<UserId> = found.rows.iter().map(|row| row.id).collect();
    let roles = roles_of(conn, scope, (scope.place().id, &ids))?;
    Ok(found.map(|row| {
        let own = roles.iter().filter(|(user, _)| *user == row.id);
        let own = own.map(|(_, role)| role.clone()).collect();
        (row, own)
    }))
}

/// The people of a project.
pub async fn users(gate: Gate<Project, UsersView>, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &users::OF_PROJECT)?;
    let gate = if asked.is_whole() {
        gate
    } else {
        gate.unbounded()
    };
    let page = app
        .read(gate, move |conn, scope| {
            let project = scope.place();
            let changes = project.active && !project.organization.archived;
            if changes && scope.also(UsersManage) {
                let found = page_of(conn, scope, &asked)?;
                let roles = AccountRoles::load(conn, scope.account().id)?;
                let rows = grid::rows(conn, scope, (&found.rows, &roles))?;
                let frame = frame(scope, &asked, &found);
                let grid = Some(Grid {
                    heads: grid::Spot::of(scope, &roles).heads(),
                    rows,
                    place: project.name.clone(),
                    action: path(scope),
                    back: None,
                    about_roles: urls::roles(&scope.account().slug),
                    ask: urls::new_request_at(&scope.account().slug, &project.id),
                    pages: frame.pager.is_some(),
                });
                return Ok(users_page(scope, (Vec::new(), grid), (frame, None)));
            }
            let found = people(conn, scope, &asked)?;
            let (account, me) = (&scope.account().slug, scope.person().id);
            let line = |(row, roles): &(users::Listed, Vec<Role>)| {
                one_line(account, me, row, roles, scope.now())
            };
            let lines = found.rows.iter().map(line).collect();
            let frame = frame(scope, &asked, &found);
            let readonly = if scope.also(UsersManage) {
                None
            } else {
                let ask = members::who_can_help(conn, scope.account().id, scope.now())?;
                Some(showing::only_managers(&ask))
            };
            Ok(users_page(scope, (lines, None), (frame, readonly)))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn path<A: Demand>(scope: &Scope<Project, A>) -> String {
    let (account, project) = (scope.account(), scope.place());
    urls::project_users(&account.slug, &project.organization.slug, &project.slug)
}

fn frame<A: Demand, T>(
    scope: &Scope<Project, A>,
    asked: &Asked<UserId>,
    found: &Found<T, UserId>,
) -> Frame {
    let path = path(scope);
    let face = Face {
        path: &path,
        noun: "users",
        find: "Find by name or email address",
        columns: &[
            ("Name", "name"),
            ("Email address", ""),
            ("Roles", ""),
            ("Status", ""),
        ],
        csv: Some(&format!("{path}.csv")),
        options: Vec::new(),
    };
    asked.frame(found, face)
}

fn users_page<A: Demand>(
    scope: &Scope<Project, A>,
    (people, grid): (Vec<ProjectPerson>, Option<Grid>),
    (list, readonly): (Frame, Option<String>),
) -> ProjectUsersPage {
    ProjectUsersPage {
        shell: scope
            .shell("")
            .named(format!("{} Users", scope.account().word_singular))
            .here(),
        list,
        people,
        grid,
        readonly,
        add: add(scope),
    }
}

/// The columns of the people's CSV.
const PEOPLE: &[Field] = &[
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email address"),
    ("roles", "Roles"),
    ("status", "Status"),
    ("id", "Id"),
];

/// The people of a project as CSV.
pub async fn users_download(
    gate: Gate<Project, UsersView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (
        Asked::read(&query, &users::OF_PROJECT)?,
        Style::read(&query)?,
    );
    csv::export(app, gate, asked, PEOPLE, |conn, scope, asked| {
        let account = scope.account().slug.clone();
        let (me, now) = (scope.person().id, scope.now());
        Ok(people(conn, scope, asked)?.map(|(row, roles)| {
            let line = one_line(&account, me, &row, &roles, now);
            let cells: Vec<Cell> = vec![
                row.first_name.into(),
                row.last_name.into(),
                row.email.into(),
                line.roles.into(),
                line.status.label.into(),
                row.id.to_string().into(),
            ];
            cells
        }))
    })
    .await
}
