//! The pages of groups: list, new, one group with its organizations and who has access through it.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::pages::{AccessRow, GroupFormPage, GroupPage, GroupReviewPage};
use super::{Listed, NameTaken, Tickable};
use crate::access::gate::{Demand, Gate};
use crate::access::impact::shown::Shown;
use crate::access::permission::{OrganizationsManage, OrganizationsView, UsersManage, UsersView};
use crate::access::place::{Group, Whole};
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{AccountId, GroupId, OrganizationId};
use crate::error::{Error, Result};
use crate::members;
use crate::users::{self, showing};
use crate::web::field;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

mod changes;
mod list;

use changes::Posted;
pub use changes::{confirm, delete, tick};
pub use list::{download, index};

type Changing = Scope<Whole, OrganizationsManage>;

/// The group that the address names.
#[derive(Deserialize)]
pub struct InUrl {
    group: String,
}

impl InUrl {
    fn group(&self) -> Result<GroupId> {
        self.group.parse().map_err(|_| Error::NotFound)
    }
}

/// Name and description, as they were typed.
#[derive(Clone, Default)]
struct Typed {
    name: String,
    description: String,
}

impl Typed {
    fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            name: form.text("name")?,
            description: form.text("description")?,
        })
    }

    fn check(&self) -> std::result::Result<(String, String), Errors> {
        let mut errors = Errors::new();
        let name = errors.take("name", field::name("name", &self.name));
        let about = field::paragraphs("description", 2000, &self.description);
        match (name, errors.take("description", about)) {
            (Some(name), Some(description)) => Ok((name, description)),
            _ => Err(errors),
        }
    }
}

fn taken() -> Errors {
    let mut errors = Errors::new();
    errors.add("name", "Another group has this name. Choose another");
    errors
}

/// The form for a new group, or for one that is there.
fn form_page(
    scope: &Changing,
    typed: &Typed,
    known: Option<(GroupId, (String, String))>,
    errors: Errors,
) -> GroupFormPage {
    let slug = &scope.account().slug;
    let list = urls::groups(slug);
    let shell = scope.shell("New group").crumb("Groups", &list);
    let (shell, action, cancel) = match &known {
        None => (shell, list.clone(), list),
        Some((id, _)) => (
            shell.named("Edit group"),
            urls::edit_group(slug, *id),
            urls::group(slug, *id),
        ),
    };
    GroupFormPage {
        shell: shell.here().with_errors(&errors),
        errors,
        action,
        name: typed.name.clone(),
        description: typed.description.clone(),
        seen: known.map(|(_, seen)| seen),
        cancel,
    }
}

/// New group.
pub async fn new(gate: Gate<Whole, OrganizationsManage>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |_, scope| {
            Ok(form_page(scope, &Typed::default(), None, Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What a form came to: the page again, or where to go and what to say there.
enum Outcome<T> {
    Again(Box<T>),
    Done(String, String),
}

/// Makes a group.
pub async fn create(
    gate: Gate<Whole, OrganizationsManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let id = GroupId::new();
    let outcome = app
        .write(gate, move |conn, scope| {
            let again = |errors| {
                Ok(Outcome::Again(Box::new(form_page(
                    scope, &typed, None, errors,
                ))))
            };
            let (name, about) = match typed.check() {
                Ok(checked) => checked,
                Err(errors) => return again(errors),
            };
            match super::create(conn, scope, id, (&name, &about))? {
                Err(NameTaken) => again(taken()),
                Ok(()) => Ok(Outcome::Done(
                    urls::group(&scope.account().slug, id),
                    format!("Group {name} was created. Tick its organizations."),
                )),
            }
        })
        .await?;
    finish(outcome, &app, |page: &GroupFormPage| {
        html::again(&app, &page.shell, page)
    })
}

fn finish<T>(
    outcome: Outcome<T>,
    app: &App,
    again: impl FnOnce(&T) -> Result<HttpResponse>,
) -> Result<HttpResponse> {
    match outcome {
        Outcome::Again(page) => again(&page),
        Outcome::Done(to, text) => Redirect::to(to).success(text).respond(app),
    }
}

/// The form to rename a group.
pub async fn edit(
    gate: Gate<Whole, OrganizationsManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.group()?;
    let page = app
        .read(gate, move |conn, scope| {
            let group = super::find(conn, scope.account().id, id)?;
            let typed = Typed {
                name: group.name.clone(),
                description: group.description.clone(),
            };
            let seen = (group.name, group.description);
            Ok(form_page(scope, &typed, Some((id, seen)), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Renames a group, unless somebody changed it meanwhile.
pub async fn change(
    gate: Gate<Whole, OrganizationsManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.group()?;
    let typed = Typed::read(&form)?;
    let seen = (form.text("seen_name")?, form.text("seen_description")?);
    let outcome = app
        .write(gate, move |conn, scope| {
            let group = super::find(conn, scope.account().id, id)?;
            let now = (group.name.clone(), group.description.clone());
            let again = |errors| {
                let page = form_page(scope, &typed, Some((id, now.clone())), errors);
                Ok(Outcome::Again(Box::new(page)))
            };
            if one_line(&now.1) != one_line(&seen.1) || now.0 != seen.0 {
                let mut errors = Errors::new();
                let message = format!("Somebody changed it meanwhile: it is called {} now", now.0);
                errors.add("name", message);
                return again(errors);
            }
            let (name, about) = match typed.check() {
                Ok(checked) => checked,
                Err(errors) => return again(errors),
            };
            match super::rename(conn, scope, &group, (&name, &about))? {
                Err(NameTaken) => again(taken()),
                Ok(()) => Ok(Outcome::Done(
                    urls::group(&scope.account().slug, id),
                    format!("Group {name} was saved."),
                )),
            }
        })
        .await?;
    finish(outcome, &app, |page: &GroupFormPage| {
        html::again(&app, &page.shell, page)
    })
}

/// A browser sends line breaks in a way of its own.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A group.
pub async fn show(
    gate: Gate<Group, OrganizationsView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let (q, inside) = (query.search("q")?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            let group = super::find(conn, scope.account().id, scope.place().id)?;
            group_page(conn, &inside, scope, (&group, &q, None), Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn group_page<P: crate::access::place::Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (group, q, posted): (&Listed, &str, Option<&Posted>),
    errors: Errors,
) -> Result<GroupPage> {
    let account = scope.account();
    let slug = &account.slug;
    let on_account = resolve::resolve(
        app.roles(),
        scope.grants(),
        &resolve::Place::Account,
        scope.now(),
    );
    let changes = on_account
        .permissions
        .contains_key(crate::access::permission::Key::OrganizationsManage);
    let ins = super::organizations_in(conn, group.id)?;
    let boxes = if changes {
        boxes(conn, account.id, (group, q), (&ins, posted))?
    } else {
        Boxes::default()
    };
    let Boxes { boxed, choices, .. } = boxes;
    let fixed = |one: &&Tickable| changes && !boxed.iter().any(|known| known.id == one.id);
    let fixed: Vec<&Tickable> = ins.iter().filter(fixed).collect();
    let manages = scope.also(UsersManage);
    Ok(GroupPage {
        shell: scope
            .shell("Group")
            .named(group.name.clone())
            .crumb("Groups", urls::groups(slug))
            .here()
            .with_errors(&errors),
        errors,
        name: group.name.clone(),
        description: group.description.clone(),
        organizations: ins
            .iter()
            .map(|one| (one.name.clone(), urls::organization(slug, &one.slug)))
            .collect(),
        // What the first page showed, however often one has looked for others since.
        seen: posted.map_or_else(
            || ins.iter().map(|one| one.id.to_string()).collect(),
            |posted| posted.seen.clone(),
        ),
        fixed: fixed
            .iter()
            .map(|one| (one.id.to_string(), one.name.clone()))
            .collect(),
        searched: changes && (boxes.more || !q.is_empty() || choices.len() > FEW),
        more: boxes.more,
        none: boxes.none,
        q: q.to_owned(),
        choices,
        tick: changes.then(|| urls::group_organizations(slug, group.id)),
        access: if scope.also(UsersView) {
            Some(access(conn, scope, group, manages)?)
        } else {
            None
        },
        give: manages.then(|| urls::group_access_add(slug, group.id)),
        edit: changes.then(|| urls::edit_group(slug, group.id)),
        delete: changes.then(|| urls::delete_group(slug, group.id)),
    })
}

/// More boxes than these are looked through by name.
const FEW: usize = 7;

/// The boxes of a group, for who may change it.
#[derive(Default)]
struct Boxes {
    /// Those in the group that can be taken out.
    boxed: Vec<Tickable>,
    /// These, those that were ticked, and those that were found.
    choices: Vec<Choice>,
    /// Whether there are more of these than boxes.
    more: bool,
    /// What is said where nothing was found.
    none: Option<String>,
}

/// Looking for some does not forget what was ticked or unticked before.
fn boxes(
    conn: &mut Conn,
    account: AccountId,
    (group, q): (&Listed, &str),
    (ins, posted): (&[Tickable], Option<&Posted>),
) -> Result<Boxes> {
    let ids: Vec<OrganizationId> = ins.iter().map(|one| one.id).collect();
    let boxed = super::changeable(conn, account, &ids)?;
    let ticked = match posted {
        Some(posted) => {
            let mut wanted = posted.wanted()?;
            wanted.retain(|id| !ids.contains(id));
            super::changeable(conn, account, &wanted)?
        }
        None => Vec::new(),
    };
    let offered = super::tickable(conn, account, (group.id, q))?;
    let stays = |one: &Tickable| {
        let id = one.id.to_string();
        posted.is_none_or(|posted| posted.ticked.contains(&id))
    };
    let choice = |one: &Tickable, ticked| Choice::new(one.id.to_string(), one.name.clone(), ticked);
    let mut choices: Vec<Choice> = boxed.iter().map(|one| choice(one, stays(one))).collect();
    choices.extend(ticked.iter().map(|one| choice(one, true)));
    let others = offered.rows.iter();
    let others = others.filter(|one| ticked.iter().all(|known| known.id != one.id));
    choices.extend(others.map(|one| choice(one, false)));
    let other = if choices.is_empty() { "" } else { " other" };
    let none = !q.is_empty() && offered.rows.is_empty();
    Ok(Boxes {
        boxed,
        choices,
        more: offered.more,
        none: none.then(|| format!("No{other} organization matches ‘{q}’.")),
    })
}

/// Who has which role through the group; the first of them by name.
fn access<P: crate::access::place::Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    group: &Listed,
    manages: bool,
) -> Result<Vec<AccessRow>> {
    let account = scope.account();
    let ids = super::holders(conn, group.id, 200)?;
    let people = users::these(conn, account.id, &ids)?;
    let held = members::by_grants(conn, account.id, &ids)?;
    let on_group = |held: &&members::Held| matches!(held.scope, crate::access::grant::Scoped::Group(id) if id == group.id);
    let row = |person: &users::Listed| {
        let mine = held
            .iter()
            .filter(on_group)
            .filter(|held| held.user == person.id);
        let labels: Vec<&str> = mine.map(|held| held.role.label()).collect();
        AccessRow {
            name: showing::name(person),
            roles: labels.join(", "),
            href: (manages && person.id != scope.person().id)
                .then(|| urls::group_access(&account.slug, group.id, person.id)),
        }
    };
    Ok(people.iter().map(row).collect())
}
