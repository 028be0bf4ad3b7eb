//! "My access": what one can do oneself, and why not more, in each account apart. It tells nothing of others but whom
//! to ask, as every refusal does.

use super::answer::answer;
use super::asking::{Asked, actions};
use super::check::what_and_where;
use super::finding::{Asker, Places, Subject};
use super::pages::{MinePage, MyAccount};
use super::person::access;
use crate::access::gate::SignedInScope;
use crate::access::grant::Scoped;
use crate::access::standing;
use crate::accounts;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::Result;
use crate::members::{Held, Target};
use crate::web::form::Errors;
use crate::web::page::After;
use crate::web::urls;
use crate::web::view::Choice;

/// Places in the list to choose from.
const PLACES: usize = 200;

/// What is asked: of which account, what, and from where the list goes on.
pub struct About {
    /// The account's slug; none: the only one.
    pub account: String,
    /// What, where.
    pub asked: Asked,
    /// Behind which organization the page begins.
    pub after: Option<After<OrganizationId>>,
}

/// The page.
pub fn page(conn: &mut Conn, app: &App, scope: &SignedInScope, about: &About) -> Result<MinePage> {
    let mut all = accounts::mine(conn, scope, None)?;
    all.rows
        .sort_by(|a, b| (&a.name_key, a.id).cmp(&(&b.name_key, b.id)));
    let slug = match (about.account.as_str(), all.rows.as_slice()) {
        ("", [only]) => Some(only.slug.clone()),
        ("", _) => None,
        (slug, _) => Some(slug.to_owned()),
    };
    let mut errors = Errors::new();
    let account = match &slug {
        Some(slug) => Some(one(conn, app, scope, (slug, about), &mut errors)?),
        None => None,
    };
    let choice = |row: &accounts::Mine| {
        let chosen = slug.as_ref() == Some(&row.slug);
        Choice::new(&row.slug, &row.name, chosen)
    };
    Ok(MinePage {
        shell: scope.shell("My access").here().with_errors(&errors),
        errors,
        action: urls::MY_ACCESS.into(),
        accounts: all.rows.iter().map(choice).collect(),
        more_accounts: all.more,
        account,
    })
}

fn one(
    conn: &mut Conn,
    app: &App,
    scope: &SignedInScope,
    (slug, about): (&str, &About),
    errors: &mut Errors,
) -> Result<MyAccount> {
    let standing = standing::in_account(conn, app, scope.visit(), slug, scope.now())?;
    let asker = Asker::themselves(conn, app, &standing, scope.now())?;
    let subject = Subject::oneself(conn, &asker)?;
    let asked = &about.asked;
    let sent = asked.action.is_some() && asked.place.is_some();
    let (key, spot) = what_and_where(conn, &asker, asked, (sent, errors))?;
    let answer = match (key, &spot) {
        (Some(key), Some(spot)) => Some(answer(conn, &asker, &subject, (key, spot))?),
        _ => None,
    };
    let here = format!("{}?account={}", urls::MY_ACCESS, standing.account.slug);
    Ok(MyAccount {
        name: standing.account.name.clone(),
        slug: standing.account.slug.clone(),
        actions: actions(asker.account(), app.catalogue(), key),
        places: places(&asker, &subject).choose(spot.as_ref()),
        answer,
        access: access(conn, &asker, &subject, (about.after.clone(), &here))?,
    })
}

/// The account, and the places where one holds a role.
fn places(asker: &Asker<'_>, subject: &Subject) -> Places {
    let account = asker.account();
    let whole = Choice::new(account.id.to_string(), &account.name, false);
    let mut mine: Vec<Choice> = Vec::new();
    let here = |held: &&Held| held.scope != Scoped::Account;
    for held in subject.held.iter().filter(here) {
        let value = Target::of(account.id, &held.scope).to_string();
        if mine.iter().any(|choice| choice.value == value) {
            continue;
        }
        let name = held.place.clone().unwrap_or_default();
        let label = match &held.within {
            Some(organization) => format!("{name} ({organization})"),
            None => name,
        };
        mine.push(Choice::new(value, label, false));
    }
    mine.sort_by(|one, other| one.label.cmp(&other.label));
    mine.truncate(PLACES);
    let mut groups = vec![("Whole account".to_owned(), vec![whole])];
    if !mine.is_empty() {
        groups.push(("Where you hold a role".into(), mine));
    }
    Places {
        groups,
        ..Places::default()
    }
}
