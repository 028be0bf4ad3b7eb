//! One person in an account.

use actix_web::{HttpResponse, web};

use super::about::{Lacks, Slugs, history, invitations, lacks};
use super::managed::managed;
use super::returning::waiting;
use super::roles::groups;
use super::{InUrl, mail_in_words, mail_works};
use crate::access::gate::{Gate, Somewhere};
use crate::access::give::key_to_give;
use crate::access::grant::Scoped;
use crate::access::permission::{Key, Permission, UsersView};
use crate::access::place::Whole;
use crate::access::role::{Builtin, Role};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::members::{self, Held};
use crate::users::bulk::Deed;
use crate::users::pages::{Fact, ManagedPlace, SessionLine, UserPage, WelcomeLink};
use crate::users::rank::Rank;
use crate::users::{self, Reach, Shown, added_by, find, names, reach, reach_of, showing};
use crate::web::shell::initials;
use crate::web::view::{Act, count, day, moment, relative};
use crate::web::{html, urls};
use crate::welcome::{self, Managed};

/// A person's page.
pub async fn show(
    gate: Gate<Whole, Somewhere<UsersView>>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.user()?;
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            person(conn, &inside, scope, id, None)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What to know about a link that is shown.
const ON_ITS_WAY: &str = "Its mail is still on its way.";
const NOT_MAILED: &str = "It is not mailed: hand it over yourself.";
const NOT_SENT: &str = "The mail was not sent: hand it over yourself.";
const NO_MAIL: &str = "Mail is not set up on this portal: hand it over yourself.";

/// Everything that the page shows; `copied` is a link that was asked for, and whether it is a new one.
pub(super) fn person<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
    copied: Option<(String, bool)>,
) -> Result<UserPage> {
    let see = reach(conn, app.roles(), scope)?;
    let shown = find(conn, scope, &see, id)?;
    let manage = reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let account = scope.account();
    let mut held = members::held_by(conn, account.id, id)?;
    let me = scope.person().id;
    let mine = held.iter().all(|held| held.given_by == Some(me));
    held.retain(|held| see.holds(&held.scope));
    let waiting = waiting(conn, app, scope, id)?;
    let rank = Rank::of(scope);
    let theirs = |held: &Held| manage.holds(&held.scope) && rank.takes(&held.role);
    let foreign = !held.iter().all(theirs) || !waiting.iter().all(|role| role.discards);
    let you = scope.person().id == id;
    let manages =
        !you && (manage == Reach::Account || held.iter().any(|held| manage.holds(&held.scope)));
    let invited = shown.row.status == "invited";
    let link = if invited {
        welcome::newest(conn, account.id, id)?
    } else {
        None
    };
    // Unasked only where every role is one's own gift: else *Copy link* asks who may give what.
    let kept = link
        .as_ref()
        .filter(|link| manages && mine && link.is_live(scope.now()));
    let copied = copied.or_else(|| {
        let token = kept?.copied(app.sealer(), me)?;
        Some((token, false))
    });
    let until = link.as_ref().map(|link| moment(link.expires_at));
    let readonly = if manages || you {
        None
    } else {
        let ask = members::who_can_help(conn, account.id, scope.now())?;
        Some(showing::only_managers(&ask))
    };
    let of = (&shown, held.as_slice(), foreign);
    let lacks = lacks(conn, scope, (&manage, manages), of)?;
    let name = showing::name(&shown.row);
    // About oneself nothing is changed there.
    let changes = |held: &Held| manages && manage.holds(&held.scope);
    let slugs = Slugs::load(conn, &held, &changes)?;
    let reached = managed(conn, (account, scope.now()), (&held, &slugs), &shown.row)?;
    Ok(UserPage {
        shell: scope
            .shell("User")
            .named(name.clone())
            .crumb("User Management", urls::user_management(&account.slug)),
        access: urls::access_of(&account.slug, id),
        initials: initials(&name),
        email: shown.row.email.clone(),
        status: showing::status(&shown.row, scope.now()),
        admin: showing::is_admin(
            held.iter().map(|held| (&held.role, held.extent())),
            scope.now(),
        ),
        you,
        welcome_link: copied.map(|(token, new)| WelcomeLink {
            url: app.config().public_url.join(&urls::welcome(&token)),
            until: until.unwrap_or_default(),
            note: note(app, link.as_ref(), new),
        }),
        facts: facts(
            conn,
            scope,
            &shown,
            (manages, you),
            (reached, link.as_ref(), mail_works(app)),
        )?,
        roles: groups(conn, account, (&held, &slugs, id), &|held| {
            (manages && manage.holds(&held.scope) && may_end(scope, held))
                .then(|| urls::role_end(&account.slug, id, held.grant))
        })?,
        invitations: invitations(conn, scope, (&shown.row, manages), mail_works(app))?,
        history: history(conn, app, scope, id)?,
        sessions: sessions(conn, app, scope, (&shown, manages))?,
        sign_out: urls::user_sessions(&account.slug, id),
        waiting,
        confirm: urls::confirm_role(&account.slug, id),
        discard: urls::discard_role(&account.slug, id),
        acts: acts(&shown, scope, (manages, you, lacks.as_ref()), link.as_ref()),
        asks: (lacks.as_ref())
            .map(|lacks| lacks.asks.clone())
            .unwrap_or_default(),
        readonly: readonly.or(lacks.map(|lacks| lacks.why)),
        name,
    })
}

fn note(app: &App, link: Option<&Managed>, new: bool) -> String {
    let note = match link.and_then(|link| link.mail_state.as_deref()) {
        _ if !mail_works(app) => NO_MAIL,
        None => NOT_MAILED,
        Some("failed") => NOT_SENT,
        Some(_) => ON_ITS_WAY,
    };
    let ended = if new {
        "Earlier links stopped working. "
    } else {
        ""
    };
    format!("{ended}{note}")
}

type Facts = Vec<Fact>;

fn facts<A: Permission>(
    conn: &mut Conn,
    scope: &Scope<Whole, Somewhere<A>>,
    shown: &Shown,
    (manages, you): (bool, bool),
    (reached, link, mails): (Vec<ManagedPlace>, Option<&Managed>, bool),
) -> Result<Facts> {
    let (account, now, row) = (scope.account(), scope.now(), &shown.row);
    let invited = row.status == "invited";
    // Where a login has its home is settled when its owner comes in; before that no page tells whether it has one
    // elsewhere, and no page ever names another account (S1, S3, S16).
    let here = is_at_home(shown);
    let rename = match (you, manages && (invited || here)) {
        (true, _) => Some(urls::MY_PROFILE.to_owned()),
        (false, true) => Some(urls::user_name(&account.slug, row.id)),
        (false, false) => None,
    };
    let readdress = match (you, manages && here && row.status == "active") {
        (true, _) => Some(urls::MY_EMAIL.to_owned()),
        (false, true) => Some(urls::user_email(&account.slug, row.id)),
        (false, false) if manages && invited && link.is_none_or(|link| link.used_at.is_none()) => {
            Some(urls::invited_address(&account.slug, row.id))
        }
        (false, false) => None,
    };
    let mut facts: Facts = vec![
        Fact::new("Name", showing::name(row), None).changed_at(rename),
        Fact::new("Email address", &row.email, None).changed_at(readdress),
    ];
    if invited {
        let (by, since) = added_by(conn, account.id, row.id)?;
        let by = names(conn, account.id, by.into_iter().collect())?;
        let by = by.into_iter().next().map(|(_, name)| format!("by {name}"));
        facts.push(Fact::new("Invited", day(since), by));
    } else {
        let seen = row.last_sign_in_at;
        let when = seen.map_or_else(|| "never".to_owned(), |at| relative(at, now));
        facts.push(Fact::new("Last signed in", when, seen.map(moment)));
        if let Some(at) = row.joined_at {
            facts.push(Fact::new("Joined", day(at), None));
        }
    }
    if let Some(at) = row.deactivated_at {
        let how = users::ended(conn, account.id, &[row.id])?;
        let how = how.into_iter().next();
        let (by, why) = how.map_or((None, None), |how| (how.by, how.why));
        let by = by.map(|name| format!("by {name}"));
        facts.push(Fact::new("Deactivated", day(at), by));
        facts.extend(why.map(|why| Fact::new("Reason", why, None)));
    }
    if let Some(link) = link {
        facts.extend(invitation(link, mails, now));
        if let Some(at) = link.asked_at {
            let words = format!("Asked for by {} on {}", row.first_name, moment(at));
            facts.push(Fact::new("New link", words, None));
        }
    }
    let parent = match (invited, here) {
        (true, _) => "Settled when they come in".to_owned(),
        (false, true) => account.name.clone(),
        (false, false) => "Another account".to_owned(),
    };
    let organization = shown.home_organization.clone().filter(|_| here);
    facts.push(Fact::new("Parent Account", parent, organization));
    facts.push(Fact {
        places: reached,
        ..Fact::new("Managed Accounts", "—", None)
    });
    let brand = match (here, shown.branded_elsewhere) {
        (true, false) => account.name.as_str(),
        (true, true) => "Another account",
        (false, _) => "—",
    };
    facts.push(Fact::new("Portal Branding Account", brand, None));
    Ok(facts)
}

/// How often a link was sent, until when it works, and what became of its mail.
fn invitation(link: &Managed, mails: bool, now: crate::db::types::Ts) -> Facts {
    let works = if link.used_at.is_some() {
        "The password is set; the first sign-in is still to come".to_owned()
    } else if link.is_live(now) {
        format!("Works until {}", moment(link.expires_at))
    } else {
        format!("Expired on {}", moment(link.expires_at))
    };
    // Only what went out counts as sent.
    let sent = Some(link.sends).filter(|sends| mails && *sends > 0);
    let sent = sent.map(|sends| format!("sent {}", count(sends, "time")));
    let mail = mail_in_words(mails, link.mail_state.as_deref());
    vec![
        Fact::new("Welcome link", works, sent),
        Fact::new("Mail", mail, link.mail_error.clone()),
    ]
}

/// Whether the page offers another end for a role; the rule itself is asked there. Ownership has none.
fn may_end<A: Permission>(scope: &Scope<Whole, Somewhere<A>>, held: &Held) -> bool {
    let high: [Role; 2] = [Builtin::Owner.into(), Builtin::Admin.into()];
    let is_high = scope.grants().iter().any(|grant| {
        grant.scope == Scoped::Account && high.contains(&grant.role) && grant.in_force(scope.now())
    });
    held.role != Builtin::Owner.into()
        && (is_high || key_to_give(&held.role) == Some(Key::UsersManage))
}

/// Whether the login is this account's to manage.
fn is_at_home(shown: &Shown) -> bool {
    shown.row.status != "invited" && shown.row.kind == "home" && shown.home_here
}

/// Where the person is signed in, for whoever may end it (S1, S6).
fn sessions<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    (shown, manages): (&Shown, bool),
) -> Result<Option<Vec<SessionLine>>> {
    if !(manages && is_at_home(shown)) {
        return Ok(None);
    }
    let now = scope.now();
    let all = crate::sessions::of_user(conn, app, shown.row.id, now)?;
    let line = |one: crate::sessions::Listed| SessionLine {
        id: one.id.to_string(),
        browser: one.browser,
        place: one.place,
        began: moment(one.created_at),
        used: relative(one.last_seen_at, now),
    };
    Ok(Some(all.into_iter().map(line).collect()))
}

fn acts<A: Permission>(
    shown: &Shown,
    scope: &Scope<Whole, Somewhere<A>>,
    (manages, you, lacks): (bool, bool, Option<&Lacks>),
    link: Option<&Managed>,
) -> Vec<Act> {
    let (slug, row) = (&scope.account().slug, &shown.row);
    let mut acts = Vec::new();
    if (manages || you) && row.status != "deactivated" {
        let ask = urls::new_request_for(slug, row.id);
        acts.push(Act::link("Request Admin role", ask));
    }
    let locked = is_at_home(shown) && showing::is_locked(row, scope.now());
    if !manages && !you && locked && users::vouches(scope) {
        // Whether the reader may is said there.
        acts.push(Act::link("Vouch for them", urls::vouch(slug, row.id)));
    }
    if !manages {
        return acts;
    }
    if row.status != "deactivated" {
        let give = Act::post("Add role…", urls::bulk(slug));
        let give = give.with("act", Deed::Give.as_str());
        let word = scope.account().word_singular.to_lowercase();
        let join = Act::post(format!("Add to {word}…"), urls::bulk(slug));
        let join = join.with("act", Deed::Join.as_str());
        acts.push(Act::link("Change roles", "#roles"));
        acts.push(join.with("person", row.id.to_string()));
        acts.push(give.with("person", row.id.to_string()));
    }
    if row.status == "invited" {
        acts.push(Act::post("Resend", urls::resend(slug, row.id)));
        acts.push(Act::post("Copy link", urls::copy_link(slug, row.id)));
        if link.is_some_and(|link| link.mail_state.as_deref() == Some("failed")) {
            let change = urls::invited_address(slug, row.id);
            acts.push(Act::link("Change address and resend", change));
        }
        if lacks.is_none() {
            let withdraw = urls::cancel_invitation(slug, row.id);
            acts.push(Act::post("Withdraw invitation", withdraw));
        }
    }
    if lacks.is_some_and(|lacks| lacks.leaves) {
        let words = format!(
            "Remove from {}…",
            scope.account().word_singular.to_lowercase()
        );
        let leave = Act::post(words, urls::bulk(slug)).with("act", Deed::Leave.as_str());
        acts.push(leave.with("person", row.id.to_string()));
    }
    match row.status.as_str() {
        "active" => {
            if lacks.is_none() {
                acts.push(Act::link("Deactivate User", urls::deactivate(slug, row.id)));
            }
            if row.kind == "guest" {
                acts.push(Act::link("Remove guest", urls::remove_guest(slug, row.id)));
            }
        }
        "deactivated" => {
            acts.push(Act::link("Reactivate User", urls::reactivate(slug, row.id)));
        }
        _ => {}
    }
    if is_at_home(shown) && row.status == "active" {
        let mail = urls::mail_reset(slug, row.id);
        acts.push(Act::post("Send password reset mail", mail));
    }
    if showing::is_locked(row, scope.now()) {
        let mail = urls::mail_unlock(slug, row.id);
        acts.push(Act::post("Send unlock mail", mail));
        acts.push(Act::post("Unlock", urls::unlock_user(slug, row.id)));
    }
    acts
}
