//! *Add Users to Reservation*: somebody who is in the account already gets roles on one project (rule 8).

use actix_web::HttpResponse;
use askama::Template;

use super::grid::Back;
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Project;
use crate::access::resolve;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, Id, MailId, UserId};
use crate::error::{Error, Result};
use crate::members::during::Typed;
use crate::members::{self, During, Target};
use crate::users::{self, Listed, forms};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

type Manager = Gate<Project, UsersManage>;
type Managing = Scope<Project, UsersManage>;

/// The page with the form.
#[derive(Template)]
#[template(path = "projects/add_user.html")]
pub struct AddUserPage {
    /// The frame.
    pub shell: Shell,
    /// What to correct.
    pub errors: Errors,
    /// Where the form goes.
    pub action: String,
    /// Who can be added.
    pub users: Vec<Choice>,
    /// Whether there are too many for one list, or they have been searched.
    pub searched: bool,
    /// What was searched for.
    pub q: String,
    /// Where one came from, for the search to carry along.
    pub back: Option<(&'static str, String)>,
    /// The roles.
    pub roles: Vec<Choice>,
    /// From which day on, and until which, as typed.
    pub during: Typed,
    /// In which time zone.
    pub zone: String,
    /// What they mean.
    pub about_roles: String,
    /// The way out.
    pub cancel: String,
    /// Where somebody is added who is not in the account yet.
    pub new_user: String,
}

/// The form.
pub async fn new(gate: Manager, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            if let Some(refused) = archived(scope) {
                return Ok(Err(refused));
            }
            let chosen = Chosen::default();
            page(conn, &inside, scope, (&asked, &chosen), Errors::new()).map(Ok)
        })
        .await?;
    match page {
        Ok(page) => html::ok(&app, &page.shell, &page),
        Err((page, words)) => Redirect::to(page).error(words).respond(&app),
    }
}

/// Where to go, and what to say, when nobody can be added: the project is archived.
fn archived(scope: &Managing) -> Option<(String, String)> {
    let (account, project) = (scope.account(), scope.place());
    let refused = || {
        let page = urls::project(&account.slug, &project.organization.slug, &project.slug);
        let words = format!(
            "{} is archived: nobody can be added to it until it is opened again.",
            project.name
        );
        (page, words)
    };
    (!project.active).then(refused)
}

/// What the address says.
#[derive(Clone, Debug)]
struct Asked {
    /// What was searched for.
    q: String,
    /// Where one came from.
    back: Back,
}

impl Asked {
    fn read(query: &Query) -> Result<Self> {
        Ok(Self {
            q: query.search("q")?.trim().to_owned(),
            back: Back::read(query)?,
        })
    }
}

/// What was chosen, as it was posted.
#[derive(Clone, Debug, Default)]
struct Chosen {
    user: String,
    roles: Vec<String>,
    during: Typed,
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (asked, chosen): (&Asked, &Chosen),
    errors: Errors,
) -> Result<AddUserPage> {
    let q = asked.q.as_str();
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let here = Id::from_uuid(scope.place().id.uuid());
    let found = users::candidates(conn, scope, (here, &reach), q)?;
    let choice = |row: &Listed| {
        let label = format!("{} {} ({})", row.first_name, row.last_name, row.email);
        let id = row.id.to_string();
        let is_chosen = id == chosen.user;
        Choice::new(id, label, is_chosen)
    };
    let here = resolve::resolve(
        app.roles(),
        scope.grants(),
        &crate::access::place::Place::chain(scope.place()),
        scope.now(),
    );
    let (account, project) = (scope.account(), scope.place());
    let known = AccountRoles::load(conn, account.id)?;
    let organization = &project.organization.slug;
    let here_again = urls::add_project_users(&account.slug, organization, &project.slug);
    Ok(AddUserPage {
        shell: scope
            .shell("Add Users")
            .named(format!("Add Users to {}", account.word_singular))
            .with_errors(&errors),
        errors,
        // The search goes along, so that its results are still there when something is to be corrected.
        action: asked.back.along(
            scope,
            if q.is_empty() {
                here_again
            } else {
                format!("{here_again}?q={}", urls::query(q))
            },
        ),
        back: asked.back.field(),
        users: found.rows.iter().map(choice).collect(),
        searched: found.more || !q.is_empty(),
        q: q.to_owned(),
        roles: users::givable(scope, (&known, &here), &chosen.roles),
        during: chosen.during.clone(),
        zone: account.time_zone.replace('_', " "),
        about_roles: urls::roles(&account.slug),
        cancel: asked.back.page(scope),
        new_user: format!("{}?project={}", urls::new_user(&account.slug), project.id),
    })
}

/// What *Add User* came to.
enum Outcome {
    Archived(String),
    Added { name: String, new: bool },
    Again(Box<AddUserPage>),
}

/// *Add User*.
pub async fn create(gate: Manager, query: Query, form: Form, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    let chosen = Chosen {
        user: form.text("user")?,
        roles: form.list("role"),
        during: Typed::read(&form)?,
    };
    let mail = MailId::new();
    let grants: Vec<GrantId> = chosen.roles.iter().map(|_| GrantId::new()).collect();
    let inside = app.clone();
    let (outcome, back, project) = app
        .write(gate, move |conn, scope| {
            let (account, back) = (scope.account(), asked.back.page(scope));
            let name = scope.place().name.clone();
            if let Some((page, words)) = archived(scope) {
                return Ok((Outcome::Archived(words), page, name));
            }
            let mut errors = Errors::new();
            let person = errors.take("user", who(&chosen.user)?);
            let known = AccountRoles::load(conn, account.id)?;
            let roles = errors.take("role", forms::roles(&known, &chosen.roles));
            let during = chosen.during.check(account, scope.now(), &mut errors);
            let (Some(person), Some(roles), Some(during)) = (person, roles, during) else {
                let page = page(conn, &inside, scope, (&asked, &chosen), errors)?;
                return Ok((Outcome::Again(Box::new(page)), back, name));
            };
            let roles: Vec<(Role, GrantId)> =
                roles.into_iter().zip(grants.iter().copied()).collect();
            let added = add(conn, &inside, scope, (person, mail), (&roles, during))?;
            Ok((added, back, name))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Archived(words) => Redirect::to(back).error(words).respond(&app),
        Outcome::Added { name, new: true } => Redirect::to(back)
            .success(format!("{name} added to {project}."))
            .respond(&app),
        Outcome::Added { name, new: false } => Redirect::to(back)
            .notice(format!("{name} held these roles on {project} already."))
            .respond(&app),
    }
}

/// The chosen person; what is no id names nobody.
fn who(text: &str) -> Result<std::result::Result<UserId, String>> {
    match text {
        "" => Ok(Err("Choose a user".into())),
        id => id.parse().map(Ok).map_err(|_| Error::NotFound),
    }
}

/// Gives the roles, and says to whom.
fn add(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (person, mail): (UserId, MailId),
    (roles, during): (&[(Role, GrantId)], During),
) -> Result<Outcome> {
    let (account, project) = (scope.account(), scope.place());
    let found = members::place_of(conn, account.id, &account.name, Target::Project(project.id))?;
    let placed = users::place(
        conn,
        app,
        scope,
        &found,
        (person, Some(mail)),
        (roles, during),
    )?;
    let row = &placed.person;
    Ok(Outcome::Added {
        name: format!("{} {}", row.first_name, row.last_name),
        new: !placed.given.is_empty(),
    })
}
