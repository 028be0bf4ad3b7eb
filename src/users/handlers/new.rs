//! Add New User: who, then which roles where. Nothing is stored before *Submit*; each page carries what the one
//! before it took, and all of it is checked again (rule 7).

use actix_web::HttpResponse;

use super::already::what_to_do;
use super::{life, mail_works};
use crate::access::custom::AccountRoles;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, SubmissionId, UserId};
use crate::error::Result;
use crate::members::during::Typed;
use crate::members::{self, Target};
use crate::users::forms::{PLACES, PersonForm, RolesForm, Wanted};
use crate::users::pages::{Known, NewUserPage, NewUserRolesPage, PlaceBlock};
use crate::users::{self, Added, Submit};
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::urls;
use crate::web::view::{Choice, length};
use crate::welcome::Fresh;

mod done;
mod nowhere;

use done::Done;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// What a query and a form say of the page that is both pages at once.
const SINGLE: &str = "single";

/// The first page, or both in one. `?project=` or `?organization=` chooses the place.
pub async fn new(gate: Manager, query: Query, app: App) -> Result<HttpResponse> {
    if query.text("page")? == SINGLE {
        return both(gate, &query, app).await;
    }
    let wanted = [query.text("project")?, query.text("organization")?];
    let place = wanted.into_iter().find(|id| Target::parse(id).is_some());
    let home = Some(query.text("home")?).filter(|id| !id.is_empty());
    let place = place.map(|id| ("place", id)).into_iter();
    let carried = place.chain(home.map(|id| ("home", id))).collect();
    let page = app
        .read(gate, move |_, scope| {
            let typed = PersonForm::default();
            Ok(first_page(scope, &typed, (Errors::new(), None), carried))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// Both pages in one, for whoever adds many.
async fn both(gate: Manager, query: &Query, app: App) -> Result<HttpResponse> {
    let place = [query.text("project")?, query.text("organization")?];
    let place = place.into_iter().find(|id| Target::parse(id).is_some());
    let chosen = RolesForm {
        submission: SubmissionId::new().to_string(),
        wanted: vec![Wanted {
            place: place.unwrap_or_default(),
            roles: Vec::new(),
        }],
        home: query.text("home")?,
        during: Typed::default(),
        place_q: String::new(),
    };
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let typed = PersonForm::default();
            second_page(conn, &inside, scope, (&typed, &chosen, true), Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn first_page(
    scope: &Managing,
    typed: &PersonForm,
    (errors, known): (Errors, Option<Known>),
    carried: Vec<(&'static str, String)>,
) -> NewUserPage {
    let slug = &scope.account().slug;
    NewUserPage {
        shell: scope
            .shell("Add New User")
            .crumb("User Management", urls::user_management(slug))
            .with_errors(&errors),
        errors,
        action: urls::new_user(slug),
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
        email: typed.email.clone(),
        note: typed.note.clone(),
        single: format!("{}?page={SINGLE}{}", urls::new_user(slug), along(&carried)),
        several: urls::import_people(slug),
        known,
        carried,
        cancel: urls::user_management(slug),
    }
}

/// The place and the home that were asked for, behind another question.
fn along(carried: &[(&'static str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in carried {
        let name = match *name {
            "place" => "project",
            "home" => "home",
            _ => continue,
        };
        text.push_str(&format!("&{name}={}", urls::query(value)));
    }
    text
}

/// What the first page carries for the second.
fn carried(form: &Form) -> Result<Vec<(&'static str, String)>> {
    let mut places = Vec::new();
    for (wanted, (place, role)) in Wanted::read(form)?.into_iter().zip(PLACES) {
        places.extend(Some((place, wanted.place)).filter(|(_, place)| !place.is_empty()));
        places.extend(wanted.roles.into_iter().map(|one| (role, one)));
    }
    let home = Some(form.text("home")?).filter(|home| !home.is_empty());
    let Typed { starts_on, ends_on } = Typed::read(form)?;
    let days = [("starts_on", starts_on), ("ends_on", ends_on)];
    Ok(places
        .into_iter()
        .chain(home.map(|home| ("home", home)))
        .chain(days.into_iter().filter(|(_, day)| !day.is_empty()))
        .collect())
}

/// Which of the two pages comes next.
enum Next {
    First(Box<NewUserPage>),
    Second(Box<NewUserRolesPage>),
}

/// *Add User*: checks the first page and shows the second; or, asked to change something, shows the first again.
pub async fn add(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let typed = PersonForm::read(&form)?;
    let kept = carried(&form)?;
    let edit = form.has("edit");
    let chosen = RolesForm {
        // A number of its own for each second page: whoever goes back and changes the address adds somebody else.
        submission: SubmissionId::new().to_string(),
        ..RolesForm::read(&form)?
    };
    let inside = app.clone();
    let next = app
        .read(gate, move |conn, scope| {
            let back = |errors, known| {
                let page = first_page(scope, &typed, (errors, known), kept.clone());
                Next::First(Box::new(page))
            };
            if edit {
                return Ok(back(Errors::new(), None));
            }
            let person = match typed.check() {
                Ok(person) => person,
                Err(errors) => return Ok(back(errors, None)),
            };
            if let Some(here) = users::existing(conn, scope.account().id, &person.email)? {
                let known = what_to_do(conn, &inside, scope, &here)?;
                return Ok(back(Errors::new(), Some(known)));
            }
            let both = (&typed, &chosen, false);
            let page = second_page(conn, &inside, scope, both, Errors::new())?;
            Ok(Next::Second(Box::new(page)))
        })
        .await?;
    match next {
        Next::First(page) if edit => html::ok(&app, &page.shell, &*page),
        Next::First(page) => html::again(&app, &page.shell, &*page),
        Next::Second(page) => html::ok(&app, &page.shell, &*page),
    }
}

fn second_page(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (typed, chosen, single): (&PersonForm, &RolesForm, bool),
    errors: Errors,
) -> Result<NewUserRolesPage> {
    let slug = &scope.account().slug;
    let wanted: Vec<&str> = chosen.wanted.iter().map(|one| one.place.as_str()).collect();
    let sought = (chosen.place_q.as_str(), wanted.as_slice());
    let places = users::places(conn, app.roles(), scope, sought)?;
    let known = AccountRoles::load(conn, scope.account().id)?;
    let here = users::best(app.roles(), scope.grants(), scope.now());
    Ok(NewUserRolesPage {
        shell: scope
            .shell("Add New User")
            .crumb("User Management", urls::user_management(slug))
            .named(if single {
                "Add New User".to_owned()
            } else {
                format!("Choose roles for {} {}", typed.first_name, typed.last_name)
            })
            .with_errors(&errors),
        errors,
        action: urls::new_user_roles(slug),
        change: urls::new_user(slug),
        first_name: typed.first_name.clone(),
        last_name: typed.last_name.clone(),
        email: typed.email.clone(),
        note: typed.note.clone(),
        single,
        submission: chosen.submission.clone(),
        home: chosen.home.clone(),
        place_q: places.search(),
        places_hint: places
            .hint("Where the roles hold. A role on an organization holds for everything in it."),
        no_projects: if places.no_projects {
            Some(nowhere::no_projects(conn, app, scope)?)
        } else {
            None
        },
        more: chosen.wanted.len() < PLACES.len(),
        another: false,
        blocks: blocks(&chosen.wanted, &places, |chosen| {
            users::givable(scope, (&known, &here, None), chosen)
        }),
        during: chosen.during.clone(),
        zone: scope.account().time_zone.replace('_', " "),
        about_roles: urls::roles(slug),
        life: length(app.config().limits.welcome_link),
        mail_works: mail_works(app),
    })
}

/// What is chosen at each place.
fn blocks(
    wanted: &[Wanted],
    places: &users::Places,
    roles: impl Fn(&[String]) -> Vec<Choice>,
) -> Vec<PlaceBlock> {
    let block = |(number, (wanted, (place, role))): (usize, (&Wanted, _))| PlaceBlock {
        number: number.saturating_add(1),
        place,
        role,
        places: places.choosing(&wanted.place),
        roles: roles(&wanted.roles),
    };
    wanted.iter().zip(PLACES).enumerate().map(block).collect()
}

/// *Add another reservation*, one less, or a search for a place: the second page once more with all that was typed,
/// nothing checked yet.
async fn otherwise(
    gate: Manager,
    (typed, mut chosen, single): (PersonForm, RolesForm, bool),
    change: Otherwise,
    app: App,
) -> Result<HttpResponse> {
    let another = matches!(change, Otherwise::More);
    match change {
        Otherwise::More => {
            chosen.wanted.push(Wanted::default());
            chosen.wanted.truncate(PLACES.len());
        }
        Otherwise::Less if chosen.wanted.len() > 1 => {
            chosen.wanted.pop();
        }
        Otherwise::Less | Otherwise::Find => {}
    }
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let both = (&typed, &chosen, single);
            let mut page = second_page(conn, &inside, scope, both, Errors::new())?;
            page.another = another;
            Ok(page)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What is asked of the second page instead of *Submit*.
enum Otherwise {
    More,
    Less,
    Find,
}

impl Otherwise {
    fn read(form: &Form) -> Option<Self> {
        let asked = [
            ("find", Self::Find),
            ("another", Self::More),
            ("without", Self::Less),
        ];
        let mut asked = asked.into_iter();
        asked.find_map(|(button, change)| form.has(button).then_some(change))
    }
}

/// What *Submit* came to.
enum Outcome {
    Added(Done),
    First(Box<NewUserPage>),
    Second(Box<NewUserRolesPage>),
}

/// *Submit*: stores the person with everything that belongs to them, once.
pub async fn submit(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let typed = PersonForm::read(&form)?;
    let chosen = RolesForm::read(&form)?;
    let kept = carried(&form)?;
    let single = form.text("page")? == SINGLE;
    if let Some(change) = Otherwise::read(&form) {
        return otherwise(gate, (typed, chosen, single), change, app).await;
    }
    let inside = app.clone();
    let (user, change) = (UserId::new(), ChangeId::new());
    let fresh = Fresh::mailed_and_copied(app.sealer());
    // As many as there are boxes: a transaction that runs again gives the same grants.
    let boxes = chosen.wanted.iter().flat_map(|wanted| &wanted.roles);
    let grants: Vec<GrantId> = boxes.map(|_| GrantId::new()).collect();
    let (name, email) = (
        format!("{} {}", typed.first_name.trim(), typed.last_name.trim()),
        typed.email.trim().to_owned(),
    );
    let outcome = app
        .write(gate, move |conn, scope| {
            let back = |errors, known| {
                let page = first_page(scope, &typed, (errors, known), kept.clone());
                Outcome::First(Box::new(page))
            };
            let known = AccountRoles::load(conn, scope.account().id)?;
            let checked = chosen.check(&known, scope.account(), scope.now())?;
            let (person, (wanted, during)) = match (typed.check(), checked) {
                (Ok(person), Ok(chosen)) => (person, chosen),
                (Err(errors), _) if !single => return Ok(back(errors, None)),
                (person, checked) => {
                    let wrong = [person.err(), checked.err()];
                    let mut errors = Errors::new();
                    for (field, message) in wrong.iter().flatten().flat_map(Errors::iter) {
                        errors.add(field, message);
                    }
                    let both = (&typed, &chosen, single);
                    let page = second_page(conn, &inside, scope, both, errors)?;
                    return Ok(Outcome::Second(Box::new(page)));
                }
            };
            let mut places = Vec::new();
            for (target, _) in &wanted {
                let (account, name) = (scope.account().id, &scope.account().name);
                places.push(members::place_of(conn, account, name, *target)?);
            }
            let mut grants = grants.iter().copied();
            let mut with_ids = |(target, roles): (Target, Vec<Role>)| {
                (target, roles.into_iter().zip(grants.by_ref()).collect())
            };
            let submit = Submit {
                submission: chosen.number()?,
                person,
                home: chosen.home()?,
                user,
                places: wanted.into_iter().map(&mut with_ids).collect(),
                during,
                fresh: fresh.clone(),
                life: life(&inside),
                mailed: true,
                note: typed.note().unwrap_or_default(),
            };
            Ok(match users::add(conn, &inside, scope, &submit)? {
                Added::Done(user) => {
                    done::keep(conn, scope, (change, user), (&submit, &places))?;
                    Outcome::Added(Done::of(user, &places, Some(change)))
                }
                Added::Before(user) => {
                    let sent = (user, submit.submission);
                    let kept = members::kept_added(conn, scope, sent)?;
                    Outcome::Added(Done::of(user, &places, kept))
                }
                Added::Here(here) => {
                    let known = what_to_do(conn, &inside, scope, &here)?;
                    back(Errors::new(), Some(known))
                }
            })
        })
        .await?;
    match outcome {
        Outcome::First(page) => html::again(&app, &page.shell, &*page),
        Outcome::Second(page) => html::again(&app, &page.shell, &*page),
        Outcome::Added(added) => {
            let done = done::said(&app, &account, &added, (&name, &email));
            let next = format!("{}?page={SINGLE}", urls::new_user(&account));
            let done = if single {
                done.link("Add another user", next)
            } else {
                done
            };
            done.respond(&app)
        }
    }
}
