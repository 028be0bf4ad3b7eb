//! The link into an account and the mail that carries it, at first and again.

use super::adding::Places;
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::resolve::Place;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{AccountId, GrantId, Ts, UserId};
use crate::error::Result;
use crate::mail::templates::{Also, Exclusive, Joining, Letter, NewLink, Project};
use crate::mail::{self, outbox};
use crate::members::{self, During};
use crate::welcome::{self, Fresh, Purpose};

/// Whom a link is for.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    pub user: UserId,
    pub first_name: String,
    pub email: String,
    pub has_password: bool,
    pub home: Option<AccountId>,
    /// Whether a mail goes out at all, or the link is only there.
    pub mailed: bool,
    /// What the first mail says to them besides.
    pub note: Option<String>,
}

/// Makes the link and queues its mail; earlier links end. With `places` it is the first mail, which says what was
/// given; without, it is a new link. Whose home is elsewhere and exclusive gets a mail that says so, and a link that
/// no token opens: the list shows an invitation like any other (S16).
pub(super) fn send(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    (fresh, expires_at): (&Fresh, Ts),
    to: &Recipient,
    places: Option<(&Places<'_>, During)>,
) -> Result<()> {
    let elsewhere = to.home.filter(|home| *home != scope.account().id);
    let closed = members::is_exclusive(conn, elsewhere)?;
    let invited = to.has_password && to.home.is_some();
    let new = welcome::NewLink {
        purpose: if invited {
            Purpose::Invitation
        } else {
            Purpose::Welcome
        },
        user: to.user,
        account: Some(scope.account().id),
        email: &to.email,
        expires_at,
        sent_by: Some(scope.person().id),
        mailed: to.mailed,
    };
    welcome::supersede(conn, scope.account().id, to.user, scope.now())?;
    if closed {
        welcome::mint(conn, &fresh.closed(), &new, scope.now())?;
    } else {
        welcome::mint(conn, fresh, &new, scope.now())?;
    }
    if !to.mailed {
        return Ok(());
    }
    let mail = outbox::NewMail {
        id: fresh.mail,
        account: Some(scope.account().id),
        // Whatever it says: the state of its mail is shown like that of any other (S16).
        link: Some(fresh.link),
        reader: None,
        recipient: to.email.clone(),
        letter: letter(scope, to, (closed, invited), places),
        sealed_token: (!closed).then(|| fresh.sealed.clone()),
        message_id: mail::letterhead(app.config()).message_id(fresh.mail),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    outbox::enqueue(conn, mail)?;
    Ok(())
}

fn letter(
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    to: &Recipient,
    (closed, invited): (bool, bool),
    places: Option<(&Places<'_>, During)>,
) -> Letter {
    let account = scope.account().into();
    let (person, inviter) = (to.first_name.clone(), scope.person().name.clone());
    if closed {
        return Letter::HomeExclusive(Exclusive {
            account,
            person,
            inviter,
        });
    }
    let Some((places, during)) = places else {
        return Letter::NewLink(NewLink {
            account,
            person,
            manager: Some(inviter),
            sets_password: !to.has_password,
        });
    };
    let labels = |roles: &[(Role, GrantId)]| -> Vec<String> {
        roles
            .iter()
            .map(|(role, _)| role.label().to_owned())
            .collect()
    };
    let also = places.iter().skip(1).map(|(found, roles)| Also {
        place: found.name.clone(),
        organization: found
            .organization
            .clone()
            .filter(|_| matches!(found.place, Place::Project { .. })),
        roles: labels(roles),
    });
    let first = places.first();
    let facts = Joining {
        account,
        person,
        inviter,
        organization: first.and_then(|(found, _)| found.organization.clone()),
        project: first.and_then(|(found, _)| match found.place {
            Place::Project { .. } => Some(Project {
                word: scope.account().word_singular.clone(),
                name: found.name.clone(),
            }),
            _ => None,
        }),
        roles: first.map_or_else(Vec::new, |(_, roles)| labels(roles)),
        during,
        note: to.note.clone(),
        also: also.collect(),
    };
    if invited {
        Letter::Invitation(facts)
    } else {
        Letter::Welcome(facts)
    }
}
