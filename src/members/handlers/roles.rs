//! The roles of one person on an organization or a group: ticked, reviewed in plain words, and only then changed (rules 11, 17).

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::HasRoles;
use crate::access::gate::Gate;
use crate::access::give::{Act, Actor};
use crate::access::permission::{Key, UsersManage};
use crate::access::resolve;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, UserId};
use crate::error::{Error, Result};
use crate::members::pages::{MemberRolesPage, ReviewRolesPage};
use crate::members::{self, Held, Target};
use crate::users::{self, showing};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

type Managing<P> = Scope<P, UsersManage>;

/// The person that the address names.
#[derive(Deserialize)]
pub struct InUrl {
    user: String,
}

impl InUrl {
    /// What is no id names nobody.
    fn user(&self) -> Result<UserId> {
        self.user.parse().map_err(|_| Error::NotFound)
    }
}

/// What is known of the person before anything is changed.
struct Standing {
    name: String,
    /// What they hold on the place itself.
    direct: Vec<Held>,
    /// What reaches it by another way, in words.
    otherwise: Vec<String>,
    found: members::Found,
}

/// Reads it. Nobody's own roles are changed here, and who lies outside of the reader's reach is not there (S6).
fn standing<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    user: UserId,
) -> Result<Standing> {
    if user == scope.person().id {
        return Err(Error::Conflict(
            "Nobody changes their own roles: ask somebody else who manages users.".into(),
        ));
    }
    let account = scope.account();
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let shown = users::find(conn, scope, &reach, user)?;
    let target = scope.place().target();
    let found = members::place_of(conn, account.id, &account.name, target)?;
    let (mut direct, mut otherwise) = (Vec::new(), Vec::new());
    for held in members::held_by(conn, account.id, user)? {
        if Target::of(account.id, &held.scope) == target {
            direct.push(held);
        } else if resolve::reaches(&held.scope, &found.place).is_some() {
            let place = showing::place(&held, account);
            otherwise.push(format!("{} from {place}", held.role.label()));
        }
    }
    Ok(Standing {
        name: showing::name(&shown.row),
        direct,
        otherwise,
        found,
    })
}

impl Standing {
    fn keys(&self) -> Vec<String> {
        let keys = self.direct.iter().map(|held| held.role.as_str().to_owned());
        keys.collect()
    }

    /// The roles as checkboxes: held ones ticked; what the acting person can neither give nor take stays as it is.
    fn choices<P: HasRoles>(
        &self,
        scope: &Managing<P>,
        user: UserId,
        ticked: &[String],
    ) -> Vec<Choice> {
        let actor = Actor {
            user: scope.person().id,
            here: scope.resolution(),
        };
        let mut choices = users::givable(scope.account(), scope.resolution(), ticked);
        for choice in &mut choices {
            let Some(role) = Role::parse(&choice.value) else {
                continue;
            };
            choice.chosen = ticked.contains(&choice.value);
            if self.direct.iter().any(|held| held.role == role) {
                choice.refused = actor.may_take(role, user).is_err();
            }
        }
        choices
    }
}

/// The form.
pub async fn edit<P: HasRoles>(
    gate: Gate<P, UsersManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let user = at.user()?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let standing = standing(conn, &inside, scope, user)?;
            let ticked = standing.keys();
            Ok(form(scope, (user, &standing), &ticked, Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form<P: HasRoles>(
    scope: &Managing<P>,
    (user, standing): (UserId, &Standing),
    ticked: &[String],
    errors: Errors,
) -> MemberRolesPage {
    let account = scope.account();
    let (label, list) = P::list(scope);
    MemberRolesPage {
        shell: scope
            .shell("Roles")
            .named(format!("Roles of {}", standing.name))
            .crumb(label, &list)
            .here()
            .with_errors(&errors),
        errors,
        action: P::person(scope, user),
        name: standing.name.clone(),
        place: scope.place().name(account).to_owned(),
        roles: standing.choices(scope, user, ticked),
        seen: standing.keys(),
        otherwise: standing.otherwise.clone(),
        about_roles: urls::roles(&account.slug),
        cancel: list,
    }
}

/// What the form came to.
enum Outcome {
    Form(Box<MemberRolesPage>),
    Review(Box<ReviewRolesPage>),
    Changed { name: String, list: String },
}

/// What was posted.
#[derive(Clone)]
struct Posted {
    ticked: Vec<String>,
    seen: Vec<String>,
    confirmed: bool,
    grants: Vec<GrantId>,
}

/// The form sent in: first the review, then, confirmed, the change.
pub async fn change<P: HasRoles>(
    gate: Gate<P, UsersManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let user = at.user()?;
    let ticked = form.list("role");
    let posted = Posted {
        grants: ticked.iter().map(|_| GrantId::new()).collect(),
        ticked,
        seen: form.list("seen"),
        confirmed: form.has("confirmed"),
    };
    let inside = app.clone();
    let outcome = app
        .write(gate, move |conn, scope| {
            decide(conn, &inside, scope, user, &posted)
        })
        .await?;
    match outcome {
        Outcome::Form(page) => html::again(&app, &page.shell, &*page),
        Outcome::Review(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Changed { name, list } => Redirect::to(list)
            .success(format!("The roles of {name} were changed."))
            .respond(&app),
    }
}

fn decide<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    user: UserId,
    posted: &Posted,
) -> Result<Outcome> {
    let standing = standing(conn, app, scope, user)?;
    let again = |message: &str| {
        let mut errors = Errors::new();
        errors.add("role", message);
        let page = form(scope, (user, &standing), &posted.ticked, errors);
        Ok(Outcome::Form(Box::new(page)))
    };
    let mut now = standing.keys();
    let mut seen = posted.seen.clone();
    now.sort_unstable();
    seen.sort_unstable();
    if now != seen {
        return again("Somebody changed these roles meanwhile: this is how they stand now");
    }
    let mut given: Vec<(Role, GrantId)> = Vec::new();
    for (key, grant) in posted.ticked.iter().zip(&posted.grants) {
        let Some(role) = Role::parse(key) else {
            return again("Select roles from this list");
        };
        let held = standing.direct.iter().any(|held| held.role == role);
        if !held && !given.iter().any(|(known, _)| *known == role) {
            given.push((role, *grant));
        }
    }
    // A box that cannot be unticked is not sent: what may not be taken stays.
    let actor = Actor {
        user: scope.person().id,
        here: scope.resolution(),
    };
    let unticked = |held: &&Held| !posted.ticked.iter().any(|key| key == held.role.as_str());
    let taken = standing.direct.iter().filter(unticked);
    let taken: Vec<&Held> = taken
        .filter(|held| actor.may_take(held.role, user).is_ok())
        .collect();
    if given.is_empty() && taken.is_empty() {
        return again("Tick or untick a role first");
    }
    if !posted.confirmed {
        let page = review(scope, (user, &standing), posted, (&given, &taken));
        return Ok(Outcome::Review(Box::new(page)));
    }
    for role in given {
        members::give(conn, app, scope, &standing.found, role, user)?;
    }
    for held in taken {
        if !members::may(conn, app, scope, (Act::Take, held))? {
            return again("You can no longer take one of these roles away");
        }
        members::revoke(conn, scope, held)?;
    }
    Ok(Outcome::Changed {
        name: standing.name.clone(),
        list: P::list(scope).1,
    })
}

fn review<P: HasRoles>(
    scope: &Managing<P>,
    (user, standing): (UserId, &Standing),
    posted: &Posted,
    (given, taken): (&[(Role, GrantId)], &[&Held]),
) -> ReviewRolesPage {
    let account = scope.account();
    let name = &standing.name;
    let mut changes: Vec<String> = Vec::new();
    for (role, _) in given {
        let Role::Builtin(builtin) = *role;
        changes.push(format!(
            "{name} gets {}: {}",
            role.label(),
            Builtin::description(builtin)
        ));
    }
    for held in taken {
        changes.push(format!("{name} loses {}.", held.role.label()));
    }
    for kept in &standing.otherwise {
        changes.push(format!("{name} keeps {kept}."));
    }
    let left = standing.direct.len().saturating_add(given.len()) == taken.len();
    if left && standing.otherwise.is_empty() {
        changes.push(format!(
            "{name} then holds no role on {} itself. Roles on a part of it stay.",
            scope.place().name(account)
        ));
    }
    let (label, list) = P::list(scope);
    changes.push(P::REACHES.to_owned());
    ReviewRolesPage {
        shell: scope
            .shell("Review")
            .named(format!("Change the roles of {name}?"))
            .crumb(label, &list)
            .here(),
        action: P::person(scope, user),
        name: name.clone(),
        place: scope.place().name(account).to_owned(),
        roles: posted.ticked.clone(),
        seen: posted.seen.clone(),
        changes,
        cancel: list,
    }
}
