//! One request, for those in its account who get to see it.

use actix_web::{HttpResponse, web};

use super::InUrl;
use crate::access::gate::Gate;
use crate::access::permission::{Key, PermissionSet, Visible};
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
use crate::requests::model::{State, find, reach};
use crate::requests::pages::{DecideForm, Fact, RequestPage};
use crate::requests::place::{called, is_visible};
use crate::requests::showing::{self, Names};
use crate::requests::{listing, people, seeing};
use crate::sessions::proving;
use crate::users::{self, Listed};
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
    let all = people::concerned(conn, &file.request)?;
    let seen = seeing::seen(app, &file, &all);
    let told = told(conn, app, scope, (&file, all))?;
    let mut page = page(conn, app, (&file, now), shell, (errors, told))?;
    let open = file.request.state.is_open();
    if file.request.state == State::Waiting {
        let stuck = in_the_way(conn, app, &file, now)?;
        let (may, note) = standing(&file, me, stuck);
        page.barred = note;
        page.decide = may.map(|approve| DecideForm {
            action: urls::decide_request(&account.slug, id),
            words: words.to_owned(),
            seen,
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
        page.facts.push(fact("Lies in", within));
    }
    page.withdraw =
        (open && file.request.requester == me).then(|| urls::withdraw_request(&account.slug, id));
    Ok(page)
}

/// What of a request is told to its reader alone.
pub(super) struct Told {
    /// The account, for whoever is not in it.
    pub account: Option<String>,
    /// Those whose address the reader may know.
    pub people: Vec<Listed>,
    /// The pages of those whom the reader may look at.
    pub pages: Vec<(UserId, String)>,
    /// Whether the reader sees the place, and so what it is called now.
    pub place: bool,
    /// Whether they may go there.
    pub leads: bool,
}

/// Addresses are told to whoever manages users there, and one's own to everybody; whose page may be opened is what User
/// Management says (S6), and what the place is called now is told to whoever sees it (S5).
fn told(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Visible>,
    (file, mut people): (&File, Vec<Listed>),
) -> Result<Told> {
    let (request, account, me) = (&file.request, scope.account(), scope.person().id);
    let knows = reach(conn, app, scope)?.holds(&request.scope);
    people.retain(|one| knows || one.id == me);
    let views = users::reach_of(conn, app.roles(), scope, Key::UsersView)?;
    let ids: Vec<UserId> = people.iter().map(|one| one.id).collect();
    let pages = users::among(conn, account.id, &views, &ids)?.into_iter();
    let place = match &file.found {
        Some(found) => is_visible(conn, app, scope.grants(), (found, scope.now()))?,
        None => false,
    };
    Ok(Told {
        account: None,
        pages: pages
            .map(|one| (one.id, urls::user(&account.slug, one.id)))
            .collect(),
        people,
        place,
        leads: place,
    })
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
    (errors, told): (Errors, Told),
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
            file.role_label(),
            showing::named(&names, request.person)
        )),
        errors,
        status: showing::status(request, &names),
        facts: facts(file, &names, (told, until), now),
        reason: request.reason.clone(),
        said: showing::said(&file.decisions, &names),
        gains: held.map(gains).unwrap_or_default(),
        next: showing::next(file),
        decide: None,
        barred: None,
        withdraw: None,
    })
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact {
        label,
        value,
        href: None,
        note: None,
    }
}

/// "called North when it was asked for", where it is called otherwise now.
fn once(was: &str, is: &str) -> Option<String> {
    (was != is).then(|| format!("called {was} when it was asked for"))
}

/// What belongs to a fact, in one line.
fn noted(notes: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}

/// Somebody by name, address, and how they stand in the account.
fn somebody(
    (label, id): (&'static str, UserId),
    (names, told): (&Names, &Told),
    more: Option<&str>,
) -> Fact {
    let page = told.pages.iter().find(|(known, _)| *known == id);
    let known = people::of(&told.people, id).map(people::in_words);
    Fact {
        href: page.map(|(_, href)| href.clone()),
        note: noted([known, more.map(str::to_owned)]),
        ..fact(label, showing::named(names, id))
    }
}

fn place(file: &File, told: &Told) -> Fact {
    let request = &file.request;
    let was = request.place_in_words();
    let Some(found) = &file.found else {
        return Fact {
            note: Some("no longer there".to_owned()),
            ..fact("Where", was)
        };
    };
    let is = if told.place {
        called(request, found)
    } else {
        was.clone()
    };
    let archived = found.archived.then(|| "archived".to_owned());
    Fact {
        href: told.leads.then(|| urls::go(request.target())),
        note: noted([archived, once(&was, &is)]),
        ..fact("Where", is)
    }
}

fn facts(file: &File, names: &Names, (told, until): (Told, Option<Ts>), now: Ts) -> Vec<Fact> {
    let request = &file.request;
    let with = (names, &told);
    let mut facts = vec![somebody(("For", request.person), with, None)];
    facts.push(if request.asker() == request.person {
        fact("Asked by", "themself".to_owned())
    } else {
        let left = request.asked_by.map(|_| "has left");
        somebody(("Asked by", request.asker()), with, left)
    });
    if request.asked_by.is_some() {
        facts.push(somebody(("Taken over by", request.requester), with, None));
    }
    let label = file.role_label();
    facts.push(Fact {
        note: match &file.role {
            Some(_) => once(request.role.label(), label),
            None => Some("deleted since".to_owned()),
        },
        ..fact("Role", label.to_owned())
    });
    facts.push(place(file, &told));
    facts.extend(told.account.map(|name| fact("Account", name)));
    facts.extend(until.map(|end| Fact {
        note: Some("approved, it has no end".to_owned()),
        ..fact("Held now", format!("{label} until {}", moment(end)))
    }));
    facts.push(Fact {
        note: Some(relative(request.created_at, now)),
        ..fact("Asked", moment(request.created_at))
    });
    facts.extend(request.ended_at().map(|at| fact("Ended", moment(at))));
    facts
}

/// For the other handlers of a request: its page after an answer that asks for more.
pub(super) fn errors_at(field: &'static str, why: String) -> Errors {
    let mut errors = Errors::new();
    errors.add(field, why);
    errors
}
