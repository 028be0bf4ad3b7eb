//! The same act for several people: ticked in the list, made out where it needs a place, reviewed row by row, done, and
//! its outcome shown row by row (ux 6.9).

use actix_web::HttpResponse;

use super::bulk_pages::{choose, lines, record_page, review, review_of_roles};
use super::expired::FIRST;
use super::life;
use super::reading::{Reading, read};
use crate::access::custom::AccountRoles;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Whole;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, MailId, UserId};
use crate::error::{Error, Result};
use crate::members::Target;
use crate::members::during::Typed;
use crate::projects;
use crate::users::bulk::{self, Deed, Membership, Outcome, Record, Wish};
use crate::users::pages::{BulkPage, ChooseBulkPage};
use crate::users::{self, Listed, forms};
use crate::web::field;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::list::Asked;
use crate::web::urls;
use crate::web::word::with_article;
use crate::welcome::Fresh;

type Manager = Gate<Whole, Somewhere<UsersManage>>;
pub(super) type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// Longest reason, in characters.
const REASON: usize = 500;

/// What was posted.
#[derive(Clone)]
pub(super) struct Posted {
    /// Which sending of the form this is; none: it comes from the list.
    pub(super) id: Option<ChangeId>,
    pub(super) deed: Option<Deed>,
    pub(super) people: Vec<UserId>,
    /// The list, for as long as the form comes from there.
    list: Option<Asked<UserId>>,
    /// Whether everybody is meant who matches it.
    all: bool,
    /// Whether of those only the first are meant, as many as one act takes.
    first: bool,
    /// None: not asked for yet.
    pub(super) place: Option<String>,
    /// What a place is searched for with.
    pub(super) place_q: String,
    /// Whether it is searched for now.
    find: bool,
    pub(super) roles: Vec<String>,
    /// The days of what is given.
    pub(super) during: Typed,
    pub(super) reason: String,
    pub(super) tell: bool,
    pub(super) seen: Vec<GrantId>,
    /// What the review said of each, where it is about roles.
    pub(super) marks: Vec<String>,
    pub(super) confirmed: bool,
}

impl Posted {
    fn read(form: &Form) -> Result<Self> {
        let lost = |_| Error::BadRequest("The form has lost its number.".into());
        let id = match form.text("change")?.as_str() {
            "" => None,
            id => Some(id.parse().map_err(lost)?),
        };
        let mut people: Vec<UserId> = Vec::new();
        for text in form.list("person") {
            let user = text.parse().map_err(|_| Error::NotFound)?;
            if !people.contains(&user) && people.len() <= bulk::MOST {
                people.push(user);
            }
        }
        let seen = form.list("seen");
        Ok(Self {
            deed: Deed::parse(&form.text("act")?),
            list: match id {
                None => Some(read(form)?),
                Some(_) => None,
            },
            all: form.has("all") && id.is_none(),
            first: form.text("all")? == FIRST,
            place: match id {
                Some(_) if form.has("place") => Some(form.text("place")?),
                _ => None,
            },
            place_q: match id {
                Some(_) => form.search("place_q")?,
                None => String::new(),
            },
            find: form.has("find") && id.is_some(),
            roles: form.list("role"),
            during: match id {
                Some(_) => Typed::read(form)?,
                None => Typed::default(),
            },
            reason: form.text("reason")?,
            tell: form.has("tell"),
            seen: seen.iter().filter_map(|id| id.parse().ok()).collect(),
            marks: form.list("mark"),
            confirmed: form.has("confirmed") && id.is_some(),
            people,
            id,
        })
    }
}

/// What the form came to.
enum Answer {
    /// To the list, with what is missing.
    Back(String),
    Choose(Box<ChooseBulkPage>, bool),
    Review(Box<BulkPage>, bool),
    Done(ChangeId),
}

/// What is made before the transaction, so that it stays the same when that is run again.
#[derive(Clone)]
struct Made {
    id: ChangeId,
    mails: Vec<MailId>,
    grants: Vec<GrantId>,
    links: Vec<Fresh>,
}

impl Made {
    fn of(app: &App, posted: &Posted) -> Self {
        // No account has more roles than that.
        let roles = posted.roles.len().min(100);
        let people = if posted.all {
            bulk::MOST
        } else {
            posted.people.len().min(bulk::MOST)
        };
        let resends = matches!(posted.deed, Some(Deed::Resend | Deed::Reactivate));
        Self {
            id: ChangeId::new(),
            mails: (0..people).map(|_| MailId::new()).collect(),
            grants: (0..people.saturating_mul(roles))
                .map(|_| GrantId::new())
                .collect(),
            links: (0..people)
                .filter(|_| resends)
                .map(|_| Fresh::mailed_and_copied(app.sealer()))
                .collect(),
        }
    }
}

/// From the list over the review to what came of it.
pub async fn bulk(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let posted = Posted::read(&form)?;
    let list = urls::user_management(&slug);
    let list = match &posted.list {
        Some(asked) => asked.clone().from_start().href(&list),
        None => list,
    };
    let made = Made::of(&app, &posted);
    let inside = app.clone();
    let answer = app
        .write_ending(gate, move |conn, scope| {
            decide(conn, &inside, scope, &posted, &made)
        })
        .await?;
    match answer {
        Answer::Back(why) => Redirect::to(list).error(why).respond(&app),
        Answer::Choose(page, true) => html::again(&app, &page.shell, &*page),
        Answer::Choose(page, false) => html::ok(&app, &page.shell, &*page),
        Answer::Review(page, true) => html::again(&app, &page.shell, &*page),
        Answer::Review(page, false) => html::ok(&app, &page.shell, &*page),
        Answer::Done(id) => Redirect::to(urls::bulk_done(&slug, id)).respond(&app),
    }
}

/// What came of it, for whoever did it, for a day.
pub async fn bulk_done(gate: Manager, query: Query, app: App) -> Result<HttpResponse> {
    let slug = gate.account_slug().to_owned();
    let page = app
        .read(gate, move |conn, scope| {
            let named = query.text("of")?;
            if named.is_empty() {
                return Ok(None);
            }
            let id: ChangeId = named.parse().map_err(|_| Error::NotFound)?;
            let own = (scope.account().id, scope.person().id);
            let record = bulk::kept(conn, own, id)?.ok_or(Error::NotFound)?;
            Ok(Some(record_page(scope, id, record)))
        })
        .await?;
    match page {
        Some(page) => html::ok(&app, &page.shell, &page),
        None => Redirect::to(urls::user_management(&slug)).respond(&app),
    }
}

fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    posted: &Posted,
    made: &Made,
) -> Result<Answer> {
    let own = (scope.account().id, scope.person().id);
    let id = posted.id.unwrap_or(made.id);
    if posted.confirmed && bulk::kept(conn, own, id)?.is_some() {
        return Ok(Answer::Done(id));
    }
    let people = match chosen(conn, app, scope, posted)? {
        Ok(people) => people,
        Err(why) => return Ok(Answer::Back(why)),
    };
    let Some(deed) = posted.deed else {
        let why = "Choose what to do with the people selected.";
        return Ok(Answer::Back(why.into()));
    };
    if !deed.is_ending() {
        scope.refuse_frozen()?;
    }
    let mut errors = Errors::new();
    if deed.has_place() {
        let wish = if posted.find {
            None
        } else {
            wish(conn, scope, (deed, posted), &mut errors)?
        };
        let Some(wish) = wish else {
            let again = posted.place.is_some() && !posted.find;
            let page = choose(conn, app, scope, (posted, deed, id), (&people, errors))?;
            return Ok(Answer::Choose(Box::new(page), again));
        };
        return roles(conn, app, scope, (posted, deed, id, made), (&people, &wish));
    }
    let reason = field::paragraphs("reason", REASON, &posted.reason);
    let reason = errors.take("reason", reason);
    let keeps = posted.confirmed && errors.is_empty();
    let what = match deed {
        Deed::Resend => Membership::Resend(made.links.clone(), life(app)),
        Deed::Withdraw => Membership::Withdraw,
        Deed::Reactivate => Membership::Reactivate(made.links.clone(), life(app)),
        _ => Membership::Deactivate(reason.filter(|reason| !reason.is_empty())),
    };
    let ids: Vec<UserId> = people.here.iter().map(|row| row.id).collect();
    let agreed = keeps.then_some(posted.seen.as_slice());
    let outcomes = bulk::each(conn, app, scope, (&what, agreed), &ids)?;
    if !keeps {
        let again = !errors.is_empty();
        let page = review(scope, (posted, deed, id), (&people, &outcomes), errors);
        return Ok(Answer::Review(Box::new(page), again));
    }
    for (outcome, mail) in outcomes.iter().zip(&made.mails) {
        let Outcome::Done(done) = outcome else {
            continue;
        };
        if let Some((shown, back)) = &done.tell
            && (posted.tell || *back)
        {
            users::tell(conn, app, scope, (*mail, shown), *back)?;
        }
    }
    store(conn, scope, (deed, id, (None, None)), (&people, &outcomes))
}

/// The people of a form.
pub(super) struct People {
    /// Those whom whoever acts manages, by name.
    pub(super) here: Vec<Listed>,
    /// How many of the others there are.
    pub(super) gone: usize,
}

/// Who is meant. Whoever is outside of the reach is not there; where others are, it is only said that somebody is not.
fn chosen(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    posted: &Posted,
) -> Result<std::result::Result<People, String>> {
    let reach = users::reach(conn, app.roles(), scope)?;
    let account = scope.account().id;
    if posted.people.len() > bulk::MOST {
        return Ok(Err(too_many()));
    }
    let here = users::among(conn, account, &reach, &posted.people)?;
    if here.is_empty() && !posted.people.is_empty() {
        return Err(Error::NotFound);
    }
    if let Some(list) = posted.list.as_ref().filter(|_| posted.all) {
        let reading = Reading::new(conn, app.roles(), scope, list.clone().whole(), (false, ""))?;
        let found = reading.people(conn, scope)?;
        let many = found.next.is_some() || found.rows.len() > bulk::MOST;
        if many && !posted.first {
            return Ok(Err(too_many()));
        }
        let ids = found.rows.iter().map(|row| row.id);
        let ids: Vec<UserId> = ids.take(bulk::MOST).collect();
        let mut here = users::among(conn, account, &reach, &ids)?;
        here.retain(|row| row.id != scope.person().id);
        return Ok(if here.is_empty() {
            Err("Nobody whom you manage matches.".into())
        } else {
            Ok(People { here, gone: 0 })
        });
    }
    if posted.people.is_empty() {
        return Ok(Err("Select at least one person in the list first.".into()));
    }
    let gone = posted.people.len().saturating_sub(here.len());
    Ok(Ok(People { here, gone }))
}

fn too_many() -> String {
    format!(
        "These are more than {} people, the most of one act. Narrow the list, or go page by page.",
        bulk::MOST
    )
}

/// The place, the roles and their days, if they are chosen; else what to correct.
fn wish(
    conn: &mut Conn,
    scope: &Managing,
    (deed, posted): (Deed, &Posted),
    errors: &mut Errors,
) -> Result<Option<Wish>> {
    let Some(place) = &posted.place else {
        return Ok(None);
    };
    let word = with_article(&scope.account().word_singular);
    let target = match place.as_str() {
        "" if deed.is_on_project() => Err(format!("Choose {word}")),
        "" => Err(format!("Choose where: {word} or another place")),
        text => match Target::parse(text).ok_or(Error::NotFound)? {
            Target::Project(id) => Ok(Target::Project(id)),
            _ if deed.is_on_project() => Err(format!("Choose {word}")),
            other => Ok(other),
        },
    };
    let target = errors.take("place", target);
    let roles: Option<Vec<Role>> = if deed.has_roles() {
        let known = AccountRoles::load(conn, scope.account().id)?;
        errors.take("role", forms::roles(&known, &posted.roles)?)
    } else {
        Some(Vec::new())
    };
    let during = if deed.gives() {
        posted.during.check(scope.account(), scope.now(), errors)
    } else {
        Some((None, None))
    };
    let wish = target.zip(roles).zip(during);
    Ok(wish.map(|((target, roles), during)| Wish {
        target,
        roles,
        takes: deed.takes(),
        during,
    }))
}

/// Roles at one place: the review, or the change.
fn roles(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    (posted, deed, id, made): (&Posted, Deed, ChangeId, &Made),
    (people, wish): (&People, &Wish),
) -> Result<Answer> {
    let planned = bulk::plan(conn, app, scope, (wish, &made.grants), &people.here)?;
    // What came since the review is not agreed to: it is looked at once more.
    let mut marks = planned.marks.iter().flatten();
    if !posted.confirmed || !marks.all(|mark| posted.marks.contains(mark)) {
        let page = review_of_roles(conn, scope, (posted, deed, id), (people, &planned))?;
        return Ok(Answer::Review(Box::new(page), false));
    }
    let mut back = (None, None);
    if !planned.changes.is_empty() {
        let change = (id, planned.changes.as_slice());
        crate::members::change(conn, app, scope, &planned.found, change)?;
        let slug = &scope.account().slug;
        if let Target::Project(project) = wish.target
            && let Some(project) = project_of(conn, app, scope, project)?
        {
            let undoing =
                urls::undo_project_users(slug, &project.organization_slug, &project.slug, id);
            back.0 = Some(undoing);
        } else {
            back.1 = Some(wish.target.to_string());
        }
    }
    store(conn, scope, (deed, id, back), (people, &planned.outcomes))
}

fn project_of(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    id: crate::db::types::ProjectId,
) -> Result<Option<projects::Listed>> {
    let reach = users::reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    projects::one_in_places(conn, scope.account().id, &reach, id)
}

/// Keeps what came of it.
fn store(
    conn: &mut Conn,
    scope: &Managing,
    (deed, id, (undo, place)): (Deed, ChangeId, (Option<String>, Option<String>)),
    (people, outcomes): (&People, &[Outcome]),
) -> Result<Answer> {
    let record = Record {
        deed: deed.as_str().to_owned(),
        undo,
        place,
        lines: lines(people, outcomes),
    };
    let own = (scope.account().id, scope.person().id);
    bulk::keep(conn, (id, &record), own, scope.now())?;
    Ok(Answer::Done(id))
}
