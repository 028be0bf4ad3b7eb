//! `/me/notifications`: which notices are mailed to oneself, account by account (rule 24; ux 6.30).

use actix_web::HttpResponse;
use askama::Template;

use super::Kind;
use super::model::{self, Choosing};
use crate::access::gate::{SignedIn, SignedInScope};
use crate::access::place::Account;
use crate::accounts;
use crate::app::App;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::types::AccountId;
use crate::error::Result;
use crate::web::clash::{self, Clash, Ways};
use crate::web::field::capital;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// What is posted for a kind that is sent at once.
const NOW: &str = "now";

/// An account of the person's, to choose it.
pub struct OneOfMine {
    /// Its name.
    pub name: String,
    /// Where its notices are chosen.
    pub href: String,
    /// Whether it is the one below.
    pub shown: bool,
    /// What is chosen there, in words.
    pub chosen: String,
}

/// A kind of notice.
pub struct KindShown {
    /// Its field.
    pub key: &'static str,
    /// What the mails are about.
    pub label: String,
    /// Who gets them.
    pub reason: String,
    /// At once, or off.
    pub choices: Vec<Choice>,
}

/// What is chosen in one account.
pub struct Chosen {
    /// The account.
    pub name: String,
    /// What is posted for it.
    pub slug: String,
    /// Whether the account sends no notices to anybody.
    pub silent: bool,
    /// Every kind.
    pub kinds: Vec<KindShown>,
    /// The version that is shown.
    pub version: i64,
}

/// One's own notices.
#[derive(Template)]
#[template(path = "notifications/mine.html")]
pub struct NotificationsPage {
    /// The frame.
    pub shell: Shell,
    /// What is wrong.
    pub errors: Errors,
    /// The accounts, by name; none, where there is one only.
    pub accounts: Vec<OneOfMine>,
    /// Whether not all are listed.
    pub more: bool,
    /// What is chosen in the one that is shown.
    pub chosen: Option<Chosen>,
    /// Where it posts.
    pub action: &'static str,
}

/// The version of what is chosen: made of it alone, and never nothing.
fn version(off: &[Kind]) -> i64 {
    let bits = Kind::ALL.iter().zip(1..);
    let bits = bits.filter(|(kind, _)| off.contains(kind));
    bits.map(|(_, bit)| 1_i64 << bit).sum::<i64>() | 1
}

/// What is posted for a kind that is off: it names the element, too, and so no other kind's may be the same.
fn off_value(kind: Kind) -> String {
    format!("{}-off", kind.key())
}

fn chosen(account: &Account, off: &[Kind], version: i64) -> Chosen {
    let kind = |kind: Kind| {
        let is_off = off.contains(&kind);
        KindShown {
            key: kind.key(),
            label: capital(&account.says(kind.about())),
            reason: account.says(kind.reason()),
            choices: vec![
                Choice::new(NOW, "At once", !is_off),
                Choice::new(off_value(kind), "Off", is_off),
            ],
        }
    };
    Chosen {
        name: account.name.clone(),
        slug: account.slug.clone(),
        silent: !account.notifications,
        kinds: Kind::ALL.into_iter().map(kind).collect(),
        version,
    }
}

/// The page, with the account of this name, or with one's home, or with the first that there is.
fn page(
    conn: &mut Conn,
    scope: &SignedInScope,
    slug: &str,
    typed: Option<(&[Kind], i64, Errors)>,
) -> Result<NotificationsPage> {
    let found = accounts::mine(conn, scope, None)?;
    let (mut mine, more) = (found.rows, found.more);
    mine.sort_by(|one, other| one.name_key.cmp(&other.name_key));
    let first = mine.iter().find(|one| one.kind == "home").or(mine.first());
    let slug = match (slug, first) {
        ("", Some(first)) => Some(first.slug.clone()),
        ("", None) => None,
        (named, _) => Some(named.to_owned()),
    };
    let account = slug.map(|slug| model::one_of_mine(conn, scope, &slug));
    let account = account.transpose()?;
    let mut ids: Vec<AccountId> = mine.iter().map(|one| one.id).collect();
    ids.extend(account.iter().map(|account| account.id));
    let off = model::turned_off(conn, scope.person().id, &ids)?;
    let off_there = |id: AccountId| -> Vec<Kind> {
        let is_off = |kind: &Kind| off.contains(&(id, *kind));
        Kind::ALL.into_iter().filter(is_off).collect()
    };
    let shown = account.as_ref().map(|account| account.id);
    let one = |one: accounts::Mine| OneOfMine {
        href: urls::my_notifications_in(&one.slug),
        shown: shown == Some(one.id),
        chosen: in_words(off_there(one.id).len()),
        name: one.name,
    };
    let chosen = account.map(|account| match &typed {
        Some((off, version, _)) => chosen(&account, off, *version),
        None => {
            let off = off_there(account.id);
            chosen(&account, &off, version(&off))
        }
    });
    let errors = typed.map(|(_, _, errors)| errors).unwrap_or_default();
    let several = mine.len() > 1;
    Ok(NotificationsPage {
        shell: scope.shell("Notifications").with_errors(&errors),
        errors,
        accounts: mine.into_iter().filter(|_| several).map(one).collect(),
        more,
        chosen,
        action: urls::MY_NOTIFICATIONS,
    })
}

fn in_words(off: usize) -> String {
    match off {
        0 => "All at once".into(),
        off if off == Kind::ALL.len() => "All off".into(),
        off => format!("{off} of {} off", Kind::ALL.len()),
    }
}

/// `GET /me/notifications?account=…`.
pub async fn show(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let slug = query.text("account")?;
    let page = app
        .read(gate, move |conn, scope| page(conn, scope, &slug, None))
        .await?;
    html::ok(&app, &page.shell, &page)
}

enum Outcome {
    Again(Box<NotificationsPage>),
    Clash(Box<(Shell, Clash, String)>),
    Saved(Account, bool),
}

/// What was posted: the kinds that are to be off, and what is wrong.
fn read(form: &Form) -> Result<(Vec<Kind>, Errors)> {
    let (mut off, mut errors) = (Vec::new(), Errors::new());
    for kind in Kind::ALL {
        match form.text(kind.key())? {
            now if now == NOW => {}
            word if word == off_value(kind) => off.push(kind),
            _ => errors.add(kind.key(), "Choose At once or Off"),
        }
    }
    Ok((off, errors))
}

/// *Save changes*.
pub async fn update(gate: SignedIn, form: Form, app: App) -> Result<HttpResponse> {
    let (slug, version) = (form.text("account")?, clash::version(&form)?);
    let (off, errors) = read(&form)?;
    let outcome = app
        .write(gate, move |conn, scope| {
            if !errors.is_empty() {
                let typed = (off.as_slice(), version, errors.clone());
                let page = page(conn, scope, &slug, Some(typed))?;
                return Ok(Outcome::Again(Box::new(page)));
            }
            save(conn, scope, &slug, (&off, version))
        })
        .await?;
    match outcome {
        Outcome::Again(page) => html::again(&app, &page.shell, &*page),
        Outcome::Saved(account, changed) => {
            let there = Redirect::to(urls::my_notifications_in(&account.slug));
            if changed {
                let name = &account.name;
                there.success(format!("Which mails you get from {name} was saved."))
            } else {
                there.notice("It was so already: nothing changed.")
            }
            .respond(&app)
        }
        Outcome::Clash(clash) => {
            let (shell, clash, theirs) = *clash;
            let action = urls::MY_NOTIFICATIONS.to_owned();
            clash::respond(&app, &shell, &clash, &form, &Ways { action, theirs })
        }
    }
}

/// Saves it, unless it was changed since the form was opened: in another window, or by the link of a mail.
fn save(
    conn: &mut Conn,
    scope: &SignedInScope,
    slug: &str,
    (off, shown): (&[Kind], i64),
) -> Result<Outcome> {
    let account = model::one_of_mine(conn, scope, slug)?;
    let (me, now) = (scope.person().id, scope.now());
    let was = model::off_in(conn, account.id, me)?;
    if version(&was) != shown {
        let about = (account.id, Target::user(me));
        let current = (version(&was), now);
        let mut clash = Clash::read(conn, about, &[Action::NoticesChosen], current)?;
        let word = |off: &[Kind], kind| {
            if off.contains(&kind) {
                "Off"
            } else {
                "At once"
            }
        };
        for kind in Kind::ALL {
            let label = capital(&account.says(kind.about()));
            clash = clash.field(label, word(&was, kind), word(off, kind));
        }
        let theirs = urls::my_notifications_in(&account.slug);
        let shell = scope.shell("Notifications");
        return Ok(Outcome::Clash(Box::new((shell, clash, theirs))));
    }
    let on = Choosing {
        visit: scope.visit(),
        now,
        by_mail: false,
    };
    let changed = model::choose(conn, (account.id, me), off, &on)?;
    Ok(Outcome::Saved(account, changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_what_is_off_and_is_never_that_of_no_form() {
        let all = Kind::ALL.map(|kind| version(&[kind]));
        let mut seen = vec![version(&[]), version(&Kind::ALL)];
        seen.extend(all);
        seen.sort_unstable();
        let many = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), many);
        assert!(!seen.contains(&0));
        let both = [Kind::Added, Kind::People];
        assert_eq!(version(&both), version(&[Kind::People, Kind::Added]));
    }
}
