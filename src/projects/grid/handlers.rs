//! The grid sent in: held against what stands there now, reviewed in words, and then stored as a whole.

use actix_web::HttpResponse;

use super::pages::{GridReviewPage, ReviewLine};
use super::posted::Posted;
use super::reading::held;
use super::telling::told_in_words;
use crate::access::custom::AccountRoles;
use crate::access::gate::Gate;
use crate::access::permission::{Key, UsersManage};
use crate::access::place::Project;
use crate::access::refusal::Refusal;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::types::{ChangeId, GrantId, UserId};
use crate::error::{Error, Result};
use crate::members::pages::NotYet;
use crate::members::{self, Change};
use crate::users::{self, Listed, showing};
use crate::web::clash::{self, Clash, Ways};
use crate::web::form::Form;
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;

pub(super) type Manager = Gate<Project, UsersManage>;
pub(super) type Managing = Scope<Project, UsersManage>;

/// What the form came to.
enum Outcome {
    /// Nothing was ticked or unticked.
    Unchanged,
    Review(Box<GridReviewPage>),
    Overtaken(Box<Overtaken>),
    Changed(String),
}

/// Somebody was faster.
struct Overtaken {
    shell: Shell,
    clash: Clash,
    ways: Ways,
    /// The form as it was ticked, on top of what stands there now.
    form: Form,
}

/// *Save changes*, and then *Submit*.
pub async fn submit(gate: Manager, form: Form, app: App) -> Result<HttpResponse> {
    let change = ChangeId::new();
    // Made before the transaction, so that they stay the same when it is run again; one for each box is enough.
    let grants: Vec<GrantId> = form.pairs().map(|_| GrantId::new()).collect();
    let inside = app.clone();
    let (outcome, back, undo) = app
        .write_ending(gate, move |conn, scope| {
            let known = AccountRoles::load(conn, scope.account().id)?;
            let posted = Posted::read(&form, &known)?;
            let (account, project) = (&scope.account().slug, scope.place());
            let organization = &project.organization.slug;
            let back = posted.back.page(scope);
            let undo = urls::undo_project_users(account, organization, &project.slug, change);
            let undo = posted.back.along(scope, undo);
            let new = (change, grants.as_slice());
            let outcome = decide(conn, &inside, scope, &posted, new)?;
            Ok((outcome, back, undo))
        })
        .await?;
    match outcome {
        Outcome::Unchanged => Redirect::to(back)
            .notice("No box was ticked or unticked, so nothing was changed.")
            .respond(&app),
        Outcome::Review(page) => html::ok(&app, &page.shell, &*page),
        Outcome::Overtaken(it) => clash::respond(&app, &it.shell, &it.clash, &it.form, &it.ways),
        Outcome::Changed(words) => Redirect::to(back)
            .success(words)
            .link("Undo", undo)
            .respond(&app),
    }
}

/// The people of a form, as far as whoever acts may see them, and their roles now.
struct Standing {
    people: Vec<(UserId, Option<Listed>)>,
    held: Vec<members::Held>,
    /// Those whom only the log of this project names.
    outside: Vec<UserId>,
}

impl Standing {
    fn roles(&self, user: UserId) -> Vec<Role> {
        let own = self.held.iter().filter(|held| held.user == user);
        own.map(|held| held.role.clone()).collect()
    }
}

fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    posted: &Posted,
    (id, grants): (ChangeId, &[GrantId]),
) -> Result<Outcome> {
    not_oneself(scope, posted)?;
    if !scope.place().active {
        return Err(Error::Conflict(format!(
            "{} is archived: its roles stay as they are until it is opened again.",
            scope.place().name
        )));
    }
    let standing = standing(conn, app, scope, posted)?;
    let overtaken = |user: &UserId| {
        standing.roles(*user) != Posted::of(&posted.seen, *user) || standing.gone(*user)
    };
    if posted.people.iter().any(overtaken) {
        let clash = clash(conn, scope, posted, &standing)?;
        return Ok(Outcome::Overtaken(Box::new(clash)));
    }
    let asked = changes(posted, &standing, grants);
    if asked.is_empty() {
        return Ok(Outcome::Unchanged);
    }
    // Who was here and lies outside of the reach now gets nothing here any more: they are found nowhere else (S6).
    let gets = |change: &&Change| !change.gets.is_empty();
    let mut getting = asked.iter().filter(gets);
    if getting.any(|change| standing.outside.contains(&change.user)) {
        return Err(Error::NotFound);
    }
    let account = scope.account();
    let target = members::Target::Project(scope.place().id);
    let found = members::place_of(conn, account.id, &account.name, target)?;
    Change::ask(app, scope, &found, &asked)?;
    if !posted.confirmed {
        // What somebody would be refused is left out and said, and the rest of the grid can be saved; the act asks again.
        let unproven = Change::unproven(conn, app, scope, &found, &asked)?;
        let mut posted = posted.clone();
        posted.ticked.retain(|(user, role)| {
            let mut unproven = unproven.iter();
            !unproven.any(|(whose, which, _)| (whose, which) == (user, role))
        });
        let left = changes(&posted, &standing, grants);
        let not_yet = unproven.into_iter().map(|(user, _, why)| {
            let who = (user, standing.name(user));
            NotYet::new(account, who, why)
        });
        let mut page = review(conn, scope, &posted, (&left, &standing))?;
        page.not_yet = not_yet.collect();
        return Ok(Outcome::Review(Box::new(page)));
    }
    members::change(conn, app, scope, &found, (id, &asked))?;
    Ok(Outcome::Changed(said(scope, &asked, &standing)))
}

/// Nobody changes their own roles: a form of ours has no boxes of whoever looks.
fn not_oneself(scope: &Managing, posted: &Posted) -> Result<()> {
    if !posted.people.contains(&scope.person().id) {
        return Ok(());
    }
    let sentence = crate::access::give::Refusal::OwnRoles.to_string();
    Err(Refusal::new("role", sentence).to(scope))
}

/// Everybody whom the form names, each proven to be somebody whom whoever acts may know: they hold a role on the
/// project, or are inside the reach (S6), or were on the project when the form was made. Nobody else is there.
fn standing(conn: &mut Conn, app: &App, scope: &Managing, posted: &Posted) -> Result<Standing> {
    let account = scope.account().id;
    let rows = users::these(conn, account, &posted.people)?;
    let held = held(conn, scope, &posted.people)?;
    let mut reach = None;
    let (mut people, mut outside) = (Vec::new(), Vec::new());
    for user in &posted.people {
        let row = rows.iter().find(|row| row.id == *user).cloned();
        let known = held.iter().any(|held| held.user == *user);
        if !known {
            if reach.is_none() {
                reach = Some(users::reach_of(conn, app.roles(), scope, Key::UsersManage)?);
            }
            let inside = match &reach {
                Some(reach) => users::one_of(conn, account, reach, *user)?,
                None => None,
            };
            if inside.is_none() {
                if !was_here(conn, scope, *user)? {
                    return Err(Error::NotFound);
                }
                outside.push(*user);
            }
        }
        people.push((*user, row));
    }
    Ok(Standing {
        people,
        held,
        outside,
    })
}

/// Whether the log says that somebody's roles on this project were changed: then their name is no secret here.
fn was_here(conn: &mut Conn, scope: &Managing, user: UserId) -> Result<bool> {
    let (account, project) = (scope.account().id, scope.place().id);
    Ok(audit::happened_in(
        conn,
        account,
        project,
        Target::user(user),
    )?)
}

impl Standing {
    /// Whether somebody has left the account altogether.
    fn gone(&self, user: UserId) -> bool {
        self.person(user).is_none()
    }

    fn person(&self, user: UserId) -> Option<&Listed> {
        let found = self.people.iter().find(|(id, _)| *id == user);
        found.and_then(|(_, row)| row.as_ref())
    }

    pub(super) fn name(&self, user: UserId) -> String {
        let gone = || "Somebody who has left the account".to_owned();
        self.person(user).map_or_else(gone, showing::name)
    }
}

/// What is ticked, as against what stands there.
fn changes(posted: &Posted, standing: &Standing, grants: &[GrantId]) -> Vec<Change> {
    let change = |user: &UserId| {
        let before = standing.roles(*user);
        let ticked = posted.ticked.iter().zip(grants);
        let gets = ticked
            .filter(|((whose, role), _)| whose == user && !before.contains(role))
            .map(|((_, role), grant)| (role.clone(), *grant))
            .collect();
        let kept = Posted::of(&posted.ticked, *user);
        let own = standing.held.iter().filter(|held| held.user == *user);
        let loses = own.filter(|held| !kept.contains(&held.role)).cloned();
        Change {
            user: *user,
            before: before.clone(),
            gets,
            during: (None, None),
            loses: loses.collect(),
        }
    };
    let all = posted.people.iter().map(change);
    all.filter(|change| !(change.gets.is_empty() && change.loses.is_empty()))
        .collect()
}

/// The page of both versions.
fn clash(
    conn: &mut Conn,
    scope: &Managing,
    posted: &Posted,
    standing: &Standing,
) -> Result<Overtaken> {
    let account = scope.account();
    // What was done elsewhere is neither what overtook the form nor for everybody to know (S6).
    let here = (account.id, Some(scope.place().id));
    let mut last: Option<audit::Latest> = None;
    let mut fields = Vec::new();
    for user in &posted.people {
        let (now, seen) = (standing.roles(*user), Posted::of(&posted.seen, *user));
        if now != seen {
            let actions = [
                Action::RolesChanged,
                Action::RoleGranted,
                Action::RoleRevoked,
                Action::RoleExpired,
            ];
            let found = audit::latest(conn, here, Target::user(*user), &actions)?;
            if found.as_ref().map(|one| one.at) > last.as_ref().map(|one| one.at) {
                last = found;
            }
        }
        let yours = Posted::of(&posted.ticked, *user);
        fields.push((standing.name(*user), labels(&now), labels(&yours)));
    }
    let mut clash = Clash::after(last, (0, scope.now()));
    for (name, theirs, yours) in fields {
        clash = clash.field(name, theirs, yours);
    }
    let here = urls::project_users(
        &account.slug,
        &scope.place().organization.slug,
        &scope.place().slug,
    );
    // To go on with one's own is to have seen how it stands now; whoever has left cannot be changed any more.
    let mut again = posted.clone();
    again.confirmed = false;
    again.people.retain(|user| !standing.gone(*user));
    again.ticked.retain(|(user, _)| !standing.gone(*user));
    again.seen = standing
        .held
        .iter()
        .map(|held| (held.user, held.role.clone()))
        .collect();
    let fields = again.carried().into_iter();
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Ok(Overtaken {
        shell: scope.shell("Someone changed this first"),
        clash,
        ways: Ways {
            action: here,
            theirs: posted.back.page(scope),
        },
        form: Form::of(fields.collect()),
    })
}

fn labels(roles: &[Role]) -> String {
    let labels: Vec<&str> = roles.iter().map(Role::label).collect();
    if labels.is_empty() {
        "No role".to_owned()
    } else {
        labels.join(", ")
    }
}

/// The changes in words.
pub(super) fn lines(changes: &[Change], name: impl Fn(UserId) -> String) -> Vec<ReviewLine> {
    let shown = |role: &Role| {
        let twice = matches!(
            role,
            Role::Builtin(
                Builtin::Owner | Builtin::Admin | Builtin::Auditor | Builtin::UserManagement
            )
        );
        (role.label().to_owned(), twice)
    };
    let line = |change: &Change| ReviewLine {
        name: name(change.user),
        gets: change.gets.iter().map(|(role, _)| shown(role)).collect(),
        loses: change.loses.iter().map(|held| shown(&held.role)).collect(),
        leaves: change.after().is_empty(),
    };
    let mut lines: Vec<ReviewLine> = changes.iter().map(line).collect();
    lines.sort_by_key(|line| line.name.to_lowercase());
    lines
}

fn review(
    conn: &mut Conn,
    scope: &Managing,
    posted: &Posted,
    (changes, standing): (&[Change], &Standing),
) -> Result<GridReviewPage> {
    let (account, project) = (scope.account(), scope.place());
    let here = urls::project_users(&account.slug, &project.organization.slug, &project.slug);
    let mut carried = posted.carried();
    carried.push(("confirmed", "yes".to_owned()));
    let told = told_in_words(conn, scope, changes, |user| standing.person(user))?;
    Ok(GridReviewPage {
        shell: scope.shell("Review").here(),
        heading: format!("Change roles on {}?", project.name),
        place: project.name.clone(),
        action: here,
        carried,
        lines: lines(changes, |user| standing.name(user)),
        told,
        not_yet: Vec::new(),
        cancel: posted.back.page(scope),
    })
}

/// "The roles of Dana Ruiz on Dock 4 were changed."
fn said(scope: &Managing, changes: &[Change], standing: &Standing) -> String {
    let place = &scope.place().name;
    match changes {
        [one] => format!(
            "The roles of {} on {place} were changed.",
            standing.name(one.user)
        ),
        several => {
            let number = i64::try_from(several.len()).unwrap_or(i64::MAX);
            let people = if number == 1 { "person" } else { "people" };
            format!("The roles of {number} {people} on {place} were changed.")
        }
    }
}
