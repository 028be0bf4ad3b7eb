//! Add role, Copy, and Edit: what changes is looked at before it is done.

use actix_web::{HttpResponse, web};
use std::sync::Arc;

use super::InUrl;
use crate::access::custom::{AccountRoles, CustomRole};
use crate::access::gate::Gate;
use crate::access::grant::Level;
use crate::access::permission::AnyKey;
use crate::access::permission::RolesManage;
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::app::App;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::types::RoleId;
use crate::error::{Error, Result};
use crate::groups::pages::GroupReviewPage;
use crate::members;
use crate::roles::forms::{self, Typed};
use crate::roles::model::{self, Composing, Content, Full, Stored};
use crate::roles::pages::RoleFormPage;
use crate::roles::preview::Drawn;
use crate::roles::{preview, rule};
use crate::web::clash::{self, Clash, Ways};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;

type Composer = Gate<Whole, RolesManage>;

/// What a form came to.
enum Outcome {
    Again(Box<RoleFormPage>),
    Review(Box<GroupReviewPage>),
    Clash(Box<(Shell, Clash, Ways)>),
    Unchanged(String),
    Done(String, String),
    /// Changed: the role's page and the form's, the words, and what the form would say to change it back.
    Saved((String, String), String, Vec<(&'static str, String)>),
}

/// The longest form that is offered to change a role back, in bytes: it stands in a cookie beside the words.
const MOST_UNDONE: usize = 1800;

fn answer(app: &App, outcome: Outcome, form: &Form) -> Result<HttpResponse> {
    match outcome {
        Outcome::Again(page) => html::again(app, &page.shell, &*page),
        Outcome::Review(page) => html::ok(app, &page.shell, &*page),
        Outcome::Clash(it) => clash::respond(app, &it.0, &it.1, form, &it.2),
        Outcome::Unchanged(to) => Redirect::to(to).notice("Nothing was changed.").respond(app),
        Outcome::Done(to, words) => Redirect::to(to).success(words).respond(app),
        Outcome::Saved((to, edit), words, back) => {
            let there = Redirect::to(&to).success(words);
            let size =
                |(name, value): &(&str, String)| name.len() + value.len() + "[\"\",\"\"],".len();
            if back.iter().map(size).sum::<usize>() > MOST_UNDONE {
                return there.respond(app);
            }
            let fields: Vec<(&str, &str)> =
                back.iter().map(|(n, value)| (*n, value.as_str())).collect();
            there.undo(edit, &fields).respond(app)
        }
    }
}

/// The form; `before` is the role that is edited, with what to know of it.
fn page(
    app: &App,
    scope: &Composing,
    (typed, before): (&Typed, Option<&Stored>),
    (errors, notes): (Errors, Vec<String>),
) -> RoleFormPage {
    let slug = &scope.account().slug;
    let shell = scope.shell("Add role").crumb("Roles", urls::roles(slug));
    let (shell, action, cancel) = match before {
        None => (shell, urls::new_role(slug), urls::roles(slug)),
        Some(stored) => {
            let (name, id) = (&stored.role.name, stored.role.id);
            let shell = shell.crumb(name, urls::role(slug, id));
            (
                shell.named("Edit role"),
                urls::edit_role(slug, id),
                urls::role(slug, id),
            )
        }
    };
    RoleFormPage {
        shell: shell.here().with_errors(&errors),
        errors,
        action,
        name: typed.name.clone(),
        description: typed.description.clone(),
        parts: forms::boxes(scope, app.catalogue(), &typed.permissions),
        notes,
        version: before.map(|stored| stored.version),
        button: if before.is_some() {
            "Review changes"
        } else {
            "Add role"
        },
        cancel,
    }
}

/// The form for a new role; `?from=` begins with a copy of one that is there.
pub async fn new(gate: Composer, query: Query, app: App) -> Result<HttpResponse> {
    let from = query.text("from")?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let known = AccountRoles::load(conn, scope.account().id)?;
            let (typed, notes) = match from.as_str() {
                "" => (Typed::default(), Vec::new()),
                key => copied(&inside, scope, &known.parse(key).ok_or(Error::NotFound)?),
            };
            Ok(page(&inside, scope, (&typed, None), (Errors::new(), notes)))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What a copy begins with: what the role may do on the account, as far as the acting person holds it and a role of the
/// account can.
fn copied(app: &App, scope: &Composing, role: &Role) -> (Typed, Vec<String>) {
    let may = app.roles().permissions(role, Level::Account);
    let held = scope.resolution().permissions;
    let all = forms::all(app.catalogue());
    let (in_it, rest): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter(|(key, _)| may.contains(*key))
        .partition(|(key, _)| held.contains(*key));
    let description = scope.account().says_of(app.roles(), role);
    let mut typed = Typed::of(role, description, &in_it);
    typed.name = String::new();
    let mut notes = vec![format!(
        "A copy of {} to begin with. Give it a name of its own.",
        role.label()
    )];
    let left = usize::try_from(may.len()).unwrap_or_default();
    if left > in_it.len() {
        notes.push(if rest.is_empty() {
            format!("What only {} can include is left out: no role of the account can.", role.label())
        } else {
            "What you do not hold on the account yourself, and what no role of the account can include, is left out.".to_owned()
        });
    }
    (typed, notes)
}

/// Makes a role.
pub async fn create(gate: Composer, form: Form, app: App) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let id = RoleId::new();
    let inside = app.clone();
    let outcome = app
        .write(gate, move |conn, scope| {
            let again = |errors| {
                let page = page(&inside, scope, (&typed, None), (errors, Vec::new()));
                Ok(Outcome::Again(Box::new(page)))
            };
            let content = match typed.check(scope, inside.catalogue(), None) {
                Ok(content) => content,
                Err(errors) => return again(errors),
            };
            match model::create(conn, scope, (id, &content))? {
                Err(full) => again(said(full)),
                Ok(()) => Ok(Outcome::Done(
                    urls::role(&scope.account().slug, id),
                    format!(
                        "The role {} was added. Nobody holds it yet: it can be ticked wherever roles are given.",
                        content.name
                    ),
                )),
            }
        })
        .await?;
    answer(&app, outcome, &Form::default())
}

fn said(full: Full) -> Errors {
    let mut errors = Errors::new();
    errors.add(
        "name",
        match full {
            Full::NameTaken => "Another role of the account has this name. Choose another",
            Full::Most => "An account can have 50 roles of its own. Delete one first",
        },
    );
    errors
}

/// The role of the address, if the acting person may change or delete it.
///
/// # Errors
/// The page that names the gate which refuses; not found.
pub(super) fn touchable(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    id: RoleId,
) -> Result<Stored> {
    let stored = model::find(conn, scope.account().id, id)?;
    match rule::may_touch(scope, app.catalogue(), &stored.role) {
        None => Ok(stored),
        Some(sentence) => {
            let lacks = rule::lacking(scope, app.catalogue(), &stored.role);
            let lacks = lacks.iter().find_map(|key| match key {
                AnyKey::Portal(key) => Some((key, scope.account().id.to_string())),
                AnyKey::Product(_) => None,
            });
            Err(Refusal::new("role", sentence).lacking(lacks).to(scope))
        }
    }
}

/// What to know before a role is edited.
fn notes(app: &App, scope: &Composing, role: &CustomRole) -> Vec<String> {
    let mut notes = Vec::new();
    let unknown = role.unknown(app.catalogue());
    if !unknown.is_empty() {
        notes.push(format!(
            "No product guards these any more, so they give nothing: {}. They go when you save.",
            unknown.join(", ")
        ));
    }
    if rule::holds(scope, role) {
        notes.push("You hold this role yourself: you can take out of it, and somebody else who manages roles puts in.".into());
    }
    notes
}

/// The form for a role that is there.
pub async fn edit(gate: Composer, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let id = at.role()?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let stored = touchable(conn, &inside, scope, id)?;
            let content = Content::of(&stored.role);
            let typed = Typed {
                name: content.name,
                description: content.description,
                permissions: content.permissions,
                version: stored.version,
            };
            let notes = notes(&inside, scope, &stored.role);
            Ok(page(
                &inside,
                scope,
                (&typed, Some(&stored)),
                (Errors::new(), notes),
            ))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Edits a role: first the review, then, confirmed, the change.
pub async fn change(
    gate: Composer,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.role()?;
    let typed = Typed::read(&form)?;
    let inside = app.clone();
    let agreed = if form.has("confirmed") {
        Some(form.text("seen")?)
    } else {
        None
    };
    let outcome = app
        .write(gate, move |conn, scope| {
            decide(conn, &inside, scope, (id, &typed), agreed.as_deref())
        })
        .await?;
    answer(&app, outcome, &form)
}

fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (id, typed): (RoleId, &Typed),
    agreed: Option<&str>,
) -> Result<Outcome> {
    let stored = touchable(conn, app, scope, id)?;
    let page_of = urls::role(&scope.account().slug, id);
    if typed.version != stored.version {
        let overtaken = overtaken(conn, app, scope, (&stored, typed))?;
        return Ok(Outcome::Clash(Box::new(overtaken)));
    }
    let again = |errors| {
        let notes = notes(app, scope, &stored.role);
        let page = page(app, scope, (typed, Some(&stored)), (errors, notes));
        Ok(Outcome::Again(Box::new(page)))
    };
    let content = match typed.check(scope, app.catalogue(), Some(&stored.role)) {
        Ok(content) => content,
        Err(errors) => return again(errors),
    };
    if content == Content::of(&stored.role) {
        return Ok(Outcome::Unchanged(page_of));
    }
    let after = CustomRole::new(
        stored.role.id,
        (&content.name, &content.description),
        content.permissions.iter().cloned(),
    );
    let old = Role::Custom(stored.role.clone());
    let after = Role::Custom(Arc::new(after));
    let drawn = preview::draw(conn, app, scope, (&old, &after))?;
    let account = scope.account().id;
    // What is only taken out is never refused.
    let (more, _) = rule::difference(app.catalogue(), &stored.role, &content);
    let refused = if more.is_empty() {
        Vec::new()
    } else {
        members::unproven_holders(conn, app, account, &after, scope.now())?
    };
    // Who got the role since, and what changed for those who keep it another way, was not agreed to.
    let is_agreed = agreed == Some(drawn.seen.as_str());
    if !is_agreed || !refused.is_empty() {
        let late = agreed.is_some() && !is_agreed;
        let edit = (&stored, typed, &content);
        let page = review(conn, app, scope, edit, (&drawn, late, refused))?;
        return Ok(Outcome::Review(Box::new(page)));
    }
    match model::change(conn, scope, (&stored, &content))? {
        Err(full) => again(said(full)),
        Ok(()) => Ok(Outcome::Saved(
            (page_of, urls::edit_role(&scope.account().slug, id)),
            format!("The role {} was saved. It holds from now on.", content.name),
            back(&stored),
        )),
    }
}

/// What the form says to make a role again what it was. Nothing in it is agreed to: changing it back is looked at before
/// it is done, as any change is, for others may have got the role since (beyond B, beyond H).
fn back(before: &Stored) -> Vec<(&'static str, String)> {
    let was = Content::of(&before.role);
    let next = before.version.saturating_add(1);
    let mut fields = vec![
        ("name", was.name),
        ("description", was.description),
        (clash::FIELD, next.to_string()),
    ];
    fields.extend(was.permissions.into_iter().map(|name| ("permission", name)));
    fields
}

fn review(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (stored, typed, content): (&Stored, &Typed, &Content),
    (drawn, late, refused): (&Drawn, bool, Vec<String>),
) -> Result<GroupReviewPage> {
    let (slug, role) = (&scope.account().slug, &stored.role);
    let (more, less) = rule::difference(app.catalogue(), role, content);
    let labels = |keys| rule::labels(scope, app.catalogue(), keys).join(", ");
    let mut changes = Vec::new();
    if late {
        changes.push("Somebody gave the role or took it away meanwhile, or changed what else its holders hold. This is how it stands now.".to_owned());
    }
    if content.name != role.name {
        changes.push(format!(
            "{} is called {} from now on.",
            role.name, content.name
        ));
    }
    if content.description != role.description {
        changes.push("What it is for is said otherwise.".to_owned());
    }
    if !more.is_empty() {
        changes.push(format!("Put in: {}.", labels(more)));
    }
    if !less.is_empty() {
        changes.push(format!("Taken out: {}.", labels(less)));
    }
    let preview = preview::preview(conn, app, scope, drawn)?;
    changes.push(preview.sentence);
    let mut carried = vec![
        ("confirmed", "yes".to_owned()),
        ("name", typed.name.clone()),
        ("description", typed.description.clone()),
        ("seen", drawn.seen.clone()),
        (clash::FIELD, stored.version.to_string()),
    ];
    let ticked = typed.permissions.iter().cloned();
    carried.extend(ticked.map(|name| ("permission", name)));
    Ok(GroupReviewPage {
        shell: scope
            .shell("Review")
            .named(format!("Change the role {}?", role.name))
            .crumb("Roles", urls::roles(slug))
            .crumb(&role.name, urls::role(slug, role.id))
            .here(),
        action: urls::edit_role(slug, role.id),
        heading: format!("Change the role {}?", role.name),
        overtaken: false,
        changes,
        impact: Some(preview.shown),
        refused,
        carried,
        button: "Submit",
        cancel: urls::role(slug, role.id),
    })
}

/// Somebody changed the role since the form was made: both versions.
fn overtaken(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (stored, typed): (&Stored, &Typed),
) -> Result<(Shell, Clash, Ways)> {
    let (slug, role) = (&scope.account().slug, &stored.role);
    let labels = |names: &[String]| {
        let keys = rule::known(app.catalogue(), names);
        rule::labels(scope, app.catalogue(), keys).join(", ")
    };
    let clash = Clash::read(
        conn,
        (scope.account().id, Target::role(role.id)),
        &[Action::CustomRoleChanged, Action::CustomRoleCreated],
        (stored.version, scope.now()),
    )?
    .field("Name", &role.name, &typed.name)
    .field("Description", &role.description, &typed.description)
    .field(
        "Permissions",
        labels(role.permissions()),
        labels(&typed.permissions),
    );
    let ways = Ways {
        action: urls::edit_role(slug, role.id),
        theirs: urls::edit_role(slug, role.id),
    };
    Ok((scope.shell("Someone changed this first"), clash, ways))
}
