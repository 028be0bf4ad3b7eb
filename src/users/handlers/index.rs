//! User Management: who is in the account, as far as one may see; the page, and the same as CSV.

use actix_web::HttpResponse;

use super::bulk_pages::bar;
use super::reading::{Reading, bounded, read};
use super::rows::{inactive_row, record};
use crate::access::gate::{Gate, Somewhere};
use crate::access::grant::Scoped;
use crate::access::permission::UsersView;
use crate::access::place::{Account, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::projects;
use crate::users::pages::{InactiveRow, ProjectBlock, UserManagementPage, View};
use crate::users::{LIST, Reach, Which};
use crate::web::form::Query;
use crate::web::list::csv::{self, Field, Style};
use crate::web::list::{self, Face, Found};
use crate::web::page::Page;
use crate::web::{html, urls};

/// Inactive Users below the active ones.
const INACTIVE: usize = 5;
/// Projects below those.
const PROJECTS: usize = 20;

/// Heads of the columns, with the sorts that they offer.
const COLUMNS: [(&str, &str); 8] = [
    ("Name", "name"),
    ("Email address", "email"),
    ("Roles", ""),
    ("Organizations", ""),
    ("Status", ""),
    ("Last signed in", "seen"),
    ("Joined", "joined"),
    ("Actions", ""),
];

type Reader = Scope<Whole, Somewhere<UsersView>>;

/// User Management.
pub async fn index(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let (list, more) = (read(&query)?, query.has("more"));
    let pick = query.text("pick")? == "page";
    let gate = if bounded(&list) {
        gate
    } else {
        gate.unbounded()
    };
    let roles = app.roles().clone();
    let page = app
        .read(gate, move |conn, scope| {
            let mut reading = Reading::new(conn, &roles, scope, list, more)?;
            reading.pick = pick;
            reading.page(conn, scope)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email address"),
    ("status", "Status"),
    ("roles", "Roles"),
    ("organizations", "Organizations"),
    ("source", "Source"),
    ("last_sign_in_at", "Last signed in"),
    ("joined_at", "Joined"),
    ("id", "Id"),
];

/// User Management as CSV: the people of the view.
pub async fn download(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (read(&query)?, Style::read(&query)?);
    let roles = app.roles().clone();
    csv::export(app, gate, asked, FIELDS, move |conn, scope, asked| {
        let reading = Reading::new(conn, &roles, scope, asked.clone(), false)?;
        let found = reading.people(conn, scope)?;
        let held = reading.held(conn, scope, &found.rows)?;
        Ok(found.map(|row| record(&row, &held, scope)))
    })
    .await
}

impl Reading {
    /// Reads a fixed number of statements, however many people and roles there are.
    fn page(self, conn: &mut Conn, scope: &Reader) -> Result<UserManagementPage> {
        let account = scope.account();
        // Sorted otherwise, the list is what is looked at.
        let whole = self.list.is_whole() && self.list.is_first() && self.list.is_by("name");
        let people = self.people(conn, scope)?;
        let inactive = if whole {
            let first = list::Asked::front(&LIST, INACTIVE);
            let people = self.of(scope, Which::Inactive).page(conn, &first)?;
            (people.rows, people.next.is_some())
        } else {
            (Vec::new(), false)
        };
        let projects = if whole {
            let most = Page::<projects::Listed>::fetch(PROJECTS);
            let rows = projects::in_places(conn, account.id, &self.see, most)?;
            Page::cut(rows, PROJECTS)
        } else {
            Page::default()
        };
        let frame = self.frame(account, &people);
        let is_inactive = self.which == Which::Inactive;
        let (active, (inactive, more)) = if is_inactive {
            (Vec::new(), (people.rows, false))
        } else {
            (people.rows, inactive)
        };
        let back = self.manage == Reach::Account;
        let active = self.rows(conn, scope, &active)?;
        let inactive: Vec<InactiveRow> = inactive
            .iter()
            .map(|row| inactive_row(row, account, back))
            .collect();
        let picks = if is_inactive {
            back && !inactive.is_empty()
        } else {
            active.iter().any(|row| row.pick.is_some())
        };
        Ok(UserManagementPage {
            picked: self.pick,
            bulk: picks.then(|| bar(&self, account, frame.pager.is_some())),
            shell: scope.shell("User Management"),
            add: self.adds().then(|| urls::new_user(&account.slug)),
            import: self.adds().then(|| urls::import_people(&account.slug)),
            views: self.views(account),
            note: matches!(self.see, Reach::Places { .. }).then(|| {
                "You see the people and roles of the places in which you may see users.".to_owned()
            }),
            more_filters: self.more_filters(account, &frame),
            list: frame,
            active,
            inactive,
            inactive_more: more.then(|| self.view(account, Which::Inactive)),
            projects: projects
                .rows
                .iter()
                .map(|row| self.project(row, account))
                .collect(),
            projects_more: projects.more.then(|| urls::organizations(&account.slug)),
            show_active: !is_inactive,
            show_inactive: whole || is_inactive,
            show_projects: whole,
        })
    }

    fn frame<T>(
        &self,
        account: &Account,
        found: &Found<T, crate::db::types::UserId>,
    ) -> list::Frame {
        let path = urls::user_management(&account.slug);
        let face = Face {
            path: &path,
            noun: "users",
            find: "Find by name or email address",
            columns: &COLUMNS,
            csv: Some(&format!("{path}.csv")),
            options: self.options.clone(),
        };
        self.list.frame(found, face)
    }

    /// Where the filters by place are shown; none: they are.
    fn more_filters(&self, account: &Account, frame: &list::Frame) -> Option<String> {
        let all = self.options.len() > 1;
        let href = self
            .list
            .clone()
            .from_start()
            .href(&urls::user_management(&account.slug));
        let sign = if href.contains('?') { '&' } else { '?' };
        (frame.searchable && !all).then(|| format!("{href}{sign}more=1"))
    }

    /// Whether the reader may add people anywhere.
    fn adds(&self) -> bool {
        match &self.manage {
            Reach::Account => true,
            Reach::Places {
                groups,
                organizations,
                projects,
                ..
            } => !(groups.is_empty() && organizations.is_empty() && projects.is_empty()),
        }
    }

    /// The page with this view, and all else as it is.
    fn view(&self, account: &Account, which: Which) -> String {
        let list = self.list.clone().with("status", which.as_str());
        list.href(&urls::user_management(&account.slug))
    }

    fn views(&self, account: &Account) -> Vec<View> {
        let views = [
            ("All", Which::Current),
            ("Active Users", Which::Active),
            ("Invited", Which::Invited),
            ("Inactive Users", Which::Inactive),
            ("Locked", Which::Locked),
        ];
        let view = |(label, which)| View {
            label,
            href: self.view(account, which),
            current: which == self.which,
        };
        views.map(view).into()
    }

    fn project(&self, row: &projects::Listed, account: &Account) -> ProjectBlock {
        let scope = Scoped::Project {
            id: row.id,
            organization: row.organization_id,
        };
        let (organization, project) = (&row.organization_slug, &row.slug);
        ProjectBlock {
            name: row.name.clone(),
            place: row.organization.clone(),
            href: urls::project_users(&account.slug, organization, project),
            add: self
                .manage
                .holds(&scope)
                .then(|| urls::add_project_users(&account.slug, organization, project)),
        }
    }
}
