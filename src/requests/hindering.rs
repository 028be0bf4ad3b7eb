//! What stands in the way of an approval: it is asked again when somebody decides, and on the page before.

use super::deciding::File;
use super::holding::{further, holds, is_covered, reaches_further};
use super::model::{self, Request};
use super::place;
use crate::access::permission::Key;
use crate::access::resolve;
use crate::access::standing::grants_of;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::Result;
use crate::members::{self, Found, Status};

/// Why a role cannot be given as it was asked for, in a sentence. It can still be refused.
pub(super) fn in_the_way(
    conn: &mut Conn,
    app: &App,
    file: &File,
    now: Ts,
) -> Result<Option<String>> {
    let request = &file.request;
    let status = model::status(conn, request, request.person)?;
    let name = model::name(conn, request, request.person)?;
    match status.as_deref() {
        Some("deactivated") => return Ok(Some(format!("{name} has been deactivated since."))),
        None => return Ok(Some(format!("{name} no longer belongs to the account."))),
        Some(_) => {}
    }
    let Some(found) = &file.found else {
        return Ok(Some(format!(
            "{} was archived or deleted since.",
            request.place_in_words()
        )));
    };
    if let Some(why) = found.why_archived() {
        return Ok(Some(why));
    }
    let label = file.role_label();
    let Some(role) = &file.role else {
        return Ok(Some(format!("The role {label} was deleted since.")));
    };
    if let Some(why) = asker_left_off(conn, app, (request, found), now)? {
        return Ok(Some(why));
    }
    let asked = (request.role.key(), &request.scope);
    let person = (request.account, request.person);
    let holds = || holds((request.role.key(), label), &found.name);
    if let Some(spell) = reaches_further(conn, person, asked, now)? {
        return Ok(Some(further(&name, &holds(), spell)));
    }
    if is_covered(conn, person, asked, now)? {
        return Ok(Some(format!("{name} {} already.", holds())));
    }
    let given = (role, &found.scope, request.person);
    members::why_unproven(conn, app, request.account, given, now)
}

/// Whoever asked for somebody else a role that is given directly, and is here still, has to manage users there still.
/// The request of somebody who has left, and that nobody took over, is decided as it stands (rule 15).
fn asker_left_off(
    conn: &mut Conn,
    app: &App,
    (request, found): (&Request, &Found),
    now: Ts,
) -> Result<Option<String>> {
    let asker = request.requester;
    if request.role.is_admin() || asker == request.person {
        return Ok(None);
    }
    let status = model::status(conn, request, asker)?;
    if status.as_deref() != Some(Status::Active.as_str()) {
        return Ok(None);
    }
    let grants = grants_of(conn, request.account, asker)?;
    let here = resolve::resolve(app.roles(), &grants, &found.standing(), now);
    if here.permissions.contains_key(Key::UsersManage) {
        return Ok(None);
    }
    let name = model::name(conn, request, asker)?;
    let place = place::called(request, found);
    Ok(Some(format!(
        "{name}, who asked, no longer manages users in {place}."
    )))
}
