//! The page of a leaver: who takes over, what is handed over, and the act.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::model::{
    self, Hanging, Hung, Manager as Managing, Order, hand_over, hanging, successor,
};
use super::pages::HandoverPage;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, MailId, UserId};
use crate::error::{Error, Result};
use crate::users::{self, Listed, showing};
use crate::web::field;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::{Choice, count};

type Manager = Gate<Whole, Somewhere<UsersManage>>;

/// Longest reason, in characters.
const REASON: usize = 500;

/// The person that the address names.
#[derive(Clone, Debug, Deserialize)]
pub struct InUrl {
    user: String,
}

impl InUrl {
    /// Their id; what is none names nobody.
    fn user(&self) -> Result<UserId> {
        self.user.parse().map_err(|_| Error::NotFound)
    }
}

/// What was chosen and typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    q: String,
    to: String,
    /// The ticked roles; none: the page has not asked yet.
    roles: Option<Vec<String>>,
    reason: String,
    tell: bool,
    /// What the page listed: [`stamp`].
    seen: String,
    /// Whether something came since.
    overtaken: bool,
}

/// What hangs on somebody, and who could take it over.
pub async fn show(
    gate: Manager,
    at: web::Path<InUrl>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let (user, inside) = (at.user()?, app.clone());
    let find = query.has("find");
    let typed = Typed {
        q: query.search("q")?,
        // Whoever looks for others has chosen nobody yet.
        to: if find {
            String::new()
        } else {
            query.text("to")?
        },
        tell: true,
        ..Typed::default()
    };
    // Sent in with nobody chosen and nothing to find them by.
    let is_blank = !find && query.has("to") && typed.to.is_empty() && typed.q.is_empty();
    let page = app
        .read(gate, move |conn, scope| {
            let mut errors = Errors::new();
            if is_blank {
                errors.add("to", "Choose who takes over");
            }
            page(conn, &inside, scope, (user, &typed), errors)
        })
        .await?;
    if is_blank {
        html::again(&app, &page.shell, &page)
    } else {
        html::ok(&app, &page.shell, &page)
    }
}

/// Who takes over, if somebody is chosen who can. An id that is none names nobody.
fn chosen(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (user, typed): (UserId, &Typed),
) -> Result<Option<Listed>> {
    if typed.to.is_empty() {
        return Ok(None);
    }
    let to = typed.to.parse().map_err(|_| Error::NotFound)?;
    let found = successor(conn, app, scope, (user, to))?;
    found.map(Some).ok_or(Error::NotFound)
}

fn page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (user, typed): (UserId, &Typed),
    errors: Errors,
) -> Result<HandoverPage> {
    let to = chosen(conn, app, scope, (user, typed))?;
    let hanging = hanging(conn, app, scope, (user, to.as_ref().map(|row| row.id)))?;
    let account = scope.account();
    let slug = &account.slug;
    let row = &hanging.ending.shown.row;
    let name = showing::name(row);
    let reach = users::reach(conn, app.roles(), scope)?;
    let found = users::askable(conn, account.id, &reach, (&typed.q, users::CANDIDATES))?;
    let people = found
        .rows
        .iter()
        .filter(|one| one.status == "active" && one.id != user);
    let choice = |one: &Listed| {
        let label = format!("{} ({})", showing::name(one), one.email);
        Choice::new(
            one.id.to_string(),
            label,
            to.as_ref().is_some_and(|to| to.id == one.id),
        )
    };
    let (roles, left) = roles(&hanging, scope, typed);
    let (hangs, means) = (hangs(&hanging), means(&hanging, to.as_ref(), &name));
    Ok(HandoverPage {
        seen: stamp(&hanging, (&hangs, &means)),
        overtaken: typed.overtaken,
        shell: scope
            .shell("Hand over")
            .crumb("User Management", urls::user_management(slug))
            .crumb(name.clone(), urls::user(slug, user))
            .here()
            .with_errors(&errors),
        errors,
        hangs,
        nothing: hanging.is_empty(),
        action: urls::hand_over(slug, user),
        q: typed.q.clone(),
        people: people.map(choice).collect(),
        searched: found.more || !typed.q.is_empty(),
        rest: users::rest(found.more),
        means,
        to: to.map(|to| (to.id.to_string(), showing::name(&to))),
        roles,
        left,
        reason: typed.reason.clone(),
        tell: (format!("Tell {} by email", row.first_name), typed.tell),
        deactivate: urls::deactivate(slug, user),
        cancel: urls::user(slug, user),
        name,
    })
}

/// What the page lists, in short: each role with who else holds it and why it stays, each invitation and each request, and
/// what is said about them. Another list by the time of *Submit* was agreed to by nobody.
fn stamp(hanging: &Hanging, (hangs, means): (&[String], &[String])) -> String {
    let mut digest = Sha256::new();
    for hung in &hanging.roles {
        digest.update(hung.held.grant.uuid().as_bytes());
        digest.update([u8::from(hung.only)]);
        digest.update(hung.barred.as_deref().unwrap_or_default());
    }
    for person in &hanging.invitations {
        digest.update(person.uuid().as_bytes());
    }
    for request in &hanging.asked.these {
        digest.update(request.uuid().as_bytes());
    }
    for sentence in hangs.iter().chain(means) {
        digest.update(sentence);
        digest.update([0]);
    }
    format!("{:x}", digest.finalize())
}

/// What hangs on them beside roles.
fn hangs(hanging: &Hanging) -> Vec<String> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let sent = number(hanging.invitations.len());
    let asked = number(hanging.asked.for_others);
    let own = number(hanging.asked.for_them);
    let mut all = vec![
        (sent > 0, format!("{} that they sent, not accepted yet", count(sent, "invitation"))),
        (asked > 0, format!("{} that they made for others, not decided yet", count(asked, "request"))),
        (own > 0, format!("{} for a role of their own, not decided yet: withdrawn", count(own, "request"))),
        (
            hanging.importing,
            "An import that they ordered and that is at work: the rows that are left will be refused. Wait until it is finished".to_owned(),
        ),
    ];
    all.retain(|(is, _)| *is);
    all.into_iter().map(|(_, words)| words).collect()
}

/// The roles to tick, and those that are left with why. A role that nobody else holds there is ticked from the start.
fn roles(
    hanging: &Hanging,
    scope: &Managing,
    typed: &Typed,
) -> (Vec<Choice>, Vec<(String, String)>) {
    let label = |hung: &Hung| {
        let place = showing::place(&hung.held, scope.account());
        format!("{} · {place}", hung.held.role.label())
    };
    let (mut offered, mut left) = (Vec::new(), Vec::new());
    for hung in &hanging.roles {
        match &hung.barred {
            Some(why) => left.push((label(hung), why.clone())),
            None => {
                let id = hung.held.grant.to_string();
                let ticked = typed
                    .roles
                    .as_ref()
                    .map_or(hung.only, |roles| roles.contains(&id));
                let mut choice = Choice::new(id, label(hung), ticked);
                if hung.only {
                    choice.hint = "Nobody else holds this role there.".into();
                }
                offered.push(choice);
            }
        }
    }
    (offered, left)
}

/// What happens beside the roles.
fn means(hanging: &Hanging, to: Option<&Listed>, name: &str) -> Vec<String> {
    let Some(to) = to else {
        return Vec::new();
    };
    let to = showing::name(to);
    let mut means = Vec::new();
    if !hanging.invitations.is_empty() {
        means.push(format!(
            "{to} stands behind the invitations, with the roles that {to} may give."
        ));
    }
    let asked = &hanging.asked;
    if asked.for_others > asked.staying {
        means.push(format!(
            "The requests for others go on in the name of {to}, as far as {to} manages users there. Who decides: {}.",
            showing::listed(&asked.deciders)
        ));
    }
    if asked.staying > 0 {
        let stay = if asked.staying == 1 { "stays" } else { "stay" };
        means.push(format!(
            "{} {stay} in the name of {name}: {to} is needed for the decision, and nobody decides about what they asked for themselves.",
            count(i64::try_from(asked.staying).unwrap_or(i64::MAX), "request")
        ));
    }
    means.push(if hanging.ending.home {
        format!("{name} is signed out now, everywhere, and is deactivated.")
    } else {
        format!(
            "{name} is deactivated here. Their login and what it opens elsewhere are not touched."
        )
    });
    means.push(format!(
        "The roles of {name} are kept, so that they can be given back when they return."
    ));
    if hanging.more {
        means.push(format!(
            "Only the first {} roles can be handed over here.",
            model::MOST
        ));
    }
    means
}

enum Outcome {
    Done(String, String),
    Again(Box<HandoverPage>),
}

/// Hands over and deactivates.
pub async fn submit(
    gate: Manager,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed {
        q: String::new(),
        to: form.text("to")?,
        roles: Some(form.list("role")),
        reason: form.text("reason")?,
        tell: form.has("tell"),
        seen: form.text("seen")?,
        overtaken: false,
    };
    let slug = gate.account_slug().to_owned();
    let (user, inside, mail) = (at.user()?, app.clone(), MailId::new());
    let ticked = typed.roles.iter().flatten();
    let ticked: Option<Vec<(GrantId, GrantId)>> = ticked
        .map(|id| Some((id.parse().ok()?, GrantId::new())))
        .collect();
    let ticked = ticked.ok_or(Error::NotFound)?;
    let outcome = app
        .write(gate, move |conn, scope| {
            let mut errors = Errors::new();
            let reason = errors.take("reason", field::paragraphs("reason", REASON, &typed.reason));
            let to = chosen(conn, &inside, scope, (user, &typed))?;
            if to.is_none() {
                errors.add("to", "Choose who takes over");
            }
            let (Some(reason), Some(to)) = (reason, to) else {
                let page = page(conn, &inside, scope, (user, &typed), errors)?;
                return Ok(Outcome::Again(Box::new(page)));
            };
            let mut now = page(conn, &inside, scope, (user, &typed), Errors::new())?;
            if now.seen != typed.seen {
                now.overtaken = true;
                return Ok(Outcome::Again(Box::new(now)));
            }
            let order = Order {
                leaver: user,
                to: to.id,
                roles: ticked.clone(),
                reason: (!reason.is_empty()).then_some(reason),
            };
            let handed = hand_over(conn, &inside, scope, &order)?;
            if typed.tell {
                users::tell(conn, &inside, scope, (mail, &handed.ending.shown), false)?;
            }
            let left = showing::name(&handed.ending.shown.row);
            Ok(Outcome::Done(left, in_words(&handed, &showing::name(&to))))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Done(left, words) => Redirect::to(urls::user_management(&slug))
            .success(format!("{left} was deactivated. {words}"))
            .link("Reactivate", urls::reactivate(&slug, user))
            .respond(&app),
    }
}

/// What somebody took over.
fn in_words(handed: &model::Handed, to: &str) -> String {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let parts = [
        (number(handed.roles), "role"),
        (number(handed.invitations.people), "invitation"),
        (number(handed.requests.moved), "request"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, noun)| count(many, noun))
        .collect();
    let mut words = if told.is_empty() {
        format!("{to} took nothing over.")
    } else {
        format!("{to} took over {}.", told.join(", "))
    };
    if handed.requests.stayed > 0 {
        let stayed = count(number(handed.requests.stayed), "request");
        let stay = if handed.requests.stayed == 1 {
            "stays"
        } else {
            "stay"
        };
        words.push_str(&format!(
            " {stayed} {stay} as it was asked, and can still be decided."
        ));
    }
    if handed.invitations.left > 0 {
        let left = count(number(handed.invitations.left), "role");
        words.push_str(&format!(
            " {left} of invitations may not be given by {to} and will fall away."
        ));
    }
    words
}
