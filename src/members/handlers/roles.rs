//! The roles of one person on an organization, a group or the account: ticked, reviewed in plain words, and only then changed (rules 11, 17).

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{BELOW, HasRoles, key, parse, with_below};
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::give::{Act, Actor};
use crate::access::permission::{Key, UsersManage};
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Resolution};
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::pages::{MemberRolesPage, ReviewRolesPage};
use crate::members::{self, During, Held, Target};
use crate::users::{self, Listed, showing};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

mod reviewing;

use reviewing::review;

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
    row: Listed,
    name: String,
    /// What they hold on the place itself.
    direct: Vec<Held>,
    /// What reaches it by another way, in words.
    otherwise: Vec<String>,
    found: members::Found,
    /// What the acting person holds on the place with everything below it, if there can be any.
    below: Option<Resolution>,
    /// The roles that there are.
    known: AccountRoles,
}

/// Reads it. Nobody's own roles are changed here, and who lies outside of the reader's reach is not there (S6).
fn standing<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    user: UserId,
) -> Result<Standing> {
    if user == scope.person().id {
        let sentence = "Nobody changes their own roles: ask somebody else who manages users.";
        return Err(Refusal::new("role", sentence).to(scope));
    }
    let account = scope.account();
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let shown = users::find(conn, scope, &reach, user)?;
    let target = scope.place().target(account);
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
        row: shown.row,
        direct,
        otherwise,
        found,
        below: with_below(app, scope),
        known: AccountRoles::load(conn, account.id)?,
    })
}

impl Standing {
    /// From when on and until when the role is held there now, which stays so when only its reach changes.
    fn during(&self, role: &Role, now: Ts) -> During {
        let mut held = self.direct.iter().filter(|held| held.role == *role);
        let held = held.find(|held| !held.extent().is_over(now));
        held.map_or((None, None), |held| (held.starts_at, held.ends_at))
    }

    fn keys(&self) -> Vec<String> {
        self.direct.iter().map(key).collect()
    }

    /// Whether the acting person may take it away where it stands; ownership is passed on by its own page.
    fn may_take<P: HasRoles>(&self, scope: &Managing<P>, held: &Held) -> bool {
        if held.role == Builtin::Owner.into() {
            return false;
        }
        let here = match &self.below {
            Some(below) if held.is_below() => below,
            _ => scope.resolution(),
        };
        let actor = Actor {
            user: scope.person().id,
            here,
            roles: scope.role_table(),
        };
        actor.may_take(&held.role, held.user).is_ok()
    }

    /// The roles that the acting person cannot take away, as the form says them.
    fn kept<P: HasRoles>(&self, scope: &Managing<P>) -> Vec<String> {
        let held = self.direct.iter();
        let stays = held.filter(|held| !self.may_take(scope, held));
        stays.map(key).collect()
    }

    /// The roles as checkboxes: held ones ticked; what the acting person can neither give nor take stays as it is.
    fn choices<P: HasRoles>(
        &self,
        scope: &Managing<P>,
        (here, below): (&Resolution, bool),
        ticked: &[String],
    ) -> Vec<Choice> {
        let account = scope.account();
        let place = scope.place().target(account);
        let request = urls::new_request_of(&account.slug, self.row.id, (&place, below));
        let mut choices = users::givable(scope, (&self.known, here, Some(&request)), &[]);
        let owns = self
            .direct
            .iter()
            .any(|held| held.role == Builtin::Owner.into());
        choices.retain(|choice| owns || choice.value != Builtin::Owner.key());
        for choice in &mut choices {
            if below {
                choice.value.push_str(BELOW);
            }
            choice.chosen = ticked.contains(&choice.value);
            if let Some(held) = self.direct.iter().find(|held| key(held) == choice.value) {
                choice.refused = !self.may_take(scope, held);
                // What is held already is not asked for.
                if choice.instead.take().is_some() {
                    choice.hint = account.says_of(scope.role_table(), &held.role);
                    if choice.refused {
                        choice.hint.push_str(" Taken away by: An Admin or Owner.");
                    }
                }
            }
        }
        choices
    }

    /// The same with everything below: for whoever manages users there, or where something is held already.
    fn choices_below<P: HasRoles>(&self, scope: &Managing<P>, ticked: &[String]) -> Vec<Choice> {
        match &self.below {
            Some(here)
                if here.permissions.allows::<UsersManage>()
                    || self.direct.iter().any(Held::is_below) =>
            {
                self.choices(scope, (here, true), ticked)
            }
            _ => Vec::new(),
        }
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
        roles: standing.choices(scope, (scope.resolution(), false), ticked),
        below: standing.choices_below(scope, ticked),
        seen: standing.keys(),
        kept: standing.kept(scope),
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
    kept: Vec<String>,
    confirmed: bool,
    grants: Vec<GrantId>,
    change: ChangeId,
}

/// The form sent in: first the review, then, confirmed, the change.
pub async fn change<P: HasRoles>(
    gate: Gate<P, UsersManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let user = at.user()?;
    let mut ticked = form.list("role");
    ticked.extend(form.list("below"));
    let posted = Posted {
        grants: ticked.iter().map(|_| GrantId::new()).collect(),
        ticked,
        seen: form.list("seen"),
        kept: form.list("kept"),
        confirmed: form.has("confirmed"),
        change: ChangeId::new(),
    };
    let slug = gate.account_slug().to_owned();
    let undo = posted.change.to_string();
    let inside = app.clone();
    let outcome = app
        .write_ending(gate, move |conn, scope| {
            decide(conn, &inside, scope, user, &posted)
        })
        .await?;
    match outcome {
        Outcome::Form(page) => html::again(&app, &page.shell, &*page),
        Outcome::Review(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Changed { name, list } => Redirect::to(list)
            .success(format!("The roles of {name} were changed."))
            .undo(urls::undo_user(&slug, user), &[("change", &undo)])
            .respond(&app),
    }
}

/// A role that is to be held: whether with everything below, from when on and until when, and the id of its grant.
type Wish = (Role, bool, During, GrantId);

/// Ownership is offered and accepted: nobody gets it here. A form that was changed by hand reads which gate says so.
fn refuse_ownership<P: HasRoles>(
    app: &App,
    scope: &Managing<P>,
    (user, standing): (UserId, &Standing),
    wanted: &Wanted,
) -> Result<()> {
    let owner = Role::from(Builtin::Owner);
    if wanted.contains_key(&owner) {
        members::may_give(app, scope, &standing.found, &owner, user)?;
    }
    Ok(())
}

/// What is ticked, each role once: with everything below it means the organization itself, too.
type Wanted = BTreeMap<Role, (bool, GrantId)>;

fn wanted(known: &AccountRoles, posted: &Posted) -> Result<Wanted> {
    let mut all = BTreeMap::new();
    for (ticked, grant) in posted.ticked.iter().zip(&posted.grants) {
        let (role, below) = parse(known, ticked)?;
        let wish = all.entry(role).or_insert((below, *grant));
        wish.0 |= below;
    }
    Ok(all)
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
    let all = wanted(&standing.known, posted)?;
    refuse_ownership(app, scope, (user, &standing), &all)?;
    let (given, taken) = standing.differences(&all, posted, scope.now());
    if let Some(held) = taken.iter().find(|held| !standing.may_take(scope, held)) {
        let place = scope.place().name(scope.account());
        let sentence = format!("You cannot take the role {} away on {place}.", held.role);
        let lacks = members::lacks(conn, app, scope, (Act::Take, held))?;
        return Err(Refusal::new("role", sentence).lacking(lacks).to(scope));
    }
    if given.is_empty() && taken.is_empty() {
        return again("Tick or untick a role first");
    }
    if !posted.confirmed {
        let page = review(conn, app, scope, (user, &standing), (posted, &given))?;
        return Ok(Outcome::Review(Box::new(page)));
    }
    let former = members::former(conn, scope.account().id, user)?;
    for held in taken {
        if !members::may(conn, app, scope, (Act::Take, held))? {
            return again("You can no longer take one of these roles away");
        }
        members::revoke(conn, scope, held)?;
    }
    for (role, below, during, grant) in given {
        let found = standing.found.clone();
        let found = if below { found.with_below() } else { found };
        members::give_during(conn, app, scope, &found, ((role, grant), during), user)?;
    }
    members::keep_former(conn, app, scope, (posted.change, &former))?;
    Ok(Outcome::Changed {
        name: standing.name.clone(),
        list: P::list(scope).1,
    })
}
