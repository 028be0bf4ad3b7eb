//! The list of people: which statement serves which view. Each order is that of an index; what one view needs and
//! another does not costs only the one.

mod at_once;
mod orders;

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::filter::{Source as By, Which};
use super::model::{COLUMNS, Ended, Listed, Query, Reach, in_reach};
use crate::access::custom::AccountRoles;
use crate::db::or_never::or_never;
use crate::db::schema::{grants, groups, memberships};
use crate::db::types::{AccountId, GrantId, GroupId, OrganizationId, ProjectId, Ts, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::members::brief::{self, Brief, Kept};
use crate::members::ranges::{self, Source, Standing, Wanted};
use crate::members::{self, Status};
use crate::web::field::{self, fold};
use crate::web::list::{Asked, Found, Stretch};

/// More groups than any account has; a bound for a statement.
const GROUPS: i64 = 2_000;

/// Only people with such a role, of those that the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// This one, as stored.
    pub role: Option<String>,
    /// In this organization, or on one of its projects.
    pub organization: Option<OrganizationId>,
    /// On this project.
    pub project: Option<ProjectId>,
    /// By this.
    pub by: Option<By>,
    /// Only whoever has come in and has not signed in since this moment.
    pub seen_before: Option<Ts>,
    /// Only whoever was sent a link that works no more.
    pub expired: bool,
}

impl Holding {
    /// Whether it names a role or a place: then people are found by their grants.
    const fn is_placed(&self) -> bool {
        self.role.is_some() || self.organization.is_some() || self.project.is_some()
    }

    /// Whether it says anything of grants.
    const fn is_of_grants(&self) -> bool {
        self.is_placed() || self.by.is_some()
    }
}

/// Which people of an account are meant.
#[derive(Clone, Debug)]
pub struct People<'a> {
    /// The account.
    pub account: AccountId,
    /// Where the reader may see them.
    pub reach: &'a Reach,
    /// How they stand.
    pub which: Which,
    /// What they hold.
    pub holding: Holding,
    /// Now.
    pub now: Ts,
}

impl People<'_> {
    /// A page of them. A search goes by name, then by last name, then by address, unless another order is asked for.
    pub fn page(&self, conn: &mut Conn, asked: &Asked<UserId>) -> Result<Found<Listed, UserId>> {
        asked.sorted(
            |asked| self.carried(conn, asked),
            |row| (orders::key(asked, row), row.id),
        )
    }

    /// The same with the roles that each of them holds anywhere in the account, of `known`: of everybody by name, which is
    /// asked for most, as their memberships keep them.
    pub fn page_with_roles(
        &self,
        conn: &mut Conn,
        known: &AccountRoles,
        asked: &Asked<UserId>,
    ) -> Result<(Found<Listed, UserId>, Vec<Brief>)> {
        if !(is_by_name(asked) && self.is_everybody()) {
            let found = self.page(conn, asked)?;
            let held = self.held_by(conn, found.rows.iter().map(|row| row.id).collect())?;
            return Ok((found, held));
        }
        let load = |stretch: &Stretch<UserId>| {
            at_once::with_roles(conn, (self.account, self.which), stretch)
        };
        let key = |_, (row, _): &(Listed, Kept)| (row.sort_key.clone(), row.id);
        let found = asked.page(1, load, key)?;
        let mut kept = Vec::with_capacity(found.rows.len());
        let found = found.map(|(row, roles)| {
            kept.push((row.id, roles));
            row
        });
        let held = brief::in_brief(conn, &kept, known)?;
        Ok((found, held))
    }

    /// A page of those who are shut out, and how it came to that.
    pub fn shut_out(
        &self,
        conn: &mut Conn,
        asked: &Asked<UserId>,
    ) -> Result<(Found<Listed, UserId>, Vec<Ended>)> {
        if !(is_by_name(asked) && self.is_everybody()) {
            let found = self.page(conn, asked)?;
            let ids: Vec<UserId> = found.rows.iter().map(|row| row.id).collect();
            let ended = super::ended(conn, self.account, &ids)?;
            return Ok((found, ended));
        }
        let load = |stretch: &Stretch<UserId>| at_once::shut_out(conn, self.account, stretch);
        let key = |_, (row, _): &(Listed, Ended)| (row.sort_key.clone(), row.id);
        let found = asked.page(1, load, key)?;
        let mut ended = Vec::with_capacity(found.rows.len());
        let found = found.map(|(row, how)| {
            ended.push(how);
            row
        });
        Ok((found, ended))
    }

    /// The roles that these people hold anywhere in the account.
    pub fn held_by(&self, conn: &mut Conn, people: Vec<UserId>) -> Result<Vec<Brief>> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let held = members::by_grants(conn, self.account, &people)?;
        Ok(brief::of_grants(held))
    }

    /// Whether an index tells who stands so.
    const fn stands_by_index(&self) -> bool {
        !matches!(self.which, Which::Locked | Which::Anybody)
    }

    /// Whether they are all who stand so, wherever they are.
    fn is_everybody(&self) -> bool {
        self.stands_by_index()
            && *self.reach == Reach::Account
            && self.holding == Holding::default()
    }

    /// The same in an order that an index carries.
    fn carried(&self, conn: &mut Conn, asked: &Asked<UserId>) -> Result<Found<Listed, UserId>> {
        if let Some(range) = asked.prefix() {
            return beginning(conn, asked, &range, &|| self.searched());
        }
        if self.holding.is_placed() {
            return self.holders(conn, asked);
        }
        let stays = self.stands_by_index() && !self.holding.expired;
        let sources = match self.holding.by {
            Some(By::Group) if stays => Some(self.groups(conn)?),
            None if stays => self.sources(),
            _ => None,
        };
        let load = |stretch: &Stretch<UserId>| {
            if orders::is_by_time(asked) {
                self.by_time(conn, asked, stretch)
            } else if asked.is_by("email") {
                self.by_email(conn, stretch)
            } else if let Some(sources) = sources.as_deref() {
                self.of_a_part(conn, sources, stretch)
            } else if self.is_everybody() {
                at_once::everybody(conn, self.account, self.which, stretch)
            } else {
                self.by_name(conn, stretch)
            }
        };
        asked.page(1, load, |_, row| (orders::key(asked, row), row.id))
    }

    /// Everybody meant, as far as their own row and the reader's reach say it.
    fn members(&self) -> Query<'static> {
        let query = in_reach(self.account, self.reach);
        let query = match self.holding.seen_before {
            Some(day) => query
                .filter(memberships::status.ne(Status::Invited.as_str()))
                .filter(or_never(memberships::last_sign_in_at).lt(day)),
            None => query,
        };
        let query = if self.holding.expired {
            query.filter(memberships::link_expires_at.le(self.now))
        } else {
            query
        };
        match self.which {
            Which::Anybody => query,
            Which::Current => query.filter(memberships::status.ne(Status::Deactivated.as_str())),
            Which::Active => query.filter(memberships::status.eq(Status::Active.as_str())),
            // Letter for letter as their indexes have it, which are of just them.
            Which::Invited => query.filter(sql::<Bool>("memberships.status = 'invited'")),
            Which::Inactive => query.filter(sql::<Bool>("memberships.status = 'deactivated'")),
            // A lock belongs to the login, and that to its home: a guest's is not told here (S1).
            Which::Locked => query
                .filter(memberships::status.ne(Status::Deactivated.as_str()))
                .filter(memberships::kind.eq("home"))
                .filter(memberships::locked_until.gt(self.now)),
        }
    }

    /// Where the people of a part come from, each place in the order of their names; none: everywhere.
    pub(super) fn sources(&self) -> Option<Vec<Source>> {
        let Reach::Places {
            groups,
            projects,
            alone,
            trees,
            ..
        } = self.reach
        else {
            return None;
        };
        let on = |id: uuid::Uuid| Source::On(GrantId::from_uuid(id));
        let groups = groups.iter().map(|id| on(id.uuid()));
        let projects = projects.iter().map(|id| on(id.uuid()));
        let alone = alone.iter().copied().map(Source::In);
        let trees = trees.iter().copied().map(Source::Within);
        Some(trees.chain(alone).chain(groups).chain(projects).collect())
    }

    /// The groups that the reader may see, each in the order of the names of its people.
    fn groups(&self, conn: &mut Conn) -> Result<Vec<Source>> {
        let ids: Vec<GroupId> = match self.reach {
            Reach::Places { groups, .. } => groups.clone(),
            Reach::Account => groups::table
                .filter(groups::account_id.eq(self.account))
                .select(groups::id)
                .limit(GROUPS)
                .load(conn)?,
        };
        let on = |id: &GroupId| Source::On(GrantId::from_uuid(id.uuid()));
        Ok(ids.iter().map(on).collect())
    }

    /// People of a part of the account, put together by name out of the ranges of its places.
    fn of_a_part(
        &self,
        conn: &mut Conn,
        sources: &[Source],
        stretch: &Stretch<UserId>,
    ) -> Result<Vec<Listed>> {
        let wanted = Wanted {
            account: self.account,
            standing: match self.which {
                Which::Active => Standing::Active,
                Which::Invited => Standing::Invited,
                Which::Inactive => Standing::Inactive,
                _ => Standing::Current,
            },
            range: None,
        };
        let found = ranges::people(conn, sources, &wanted, stretch)?;
        let ids: Vec<UserId> = found.iter().map(|(_, id)| *id).collect();
        let mut rows = super::these(conn, self.account, &ids)?;
        if stretch.is_falling() {
            rows.reverse();
        }
        Ok(rows)
    }

    /// Everybody meant who also holds what is asked for, inside the reader's reach; asked of each as they are found.
    fn searched(&self) -> Query<'static> {
        let query = self.members();
        if !self.holding.is_of_grants() {
            return query;
        }
        let Holding {
            role,
            organization,
            project,
            by,
            ..
        } = self.holding.clone();
        let (organizations, places) = self.reach.scopes().unwrap_or_default();
        let any = |is_any: bool| is_any.into_sql::<Bool>();
        let inside = grants::organization_id.eq_any(organizations);
        let inside = inside.or(grants::scope_id.eq_any(places));
        let organization_id = organization.unwrap_or(OrganizationId::nil());
        let project_id = project.map_or(GrantId::nil(), |id| GrantId::from_uuid(id.uuid()));
        let on = any(organization.is_none()).or(grants::organization_id.eq(organization_id));
        let held = grants::table
            .filter(grants::user_id.eq(memberships::user_id))
            .filter(grants::account_id.eq(memberships::account_id))
            .filter(grants::ends_at.is_null().or(grants::ends_at.gt(self.now)))
            .filter(any(role.is_none()).or(grants::role.eq(role.unwrap_or_default())))
            .filter(any(project.is_none()).or(grants::scope_id.eq(project_id)))
            .filter(on)
            .filter(any(by != Some(By::Direct)).or(grants::group_id.is_null()))
            .filter(any(by != Some(By::Direct)).or(grants::below.eq(false)))
            .filter(any(by != Some(By::Group)).or(grants::group_id.is_not_null()))
            .filter(any(by != Some(By::Below)).or(grants::below.eq(true)))
            .filter(any(*self.reach == Reach::Account).or(inside));
        query.filter(exists(held))
    }

    /// Who holds such a role: in the order of the index of grants that serves it, each person once.
    fn holders(&self, conn: &mut Conn, asked: &Asked<UserId>) -> Result<Found<Listed, UserId>> {
        let load = |stretch: &Stretch<UserId>| {
            let (walk, key, id) = (stretch.by_text(), grants::sort_key, grants::user_id);
            let query = self.held().select((COLUMNS, key, id)).distinct();
            let query = query
                .filter(walk.behind(key, id))
                .order(walk.order(key, id));
            let rows: Vec<(Listed, String, UserId)> = query.limit(walk.limit).load(conn)?;
            Ok(rows.into_iter().map(|(row, ..)| row).collect())
        };
        asked.page(1, load, |_, row: &Listed| (row.sort_key.clone(), row.id))
    }

    /// The grants by which people are meant, inside the reader's reach.
    fn held(&self) -> Granted {
        let mut query = joined()
            .into_boxed::<MultiBackend>()
            .filter(grants::account_id.eq(self.account))
            .filter(grants::ends_at.is_null().or(grants::ends_at.gt(self.now)));
        query = match self.which {
            Which::Anybody => query,
            Which::Current => query.filter(memberships::status.ne(Status::Deactivated.as_str())),
            Which::Active => query.filter(memberships::status.eq(Status::Active.as_str())),
            Which::Invited => query.filter(memberships::status.eq(Status::Invited.as_str())),
            Which::Inactive => query.filter(memberships::status.eq(Status::Deactivated.as_str())),
            Which::Locked => query
                .filter(memberships::status.ne(Status::Deactivated.as_str()))
                .filter(memberships::kind.eq("home"))
                .filter(memberships::locked_until.gt(self.now)),
        };
        if let Some(role) = self.holding.role.clone() {
            query = query.filter(grants::role.eq(role));
        }
        query = match self.holding.by {
            Some(By::Direct) => query
                .filter(grants::group_id.is_null())
                .filter(grants::below.eq(false)),
            Some(By::Below) => query.filter(grants::below.eq(true)),
            Some(By::Group) => query.filter(grants::group_id.is_not_null()),
            None => query,
        };
        if let Some(day) = self.holding.seen_before {
            query = query
                .filter(memberships::status.ne(Status::Invited.as_str()))
                .filter(or_never(memberships::last_sign_in_at).lt(day));
        }
        if self.holding.expired {
            query = query.filter(memberships::link_expires_at.le(self.now));
        }
        if let Some(organization) = self.holding.organization {
            query = query.filter(grants::organization_id.eq(organization));
        }
        if let Some(project) = self.holding.project {
            query = query.filter(grants::scope_id.eq(GrantId::from_uuid(project.uuid())));
        }
        let Some((organizations, places)) = self.reach.scopes() else {
            return query;
        };
        let inside = grants::organization_id.eq_any(organizations);
        query.filter(inside.or(grants::scope_id.eq_any(places)))
    }
}

/// Whether everybody is asked for from one name on.
fn is_by_name(asked: &Asked<UserId>) -> bool {
    asked.is_by("name") && asked.prefix().is_none() && !asked.is_sorted_here()
}

/// Grants with the membership of each.
#[diesel::dsl::auto_type]
fn joined() -> _ {
    let membership = memberships::user_id
        .eq(grants::user_id)
        .and(memberships::account_id.eq(grants::account_id));
    grants::table.inner_join(memberships::table.on(membership))
}

type Granted = diesel::helper_types::IntoBoxed<'static, joined, MultiBackend>;

/// People whose name, last name or address begins so: three ranges, each in the order of an index of its own. Who is
/// found by an earlier one is left out of the later ones.
pub(super) fn beginning(
    conn: &mut Conn,
    asked: &Asked<UserId>,
    (low, high): &(String, String),
    people: &dyn Fn() -> Query<'static>,
) -> Result<Found<Listed, UserId>> {
    let id = memberships::user_id;
    let by_name = || not(memberships::sort_key.between(low.clone(), high.clone()));
    let by_last_name = || not(memberships::last_key.between(low.clone(), high.clone()));
    let load = |stretch: &Stretch<UserId>| {
        let walk = stretch.by_text().within(Some((low.clone(), high.clone())));
        let query = people().limit(walk.limit);
        let query = match stretch.number {
            0 => {
                let key = memberships::sort_key;
                query
                    .filter(walk.behind(key, id))
                    .order(walk.order(key, id))
            }
            1 => {
                let key = memberships::last_key;
                let query = query.filter(walk.behind(key, id)).filter(by_name());
                query.order(walk.order(key, id))
            }
            _ => {
                let key = memberships::email_key;
                let query = query.filter(walk.behind(key, id)).filter(by_name());
                query.filter(by_last_name()).order(walk.order(key, id))
            }
        };
        Ok(query.load(conn)?)
    };
    asked.page(3, load, |stretch, row: &Listed| {
        let key = match stretch {
            0 => row.sort_key.clone(),
            1 => fold(&row.last_name),
            _ => email_key(row),
        };
        (key, row.id)
    })
}

fn email_key(row: &Listed) -> String {
    field::address_key(&row.email)
}
