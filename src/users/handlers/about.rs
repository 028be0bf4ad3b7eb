//! What a person's page tells beside the facts: how their invitations fared, what the audit log says, and where their
//! roles are changed.

use diesel::prelude::*;

use super::mail_in_words;
use super::rows::asks;
use crate::access::gate::Somewhere;
use crate::access::grant::Scoped;
use crate::access::permission::Permission;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{organizations, projects};
use crate::db::types::{OrganizationId, ProjectId, Ts, UserId};
use crate::error::Result;
use crate::members::Held;
use crate::users::pages::{EventLine, InvitationLine};
use crate::users::rank::Rank;
use crate::users::{self, Listed, Reach, Shown};
use crate::web::urls;
use crate::web::view::moment;
use crate::welcome::{self, Sent};

/// How many invitations are told.
const SENT: i64 = 10;

/// The newest invitations, for whoever manages them.
pub(super) fn invitations<A: Permission>(
    conn: &mut Conn,
    scope: &Scope<Whole, Somewhere<A>>,
    (row, manages): (&Listed, bool),
    mails: bool,
) -> Result<Vec<InvitationLine>> {
    if !manages {
        return Ok(Vec::new());
    }
    let sent = welcome::sent(conn, scope.account().id, row.id, SENT)?;
    let mut lines: Vec<InvitationLine> = sent
        .iter()
        .map(|one| invitation(one, mails, scope.now()))
        .collect();
    // Whoever is added anew gets a link, too: who is invited by a withdrawn one was taken back without.
    let withdrawn = sent.first().and_then(|newest| newest.withdrawn_at);
    if row.status == "invited"
        && let (Some(at), Some(line)) = (withdrawn, lines.first_mut())
    {
        line.link = format!(
            "Withdrawn on {}, which was taken back: no link works until one is sent again",
            moment(at)
        );
    }
    Ok(lines)
}

fn invitation(sent: &Sent, mails: bool, now: Ts) -> InvitationLine {
    let link = match (sent.used_at, sent.withdrawn_at, sent.superseded_at) {
        (Some(at), ..) => format!("Used on {}", moment(at)),
        (None, Some(at), _) => format!("Withdrawn on {}", moment(at)),
        (None, None, Some(_)) => "Replaced by a newer one".to_owned(),
        _ if sent.expires_at <= now => format!("Expired on {}", moment(sent.expires_at)),
        _ => format!("Works until {}", moment(sent.expires_at)),
    };
    let mail = mail_in_words(mails, sent.mail_state.as_deref());
    InvitationLine {
        made: moment(sent.created_at),
        by_them: sent.sent_by.is_none(),
        link,
        mail,
        reply: sent.mail_error.clone(),
    }
}

/// The newest audit events about the person, for whoever reads the log.
pub(super) fn history<A: Permission>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<A>>,
    id: UserId,
) -> Result<Option<Vec<EventLine>>> {
    let lines = users::history(conn, app.roles(), scope, id)?;
    let line = |line: users::Line| EventLine {
        at: moment(line.at),
        words: line.words,
        details: line.details,
    };
    Ok(lines.map(|lines| lines.into_iter().map(line).collect()))
}

/// What the reader, who manages somebody, lacks to end their membership or invitation.
pub(super) struct Lacks {
    /// In a sentence.
    pub(super) why: String,
    /// Whether they can still take the person out of what they reach (S4).
    pub(super) leaves: bool,
    /// Where what they lack is asked for: the project's name, and the form.
    pub(super) asks: Vec<(String, String)>,
}

/// What the reader lacks to deactivate this person, whom they manage, or to withdraw their invitation, where it carries
/// what is foreign to them; none: nothing.
pub(super) fn lacks<A: Permission>(
    conn: &mut Conn,
    scope: &Scope<Whole, Somewhere<A>>,
    (manage, manages): (&Reach, bool),
    (shown, held, foreign): (&Shown, &[Held], bool),
) -> Result<Option<Lacks>> {
    let why = match shown.row.status.as_str() {
        _ if !manages => return Ok(None),
        "invited" if foreign => Some(
            "This invitation carries a role that you cannot take away, so you cannot withdraw it.",
        ),
        "active" => {
            let reached = *manage == Reach::Account
                || !users::at_home_in(conn, manage, &[shown.row.id])?.is_empty();
            let missing = if reached {
                None
            } else {
                users::lacking_in(conn, scope.account(), manage)?
            };
            if let Some(lacks) = missing {
                return Ok(Some(Lacks {
                    asks: asks(scope.account(), &lacks),
                    why: lacks.why,
                    leaves: true,
                }));
            }
            let rank = Rank::of(scope);
            let barred = held.iter().find(|held| !rank.ends(&held.role));
            barred.map(|held| users::only_by(&held.role))
        }
        _ => None,
    };
    Ok(why.map(|why| Lacks {
        why: why.to_owned(),
        leaves: false,
        asks: Vec::new(),
    }))
}

/// Names in addresses of the places that somebody's roles are on.
pub(super) struct Slugs {
    /// Those where the reader changes roles.
    changed: Vec<Scoped>,
    organizations: Vec<(OrganizationId, String)>,
    projects: Vec<(ProjectId, String)>,
}

impl Slugs {
    /// Of all these, and of the projects where the reader changes roles: two statements, however many.
    pub(super) fn load(
        conn: &mut Conn,
        held: &[Held],
        changes: &dyn Fn(&Held) -> bool,
    ) -> Result<Self> {
        let (mut within, mut on, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for held in held {
            let is_changed = changes(held);
            match held.scope {
                Scoped::Organization { id, .. } => within.push(id),
                Scoped::Project { id, organization } => {
                    within.push(organization);
                    on.extend(is_changed.then_some(id));
                }
                Scoped::Account | Scoped::Group(_) => {}
            }
            changed.extend(is_changed.then_some(held.scope));
        }
        let organizations = if within.is_empty() {
            Vec::new()
        } else {
            organizations::table
                .filter(organizations::id.eq_any(within))
                .select((organizations::id, organizations::slug))
                .load(conn)?
        };
        let projects = if on.is_empty() {
            Vec::new()
        } else {
            projects::table
                .filter(projects::id.eq_any(on))
                .select((projects::id, projects::slug))
                .load(conn)?
        };
        Ok(Self {
            changed,
            organizations,
            projects,
        })
    }

    /// An organization's name in addresses.
    pub(super) fn organization(&self, id: OrganizationId) -> Option<&str> {
        let found = self.organizations.iter().find(|(known, _)| *known == id);
        found.map(|(_, slug)| slug.as_str())
    }

    /// Where the roles of the person with this scope are changed; none: nowhere, or not by the reader.
    pub(super) fn change(&self, account: &str, user: UserId, scope: &Scoped) -> Option<String> {
        if !self.changed.contains(scope) {
            return None;
        }
        Some(match *scope {
            Scoped::Account => urls::user_roles(account, user),
            Scoped::Group(id) => urls::group_access(account, id, user),
            Scoped::Organization { id, .. } => urls::member(account, self.organization(id)?, user),
            Scoped::Project {
                id,
                organization: of,
            } => {
                let project = self.projects.iter().find(|(known, _)| *known == id);
                let (_, slug) = project?;
                urls::project_users(account, self.organization(of)?, slug)
            }
        })
    }
}
