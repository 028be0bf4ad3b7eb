//! One event, put together by the verb that causes it.

use super::Action;
use crate::db::types::{
    AccountId, BrowserId, DeviceId, EventId, GrantId, GroupId, ImportId, LinkId, MailId, OfferId,
    OrganizationId, ProjectId, RequestId, RoleId, SessionId, Ts, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use uuid::Uuid;

/// How many characters of a user agent are kept.
const USER_AGENT_MAX: usize = 256;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A person, acting as operator of the installation.
    Operator(UserId),
    /// The portal itself: a job, a command, an expiry.
    System,
    /// Nobody known: a visitor who is not signed in.
    Anonymous,
}

impl Actor {
    /// The word in the database.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Operator(_) => "operator",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }

    /// The person, if there is one.
    pub const fn id(&self) -> Option<UserId> {
        match self {
            Self::User(id) | Self::Operator(id) => Some(*id),
            Self::System | Self::Anonymous => None,
        }
    }
}

/// What it was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// What kind of thing: the prefix of its ids, where it has any.
    pub kind: &'static str,
    /// Which one.
    pub id: Option<Uuid>,
}

impl Target {
    const fn of(kind: &'static str, id: Uuid) -> Self {
        Self { kind, id: Some(id) }
    }
    /// The installation itself.
    pub const fn installation() -> Self {
        Self {
            kind: "installation",
            id: None,
        }
    }
    /// An e-mail address that belongs to nobody known; the address itself goes into [`Personal`].
    pub const fn address() -> Self {
        Self {
            kind: "address",
            id: None,
        }
    }
    /// A person.
    pub const fn user(id: UserId) -> Self {
        Self::of("user", id.uuid())
    }
    /// An account.
    pub const fn account(id: AccountId) -> Self {
        Self::of("account", id.uuid())
    }
    /// An organization.
    pub const fn organization(id: OrganizationId) -> Self {
        Self::of("org", id.uuid())
    }
    /// A group of organizations.
    pub const fn group(id: GroupId) -> Self {
        Self::of("group", id.uuid())
    }
    /// A project.
    pub const fn project(id: ProjectId) -> Self {
        Self::of("project", id.uuid())
    }
    /// An offer of ownership.
    pub const fn offer(id: OfferId) -> Self {
        Self::of("offer", id.uuid())
    }
    /// A role held at a scope.
    pub const fn grant(id: GrantId) -> Self {
        Self::of("grant", id.uuid())
    }
    /// A role that an account made.
    pub const fn role(id: RoleId) -> Self {
        Self::of("role", id.uuid())
    }
    /// A mailed or copied link.
    pub const fn link(id: LinkId) -> Self {
        Self::of("link", id.uuid())
    }
    /// A request for a role.
    pub const fn request(id: RequestId) -> Self {
        Self::of("request", id.uuid())
    }
    /// A session.
    pub const fn session(id: SessionId) -> Self {
        Self::of("session", id.uuid())
    }
    /// A known browser.
    pub const fn browser(id: BrowserId) -> Self {
        Self::of("browser", id.uuid())
    }
    /// A device.
    pub const fn device(id: DeviceId) -> Self {
        Self::of("device", id.uuid())
    }
    /// A file that was imported: devices, or people.
    pub const fn import(id: ImportId) -> Self {
        Self::of("import", id.uuid())
    }
    /// A mail.
    pub const fn mail(id: MailId) -> Self {
        Self::of("mail", id.uuid())
    }
}

/// What an event says about people. It stands beside the seal, which covers only a salted digest of it, so that it
/// can be erased and the chain still holds. Nothing of this may stand in [`Event::details`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Personal {
    /// Name of who did it, as it was then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// Name of the person it was done to, as it was then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// What the person or the address was called before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formerly: Option<String>,
    /// The e-mail address that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Network address of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the browser calls itself, cut to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// What was searched for in a list that was exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub searched: Option<String>,
}

impl Personal {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Says nothing of what it holds: whoever prints an event into a log prints no person.
impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            "Personal(nothing)"
        } else {
            "Personal(…)"
        })
    }
}

/// Something that happened, not yet written. Start with [`Event::new`], add what is known, hand it to
/// [`record`](super::record) in the transaction of the change itself.
///
/// Time is the caller's, as everywhere. The id and the salt are made here and in `record`, also where a verb is run
/// again: the row of the earlier run was rolled back, nothing outside the transaction has seen its id, and so a new
/// one does no harm.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// The account whose chain it joins, or [`INSTALLATION`](super::INSTALLATION).
    pub chain: AccountId,
    /// The organization it happened in.
    pub organization: Option<OrganizationId>,
    /// The project it happened in.
    pub project: Option<ProjectId>,
    /// When.
    pub at: Ts,
    /// What.
    pub action: Action,
    /// Who; the portal itself unless said.
    pub actor: Actor,
    /// To what; the account of the chain (or the installation) unless said.
    pub target: Target,
    /// Before and after, reasons, numbers: never a secret, nothing about a person beyond ids.
    pub details: Value,
    /// What it says about people.
    pub personal: Personal,
    /// The request that caused it, as its log lines name it.
    pub request_id: Option<EventId>,
}

impl Event {
    /// What happened, when, and to whose chain it belongs: that of the account concerned; of the home account for
    /// a person's sign-in events; of the installation for unknown addresses and operators.
    pub fn new(chain: AccountId, action: Action, now: Ts) -> Self {
        Self {
            id: EventId::new(),
            chain,
            organization: None,
            project: None,
            at: now,
            action,
            actor: Actor::System,
            target: if chain.is_nil() {
                Target::installation()
            } else {
                Target::account(chain)
            },
            details: json!({}),
            personal: Personal::default(),
            request_id: None,
        }
    }

    /// Who did it.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// What it was done to.
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// The organization it happened in: an id, or an option of one.
    #[must_use]
    pub fn in_organization(mut self, id: impl Into<Option<OrganizationId>>) -> Self {
        self.organization = id.into();
        self
    }

    /// The project it happened in: an id, or an option of one.
    #[must_use]
    pub fn in_project(mut self, id: impl Into<Option<ProjectId>>) -> Self {
        self.project = id.into();
        self
    }

    /// What else there is to know.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    /// Details of a change: how it was and how it is.
    #[must_use]
    pub fn changed(self, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        self.details(json!({ "before": before, "after": after }))
    }

    /// What it says about people. Fields left out keep what they had, so that this and
    /// [`from_visit`](Self::from_visit) may come in either order.
    #[must_use]
    pub fn personal(mut self, personal: Personal) -> Self {
        let had = self.personal;
        self.personal = Personal {
            actor_name: personal.actor_name.or(had.actor_name),
            target_name: personal.target_name.or(had.target_name),
            formerly: personal.formerly.or(had.formerly),
            email: personal.email.or(had.email),
            address: personal.address.or(had.address),
            user_agent: personal.user_agent.or(had.user_agent).map(cut),
            searched: personal.searched.or(had.searched),
        };
        self
    }

    /// Whom it is about, by name and address as they were then.
    #[must_use]
    pub fn about(self, first_name: &str, last_name: &str, email: &str) -> Self {
        self.personal(Personal {
            target_name: Some(format!("{first_name} {last_name}")),
            email: Some(email.to_owned()),
            ..Personal::default()
        })
    }

    /// From this request.
    #[must_use]
    pub fn at_visit(self, visit: &crate::access::visit::Visit) -> Self {
        // Work that was left to be done comes from no browser.
        let told = |text| Some(text).filter(|text: &&str| !text.is_empty());
        self.from_visit(
            told(visit.address()),
            told(visit.user_agent()),
            visit.request_id(),
        )
    }

    /// Where it came from: network address and user agent of the browser, and the request's id.
    #[must_use]
    pub fn from_visit(
        mut self,
        address: Option<&str>,
        user_agent: Option<&str>,
        request_id: impl Into<Option<EventId>>,
    ) -> Self {
        self.request_id = request_id.into();
        self.personal(Personal {
            address: address.map(str::to_owned),
            user_agent: user_agent.map(str::to_owned),
            ..Personal::default()
        })
    }
}

/// A user agent is whatever the other side likes to send: kept short.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(USER_AGENT_MAX) {
        text.truncate(end);
    }
    text
}
