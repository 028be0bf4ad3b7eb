//! Deleting a role of the account: of one that is held, another comes in its place (rule 19).

use actix_web::{HttpResponse, web};
use sha2::{Digest, Sha256};

use super::InUrl;
use super::composing::touchable;
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::permission::RolesManage;
use crate::access::place::Whole;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, RoleId, UserId};
use crate::error::{Error, Result};
use crate::groups::pages::GroupReviewPage;
use crate::members::{Holding, MOST_REPLACED};
use crate::roles::meeting::Meeting;
use crate::roles::model::{self, Composing, Stored};
use crate::roles::pages::DeleteRolePage;
use crate::roles::preview::Drawn;
use crate::roles::{preview, rule};
use crate::users;
use crate::web::clash;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;

type Composer = Gate<Whole, RolesManage>;

/// What the form came to.
enum Outcome {
    Choose(Box<DeleteRolePage>),
    Review(Box<GroupReviewPage>),
    Done(String, String),
}

/// What was posted.
#[derive(Clone, Default)]
struct Posted {
    replacement: String,
    seen: String,
    version: i64,
    sent: bool,
    confirmed: bool,
}

/// What deleting a role does; of one that is held, what comes in its place.
pub async fn confirm(gate: Composer, at: web::Path<InUrl>, app: App) -> Result<HttpResponse> {
    let id = at.role()?;
    let inside = app.clone();
    let outcome = app
        .read(gate, move |conn, scope| {
            decide(conn, &inside, scope, (id, &Posted::default()), None)
        })
        .await?;
    answer(&app, outcome)
}

/// Deletes a role, once what it does was looked at.
pub async fn delete(
    gate: Composer,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.role()?;
    let posted = Posted {
        replacement: form.text("replacement")?,
        seen: form.text("seen")?,
        version: clash::version(&form)?,
        sent: true,
        confirmed: form.has("confirmed"),
    };
    let inside = app.clone();
    let made = Made::new();
    let outcome = app
        .write(gate, move |conn, scope| {
            let made = posted.confirmed.then_some(&made);
            decide(conn, &inside, scope, (id, &posted), made)
        })
        .await?;
    answer(&app, outcome)
}

fn answer(app: &App, outcome: Outcome) -> Result<HttpResponse> {
    match outcome {
        Outcome::Choose(page) if page.errors.is_empty() => html::ok(app, &page.shell, &*page),
        Outcome::Choose(page) => html::again(app, &page.shell, &*page),
        Outcome::Review(page) => html::ok(app, &page.shell, &*page),
        Outcome::Done(to, words) => Redirect::to(to).success(words).respond(app),
    }
}

/// What is made before the transaction, so that it stays the same when that is run again.
struct Made {
    change: ChangeId,
    grants: Vec<GrantId>,
}

impl Made {
    fn new() -> Self {
        Self {
            change: ChangeId::new(),
            grants: (0..MOST_REPLACED).map(|_| GrantId::new()).collect(),
        }
    }
}

/// What deleting the role comes to: worked out for the review, and again in the act.
struct Plan<'a> {
    /// What comes in its place; none: nobody holds it.
    chosen: Option<&'a Role>,
    /// What that comes to.
    drawn: Option<Drawn>,
    /// Where somebody holds the other one already.
    meeting: Meeting,
    /// For how many who came back it waits (S4).
    waiting: usize,
    /// Tells it from what it comes to after any change.
    seen: String,
}

impl<'a> Plan<'a> {
    fn make(
        conn: &mut Conn,
        app: &App,
        scope: &Composing,
        (stored, holding, chosen): (&Stored, &Holding, Option<&'a Role>),
    ) -> Result<Self> {
        let own = Role::Custom(stored.role.clone());
        let (drawn, meeting) = match chosen {
            None => (None, Meeting::default()),
            Some(other) => (
                Some(preview::draw(conn, app, scope, (&own, other))?),
                Meeting::of(conn, scope, holding, other)?,
            ),
        };
        let waiting = model::waiting(conn, scope.account().id, &stored.role)?;
        let mut digest = Sha256::new();
        for held in holding.own() {
            digest.update(held.grant.uuid().as_bytes());
        }
        digest.update(waiting.to_string());
        digest.update(drawn.as_ref().map_or("", |drawn| drawn.seen.as_str()));
        Ok(Self {
            chosen,
            drawn,
            meeting,
            waiting,
            seen: preview::hex(digest),
        })
    }
}

fn refusal(scope: &Composing, sentence: String) -> Error {
    Refusal::new("role", sentence).to(scope)
}

fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (id, posted): (RoleId, &Posted),
    made: Option<&Made>,
) -> Result<Outcome> {
    let stored = touchable(conn, app, scope, id)?;
    let name = &stored.role.name;
    if rule::holds(scope, &stored.role) {
        let why = "You hold this role yourself, and nobody changes their own roles";
        return Err(refusal(
            scope,
            format!("{why}. Ask somebody else who manages roles to delete {name}."),
        ));
    }
    let role = Role::Custom(stored.role.clone());
    let Some(holding) = Holding::load(conn, scope.account().id, &role)? else {
        let why = format!(
            "{name} is held more than {MOST_REPLACED} times, the most that one act replaces."
        );
        return Err(Error::Conflict(format!(
            "{why} Take it away from some in User Management first."
        )));
    };
    let known = AccountRoles::load(conn, scope.account().id)?;
    let chosen = match posted.replacement.as_str() {
        "" => None,
        key => match known.sent(key)? {
            same if same == role => return Err(Error::NotFound),
            other => Some(other),
        },
    };
    let mut errors = Errors::new();
    if !holding.is_nobodys() && chosen.is_none() {
        if posted.sent {
            errors.add("replacement", "Choose which role its holders get instead");
        }
        let page = choose(scope, (&stored, &holding, &known), errors);
        return Ok(Outcome::Choose(Box::new(page)));
    }
    // Nobody's role needs none in its place.
    let chosen = chosen.filter(|_| !holding.is_nobodys());
    let plan = Plan::make(conn, app, scope, (&stored, &holding, chosen.as_ref()))?;
    let is_agreed = posted.version == stored.version && posted.seen == plan.seen;
    let can_be = plan.meeting.torn.is_empty();
    let Some(made) = made.filter(|_| is_agreed && can_be) else {
        // What would be refused is refused before it is looked at; `replace` asks again in the act.
        if let Some(other) = &chosen {
            holding.ask(conn, app, scope, other)?;
        }
        let late = posted.confirmed && !is_agreed;
        let page = review(conn, app, scope, (&stored, &plan), late)?;
        return Ok(Outcome::Review(Box::new(page)));
    };
    let people = holders_of(&holding);
    if let Some(other) = &chosen {
        let new = (other, made.change, made.grants.as_slice());
        holding.replace(conn, app, scope, new)?;
    }
    let replacement = chosen.as_ref().map(Role::as_str);
    model::delete(conn, scope, (&stored, replacement), people.len())?;
    Ok(Outcome::Done(
        urls::roles(&scope.account().slug),
        match &chosen {
            None => format!("The role {name} was deleted."),
            Some(other) => format!("The role {name} was deleted. Who held it holds {other} now."),
        },
    ))
}

/// The page that asks what comes in its place: roles that the acting person may give wherever it is held.
fn choose(
    scope: &Composing,
    (stored, holding, known): (&Stored, &Holding, &AccountRoles),
    errors: Errors,
) -> DeleteRolePage {
    let (slug, role) = (&scope.account().slug, &stored.role);
    let own = Role::Custom(role.clone());
    let mut choices = users::givable(scope, (known, scope.resolution(), None), &[]);
    choices.retain(|choice| !choice.refused && choice.value != own.as_str());
    // Ownership is offered and accepted, one by one.
    choices.retain(|choice| choice.value != Builtin::Owner.key());
    let places = holding.own().count();
    let holders = preview::holders(holders_of(holding).len());
    DeleteRolePage {
        shell: scope
            .shell("Delete role")
            .named(format!("Delete {}?", role.name))
            .crumb("Roles", urls::roles(slug))
            .crumb(&role.name, urls::role(slug, role.id))
            .here()
            .with_errors(&errors),
        errors,
        action: urls::delete_role(slug, role.id),
        name: role.name.clone(),
        sentence: if places > 1 {
            format!("{holders} It is held {places} times in all.")
        } else {
            holders
        },
        choices,
        version: stored.version,
        cancel: urls::role(slug, role.id),
    }
}

/// Who holds it, each once.
fn holders_of(holding: &Holding) -> Vec<UserId> {
    let mut people: Vec<UserId> = holding.own().map(|held| held.user).collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn review(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (stored, plan): (&Stored, &Plan<'_>),
    late: bool,
) -> Result<GroupReviewPage> {
    let (slug, role) = (&scope.account().slug, &stored.role);
    let mut changes = Vec::new();
    if late {
        changes.push("Somebody changed one of the roles, gave it or took it away meanwhile. This is how it stands now.".to_owned());
    }
    changes.push(format!(
        "{} is gone for good. What was done with it stays in the log.",
        role.name
    ));
    let mut impact = None;
    match (plan.chosen, &plan.drawn) {
        (Some(other), Some(drawn)) => {
            changes.push(format!(
                "Who holds it gets {other} instead, where they hold it and for as long."
            ));
            let preview = preview::preview(conn, app, scope, drawn)?;
            changes.push(preview.sentence);
            changes.extend(plan.meeting.grown.iter().cloned());
            impact = Some(preview.shown);
        }
        _ => changes.push("Nobody holds it.".to_owned()),
    }
    changes.extend(waits(plan));
    let heading = format!("Delete {}?", role.name);
    Ok(GroupReviewPage {
        shell: scope
            .shell("Delete role")
            .named(heading.clone())
            .crumb("Roles", urls::roles(slug))
            .crumb(&role.name, urls::role(slug, role.id))
            .here(),
        action: urls::delete_role(slug, role.id),
        heading,
        overtaken: false,
        changes,
        impact,
        refused: plan.meeting.torn.clone(),
        carried: vec![
            ("confirmed", "yes".to_owned()),
            (
                "replacement",
                plan.chosen
                    .map(|role| role.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            ("seen", plan.seen.clone()),
            (clash::FIELD, stored.version.to_string()),
        ],
        button: "Delete role",
        cancel: urls::role(slug, role.id),
    })
}

/// What becomes of the role where it waits for people who came back, until somebody who may give it confirms (S4).
fn waits(plan: &Plan<'_>) -> Option<String> {
    let who = match plan.waiting {
        0 => return None,
        1 => "1 person who was reactivated".to_owned(),
        several => format!("{several} people who were reactivated"),
    };
    Some(match plan.chosen {
        None => format!(
            "It waits for {who}, until somebody confirms it: that ends, and nothing waits in its place."
        ),
        Some(other) => {
            format!("It waits for {who}, until somebody confirms it: {other} waits in its place.")
        }
    })
}
