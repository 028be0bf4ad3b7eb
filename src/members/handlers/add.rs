//! *Add member*: somebody who is in the account already gets roles on an organization or a group.

use actix_web::HttpResponse;

use super::{HasRoles, with_below};
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::permission::{Key, UsersManage};
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, UserId};
use crate::error::{Error, Result};
use crate::members::during::Typed;
use crate::members::pages::AddMemberPage;
use crate::members::{self, During, Found, Given, Kept, Told};
use crate::users::checking::{self, Around, Giving};
use crate::users::pages::CheckAddingPage;
use crate::users::{self, Listed, forms};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

type Managing<P> = Scope<P, UsersManage>;

/// What was chosen, as it was posted.
#[derive(Clone, Debug, Default)]
struct Chosen {
    user: String,
    roles: Vec<String>,
    below: bool,
    during: Typed,
}

/// The form.
pub async fn new<P: HasRoles>(
    gate: Gate<P, UsersManage>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let q = query.search("q")?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            page(
                conn,
                &inside,
                scope,
                (&q, &Chosen::default()),
                Errors::new(),
            )
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    (q, chosen): (&str, &Chosen),
    errors: Errors,
) -> Result<AddMemberPage> {
    let account = scope.account();
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let found = users::candidates(conn, scope, (scope.place().id(scope.account()), &reach), q)?;
    let choice = |row: &Listed| {
        let label = format!("{} {} ({})", row.first_name, row.last_name, row.email);
        let id = row.id.to_string();
        let is_chosen = id == chosen.user;
        Choice::new(id, label, is_chosen)
    };
    let known = AccountRoles::load(conn, account.id)?;
    let (label, list) = P::list(scope);
    let back = format!("Back to {label}");
    let request = urls::new_request_at(&account.slug, &scope.place().target(account));
    Ok(AddMemberPage {
        shell: scope
            .shell(P::ADD)
            .crumb(label, &list)
            .here()
            .with_errors(&errors),
        errors,
        action: address(scope, q),
        users: found.rows.iter().map(choice).collect(),
        searched: found.more || !q.is_empty(),
        q: q.to_owned(),
        roles: users::givable(
            scope,
            (&known, scope.resolution(), Some(&request)),
            &chosen.roles,
        ),
        during: chosen.during.clone(),
        zone: account.time_zone.replace('_', " "),
        about_roles: urls::roles(&account.slug),
        cancel: list,
        new_user: P::new_user(scope),
        place: scope.place().name(account).to_owned(),
        reaches: P::REACHES,
        title: P::ADD,
        back,
        below: below(app, scope, chosen).into_iter().collect(),
    })
}

/// The box for everything below, where there can be any; to be ticked by whoever manages users in all of it.
fn below<P: HasRoles>(app: &App, scope: &Managing<P>, chosen: &Chosen) -> Option<Choice> {
    let held = with_below(app, scope)?;
    let name = scope.place().name(scope.account());
    let may = held.permissions.allows::<UsersManage>();
    Some(Choice {
        hint: if may {
            format!("These roles hold in every sub-organization of {name}, too, now and later.")
        } else {
            format!("You manage users in {name} itself, not in everything below it.")
        },
        refused: !may,
        ..Choice::new("yes", "And everything below it", chosen.below && may)
    })
}

/// What *Add member* came to.
enum Outcome {
    Added {
        name: String,
        user: UserId,
        new: bool,
        /// What they hold for another time already.
        told: Option<Told>,
    },
    Check(Box<CheckAddingPage>),
    /// Back from there, with nothing wrong.
    Form(Box<AddMemberPage>),
    Again(Box<AddMemberPage>),
}

/// *Add member*.
pub async fn create<P: HasRoles>(
    gate: Gate<P, UsersManage>,
    query: Query,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let q = query.search("q")?;
    let chosen = Chosen {
        user: form.text("user")?,
        roles: form.list("role"),
        below: form.text("below")? == "yes",
        during: Typed::read(&form)?,
    };
    let (seen, change) = (form.has(checking::SEEN), form.has(checking::CHANGE));
    let grants: Vec<GrantId> = chosen.roles.iter().map(|_| GrantId::new()).collect();
    let slug = gate.account_slug().to_owned();
    let (inside, id) = (app.clone(), ChangeId::new());
    let (outcome, list, place) = app
        .write(gate, move |conn, scope| {
            let (label, list) = P::list(scope);
            let name = scope.place().name(scope.account()).to_owned();
            if change {
                let page = page(conn, &inside, scope, (&q, &chosen), Errors::new())?;
                return Ok((Outcome::Form(Box::new(page)), list, name));
            }
            let mut errors = Errors::new();
            let person = errors.take("user", who(&chosen.user)?);
            let known = AccountRoles::load(conn, scope.account().id)?;
            let roles = errors.take("role", forms::roles(&known, &chosen.roles)?);
            if chosen.below && below(&inside, scope, &chosen).is_none_or(|it| it.refused) {
                let place = scope.place().name(scope.account());
                let why = format!("You cannot give roles in everything below {place}");
                errors.add("below", why);
            }
            let during = chosen
                .during
                .check(scope.account(), scope.now(), &mut errors);
            let outcome = match (person, roles, during) {
                (Some(person), Some(roles), Some(during)) if errors.is_empty() => {
                    let found = found(conn, scope, chosen.below)?;
                    let giving = Giving {
                        found: &found,
                        people: &[person],
                        roles: &roles,
                        during,
                    };
                    if !seen && giving.is_checked(&inside) {
                        let around = around(scope, &q, &chosen, (label, list.clone()));
                        let page = checking::check(conn, &inside, scope, giving, around)?;
                        return Ok((Outcome::Check(Box::new(page)), list, name));
                    }
                    let roles: Vec<_> = roles.into_iter().zip(grants.iter().copied()).collect();
                    add(conn, &inside, scope, (id, &found, person), (&roles, during))?
                }
                _ => {
                    let page = page(conn, &inside, scope, (&q, &chosen), errors)?;
                    Outcome::Again(Box::new(page))
                }
            };
            Ok((outcome, list, name))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Form(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Check(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Added {
            name,
            user,
            new,
            told,
        } => {
            let said = |text| Told::behind(told.as_ref(), text);
            let there = Redirect::to(list);
            let there = if new {
                there
                    .success(said(format!("{name} {} {place}.", P::ADDED)))
                    .undo(urls::undo_user(&slug, user), &[("change", &id.to_string())])
            } else {
                there.notice(said(format!("{name} held these roles on {place} already.")))
            };
            Told::linked(told, there).respond(&app)
        }
    }
}

/// The chosen person; what is no id names nobody.
fn who(text: &str) -> Result<std::result::Result<UserId, String>> {
    match text {
        "" => Ok(Err("Choose a user".into())),
        id => id.parse().map(Ok).map_err(|_| Error::NotFound),
    }
}

/// The place as the roles are to hold there.
fn found<P: HasRoles>(conn: &mut Conn, scope: &Managing<P>, below: bool) -> Result<Found> {
    let account = scope.account();
    let target = scope.place().target(account);
    let found = members::place_of(conn, account.id, &account.name, target)?;
    Ok(if below { found.with_below() } else { found })
}

/// The address of the form; the search goes along, so that its results are still there when something is to be
/// corrected.
fn address<P: HasRoles>(scope: &Managing<P>, q: &str) -> String {
    let action = P::add(scope);
    if q.is_empty() {
        action
    } else {
        format!("{action}?q={}", urls::query(q))
    }
}

/// What stands around the page that shows it before it is done.
fn around<P: HasRoles>(
    scope: &Managing<P>,
    q: &str,
    chosen: &Chosen,
    (label, list): (String, String),
) -> Around {
    let roles = chosen.roles.iter().map(|role| ("role", role.clone()));
    let below = chosen.below.then(|| ("below", "yes".to_owned()));
    let user = [("user", chosen.user.clone())].into_iter();
    Around {
        title: P::ADD.to_owned(),
        button: P::ADD.to_owned(),
        action: address(scope, q),
        cancel: list.clone(),
        crumb: Some((label, list)),
        carried: user
            .chain(roles)
            .chain(below)
            .chain(chosen.during.fields())
            .collect(),
    }
}

fn add<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    (id, found, person): (ChangeId, &Found, UserId),
    (roles, during): (&[(Role, GrantId)], During),
) -> Result<Outcome> {
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let row = users::candidate(conn, scope, &reach, person)?;
    let former = members::former(conn, scope.account().id, person)?;
    let (mut new, mut stays) = (false, Vec::new());
    for role in roles {
        let given = members::give_during(conn, app, scope, found, (role.clone(), during), person)?;
        match given {
            Given::New => new = true,
            Given::Already(kept) => stays.extend(kept.map(|kept| (role.0.clone(), kept))),
        }
    }
    let name = format!("{} {}", row.first_name, row.last_name);
    if new {
        members::keep_former(conn, app, scope, (id, &former))?;
    }
    let mut kept = Kept::default();
    kept.add((person, &name), stays);
    Ok(Outcome::Added {
        name,
        user: person,
        new,
        told: kept.told(scope.account()),
    })
}
