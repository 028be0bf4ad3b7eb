//! Add New User where there is no project yet: what to do instead, and who can create one.

use super::Managing;
use crate::access::permission::Key;
use crate::access::role::Builtin;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::members;
use crate::users::{self, NoProjects, Reach};
use crate::web::urls;

/// What the second page says then.
pub(super) fn no_projects(conn: &mut Conn, app: &App, scope: &Managing) -> Result<NoProjects> {
    let account = scope.account();
    let (slug, many) = (&account.slug, account.word_plural.to_lowercase());
    let reach = |conn: &mut Conn, key| users::reach_of(conn, app.roles(), scope, key);
    let text = if reach(conn, Key::UsersManage)? == Reach::Account {
        format!("{} has no {many} yet.", account.name)
    } else {
        format!("There are no {many} yet in the places where you manage users.")
    };
    let create = match users::creatable(conn, app.roles(), scope)?.as_slice() {
        [(organization, name)] => Some((
            format!("create one in {name}"),
            urls::new_project(slug, organization),
        )),
        [_, ..] => Some((
            "create one in an organization".to_owned(),
            urls::organizations(slug),
        )),
        [] if reach(conn, Key::OrganizationsManage)? == Reach::Account => Some((
            "create an organization first".to_owned(),
            urls::new_organization(slug),
        )),
        [] => None,
    };
    let ask = match create {
        Some(_) => Vec::new(),
        None => {
            let roles = [Builtin::Owner, Builtin::Admin, Builtin::Manager];
            members::who_hold(conn, account.id, &roles, scope.now())?
        }
    };
    Ok(NoProjects { text, create, ask })
}
