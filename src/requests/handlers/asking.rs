//! Request Admin role, or access: who, which role, where and why; then what it will be and who will be asked; then it is sent. Nothing is
//! stored before that, and all of it is checked again.

use actix_web::{HttpRequest, HttpResponse};

use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::grant::Level;
use crate::access::permission::{Key, Visible};
use crate::access::place::Whole;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::access::wanting::{is_requested, label};
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{DecisionId, GrantId, RequestId, UserId};
use crate::error::{Error, Result};
use crate::members::Target;
use crate::requests::asking::{self, Considered, Sought, Wanted};
use crate::requests::forms::AskForm;
use crate::requests::listing;
use crate::requests::making::{self, Ask, Asked};
use crate::requests::pages::{AskPage, CheckPage};
use crate::requests::showing;
use crate::sessions::proving;
use crate::users;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

/// What the page is called, and what it says of a request for Admin, and of one for another role.
const ADMIN: (&str, &str) = (
    "Request Admin role",
    "Nobody gives this role directly: an Admin or Owner of the place approves it in writing. You see who will be asked before anything is sent.",
);
const ACCESS: (&str, &str) = (
    "Request access",
    "Somebody who may give the role where it is to hold approves it in writing, and that gives it. You see who will be asked before anything is sent.",
);

type Asker = Gate<Whole, Visible>;
type Asking = Scope<Whole, Visible>;

/// The form. `?user=` names the person, `?place=` the place, `?below=yes` everything below it and `?role=` the role; without
/// them it is for oneself, and for Admin.
pub async fn new(gate: Asker, query: Query, app: App) -> Result<HttpResponse> {
    let (user, place) = (query.text("user")?, query.text("place")?);
    let (below, role) = (query.text("below")? == "yes", AskForm::role(&query)?);
    let user: Option<UserId> = match user.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::NotFound)?),
    };
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let person = match user {
                Some(id) => asking::subject(conn, &inside, scope, id)?.0.email,
                None => scope.person().email.clone(),
            };
            let place = Target::parse(&place).map_or_else(String::new, |_| place.clone());
            let typed = AskForm {
                person,
                role: role.clone(),
                place,
                below,
                reason: String::new(),
                place_q: String::new(),
            };
            form_page(conn, &inside, scope, &typed, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form_page(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    typed: &AskForm,
    errors: Errors,
) -> Result<AskPage> {
    let slug = &scope.account().slug;
    // Every role shows organizations and projects: so this is what any grant reaches.
    let reach = users::reach_of(conn, app.roles(), scope, Key::OrganizationsView)?;
    let places = users::places_in(
        conn,
        scope,
        (&reach, true),
        (&typed.place_q, &[typed.place.as_str()]),
    )?;
    let mut places_listed = places.choosing(&typed.place);
    let beside = beside(conn, app, scope, (typed, &places_listed))?;
    let hidden = beside.is_some();
    places_listed.extend(beside);
    let known = AccountRoles::load(conn, scope.account().id)?;
    let manages = Role::from(Builtin::UserManagement);
    let roles = known.all().filter(is_requested);
    let roles = roles.filter(|role| !hidden || *role == manages);
    let roles: Vec<Choice> = roles
        .map(|role| Choice::new(role.as_str(), role.label(), role.as_str() == typed.role))
        .collect();
    let admin = typed.role == Builtin::Admin.key();
    let (heading, lead) = if admin { ADMIN } else { ACCESS };
    let for_others = asking::asks_for_others(app, scope) && !hidden;
    let back = if listing::sees_list(app, scope) {
        urls::requests(slug)
    } else {
        urls::MY_REQUESTS.to_owned()
    };
    Ok(AskPage {
        shell: scope
            .shell(heading)
            .crumb("Requests", back.clone())
            .here()
            .with_errors(&errors),
        errors,
        action: urls::new_request(slug),
        heading,
        lead,
        roles,
        give: None,
        for_others,
        person: if for_others {
            typed.person.clone()
        } else {
            scope.person().email.clone()
        },
        place_q: places.search(),
        places_hint: places.hint(
            "Where the role holds. On an organization it holds for everything in it.",
        ),
        below: vec![Choice {
            hint: "On an organization: in every sub-organization, too, now and later. Somebody who holds enough on all of it approves."
                .to_owned(),
            ..Choice::new("yes", "And everything below it", typed.below)
        }],
        places: places_listed,
        reason: typed.reason.clone(),
        about_roles: urls::roles(slug),
        cancel: back,
    })
}

/// The place that is asked for, where the reader does not see it and it is named to them as one that they lack (S4).
fn beside(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    (typed, listed): (&AskForm, &[(String, Vec<Choice>)]),
) -> Result<Option<(String, Vec<Choice>)>> {
    let mut all = listed.iter().flat_map(|(_, choices)| choices);
    let is_listed = all.any(|one| one.value == typed.place);
    let Some(target) = Target::parse(&typed.place).filter(|_| !is_listed) else {
        return Ok(None);
    };
    match asking::place(conn, app, scope, &sought(typed, target)) {
        Ok((found, true)) => {
            let one = Choice::new(&*typed.place, found.name, true);
            Ok(Some(("To deactivate people".to_owned(), vec![one])))
        }
        Ok(_) | Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Which page comes next.
enum Next {
    Form(Box<AskPage>),
    Check(Box<CheckPage>),
    There(RequestId),
    Sent(RequestId, Asked),
}

fn sought(typed: &AskForm, target: Target) -> Sought<'_> {
    Sought {
        email: &typed.person,
        role: &typed.role,
        target,
        below: typed.below,
    }
}

/// What was typed, looked at: a page that asks for more, or what can be asked for.
fn looked_at(
    conn: &mut Conn,
    app: &App,
    scope: &Asking,
    typed: &AskForm,
) -> Result<std::result::Result<(Box<Wanted>, String), Next>> {
    // A place that is not there is not found, whatever else is wrong with the form.
    if let Some(target) = Target::parse(&typed.place) {
        asking::place(conn, app, scope, &sought(typed, target))?;
    }
    let (target, reason) = match typed.check()? {
        Ok(checked) => checked,
        Err(errors) => {
            let page = form_page(conn, app, scope, typed, errors)?;
            return Ok(Err(Next::Form(Box::new(page))));
        }
    };
    let sought = sought(typed, target);
    let (field, message, give) = match asking::consider(conn, app, scope, &sought)? {
        Considered::Good(wanted) => return Ok(Ok((wanted, reason))),
        Considered::Open(id) => return Ok(Err(Next::There(id))),
        Considered::No(field, message) => (field, message, None),
        Considered::Give(subject, message) => {
            let href = urls::user(&scope.account().slug, subject.id);
            let words = format!("Give it on the page of {}", subject.name);
            ("role", message, Some((words, href)))
        }
    };
    let mut errors = Errors::new();
    errors.add(field, message);
    let page = form_page(conn, app, scope, typed, errors)?;
    Ok(Err(Next::Form(Box::new(AskPage { give, ..page }))))
}

/// Shows what would be asked for, and of whom; or, asked to change something, the form again.
pub async fn check(gate: Asker, form: Form, app: App) -> Result<HttpResponse> {
    let typed = AskForm::read(&form)?;
    // A search for a place is the form once more, too.
    let edit = form.has("edit") || form.has("find");
    let (slug, inside) = (gate.account_slug().to_owned(), app.clone());
    let next = app
        .read(gate, move |conn, scope| {
            if edit {
                let page = form_page(conn, &inside, scope, &typed, Errors::new())?;
                return Ok(Next::Form(Box::new(page)));
            }
            Ok(match looked_at(conn, &inside, scope, &typed)? {
                Ok((wanted, _)) => {
                    let page = check_page(&inside, scope, (&typed, &wanted), Errors::new());
                    Next::Check(Box::new(page))
                }
                Err(next) => next,
            })
        })
        .await?;
    match next {
        Next::Form(page) if edit => html::ok(&app, &page.shell, &*page),
        other => answer(&app, &slug, other, false),
    }
}

fn answer(app: &App, slug: &str, next: Next, again: bool) -> Result<HttpResponse> {
    match next {
        Next::Form(page) => html::again(app, &page.shell, &*page),
        Next::Check(page) if again => html::again(app, &page.shell, &*page),
        Next::Check(page) => html::ok(app, &page.shell, &*page),
        Next::There(id) => Redirect::to(urls::request(slug, id))
            .notice("There is an open request for this already.")
            .respond(app),
        Next::Sent(id, asked) => {
            let text = if asked == Asked::Granted {
                "The role was given: nobody else had to approve."
            } else {
                "The request was sent."
            };
            Redirect::to(urls::request(slug, id))
                .success(text)
                .respond(app)
        }
    }
}

fn check_page(
    app: &App,
    scope: &Asking,
    (typed, wanted): (&AskForm, &Wanted),
    errors: Errors,
) -> CheckPage {
    let slug = &scope.account().slug;
    let mut case = wanted.case(app, scope.person().id);
    let (is_own, found) = (wanted.subject.id == scope.person().id, &wanted.found);
    let counts = case.asking_counts();
    case.by_asking = Some(scope.person().id).filter(|_| counts);
    let mut next = Vec::new();
    if counts {
        next.push(
            "You are an Owner and there is nobody else, so your request counts as an approval."
                .to_owned(),
        );
    }
    if !case.is_complete() {
        next.push(
            "They get a mail with your reason, and decide on a page of the portal.".to_owned(),
        );
    }
    next.push(showing::after(case.policy).to_owned());
    next.push(
        "You and the person get a mail about the decision. You can withdraw the request at any time; after 14 days without an answer it expires."
            .to_owned(),
    );
    CheckPage {
        shell: scope
            .shell("Check the request")
            .crumb(
                label(&wanted.role),
                urls::new_request_for_role(slug, wanted.role.as_str()),
            )
            .here()
            .with_errors(&errors),
        errors,
        action: urls::requests(slug),
        change: urls::new_request(slug),
        name: wanted.subject.name.clone(),
        is_own,
        person: wanted.subject.email.clone(),
        role: wanted.role.as_str().to_owned(),
        role_name: wanted.role.label().to_owned(),
        place: typed.place.clone(),
        below: typed.below,
        place_name: match &found.organization {
            Some(within) if found.scope.level() == Level::Project && !wanted.hidden => {
                format!("{} in {within}", found.name)
            }
            _ => found.name.clone(),
        },
        reason: typed.reason.clone(),
        asked: if wanted.hidden {
            // Who holds a role where one sees nothing is not told.
            vec!["Those who may give the role there".to_owned()]
        } else {
            case.to_ask().iter().map(|one| one.name.clone()).collect()
        },
        next,
        proof: counts && proving::is_needed(app, scope),
    }
}

/// Sends the request.
pub async fn create(
    gate: Asker,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = AskForm::read(&form)?;
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let (slug, inside) = (gate.account_slug().to_owned(), app.clone());
    let (id, decision, grant) = (RequestId::new(), DecisionId::new(), GrantId::new());
    let presented = brought.presented();
    let (next, proven) = app
        .write(gate, move |conn, scope| {
            let (wanted, reason) = match looked_at(conn, &inside, scope, &typed)? {
                Ok(good) => good,
                Err(next) => return Ok((next, None)),
            };
            let ask = Ask {
                id,
                decision,
                grant,
                reason,
                presented: presented.clone(),
            };
            let (asked, proven) = making::create(conn, &inside, scope, &wanted, &ask)?;
            let next = match asked {
                Asked::Ask(why) => {
                    let mut errors = Errors::new();
                    errors.add(proving::FIELD, why);
                    let page = check_page(&inside, scope, (&typed, &wanted), errors);
                    Next::Check(Box::new(page))
                }
                asked => Next::Sent(id, asked),
            };
            Ok((next, proven))
        })
        .await?;
    brought.keep(&request, proven.as_ref())?;
    answer(&app, &slug, next, true)
}
