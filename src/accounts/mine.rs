//! `/me/accounts`: the accounts of one person with what can be done about them, and what waits for an answer. Its list
//! alone is what the user menu shows to switch.

use actix_web::HttpResponse;
use askama::Template;

use super::pages::{WaitingInvitation, in_words, invitation};
use super::{Mine, Roles};
use crate::access::gate::{SignedIn, SignedInScope};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::ownership::{self, OfferShown};
use crate::web::field::fold;
use crate::web::form::Query;
use crate::web::html;
use crate::web::shell::Shell;
use crate::web::urls;

/// Lists of more entries than this get a search field.
const FILTER_FROM: usize = 7;

/// An account of the person's.
#[derive(Clone, Debug)]
pub struct MyAccount {
    /// Company name.
    pub name: String,
    /// One's roles there, in words.
    pub roles: String,
    /// Where it opens; none: one holds no role there now.
    pub href: Option<String>,
    /// Whether it is the home.
    pub home: bool,
    /// Whether it is the account of the page that is shown.
    pub selected: bool,
    /// Where one's own roles are laid down.
    pub lay_down: String,
    /// Where a guest leaves.
    pub leave: Option<String>,
}

/// Accounts and invitations.
#[derive(Template)]
#[template(path = "accounts/mine.html")]
pub struct MyAccountsPage {
    /// The frame.
    pub shell: Shell,
    /// The accounts, by name.
    pub accounts: Vec<MyAccount>,
    /// The invitations that wait.
    pub invitations: Vec<WaitingInvitation>,
    /// Ownership that is offered.
    pub offers: Vec<OfferShown>,
    /// What is searched for.
    pub q: String,
    /// Whether the search field is shown.
    pub filterable: bool,
    /// Whether not all are listed.
    pub more: bool,
}

/// The same for the user menu, to switch.
#[derive(Template)]
#[template(path = "accounts/menu.html", blocks = ["rows"])]
pub struct AccountMenu {
    /// The accounts, by name.
    pub accounts: Vec<MyAccount>,
    /// The invitations that wait.
    pub invitations: Vec<WaitingInvitation>,
    /// Ownership that is offered.
    pub offers: Vec<OfferShown>,
    /// What is searched for.
    pub q: String,
    /// Whether the search field is shown.
    pub filterable: bool,
    /// The account of the page that the menu stands on.
    pub at: String,
    /// That page.
    pub return_to: String,
}

/// What is asked for.
struct Asked {
    q: String,
    at: String,
    return_to: String,
}

/// The page; for the menu its list with a search field, or the list alone where something is searched for.
pub async fn show(gate: SignedIn, query: Query, app: App) -> Result<HttpResponse> {
    let is_partial = gate.visit().is_partial();
    let is_search = query.has("q");
    let asked = Asked {
        q: query.search("q")?,
        at: query.text("at")?,
        return_to: html::safe_return(&query.text("return")?).to_owned(),
    };
    let (at, return_to) = (asked.at.clone(), asked.return_to.clone());
    let page = app
        .read(gate, move |conn, scope| page(conn, scope, asked))
        .await?;
    if !is_partial {
        return html::ok(&app, &page.shell, &page);
    }
    let menu = AccountMenu {
        accounts: page.accounts,
        invitations: page.invitations,
        offers: page.offers,
        q: page.q,
        filterable: page.filterable,
        at,
        return_to,
    };
    Ok(html::fragment(if is_search {
        menu.as_rows().render()?
    } else {
        menu.render()?
    }))
}

fn page(conn: &mut Conn, scope: &SignedInScope, asked: Asked) -> Result<MyAccountsPage> {
    let found = super::mine(conn, scope, None)?;
    let more = found.more;
    let filterable = found.rows.len() > FILTER_FROM;
    let key = fold(&asked.q);
    let mut rows: Vec<Mine> = found.rows;
    rows.retain(|row| row.name_key.contains(&key) || row.slug.contains(&key));
    rows.sort_by(|a, b| a.name_key.cmp(&b.name_key));
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let roles = super::roles_of(conn, scope, &ids)?;
    let waiting = super::waiting(conn, scope)?;
    let home = super::home_rules(conn, scope)?;
    let now = scope.now();
    Ok(MyAccountsPage {
        accounts: rows
            .into_iter()
            .zip(roles)
            .map(|(row, roles)| shown(row, &roles, (&asked.at, &asked.return_to)))
            .collect(),
        invitations: waiting
            .into_iter()
            .map(|row| invitation(row, home, now))
            .collect(),
        offers: ownership::waiting_for(conn, scope)?,
        shell: scope.shell("Accounts and invitations"),
        q: asked.q,
        filterable,
        more,
    })
}

fn shown(row: Mine, roles: &Roles, (at, return_to): (&str, &str)) -> MyAccount {
    let home = row.kind == "home";
    MyAccount {
        roles: if roles.is_empty() {
            "No role now".into()
        } else {
            in_words(roles, &row.word_plural)
        },
        href: (!roles.is_empty()).then(|| urls::switch_account(&row.slug, return_to)),
        home,
        selected: row.slug == at,
        lay_down: urls::my_roles(row.id),
        leave: (!home).then(|| urls::leave(row.id)),
        name: row.name,
    }
}
