//! One request, for those in its account who get to see it.

use actix_web::{HttpResponse, web};

use super::InUrl;
use crate::access::gate::Gate;
use crate::access::permission::{PermissionSet, Visible};
use crate::access::place::Whole;
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{RequestId, Ts, UserId};
use crate::error::Result;
use crate::requests::deciding::{File, barred, file};
use crate::requests::hindering::in_the_way;
use crate::requests::listing;
use crate::requests::model::{State, find};
use crate::requests::pages::{DecideForm, RequestPage};
use crate::requests::showing::{self, Names};
use crate::sessions::proving;
use crate::users;
use crate::web::form::Errors;
use crate::web::html;
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::{moment, relative};

/// For an Owner whose request waits, and nobody is left who could approve it.
const ASK_AGAIN: &str = "Nobody is left who could approve this. Withdraw this and ask again: with nobody else there, the request of an Owner counts as an approval.";

const ONE_MORE: &str = "You have approved this. Somebody else has to approve it too.";
/// For whoever approved, where nobody else has to any more, or their approval has come to count again.
const ENOUGH: &str =
    "You approved this before, and by now your approval is enough. Approve once more to go on.";

/// One request.
pub async fn show(
    gate: Gate<Whole, Visible>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let (id, inside) = (at.request()?, app.clone());
    let page = app
        .read(gate, move |conn, scope| {
            one(conn, &inside, scope, id, (Errors::new(), ""))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The page, with what was typed into its form.
pub(super) fn one(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Visible>,
    id: RequestId,
    (errors, words): (Errors, &str),
) -> Result<RequestPage> {
    let (account, me, now) = (scope.account(), scope.person().id, scope.now());
    let request = find(conn, app, scope, id)?;
    let named = (account.name.as_str(), Some(me));
    let file = file(conn, app, request, named, now)?;
    let back = if listing::sees_list(app, scope) {
        urls::requests(&account.slug)
    } else {
        urls::MY_REQUESTS.to_owned()
    };
    let shell = scope
        .shell("Request")
        .crumb("Requests", back)
        .with_errors(&errors);
    let mut page = page(conn, app, (&file, now), shell, (errors, None))?;
    let open = file.request.state.is_open();
    if file.request.state == State::Waiting {
        let stuck = in_the_way(conn, app, &file.request, now)?;
        let (may, note) = standing(&file, me, stuck);
        page.barred = note;
        page.decide = may.map(|approve| DecideForm {
            action: urls::decide_request(&account.slug, id),
            words: words.to_owned(),
            proof: proving::is_needed(app, scope),
            approve: approve.then_some("Approve"),
        });
    }
    // Where it lies is for whoever decides, and not for who knows it by its name alone.
    if let (true, true, Some(found)) = (
        file.request.is_hidden(),
        barred(&file, me).is_none(),
        &file.found,
    ) {
        let within = found.organization.clone().unwrap_or_default();
        page.facts.push(("Lies in", within, None));
    }
    page.withdraw =
        (open && file.request.requester == me).then(|| urls::withdraw_request(&account.slug, id));
    Ok(page)
}

/// What the reader can do about a request that waits: decide (and approve, not only refuse) or not, and what there is to
/// say about it.
fn standing(file: &File, me: UserId, stuck: Option<String>) -> (Option<bool>, Option<String>) {
    let case = file.case();
    if file.request.requester == me && case.waits_for_nobody() {
        return (None, Some(ASK_AGAIN.to_owned()));
    }
    if let Some(why) = barred(file, me) {
        return (None, Some(why));
    }
    if let Some(why) = stuck {
        return (Some(false), Some(only_refused(why)));
    }
    match (file.approved.contains(&me), case.is_complete()) {
        (false, _) => (Some(true), None),
        (true, true) => (Some(true), Some(ENOUGH.to_owned())),
        (true, false) => (None, Some(ONE_MORE.to_owned())),
    }
}

/// Why a request can only be refused.
pub(super) fn only_refused(why: String) -> String {
    format!("{why} The request can only be refused.")
}

/// What every reader of a request sees.
pub(super) fn page(
    conn: &mut Conn,
    app: &App,
    (file, now): (&File, Ts),
    shell: Shell,
    (errors, account): (Errors, Option<String>),
) -> Result<RequestPage> {
    let request = &file.request;
    let mut ids: Vec<UserId> = listing::people_of(&[request]);
    ids.extend(file.decisions.iter().map(|one| one.decider));
    let names: Names = users::names(conn, request.account, ids)?;
    let mut until = None;
    let held = match &file.found {
        Some(found) if request.state.is_open() => {
            let grants = grants_of(conn, request.account, request.person)?;
            let mut same = grants.iter().filter(|held| {
                held.role.as_str() == request.role.key() && held.scope.is_at(&request.scope)
            });
            until = same
                .find(|held| held.in_force(now))
                .and_then(|held| held.ends_at);
            Some(resolve::permissions(
                app.roles(),
                &grants,
                &found.standing(),
                now,
            ))
        }
        _ => None,
    };
    let gains = |held: PermissionSet| showing::gains(app, file, held);
    Ok(RequestPage {
        shell: shell.named(format!(
            "{} role for {}",
            request.role.label(),
            showing::named(&names, request.person)
        )),
        errors,
        status: showing::status(request, &names),
        facts: facts(file, &names, (account, until), now),
        reason: request.reason.clone(),
        said: showing::said(&file.decisions, &names),
        gains: held.map(gains).unwrap_or_default(),
        next: showing::next(file),
        decide: None,
        barred: None,
        withdraw: None,
    })
}

fn facts(
    file: &File,
    names: &Names,
    (account, until): (Option<String>, Option<Ts>),
    now: Ts,
) -> Vec<(&'static str, String, Option<String>)> {
    let request = &file.request;
    let gone = file.found.is_none().then(|| "no longer there".to_owned());
    let archived = file.found.as_ref().filter(|found| found.archived);
    let gone = gone.or(archived.map(|_| "archived".to_owned()));
    let taken_over = request.asked_by.map(|_| {
        let by = showing::named(names, request.requester);
        format!("who has left; taken over by {by}")
    });
    let mut facts = vec![
        ("For", showing::named(names, request.person), None),
        (
            "Asked by",
            showing::named(names, request.asker()),
            taken_over,
        ),
        (
            "Role",
            request.role.label().to_owned(),
            file.role.is_none().then(|| "deleted since".to_owned()),
        ),
        ("Where", request.place_in_words(), gone),
    ];
    facts.extend(account.map(|name| ("Account", name, None)));
    facts.extend(until.map(|end| {
        let held = format!("{} until {}", request.role.label(), moment(end));
        ("Held now", held, Some("approved, it has no end".to_owned()))
    }));
    let age = relative(request.created_at, now);
    facts.push(("Asked", moment(request.created_at), Some(age)));
    if let Some(at) = request.ended_at() {
        facts.push(("Ended", moment(at), None));
    }
    facts
}

/// For the other handlers of a request: its page after an answer that asks for more.
pub(super) fn errors_at(field: &'static str, why: String) -> Errors {
    let mut errors = Errors::new();
    errors.add(field, why);
    errors
}
