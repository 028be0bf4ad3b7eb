//! *Managed Accounts*: the organizations that somebody's roles reach (ux 6.12). The roles are those inside the reader's
//! reach, so that the reader may open each of these, too (S5).

use diesel::prelude::*;

use super::about::Slugs;
use crate::access::grant::Scoped;
use crate::access::place::Account;
use crate::db::Conn;
use crate::db::schema::{group_organizations, organization_people, organizations};
use crate::db::types::{GroupId, OrganizationId, Ts, UserId};
use crate::error::Result;
use crate::members::{Condition, Held};
use crate::users::pages::ManagedPlace;
use crate::users::{Listed, showing};
use crate::web::urls;
use crate::web::view::count;

/// So many are listed, and the rest are counted.
const LISTED: usize = 50;
/// Organizations of groups are read up to so many.
const IN_GROUPS: i64 = 500;

/// An organization that is reached, and by what.
struct Reached {
    name: String,
    slug: String,
    id: OrganizationId,
    by: By,
    scope: Scoped,
}

/// What it is reached by: of several the first counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Below,
    Itself,
    Group(String),
    Project(Vec<String>),
}

/// All of them, by name: at most two statements, however many.
pub(super) fn managed(
    conn: &mut Conn,
    (account, now): (&Account, Ts),
    (held, slugs): (&[Held], &Slugs),
    row: &Listed,
) -> Result<Vec<ManagedPlace>> {
    // What begins later reaches nothing yet: the roles say from when on.
    let counts =
        |held: &&Held| held.condition != Condition::Deleted && held.extent().is_current(now);
    let held: Vec<&Held> = held.iter().filter(counts).collect();
    let change = |scope: &Scoped| slugs.change(&account.slug, row.id, scope);
    if held.iter().any(|held| held.scope == Scoped::Account) {
        return Ok(vec![ManagedPlace {
            before: "all of ",
            name: account.name.clone(),
            href: Some(urls::organizations(&account.slug)),
            after: String::new(),
            change: change(&Scoped::Account),
        }]);
    }
    let mut all = of_grants(&held, slugs);
    let groups = of_groups(conn, &held)?;
    let empty = groups.1;
    all.extend(groups.0);
    let covered = covered(conn, &held, row)?;
    all.retain(|one| !matches!(one.by, By::Project(_)) || !covered.contains(&one.id));
    all.sort_by(|a, b| (&a.name, a.id, &a.by).cmp(&(&b.name, b.id, &b.by)));
    all.dedup_by(|later, first| later.id == first.id);
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    let mut places: Vec<ManagedPlace> = all
        .into_iter()
        .map(|one| one.shown(account, &change))
        .collect();
    places.extend(empty.into_iter().map(|(name, scope)| ManagedPlace {
        before: "group ",
        name,
        href: None,
        after: " (no organization in it yet)".to_owned(),
        change: change(&scope),
    }));
    if more > 0 {
        let more = count(i64::try_from(more).unwrap_or(i64::MAX), "more organization");
        places.push(ManagedPlace {
            before: "and ",
            name: more,
            href: None,
            after: String::new(),
            change: None,
        });
    }
    Ok(places)
}

impl Reached {
    fn shown(self, account: &Account, change: &dyn Fn(&Scoped) -> Option<String>) -> ManagedPlace {
        let several = matches!(&self.by, By::Project(names) if names.len() > 1);
        ManagedPlace {
            before: "",
            href: Some(urls::organization(&account.slug, &self.slug)),
            after: match self.by {
                By::Below => " and everything below it".to_owned(),
                By::Itself => String::new(),
                By::Group(name) => format!(" (group {name})"),
                By::Project(mut names) => {
                    names.sort();
                    format!(" (only {})", showing::listed(&names))
                }
            },
            // Each of several projects is changed on a page of its own: the roles lead to all of them.
            change: change(&self.scope)
                .map(|href| if several { "#roles".to_owned() } else { href }),
            name: self.name,
        }
    }
}

/// Organizations with a role of their own, and those in which just a project has one.
fn of_grants(held: &[&Held], slugs: &Slugs) -> Vec<Reached> {
    let mut all: Vec<Reached> = Vec::new();
    for held in held {
        let (id, name, by) = match held.scope {
            Scoped::Organization { id, below } => {
                let by = if below { By::Below } else { By::Itself };
                (id, held.place.clone(), by)
            }
            Scoped::Project { organization, .. } => {
                let project = held.place.clone().into_iter().collect();
                (organization, held.within.clone(), By::Project(project))
            }
            Scoped::Account | Scoped::Group(_) => continue,
        };
        let before = all.iter_mut().find(|one| one.id == id);
        if let (Some(before), By::Project(names)) = (before, &by)
            && let By::Project(known) = &mut before.by
        {
            known.extend(
                names
                    .iter()
                    .filter(|name| !known.contains(name))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
            continue;
        }
        let Some(slug) = slugs.organization(id) else {
            continue;
        };
        all.push(Reached {
            name: name.unwrap_or_default(),
            slug: slug.to_owned(),
            id,
            by,
            scope: held.scope,
        });
    }
    all
}

/// Groups without an organization in them, by name.
type Empty = Vec<(String, Scoped)>;

/// Organizations in the groups on which a role is held, and the groups that have none.
fn of_groups(conn: &mut Conn, held: &[&Held]) -> Result<(Vec<Reached>, Empty)> {
    let mut groups: Vec<(GroupId, String)> = Vec::new();
    for held in held {
        if let Scoped::Group(id) = held.scope
            && !groups.iter().any(|(known, _)| *known == id)
        {
            groups.push((id, held.place.clone().unwrap_or_default()));
        }
    }
    if groups.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids: Vec<GroupId> = groups.iter().map(|(id, _)| *id).collect();
    let rows: Vec<(GroupId, OrganizationId, String, String)> = group_organizations::table
        .inner_join(
            organizations::table.on(organizations::id.eq(group_organizations::organization_id)),
        )
        .filter(group_organizations::group_id.eq_any(ids))
        .filter(organizations::status.ne("deleted"))
        .select((
            group_organizations::group_id,
            organizations::id,
            organizations::name,
            organizations::slug,
        ))
        .limit(IN_GROUPS)
        .load(conn)?;
    let full = |id: &GroupId| rows.iter().any(|(group, ..)| group == id);
    let empty = groups.iter().filter(|(id, _)| !full(id));
    let empty = empty.map(|(id, name)| (name.clone(), Scoped::Group(*id)));
    let empty = empty.collect();
    let reached = |(group, id, name, slug): (GroupId, OrganizationId, String, String)| {
        let by = groups.iter().find(|(known, _)| *known == group);
        Reached {
            name,
            slug,
            id,
            by: By::Group(by.map(|(_, name)| name.clone()).unwrap_or_default()),
            scope: Scoped::Group(group),
        }
    };
    Ok((rows.into_iter().map(reached).collect(), empty))
}

/// Organizations in which the person holds something and that a role from above reaches with everything below it: there
/// it is more than a project.
fn covered(conn: &mut Conn, held: &[&Held], row: &Listed) -> Result<Vec<OrganizationId>> {
    let from_above = held.iter().filter_map(|held| match held.scope {
        Scoped::Organization { id, below: true } => Some(id),
        _ => None,
    });
    let from_above: Vec<OrganizationId> = from_above.collect();
    let mut projects = held.iter();
    if from_above.is_empty() || !projects.any(|held| matches!(held.scope, Scoped::Project { .. })) {
        return Ok(Vec::new());
    }
    let user: UserId = row.id;
    Ok(organization_people::table
        .filter(organization_people::ancestor_organization_id.eq_any(from_above))
        .filter(organization_people::sort_key.eq(row.sort_key.clone()))
        .filter(organization_people::user_id.eq(user))
        .select(organization_people::organization_id)
        .load(conn)?)
}
