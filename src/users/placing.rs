//! Roles at a place for somebody who is in the account already (rule 8): the one act of *Add Users to Reservation* and of
//! an import.

use super::candidates::candidate;
use super::model::{Listed, reach_of};
use crate::access::gate::Demand;
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{GrantId, MailId, UserId};
use crate::error::Result;
use crate::members::{self, During, Found, Given, Stays};

/// What came of it.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Who.
    pub person: Listed,
    /// Labels of the roles that are new; none: all were held already.
    pub given: Vec<String>,
    /// Their grants.
    pub grants: Vec<GrantId>,
    /// What they hold for another time already.
    pub stays: Vec<(Role, Stays)>,
    /// The mail that tells them, if one does.
    pub mail: Option<MailId>,
}

/// Gives the roles, to somebody inside of the acting person's reach. With `tells` they are told by a notice; whoever has
/// not come in yet is told by their welcome already.
pub fn place<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    (person, tells): (UserId, bool),
    (roles, during): (&[(Role, GrantId)], During),
) -> Result<Placed> {
    let reach = reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let person = candidate(conn, scope, &reach, person)?;
    let former = members::held_at(conn, scope, found, &[person.id])?;
    let (mut given, mut grants, mut stays) = (Vec::new(), Vec::new(), Vec::new());
    for role in roles {
        let now = members::give_during(conn, app, scope, found, (role.clone(), during), person.id)?;
        match now {
            Given::New => {
                given.push(role.0.label().to_owned());
                grants.push(role.1);
            }
            Given::Already(kept) => stays.extend(kept.map(|kept| (role.0.clone(), kept))),
        }
    }
    let mut mail = None;
    if tells && !given.is_empty() {
        let held = members::held_at(conn, scope, found, &[person.id])?;
        let told = members::tell(conn, app, scope, (&former, &held), &[])?;
        mail = told.first().map(|told| told.mail);
    }
    Ok(Placed {
        person,
        given,
        grants,
        stays,
        mail,
    })
}
