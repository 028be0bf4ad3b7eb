//! The people of an organization: who they are, which roles they hold there, and where those come from (rules 4, 5).

use diesel::prelude::*;

use super::model::{Held, by_grants};
use super::places::{Target, place_of};
use super::ranges::{self, Source, Standing, Wanted};
use super::searching;
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::Organization;
use crate::access::resolve::{self, Branch, Place, Way};
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::db::schema::{organization_groups, organization_people, organizations};
use crate::db::types::{GroupId, Id, OrganizationId, UserId};
use crate::db::{Conn, among};
use crate::error::{Error, Result};
use crate::on_each;
use crate::users::{self, Listed};
use crate::web::list::{Asked, Filter, Found, List, Sort, Values};

/// The list of members.
pub static LIST: List = List {
    name: "members",
    filters: &[
        Filter {
            name: "status",
            label: "Status",
            values: Values::These(&[
                ("active", "Active"),
                ("invited", "Invited"),
                ("inactive", "Inactive"),
            ]),
            select: true,
        },
        Filter {
            name: "below",
            label: "Sub-organizations",
            values: Values::These(&[("1", "Include sub-organizations")]),
            select: false,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

/// A person of the organization.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub person: Listed,
    /// What they hold that reaches the organization, each with the way it comes; of a project in it too.
    pub held: Vec<(Held, Option<Way>)>,
    /// The organizations below in which they are, where those are asked for.
    pub below: Vec<Below>,
}

/// An organization below the one that is looked at.
#[derive(Clone, Debug)]
pub struct Below {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// In URLs; none where the reader's own rights do not reach: then it is a name alone (rule 5).
    pub slug: Option<String>,
}

/// A page of the people of the organization, by name, and where it stands.
#[derive(Clone, Debug)]
pub struct Members {
    /// The people.
    pub people: Found<Member, UserId>,
    /// The organization with what is above it and the groups it is in.
    pub branch: Branch,
    /// Names of what is above it, from the top down.
    pub above: Vec<(OrganizationId, String)>,
}

/// Reads it: as many statements for many people as for few.
pub fn members<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    asked: &Asked<UserId>,
) -> Result<Members> {
    let account = scope.account();
    let here = scope.organization().id;
    let found = place_of(conn, account.id, &account.name, Target::Organization(here))?;
    let Place::Organization(branch) = found.place else {
        return Err(Error::NotFound);
    };
    let with_below = asked.filter("below").is_some();
    let sources = sources(conn, scope, &branch, with_below)?;
    let wanted = Wanted {
        account: account.id,
        standing: match asked.filter("status") {
            Some("active") => Standing::Active,
            Some("invited") => Standing::Invited,
            Some("inactive") => Standing::Inactive,
            _ => Standing::Current,
        },
        range: asked.prefix(),
    };
    // Names that begin so, then last names, then addresses.
    let found = asked.page(
        if wanted.range.is_some() { 3 } else { 1 },
        |stretch| match stretch.number {
            0 => ranges::people(conn, &sources, &wanted, stretch),
            _ => searching::people(conn, &sources, &wanted, stretch),
        },
        |_, (key, id)| (key.clone(), *id),
    )?;
    let ids: Vec<UserId> = found.rows.iter().map(|(_, id)| *id).collect();
    let mut people = users::these(conn, account.id, &ids)?;
    let mut below = if with_below {
        below(conn, scope, &branch, &people)?
    } else {
        Vec::new()
    };
    people.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    let held = by_grants(conn, account.id, &ids)?;
    let place = Place::Organization(branch.clone());
    let member = |person: Listed| {
        let mine = held.iter().filter(|held| held.user == person.id);
        let reaching = mine.filter_map(|held| {
            let in_project =
                matches!(held.scope, Scoped::Project { organization, .. } if organization == here);
            let way = resolve::reaches(&held.scope, &place);
            (in_project || way.is_some()).then(|| (held.clone(), way))
        });
        let mine = below.extract_if(.., |(user, _)| *user == person.id);
        let below = mine.map(|(_, below)| below).collect();
        Member {
            held: reaching.collect(),
            below,
            person,
        }
    };
    let rows = people.into_iter().map(member).collect();
    let above = names_above(conn, &branch)?;
    Ok(Members {
        people: found.with(rows),
        branch,
        above,
    })
}

/// Where the people of the organization come from: one range each.
fn sources<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    branch: &Branch,
    below: bool,
) -> Result<Vec<Source>> {
    let here = branch.organization;
    let on = |id: uuid::Uuid| Source::On(Id::from_uuid(id));
    let mut all = vec![if below {
        Source::Within(here)
    } else {
        Source::In(here)
    }];
    all.push(on(scope.account().id.uuid()));
    all.extend(branch.ancestors.iter().copied().map(Source::Below));
    let groups: Vec<GroupId> = if below {
        // Those of what lies below, too.
        organization_groups::table
            .filter(organization_groups::ancestor_organization_id.eq(here))
            .select(organization_groups::group_id)
            .distinct()
            .load(conn)?
    } else {
        branch.groups.clone()
    };
    all.extend(groups.iter().map(|id| on(id.uuid())));
    Ok(all)
}

/// In which organizations below these people are, and which of those the reader may open.
fn below<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Organization, A>,
    branch: &Branch,
    by_name: &[Listed],
) -> Result<Vec<(UserId, Below)>> {
    let (Some(first), Some(last)) = (by_name.first(), by_name.last()) else {
        return Ok(Vec::new());
    };
    let ids: Vec<UserId> = by_name.iter().map(|row| row.id).collect();
    let query = organization_people::table
        .inner_join(
            organizations::table.on(organizations::id.eq(organization_people::organization_id)),
        )
        .filter(organization_people::ancestor_organization_id.eq(branch.organization))
        .filter(organization_people::organization_id.ne(branch.organization))
        .filter(organization_people::sort_key.ge(first.sort_key.clone()))
        .filter(organization_people::sort_key.le(last.sort_key.clone()))
        .filter(among(organization_people::user_id, &ids))
        .order((
            organization_people::sort_key.asc(),
            organization_people::user_id.asc(),
            organization_people::organization_id.asc(),
        ))
        .limit(MOST_BELOW)
        .select((
            organization_people::user_id,
            organizations::id,
            organizations::name,
            organizations::slug,
        ));
    let rows: Vec<(UserId, OrganizationId, String, String)> = on_each!(conn, |c| query.load(c))?;
    let seen = crate::organizations::seen_below(
        conn,
        scope.grants(),
        (branch.organization, &branch.ancestors),
        scope.now(),
    )?;
    let row = |(user, id, name, slug): (UserId, OrganizationId, String, String)| {
        let slug = seen.holds(id).then_some(slug);
        (user, Below { id, name, slug })
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Organizations below that are named on one page, over all its people.
const MOST_BELOW: i64 = 500;

/// What is above the organization, from the top down.
fn names_above(conn: &mut Conn, branch: &Branch) -> Result<Vec<(OrganizationId, String)>> {
    if branch.ancestors.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(OrganizationId, String)> = organizations::table
        .filter(among(organizations::id, &branch.ancestors))
        .select((organizations::id, organizations::name))
        .load(conn)?;
    let name = |id: &OrganizationId| rows.iter().find(|(known, _)| known == id).cloned();
    Ok(branch.ancestors.iter().rev().filter_map(name).collect())
}

/// Whether the reader, who may see the people of the organization, may open the page of somebody with these roles:
/// one of them has to lie where the reader may see people (S6). Asked of the roles at hand; whoever is not sure of is
/// a name without a link.
pub fn may_open<A: Demand>(
    roles: &RoleTable,
    scope: &Scope<Organization, A>,
    branch: &Branch,
    member: &Member,
) -> bool {
    let mut everywhere = false;
    let (mut groups, mut these, mut all_below) = (Vec::new(), vec![branch.organization], false);
    for grant in resolve::holding(roles, scope.grants(), Key::UsersView, scope.now()) {
        match grant.scope {
            Scoped::Account => everywhere = true,
            Scoped::Group(id) => groups.push(id),
            Scoped::Organization { id, below } => {
                these.push(id);
                all_below |= below && (id == branch.organization || branch.ancestors.contains(&id));
            }
            Scoped::Project { .. } => {}
        }
    }
    let reached = |(held, _): &(Held, Option<Way>)| match held.scope {
        Scoped::Account => false,
        Scoped::Group(id) => groups.contains(&id),
        Scoped::Organization { id, .. } => these.contains(&id),
        Scoped::Project { organization, .. } => these.contains(&organization),
    };
    everywhere
        || member.held.iter().any(reached)
        || member
            .below
            .iter()
            .any(|below| all_below || these.contains(&below.id))
}
