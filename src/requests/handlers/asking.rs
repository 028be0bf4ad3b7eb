//! Request Admin role: who, where and why; then what it will be and who will be asked; then it is sent. Nothing is
//! stored before that, and all of it is checked again.

use actix_web::{HttpRequest, HttpResponse};

use crate::access::gate::Gate;
use crate::access::grant::Level;
use crate::access::permission::{Key, Visible};
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{DecisionId, GrantId, RequestId, UserId};
use crate::error::{Error, Result};
use crate::members::Target;
use crate::requests::asking::{self, Considered, Wanted};
use crate::requests::forms::AskForm;
use crate::requests::making::{self, Ask, Asked};
use crate::requests::pages::{AskPage, CheckPage};
use crate::requests::showing;
use crate::sessions::proving;
use crate::users;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::Choice;

type Asker = Gate<Whole, Visible>;
type Asking = Scope<Whole, Visible>;

/// The form. `?user=` names the person, `?place=` the place and `?below=yes` everything below it; without them it is for
/// oneself.
pub async fn new(gate: Asker, query: Query, app: App) -> Result<HttpResponse> {
    let (user, place) = (query.text("user")?, query.text("place")?);
    let below = query.text("below")? == "yes";
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
    let for_others = asking::asks_for_others(app, scope);
    let back = if for_others {
        urls::requests(slug)
    } else {
        urls::MY_REQUESTS.to_owned()
    };
    Ok(AskPage {
        shell: scope
            .shell("Request Admin role")
            .crumb("Requests", back.clone())
            .here()
            .with_errors(&errors),
        errors,
        action: urls::new_request(slug),
        for_others,
        person: typed.person.clone(),
        place_q: places.search(),
        places_hint: places.hint(
            "Where the role holds. On an organization it holds for everything in it.",
        ),
        below: vec![Choice {
            hint: "On an organization: in every sub-organization, too, now and later. An Admin or Owner of all of it approves."
                .to_owned(),
            ..Choice::new("yes", "And everything below it", typed.below)
        }],
        places: places.choosing(&typed.place),
        reason: typed.reason.clone(),
        about_roles: urls::roles(slug),
        cancel: back,
    })
}

/// Which page comes next.
enum Next {
    Form(Box<AskPage>),
    Check(Box<CheckPage>),
    There(RequestId),
    Sent(RequestId, Asked),
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
        asking::place(conn, app, scope, target)?;
    }
    let (target, reason) = match typed.check()? {
        Ok(checked) => checked,
        Err(errors) => {
            let page = form_page(conn, app, scope, typed, errors)?;
            return Ok(Err(Next::Form(Box::new(page))));
        }
    };
    match asking::consider(conn, app, scope, &typed.person, (target, typed.below))? {
        Considered::Good(wanted) => Ok(Ok((wanted, reason))),
        Considered::Open(id) => Ok(Err(Next::There(id))),
        Considered::No(field, message) => {
            let mut errors = Errors::new();
            errors.add(field, message);
            let page = form_page(conn, app, scope, typed, errors)?;
            Ok(Err(Next::Form(Box::new(page))))
        }
    }
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
            .crumb("Request Admin role", urls::new_request(slug))
            .here()
            .with_errors(&errors),
        errors,
        action: urls::requests(slug),
        change: urls::new_request(slug),
        name: wanted.subject.name.clone(),
        is_own,
        person: wanted.subject.email.clone(),
        place: typed.place.clone(),
        below: typed.below,
        place_name: match &found.organization {
            Some(within) if found.scope.level() == Level::Project => {
                format!("{} in {within}", found.name)
            }
            _ => found.name.clone(),
        },
        reason: typed.reason.clone(),
        asked: case.to_ask().iter().map(|one| one.name.clone()).collect(),
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
