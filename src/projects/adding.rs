//! *Add Users to Reservation*: somebody who is in the account already, or several of them, get roles on one project
//! (rule 8).

use actix_web::HttpResponse;
use askama::Template;

use super::grid::Back;
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Project;
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, Id, ProjectId, UserId};
use crate::error::{Error, Result};
use crate::members::during::Typed;
use crate::members::{self, Target, Told};
use crate::users::checking::{self, Around, Giving};
use crate::users::pages::CheckAddingPage;
use crate::users::{self, Listed, forms};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// So many are added at once at most: as many as the list offers.
const MOST: usize = users::CANDIDATES;

mod copying;
mod giving;

use copying::{Source, copied, models};
use giving::{Added, Fresh, add};

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
    /// Where that is asked for again as one types.
    pub search: String,
    /// Whether the choice of the user has the focus to begin with.
    pub focus: bool,
    /// Whether several people can be chosen.
    pub several: bool,
    /// Where it is otherwise.
    pub otherwise: String,
    /// Whose roles can be copied.
    pub models: Vec<Choice>,
    /// On which project.
    pub model_place: String,
    /// Whether that is another one.
    pub elsewhere: bool,
    /// The other projects whose people's roles can be copied.
    pub sources: Vec<Choice>,
    /// What is to be known of these.
    pub sources_hint: &'static str,
    /// The roles.
    pub roles: Vec<Choice>,
    /// From which day on, and until which, as typed.
    pub during: Typed,
    /// In which time zone.
    pub zone: String,
    /// What they mean.
    pub about_roles: String,
    /// The button's words; with scripts they follow the boxes.
    pub button: String,
    /// The way out.
    pub cancel: String,
    /// Where somebody is added who is not in the account yet.
    pub new_user: String,
}

/// The form.
pub async fn new(gate: Manager, query: Query, app: App) -> Result<HttpResponse> {
    let asked = Asked::read(&query)?;
    // Whoever is chosen stays so while one searches on.
    let users: Vec<String> = query.list("user").into_iter().take(MOST).collect();
    let (inside, is_partial) = (app.clone(), gate.visit().is_partial());
    let page = app
        .read(gate, move |conn, scope| {
            if let Some(refused) = archived(scope) {
                return Ok(Err(refused));
            }
            let chosen = Chosen {
                roles: copied(conn, &inside, scope, &asked)?,
                users,
                ..Chosen::default()
            };
            let mut page = page(conn, &inside, scope, (&asked, &chosen), Errors::new())?;
            // Who is typing goes on typing.
            page.focus &= !is_partial;
            Ok(Ok(page))
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
    /// Whether several people can be chosen.
    several: bool,
    /// Whose roles are ticked to begin with: what is no id is nobody.
    copy: Option<UserId>,
    /// On which other project they work: what is no id is none.
    from: Option<ProjectId>,
}

/// What says that several people can be chosen.
const SEVERAL: &str = "several";

impl Asked {
    fn read(query: &Query) -> Result<Self> {
        Ok(Self {
            q: query.search("q")?.trim().to_owned(),
            back: Back::read(query)?,
            several: query.text(SEVERAL)? == "1",
            copy: query.text("copy")?.parse().ok(),
            from: query.text("from")?.parse().ok(),
        })
    }

    /// The address of the form, for one or for several people. The search goes along, so that its results are still
    /// there when something is to be corrected.
    fn address(&self, scope: &Managing, several: bool) -> String {
        let project = scope.place();
        let (account, organization) = (&scope.account().slug, &project.organization.slug);
        let mut href = urls::add_project_users(account, organization, &project.slug);
        let mut sign = '?';
        if !self.q.is_empty() {
            href.push_str(&format!("?q={}", urls::query(&self.q)));
            sign = '&';
        }
        if several {
            href.push_str(&format!("{sign}{SEVERAL}=1"));
        }
        self.back.along(scope, href)
    }

    /// The same with nothing searched for.
    fn without_search(&self) -> Self {
        Self {
            q: String::new(),
            ..self.clone()
        }
    }

    /// With another search, or somebody whose roles are copied, where the form asks for that instead; then the page comes
    /// once more with all that was chosen. The key Enter searches where what is searched for is another by then.
    fn posted(mut self, form: &Form) -> Result<(Self, bool)> {
        let q = form.search("q")?.trim().to_owned();
        self.copy = match form.text("copy")?.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::NotFound)?),
        };
        self.from = match form.text("from")?.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::NotFound)?),
        };
        if form.has("showing") {
            self.copy = None;
            return Ok((self, true));
        }
        if form.has("copying") {
            return Ok((self, true));
        }
        let searches = form.has("find") || (form.has("enter") && q != self.q);
        if searches {
            self.q = q;
        }
        Ok((self, searches))
    }
}

/// What was chosen, as it was posted.
#[derive(Clone, Debug, Default)]
struct Chosen {
    users: Vec<String>,
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
    // Who was chosen stays in the list, whatever is searched for.
    let chosen_ids = chosen.users.iter().filter_map(|id| id.parse().ok());
    let mut others: Vec<UserId> = chosen_ids.take(MOST).collect();
    others.retain(|id| !found.rows.iter().any(|row| row.id == *id));
    let mut rows = if others.is_empty() {
        Vec::new()
    } else {
        users::among(conn, scope.account().id, &reach, &others)?
    };
    rows.retain(|row| row.status != "deactivated");
    rows.extend(found.rows);
    let choice = |row: &Listed| {
        let label = format!("{} {} ({})", row.first_name, row.last_name, row.email);
        let id = row.id.to_string();
        let is_chosen = chosen.users.contains(&id);
        Choice::new(id, label, is_chosen)
    };
    let users: Vec<Choice> = rows.iter().map(choice).collect();
    let ticked = users.iter().filter(|choice| choice.chosen).count();
    let here = resolve::resolve(
        app.roles(),
        scope.grants(),
        &crate::access::place::Place::chain(scope.place()),
        scope.now(),
    );
    let (account, project) = (scope.account(), scope.place());
    let known = AccountRoles::load(conn, account.id)?;
    let source = Source::load(conn, app, scope, asked.from)?;
    Ok(AddUserPage {
        shell: scope
            .shell("Add Users")
            .named(format!("Add Users to {}", account.word_singular))
            .with_errors(&errors),
        focus: errors.is_empty(),
        errors,
        action: asked.address(scope, asked.several),
        search: asked.without_search().address(scope, asked.several),
        several: asked.several,
        otherwise: asked.address(scope, !asked.several),
        models: models(conn, scope, (source.id, asked.copy))?,
        model_place: source.name,
        elsewhere: source.id != project.id,
        sources: source.others,
        sources_hint: source.hint,
        users,
        searched: found.more || !q.is_empty(),
        q: q.to_owned(),
        roles: users::givable(
            scope,
            (
                &known,
                &here,
                Some(&urls::new_request_at(&account.slug, &project.id)),
            ),
            &chosen.roles,
        ),
        during: chosen.during.clone(),
        zone: account.time_zone.replace('_', " "),
        about_roles: urls::roles(&account.slug),
        button: button(ticked, asked.several),
        cancel: asked.back.page(scope),
        new_user: format!("{}?project={}", urls::new_user(&account.slug), project.id),
    })
}

/// What *Add User* came to.
enum Outcome {
    Archived(String),
    Added(Added),
    Check(Box<CheckAddingPage>),
    /// Back from there, with nothing wrong.
    Form(Box<AddUserPage>),
    Again(Box<AddUserPage>),
}

/// *Add User*.
pub async fn create(gate: Manager, query: Query, form: Form, app: App) -> Result<HttpResponse> {
    let (asked, otherwise) = Asked::read(&query)?.posted(&form)?;
    let chosen = Chosen {
        users: form.list("user"),
        roles: form.list("role"),
        during: Typed::read(&form)?,
    };
    // Made before the transaction: one that runs again does the same again.
    let fresh = |_: &String| Fresh {
        grants: chosen.roles.iter().map(|_| GrantId::new()).collect(),
    };
    let fresh: Vec<Fresh> = chosen.users.iter().take(MOST).map(fresh).collect();
    let seen = form.has(checking::SEEN);
    let change = form.has(checking::CHANGE) || otherwise;
    let copies = form.has("copying");
    let (inside, id) = (app.clone(), ChangeId::new());
    let return_to = asked.back.field();
    let (outcome, back, (project, undo)) = app
        .write(gate, move |conn, scope| {
            let (account, back) = (scope.account(), asked.back.page(scope));
            let place = scope.place();
            let undo = (&account.slug, &place.organization.slug, &place.slug);
            let undo = urls::undo_project_users(undo.0, undo.1, undo.2, id);
            let name = (place.name.clone(), undo);
            if let Some((page, words)) = archived(scope) {
                return Ok((Outcome::Archived(words), page, name));
            }
            let roles = copied(conn, &inside, scope, &asked)?;
            // Whoever is chosen in the form is one of those that it lists, whatever is pressed.
            if asked.copy.is_some() && roles.is_empty() {
                return Err(Error::NotFound);
            }
            if change {
                let mut chosen = chosen.clone();
                if copies && asked.copy.is_some() {
                    chosen.roles = roles;
                }
                let page = page(conn, &inside, scope, (&asked, &chosen), Errors::new())?;
                return Ok((Outcome::Form(Box::new(page)), back, name));
            }
            let mut errors = Errors::new();
            let people = errors.take("user", who(&chosen.users)?);
            let known = AccountRoles::load(conn, account.id)?;
            let roles = errors.take("role", forms::roles(&known, &chosen.roles)?);
            let during = chosen.during.check(account, scope.now(), &mut errors);
            let (Some(people), Some(roles), Some(during)) = (people, roles, during) else {
                let page = page(conn, &inside, scope, (&asked, &chosen), errors)?;
                return Ok((Outcome::Again(Box::new(page)), back, name));
            };
            let target = Target::Project(scope.place().id);
            let found = members::place_of(conn, account.id, &account.name, target)?;
            let giving = Giving {
                found: &found,
                people: &people,
                roles: &roles,
                during,
            };
            if !seen && giving.is_checked(&inside) {
                let around = around(scope, &asked, &chosen, people.len());
                let page = checking::check(conn, &inside, scope, giving, around)?;
                return Ok((Outcome::Check(Box::new(page)), back, name));
            }
            let people: Vec<_> = people.into_iter().zip(&fresh).collect();
            let added = add(
                conn,
                &inside,
                scope,
                &found,
                (id, &people),
                (&roles, during),
            )?;
            Ok((Outcome::Added(added), back, name))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Form(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Check(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Archived(words) => Redirect::to(back).error(words).respond(&app),
        Outcome::Added(added) => {
            let text = Told::behind(added.told.as_ref(), added.sentence(&project));
            let there = Redirect::to(back);
            let there = if added.new.is_empty() {
                there.notice(text)
            } else {
                let id = id.to_string();
                let mut fields = vec![("change", id.as_str())];
                fields.extend(return_to.iter().map(|(name, page)| (*name, page.as_str())));
                there.success(text).undo(undo, &fields)
            };
            Told::linked(added.told, there).respond(&app)
        }
    }
}

/// "Add User", "Add 3 Users".
fn button(people: usize, several: bool) -> String {
    match people {
        0 if several => "Add Users".to_owned(),
        0 | 1 => "Add User".to_owned(),
        many => format!("Add {many} Users"),
    }
}

/// What stands around the page that shows it before it is done.
fn around(scope: &Managing, asked: &Asked, chosen: &Chosen, people: usize) -> Around {
    let users = chosen.users.iter().map(|id| ("user", id.clone()));
    let roles = chosen.roles.iter().map(|role| ("role", role.clone()));
    Around {
        title: format!("Add Users to {}", scope.account().word_singular),
        crumb: None,
        button: button(people, false),
        action: asked.address(scope, asked.several),
        cancel: asked.back.page(scope),
        carried: users.chain(roles).chain(chosen.during.fields()).collect(),
    }
}

/// The chosen people, each once; what is no id names nobody.
fn who(all: &[String]) -> Result<std::result::Result<Vec<UserId>, String>> {
    let mut people: Vec<UserId> = Vec::new();
    for id in all.iter().filter(|id| !id.is_empty()) {
        let id = id.parse().map_err(|_| Error::NotFound)?;
        if !people.contains(&id) {
            people.push(id);
        }
    }
    Ok(match people.len() {
        0 => Err("Choose a user".into()),
        1..=MOST => Ok(people),
        _ => Err(format!("Choose at most {MOST} users at once")),
    })
}
