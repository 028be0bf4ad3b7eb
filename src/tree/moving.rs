//! Moving an organization with everything below it (rule 6, S11): what would come of it, and doing it.

use diesel::prelude::*;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::gate::Demand;
use crate::access::impact::{self, Impact, Most, Picture, Refused, Side, Spot, load};
use crate::access::permission::{Key, OrganizationsManage};
use crate::access::place::Organization;
use crate::access::refusal::Refusal;
use crate::access::resolve::{self, Place};
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{Action, Target};
use crate::db::Conn;
use crate::db::schema::organizations;
use crate::db::types::OrganizationId;
use crate::error::{Error, Result};
use crate::members::{self, people};
use crate::organizations::{DEEPEST, Seen, seen};

/// How many refused roles a page tells one by one.
const TOLD: usize = 20;

/// A move that could be made, and what would come of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Below which organization it stands; none: at the top.
    pub from: Option<(OrganizationId, String)>,
    /// Below which it would stand.
    pub to: Option<(OrganizationId, String)>,
    /// How many organizations move along.
    pub below: usize,
    /// Who gains and loses what.
    pub impact: Impact,
    /// What it would give that the actor may not give: then it is not made.
    pub refused: Vec<Refused>,
    /// Stands for all of this: a form that carries another one showed something else.
    pub seen: String,
}

/// Why a move makes no sense, whoever wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Senseless {
    /// It stands there already.
    Same,
    /// The new parent is the organization itself, or below it.
    Circle(String),
    /// The tree would be deeper than it may be.
    Deep,
    /// The new parent can only be read.
    Archived(String),
}

impl std::fmt::Display for Senseless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Same => f.write_str("It stands there already. Choose another place"),
            Self::Circle(name) => write!(
                f,
                "{name} stands below it, or is the organization itself. Choose a place outside of it"
            ),
            Self::Deep => write!(
                f,
                "A tree has at most {DEEPEST} levels. Choose a place further up"
            ),
            Self::Archived(name) => write!(f, "{name} is archived. Choose another place"),
        }
    }
}

/// Works a move out: the rights of the actor, the shape of the tree, and who would gain and lose what. A new parent that
/// the actor cannot see is not found, whosever it is.
pub fn plan(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, OrganizationsManage>,
    to: Option<OrganizationId>,
) -> Result<std::result::Result<Plan, Senseless>> {
    let (account, moving) = (scope.account(), scope.organization());
    let to = parent(conn, scope, to)?;
    let tree = load::tree(conn, account.id)?;
    let shape = Picture {
        tree,
        ..Picture::default()
    };
    let from = shape.tree.get(&moving.id).ok_or(Error::NotFound)?.parent;
    may_change_below(app, scope, &shape, from, "the organization above it")?;
    if let Some((_, name, _)) = &to {
        may_change_below(app, scope, &shape, to.as_ref().map(|(id, ..)| *id), name)?;
    } else {
        may_change_below(app, scope, &shape, None, &account.name)?;
    }
    let target = to.as_ref().map(|(id, ..)| *id);
    let subtree = shape.subtree(moving.id);
    if let Some((id, name, status)) = &to {
        if subtree.contains(id) {
            return Ok(Err(Senseless::Circle(name.clone())));
        }
        if status != "active" {
            return Ok(Err(Senseless::Archived(name.clone())));
        }
    }
    if target == from {
        return Ok(Err(Senseless::Same));
    }
    if is_too_deep(&shape, moving.id, target, &subtree) {
        return Ok(Err(Senseless::Deep));
    }
    let from_name = name(conn, scope, from)?;
    let to_name = to.map(|(id, name, _)| (id, name));
    let (impact, refused) = consequences(conn, app, scope, &shape, (from, target), &subtree)?;
    let seen = digest(&from_name, &to_name, &subtree, &impact, &refused);
    Ok(Ok(Plan {
        from: from_name,
        to: to_name,
        below: subtree.len().saturating_sub(1),
        impact,
        refused,
        seen,
    }))
}

type Found = (OrganizationId, String, String);

/// The new parent, if the actor sees it.
fn parent<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    id: Option<OrganizationId>,
) -> Result<Option<Found>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let is_visible = match seen(conn, scope.grants(), scope.now())? {
        Seen::All => true,
        Seen::These(these) => these.contains(&id),
    };
    if !is_visible {
        return Err(Error::NotFound);
    }
    let found = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(id))
        .filter(organizations::status.ne("deleted"))
        .select((
            organizations::id,
            organizations::name,
            organizations::status,
        ))
        .first(conn)?;
    Ok(Some(found))
}

fn name<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    id: Option<OrganizationId>,
) -> Result<Option<(OrganizationId, String)>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let name = organizations::table
        .filter(organizations::account_id.eq(scope.account().id))
        .filter(organizations::id.eq(id))
        .select(organizations::name)
        .first(conn)?;
    Ok(Some((id, name)))
}

/// Moving changes what stands below a parent: it takes `organizations.manage` there, or on the account for the top.
fn may_change_below(
    app: &App,
    scope: &Scope<Organization, OrganizationsManage>,
    shape: &Picture,
    parent: Option<OrganizationId>,
    name: &str,
) -> Result<()> {
    let place = parent.map_or(Place::Account, |id| Place::Organization(shape.branch(id)));
    let held = resolve::permissions(app.roles(), scope.grants(), &place, scope.now());
    if held.allows::<OrganizationsManage>() {
        return Ok(());
    }
    let where_ = match parent {
        Some(_) => name.to_owned(),
        None => format!("the top of {}", scope.account().name),
    };
    let sentence = format!(
        "To move {} you need “Manage organizations” on it, on what it stands below now and on what it will stand below. You do not have it on {where_}.",
        scope.organization().name
    );
    let top = || scope.account().id.to_string();
    let place = parent.map_or_else(top, |id| id.to_string());
    Err(Refusal::new("role", sentence)
        .lacking((Key::OrganizationsManage, place))
        .to(scope))
}

fn is_too_deep(
    shape: &Picture,
    moving: OrganizationId,
    to: Option<OrganizationId>,
    subtree: &[OrganizationId],
) -> bool {
    let levels = |id: OrganizationId| shape.branch(id).ancestors.len().saturating_add(1);
    let above = to.map_or(0, levels);
    let own = levels(moving);
    let deepest = subtree.iter().map(|id| levels(*id)).max().unwrap_or(own);
    above
        .saturating_add(deepest.saturating_sub(own))
        .saturating_add(1)
        > DEEPEST
}

/// Whom the move touches, and how.
fn consequences(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, OrganizationsManage>,
    shape: &Picture,
    (from, to): (Option<OrganizationId>, Option<OrganizationId>),
    subtree: &[OrganizationId],
) -> Result<(Impact, Vec<Refused>)> {
    let chain = |parent: Option<OrganizationId>| -> Vec<OrganizationId> {
        let above = |id| std::iter::once(id).chain(shape.branch(id).ancestors);
        parent.into_iter().flat_map(above).collect()
    };
    let (old, new) = (chain(from), chain(to));
    let left = old.iter().filter(|id| !new.contains(id));
    let changed: Vec<OrganizationId> = left
        .chain(new.iter().filter(|id| !old.contains(id)))
        .copied()
        .collect();
    let holders = load::Holders::Below(&changed);
    let before = load::picture(conn, scope.account().id, &holders)?;
    let moving = scope.organization().id;
    let after = before.clone().moved(moving, to);
    let spots: Vec<Spot> = subtree.iter().map(|id| Spot::Organization(*id)).collect();
    let roles = app.roles();
    let side = |picture| Side {
        picture,
        roles: roles.as_ref(),
    };
    let impact = impact::compare(
        &side(&before),
        &side(&after),
        &spots,
        scope.now(),
        Most::PAGE,
    );
    // What is deleted below it comes back where it stands: whoever brings it back gives nothing, so that is asked here.
    let before = Picture {
        tree: load::whole_tree(conn, scope.account().id)?,
        ..before
    };
    let after = before.clone().moved(moving, to);
    let spots = before.subtree(moving).into_iter();
    let spots: Vec<Spot> = spots.map(Spot::Organization).collect();
    let refused = members::refused_by(conn, app, scope, (&before, &after), &spots)?;
    Ok((impact, refused))
}

/// One short text for everything that the page shows.
fn digest(
    from: &Option<(OrganizationId, String)>,
    to: &Option<(OrganizationId, String)>,
    subtree: &[OrganizationId],
    impact: &Impact,
    refused: &[Refused],
) -> String {
    let mut subtree = subtree.to_vec();
    subtree.sort_unstable();
    let text = format!("{from:?}|{to:?}|{subtree:?}|{impact:?}|{refused:?}");
    format!("{:x}", Sha256::digest(text))
}

/// What became of *Submit*.
#[derive(Clone, Debug)]
pub enum Moved {
    /// It stands there now.
    Done(Option<String>),
    /// What the form showed is not so any more, or it is not allowed: to be shown as it is now.
    Again(Box<Plan>),
    /// It makes no sense any more.
    Senseless(Senseless),
}

/// Moves the organization, if what the form showed is still so.
pub fn submit(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Organization, OrganizationsManage>,
    to: Option<OrganizationId>,
    shown: &str,
) -> Result<Moved> {
    let plan = match plan(conn, app, scope, to)? {
        Ok(plan) => plan,
        Err(senseless) => return Ok(Moved::Senseless(senseless)),
    };
    if plan.seen != shown || !plan.refused.is_empty() {
        return Ok(Moved::Again(Box::new(plan)));
    }
    let id = scope.organization().id;
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set((
            organizations::parent_id.eq(to),
            organizations::version.eq(organizations::version + 1),
        ))
        .execute(conn)?;
    people::moved(conn, id, plan.from.as_ref().map(|(id, _)| *id))?;
    let place = |place: &Option<(OrganizationId, String)>| match place {
        Some((id, name)) => json!({ "parent": id.to_string(), "name": name }),
        None => json!({ "parent": null }),
    };
    let event = scope
        .event(Action::OrganizationMoved)
        .in_organization(id)
        .on(Target::organization(id))
        .changed(place(&plan.from), place(&plan.to));
    crate::audit::record(conn, &event)?;
    Ok(Moved::Done(plan.to.map(|(_, name)| name)))
}

/// Why the move is refused, in sentences.
pub fn refusals<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    plan: &Plan,
) -> Result<Vec<String>> {
    let account = scope.account();
    impact::shown::refusals(conn, (account.id, &account.name), &plan.refused, TOLD)
}
