//! Switching the account keeps the place (rule 3, S7): a page of the account becomes the same page there, a page of an
//! organization the same page of the organization that was shown last in that account.

use super::handlers::standing_in;
use crate::access::gate::SignedInScope;
use crate::access::resolve::{self, Place};
use crate::access::standing::Standing;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::organizations::{self, Listed, held_in, keeping};
use crate::routes::Who;
use crate::web::flash::{Flash, Kind};
use crate::web::urls;

/// Where a switch leads, and what is said there.
pub(super) struct Landing {
    /// The page.
    pub(super) to: String,
    /// Where one is now, and the way back.
    pub(super) notice: Option<Flash>,
}

/// Where somebody lands in the account who comes from this page: `here` is the organization to land in, if any.
pub(super) fn landing(
    conn: &mut Conn,
    (app, scope): (&App, &SignedInScope),
    (there, here): (&Standing, Option<&Listed>),
    page: &str,
) -> Result<Landing> {
    let account = &there.account.slug;
    let left = page.strip_prefix("/accounts/").unwrap_or_default();
    let left = left.split(['/', '?']).next().unwrap_or_default();
    let front = || match here {
        Some(here) => urls::organization(account, &here.slug),
        None => urls::account(account),
    };
    let to = if left == account {
        page.to_owned()
    } else if let Some(to) = keeping::across(account, page, |who| may_open(app, scope, there, who))
    {
        to
    } else if let (Some(source), Some(here)) = (keeping::Source::read(left, page), here) {
        let (roles, now) = (app.roles(), scope.now());
        let held = held_in(conn, roles, &there.grants, &[here.id], now)?.pop();
        match held {
            Some(held) => source.elsewhere(account, &here.slug, held.permissions),
            None => front(),
        }
    } else {
        front()
    };
    let from = if left == account || left.is_empty() {
        None
    } else {
        standing_in(conn, scope, app, left)?
    };
    let place = match here {
        Some(here) if to.contains("/organizations/") => {
            format!("{} ({})", here.name, there.account.name)
        }
        _ => there.account.name.clone(),
    };
    let notice = from.map(|from| Flash {
        kind: Kind::Notice,
        text: format!("You are now in {place}."),
        link: Some((format!("Back to {}", from.account.name), page.to_owned())),
        undo: None,
        at: None,
    });
    Ok(Landing { to, notice })
}

/// Whether the person may open a page of the account there.
fn may_open(app: &App, scope: &SignedInScope, there: &Standing, who: Who) -> bool {
    let (roles, now) = (app.roles(), scope.now());
    match who {
        Who::Holder { key: None, .. } => true,
        Who::Holder {
            key: Some(key),
            anywhere,
            ..
        } => {
            let held = resolve::permissions(roles, &there.grants, &Place::Account, now);
            let mut somewhere = resolve::holding(roles, &there.grants, key, now);
            held.contains(key) || (anywhere && somewhere.next().is_some())
        }
        Who::Anybody(_) | Who::SignedIn | Who::Operator => false,
    }
}

/// The organization to land in: the one that this browser showed last there, else the selected one.
pub(super) fn to_land_in(
    conn: &mut Conn,
    scope: &SignedInScope,
    (there, last): (&Standing, Option<&str>),
) -> Result<Option<Listed>> {
    let now = scope.now();
    if let Some(slug) = last
        && let Some(found) = organizations::visible_named(conn, there, slug, now)?
    {
        return Ok(Some(found));
    }
    organizations::selected(conn, there, now)
}
