//! User Management: who is in the account, as far as one may see.

use actix_web::HttpResponse;

use crate::access::gate::{Gate, Somewhere};
use crate::access::grant::Scoped;
use crate::access::permission::{Key, UsersView};
use crate::access::place::{Account, Whole};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::projects;
use crate::users::pages::{InactiveRow, ProjectBlock, UserManagementPage, UserRow, View};
use crate::users::{Filter, Listed, Reach, Which, list, reach, reach_of, showing};
use crate::web::form::Query;
use crate::web::page::{After, Page};
use crate::web::shell::initials;
use crate::web::view::{Act, Column, Pager, day, relative};
use crate::web::{html, urls};

/// People on one page.
const PER_PAGE: usize = 25;
/// Inactive Users below the active ones.
const INACTIVE: usize = 5;
/// Projects below those.
const PROJECTS: usize = 20;

type Reader = Scope<Whole, Somewhere<UsersView>>;

/// User Management.
pub async fn index(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let filter = Filter {
        q: query.search("q")?.trim().to_owned(),
        which: Which::parse(&query.text("status")?),
    };
    let after = After::read(&query.text("after")?, &query.text("id")?);
    let roles = app.roles().clone();
    let page = app
        .read(gate, move |conn, scope| {
            let asked = Asked {
                see: reach(conn, &roles, scope)?,
                manage: reach_of(conn, &roles, scope, Key::UsersManage)?,
                filter,
                after,
            };
            asked.page(conn, scope)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What is asked for, and how far the reader's rights go.
struct Asked {
    see: Reach,
    manage: Reach,
    filter: Filter,
    after: Option<After<UserId>>,
}

impl Asked {
    /// Reads a fixed number of statements, however many people and roles there are.
    fn page(self, conn: &mut Conn, scope: &Reader) -> Result<UserManagementPage> {
        let account = scope.account();
        let which = self.filter.which;
        let whole = which == Which::Current && self.filter.q.is_empty() && self.after.is_none();
        let after = self.after.clone();
        let people = list(conn, scope, &self.see, &self.filter, (after, PER_PAGE))?;
        let inactive = if whole {
            let filter = Filter {
                which: Which::Inactive,
                ..Filter::default()
            };
            list(conn, scope, &self.see, &filter, (None, INACTIVE))?
        } else {
            Page::default()
        };
        let projects = if whole {
            let most = Page::<projects::Listed>::fetch(PROJECTS);
            let rows = projects::in_places(conn, account.id, &self.see, most)?;
            Page::cut(rows, PROJECTS)
        } else {
            Page::default()
        };
        let pager = self.pager(account, &people);
        let show_inactive = whole || which == Which::Inactive;
        let (active, inactive, inactive_more) = if which == Which::Inactive {
            (Vec::new(), people.rows, None)
        } else {
            let more = inactive
                .more
                .then(|| self.href(account, Which::Inactive, ""));
            (people.rows, inactive.rows, more)
        };
        let base = urls::user_management(&account.slug);
        Ok(UserManagementPage {
            shell: scope.shell("User Management"),
            add: self.adds().then(|| urls::new_user(&account.slug)),
            views: self.views(account),
            status: which.as_str(),
            filters: self.filters(account),
            clear: base,
            note: matches!(self.see, Reach::Places { .. }).then(|| {
                "You see the people and roles of the places in which you may see users.".to_owned()
            }),
            columns: [
                "Name",
                "Email address",
                "Roles",
                "Status",
                "Last signed in",
                "Actions",
            ]
            .map(Column::plain)
            .into(),
            active: self.rows(conn, scope, &active)?,
            pager,
            inactive: inactive
                .iter()
                .map(|row| inactive_row(row, account))
                .collect(),
            inactive_more,
            projects: projects
                .rows
                .iter()
                .map(|row| self.project(row, account))
                .collect(),
            projects_more: projects.more.then(|| urls::organizations(&account.slug)),
            show_active: which != Which::Inactive,
            show_inactive,
            show_projects: whole,
            q: self.filter.q,
        })
    }

    /// Whether the reader may add people anywhere.
    fn adds(&self) -> bool {
        match &self.manage {
            Reach::Account => true,
            Reach::Places {
                groups,
                organizations,
                projects,
            } => !(groups.is_empty() && organizations.is_empty() && projects.is_empty()),
        }
    }

    /// The page with this view and this search.
    fn href(&self, account: &Account, which: Which, q: &str) -> String {
        let mut href = urls::user_management(&account.slug);
        let mut next = '?';
        for (name, value) in [("status", which.as_str()), ("q", q)] {
            if !value.is_empty() {
                href.push(next);
                href.push_str(name);
                href.push('=');
                href.push_str(&urls::query(value));
                next = '&';
            }
        }
        href
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
            href: self.href(account, which, &self.filter.q),
            current: which == self.filter.which,
        };
        views.map(view).into()
    }

    fn filters(&self, account: &Account) -> Vec<(String, String)> {
        let mut filters = Vec::new();
        let label = match self.filter.which {
            Which::Current => None,
            Which::Active => Some("Active"),
            Which::Invited => Some("Invited"),
            Which::Inactive => Some("Inactive"),
            Which::Locked => Some("Locked"),
        };
        if let Some(label) = label {
            let without = self.href(account, Which::Current, &self.filter.q);
            filters.push((label.to_owned(), without));
        }
        if !self.filter.q.is_empty() {
            let without = self.href(account, self.filter.which, "");
            filters.push((format!("‘{}’", self.filter.q), without));
        }
        filters
    }

    /// The way on, when the list does not end here or did not begin here.
    fn pager(&self, account: &Account, people: &Page<Listed>) -> Option<Pager> {
        let (first, last) = (people.rows.first()?, people.rows.last()?);
        if !people.more && self.after.is_none() {
            return None;
        }
        if !self.filter.q.is_empty() {
            let text = format!("The first {PER_PAGE} that match. Type more to narrow it.");
            return people.more.then_some(Pager {
                text,
                previous: None,
                next: None,
            });
        }
        let here = self.href(account, self.filter.which, "");
        let next = people.more.then(|| {
            let sign = if here.contains('?') { '&' } else { '?' };
            let key = urls::query(&last.sort_key);
            format!("{here}{sign}after={key}&id={}", last.id)
        });
        Some(Pager {
            text: format!("{} to {}", showing::name(first), showing::name(last)),
            previous: None,
            next,
        })
    }

    /// The rows of people with the roles inside the reader's reach (S6).
    fn rows(&self, conn: &mut Conn, scope: &Reader, people: &[Listed]) -> Result<Vec<UserRow>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<UserId> = people.iter().map(|row| row.id).collect();
        let mut held = members::by_grants(conn, scope.account().id, &ids)?;
        held.retain(|held| self.see.holds(&held.scope));
        let row = |row: &Listed| self.row(row, &held, scope);
        Ok(people.iter().map(row).collect())
    }

    fn row(&self, row: &Listed, held: &[Held], scope: &Reader) -> UserRow {
        let (account, now) = (scope.account(), scope.now());
        let you = row.id == scope.person().id;
        let mine = || held.iter().filter(|held| held.user == row.id);
        let managed = !you
            && (self.manage == Reach::Account || mine().any(|held| self.manage.holds(&held.scope)));
        let (roles, places) = showing::in_short(held, row.id, account);
        let name = showing::name(row);
        UserRow {
            initials: initials(&name),
            href: urls::user(&account.slug, row.id),
            email: row.email.clone(),
            roles,
            places,
            you,
            admin: showing::is_admin(mine(), now),
            status: showing::status(row, now),
            seen: seen(row, now),
            acts: if managed {
                acts(row, account, now)
            } else {
                Vec::new()
            },
            name,
        }
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

/// When somebody last signed in. Of who has not come in yet nothing is told: their login may be another account's.
fn seen(row: &Listed, now: Ts) -> Option<(String, String)> {
    let at = row.last_sign_in_at.filter(|_| row.status == "active")?;
    Some((at.text(), relative(at, now)))
}

/// What can be done with a row at once.
fn acts(row: &Listed, account: &Account, now: Ts) -> Vec<Act> {
    let mut acts = Vec::new();
    if row.status == "invited" {
        acts.push(Act::post("Resend", urls::resend(&account.slug, row.id)));
    }
    if showing::is_locked(row, now) {
        acts.push(Act::post(
            "Unlock",
            urls::unlock_user(&account.slug, row.id),
        ));
    }
    acts
}

fn inactive_row(row: &Listed, account: &Account) -> InactiveRow {
    let name = showing::name(row);
    InactiveRow {
        initials: initials(&name),
        href: urls::user(&account.slug, row.id),
        email: row.email.clone(),
        since: row.deactivated_at.map(day).unwrap_or_default(),
        name,
    }
}
