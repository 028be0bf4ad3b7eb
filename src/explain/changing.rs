//! Where the smallest change is made: a link for whoever may make it, and words alone for everybody else (ux 6.21).

use diesel::prelude::*;

use super::finding::{Asker, Subject};
use super::words;
use crate::access::explain::Act;
use crate::access::give::Actor;
use crate::access::grant::Scoped;
use crate::access::permission::{Key, UsersManage};
use crate::access::resolve::{self, Place, Resolution};
use crate::access::role::Builtin;
use crate::db::Conn;
use crate::db::schema::{organizations, projects};
use crate::db::types::{AccountId, OrganizationId, ProjectId};
use crate::error::Result;
use crate::members::{self, Held};
use crate::web::urls;

impl Asker<'_> {
    fn here(&self, place: &Place) -> Resolution {
        resolve::resolve(self.roles, &self.standing.grants, place, self.now)
    }
}

/// The page on which it is made; none: whoever asks may not make it. Every such page asks again.
pub fn page(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    act: Act,
) -> Result<Option<String>> {
    match act {
        // Groups are changed by whoever manages organizations in the whole account (S11).
        Act::LeaveGroup(group) => {
            let may = asker
                .here(&Place::Account)
                .permissions
                .contains_key(Key::OrganizationsManage);
            Ok(may.then(|| urls::group(&asker.account().slug, group)))
        }
        Act::Take(grant) => match words::of(subject, grant) {
            None => Ok(None),
            // Nobody edits their own roles; one lays them down (S12).
            Some(_) if subject.you => Ok(Some(urls::my_roles(asker.account().id))),
            Some(held) => taken_at(conn, asker, held),
        },
    }
}

/// Where this role is taken away, if whoever asks may take it (rule 17). Ownership is passed on by its holder.
fn taken_at(conn: &mut Conn, asker: &Asker<'_>, held: &Held) -> Result<Option<String>> {
    let account = asker.account();
    let Some(place) = members::standing_of(conn, account.id, &held.scope)? else {
        return Ok(None);
    };
    let here = asker.here(&place);
    let actor = Actor {
        user: asker.standing.person.id,
        here: &here,
        roles: asker.roles,
    };
    let may = here.permissions.allows::<UsersManage>()
        && held.role != Builtin::Owner.into()
        && actor.may_take(&held.role, held.user).is_ok();
    if !may {
        return Ok(None);
    }
    let slug = &account.slug;
    Ok(Some(match held.scope {
        Scoped::Account => urls::user_roles(slug, held.user),
        Scoped::Group(id) => urls::group_access(slug, id, held.user),
        Scoped::Organization { id, .. } => {
            urls::member(slug, &organization_slug(conn, account.id, id)?, held.user)
        }
        Scoped::Project { id, organization } => {
            let within = organization_slug(conn, account.id, organization)?;
            urls::project_users(slug, &within, &project_slug(conn, account.id, id)?)
        }
    }))
}

fn organization_slug(conn: &mut Conn, account: AccountId, id: OrganizationId) -> Result<String> {
    Ok(organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::id.eq(id))
        .select(organizations::slug)
        .first(conn)?)
}

fn project_slug(conn: &mut Conn, account: AccountId, id: ProjectId) -> Result<String> {
    Ok(projects::table
        .filter(projects::account_id.eq(account))
        .filter(projects::id.eq(id))
        .select(projects::slug)
        .first(conn)?)
}
