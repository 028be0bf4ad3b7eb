//! Roles at a place for somebody who is in the account already (rule 8): the one act of *Add Users to Reservation* and of
//! an import.

use diesel::prelude::*;

use super::candidates::candidate;
use super::model::{Listed, reach_of};
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{organizations, projects};
use crate::db::types::{GrantId, MailId, ProjectId, UserId};
use crate::error::Result;
use crate::mail::templates::{Added, Letter, Project};
use crate::mail::{self, outbox};
use crate::members::{self, During, Found, Given, Stays};
use crate::web::urls;

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

/// Gives the roles, to somebody inside of the acting person's reach. Where the place is a project they are told by the
/// mail of this id, if there is one; whoever has not come in yet is told by their welcome
/// already.
pub fn place<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    found: &Found,
    (person, mail): (UserId, Option<MailId>),
    (roles, during): (&[(Role, GrantId)], During),
) -> Result<Placed> {
    let reach = reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let person = candidate(conn, scope, &reach, person)?;
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
    let mut placed = Placed {
        person,
        given,
        grants,
        stays,
        mail: None,
    };
    let is_told = placed.person.status == "active";
    if let (Some(mail), Scoped::Project { id, .. }) = (mail, found.scope)
        && is_told
        && !placed.given.is_empty()
    {
        let is_sent = tell(conn, app, scope, (mail, id, found), (&placed, during))?;
        placed.mail = is_sent.then_some(mail);
    }
    Ok(placed)
}

fn tell<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    (mail, project, found): (MailId, ProjectId, &Found),
    (placed, during): (&Placed, During),
) -> Result<bool> {
    let account = scope.account();
    let (slug, organization): (String, String) = projects::table
        .inner_join(organizations::table)
        .filter(projects::account_id.eq(account.id))
        .filter(projects::id.eq(project))
        .select((projects::slug, organizations::slug))
        .first(conn)?;
    let letter = Letter::Added(Added {
        account: account.into(),
        person: placed.person.first_name.clone(),
        adder: scope.person().name.clone(),
        organization: found.organization.clone().unwrap_or_default(),
        project: Project {
            word: account.word_singular.clone(),
            name: found.name.clone(),
        },
        roles: placed.given.clone(),
        during,
        path: urls::project(&account.slug, &organization, &slug),
    });
    let mail = outbox::NewMail {
        id: mail,
        account: Some(account.id),
        link: None,
        reader: Some(placed.person.id),
        recipient: placed.person.email.clone(),
        letter,
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(mail),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    Ok(outbox::enqueue(conn, mail)?)
}
