//! What a person can do: the places that their roles name, each with every role that counts there and its source.

use diesel::prelude::*;

use super::asking::named;
use super::finding::{Asker, Subject};
use super::pages::{Block, PersonAccess, RoleShown};
use super::words;
use crate::access::grant::{Grant, Scoped};
use crate::access::permission::PermissionSet;
use crate::access::resolve::{self, Branch, Place, Resolution};
use crate::db::schema::{group_organizations, organizations, projects};
use crate::db::types::{GroupId, OrganizationId, ProjectId, UserId};
use crate::db::{Conn, among};
use crate::error::Result;
use crate::members::{Held, Status};
use crate::organizations::branches;
use crate::requests::Reason;
use crate::users;
use crate::web::field::fold;
use crate::web::page::After;
use crate::web::urls;
use crate::web::view::{Pager, moment};

/// Organizations on one page.
const PER_PAGE: usize = 25;
/// Organizations of groups that are looked at.
const IN_GROUPS: i64 = 1_000;

/// The page of it that begins behind `after`; `here` is its address, with the person in its query.
pub fn access(
    conn: &mut Conn,
    asker: &Asker<'_>,
    subject: &Subject,
    (after, here): (Option<After<OrganizationId>>, &str),
) -> Result<PersonAccess> {
    let account = asker.account();
    let grants = subject.grants();
    let mut givers: Vec<UserId> = subject
        .held
        .iter()
        .filter_map(|held| held.given_by)
        .collect();
    givers.sort_unstable();
    givers.dedup();
    let tree = Tree {
        asker,
        subject,
        grants: &grants,
        givers: users::names(conn, account.id, givers)?,
        reasons: asker.reasons(conn, subject)?,
    };
    let is_first = after.is_none();
    let (page, next) = tree.organizations(conn, after)?;
    let mut blocks = if is_first { tree.above() } else { Vec::new() };
    let ids: Vec<OrganizationId> = page.iter().map(|(id, _)| *id).collect();
    let branches = branches(conn, &grants, &ids)?;
    let archived = archived(conn, &grants, &ids)?;
    for ((_, name), branch) in page.iter().zip(branches) {
        blocks.push(tree.organization(name, branch, &archived));
    }
    let pager = (next.is_some() || !is_first).then(|| Pager {
        text: match (page.first(), page.last()) {
            (Some((_, first)), Some((_, last))) => format!("{first} to {last}"),
            _ => String::new(),
        },
        previous: None,
        next: next.map(|(key, id)| format!("{here}&after={}&id={id}", urls::query(&key))),
    });
    Ok(PersonAccess {
        name: subject.name.clone(),
        href: (!subject.you).then(|| urls::user(&account.slug, subject.id)),
        inactive: words::not_active(subject, account),
        blocks,
        later: if is_first { tree.later() } else { Vec::new() },
        pager,
    })
}

/// Which of the projects that these grants name in these organizations are archived.
fn archived(conn: &mut Conn, grants: &[Grant], these: &[OrganizationId]) -> Result<Vec<ProjectId>> {
    let project = |grant: &Grant| match grant.scope {
        Scoped::Project { id, organization } if these.contains(&organization) => Some(id),
        _ => None,
    };
    let mine: Vec<ProjectId> = grants.iter().filter_map(project).collect();
    if mine.is_empty() {
        return Ok(Vec::new());
    }
    Ok(projects::table
        .filter(among(projects::id, &mine))
        .filter(projects::status.ne("active"))
        .select(projects::id)
        .load(conn)?)
}

struct Tree<'a> {
    asker: &'a Asker<'a>,
    subject: &'a Subject,
    grants: &'a [Grant],
    givers: Vec<(UserId, String)>,
    reasons: Vec<Reason>,
}

type Named = (OrganizationId, String);
/// Some of them, and where the next begin.
type Part = (Vec<Named>, Option<(String, OrganizationId)>);

impl Tree<'_> {
    fn current(&self) -> impl Iterator<Item = &Grant> {
        let now = self.asker.now;
        self.grants.iter().filter(move |grant| grant.in_force(now))
    }

    /// A page of the organizations that the roles name, or that are in a group that they name, by name; and where the
    /// next one begins.
    fn organizations(&self, conn: &mut Conn, after: Option<After<OrganizationId>>) -> Result<Part> {
        let mut ids: Vec<OrganizationId> = Vec::new();
        let mut groups: Vec<GroupId> = Vec::new();
        for grant in self.current() {
            match grant.scope {
                Scoped::Account => {}
                Scoped::Group(id) => groups.push(id),
                Scoped::Organization { id, .. } => ids.push(id),
                Scoped::Project { organization, .. } => ids.push(organization),
            }
        }
        if !groups.is_empty() {
            let inside: Vec<OrganizationId> = group_organizations::table
                .filter(among(group_organizations::group_id, &groups))
                .select(group_organizations::organization_id)
                .limit(IN_GROUPS)
                .load(conn)?;
            ids.extend(inside);
        }
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok((Vec::new(), None));
        }
        let rows: Vec<Named> = organizations::table
            .filter(among(organizations::id, &ids))
            .filter(organizations::account_id.eq(self.asker.account().id))
            .filter(organizations::status.ne("deleted"))
            .select((organizations::id, organizations::name))
            .load(conn)?;
        let mut rows: Vec<(String, Named)> = rows
            .into_iter()
            .map(|(id, name)| (fold(&name), (id, name)))
            .collect();
        rows.sort_by(|(a, (one, _)), (b, (other, _))| (a, one).cmp(&(b, other)));
        if let Some(After { key, id }) = after {
            rows.retain(|(known, (one, _))| (known, one) > (&key, &id));
        }
        let more = rows.len() > PER_PAGE;
        rows.truncate(PER_PAGE);
        let next = rows.last().filter(|_| more);
        let next = next.map(|(key, (id, _))| (key.clone(), *id));
        Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
    }

    /// The account, and the groups.
    fn above(&self) -> Vec<Block> {
        let account = self.asker.account();
        let mut blocks = Vec::new();
        if self.current().any(|grant| grant.scope == Scoped::Account) {
            blocks.push(self.block(
                &account.name,
                "Whole account: everything in it",
                &Place::Account,
            ));
        }
        let mut seen: Vec<GroupId> = Vec::new();
        for grant in self.current() {
            let Scoped::Group(id) = grant.scope else {
                continue;
            };
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let name = self.name_of(|held| held.scope == Scoped::Group(id));
            let kind = "Group: each organization in it";
            blocks.push(self.block(&name, kind, &Place::Group(id)));
        }
        blocks
    }

    fn name_of(&self, is: impl Fn(&Held) -> bool) -> String {
        let mut held = self.subject.held.iter();
        let held = held.find(|held| is(held));
        held.and_then(|held| held.place.clone()).unwrap_or_default()
    }

    fn organization(&self, name: &str, branch: Branch, archived: &[ProjectId]) -> Block {
        let id = branch.organization;
        let mut projects: Vec<ProjectId> = Vec::new();
        let mut below = false;
        for grant in self.current() {
            match grant.scope {
                Scoped::Project {
                    id: project,
                    organization,
                } if organization == id => {
                    projects.push(project);
                }
                Scoped::Organization {
                    id: on,
                    below: true,
                } => below |= on == id,
                _ => {}
            }
        }
        projects.sort_unstable();
        projects.dedup();
        let word = &self.asker.account().word_singular;
        let inside = projects.into_iter().map(|project| {
            let is =
                |held: &Held| matches!(held.scope, Scoped::Project { id, .. } if id == project);
            let place = Place::Project {
                id: project,
                within: branch.clone(),
            };
            if archived.contains(&project) {
                return self.inert(&self.name_of(is), &format!("{word}, archived"), &place);
            }
            self.block(&self.name_of(is), word, &place)
        });
        let mut inside: Vec<Block> = inside.collect();
        inside.sort_by_cached_key(|one| fold(&one.name));
        let kind = if below {
            "Organization and everything below it"
        } else {
            "Organization"
        };
        Block {
            inside,
            ..self.block(name, kind, &Place::Organization(branch.clone()))
        }
    }

    /// What counts at a place, by the resolver.
    fn block(&self, name: &str, kind: &str, place: &Place) -> Block {
        let found = resolve::resolve(self.asker.roles, self.grants, place, self.asker.now);
        self.shown(name, kind, &found)
    }

    /// The same of a project that is archived: what is given on it alone is there, and allows nothing.
    fn inert(&self, name: &str, kind: &str, place: &Place) -> Block {
        let found = resolve::resolve(self.asker.roles, self.grants, place, self.asker.now);
        self.shown(name, kind, &found.inert())
    }

    fn shown(&self, name: &str, kind: &str, found: &Resolution) -> Block {
        let account = self.asker.account();
        let role = |path: &resolve::Path| {
            let held = words::of(self.subject, path.grant)?;
            Some(RoleShown {
                role: path.role.label().to_owned(),
                about: urls::about_role(&account.slug, path.role.as_str()),
                source: words::source(path.way, held, account),
                given: words::given(held, &self.givers, account),
                because: words::because(held, &self.reasons, account),
                more_time: self.more_time(held),
            })
        };
        Block {
            name: name.to_owned(),
            kind: kind.to_owned(),
            roles: found.paths.iter().filter_map(role).collect(),
            may: self.labels(found.permissions),
            inside: Vec::new(),
        }
    }

    /// Where whoever looks asks for more time with a role of their own that ends.
    fn more_time(&self, held: &Held) -> Option<String> {
        let ends = held.ends_at.is_some_and(|end| self.asker.now < end);
        (self.subject.you && ends).then(|| urls::more_time(held.grant))
    }

    fn labels(&self, permissions: PermissionSet) -> Vec<String> {
        if self.subject.status != Status::Active {
            return Vec::new();
        }
        let label = |key| named(self.asker.account(), self.asker.catalogue, key).0;
        permissions
            .iter()
            .map(label)
            .filter(|label| !label.is_empty())
            .collect()
    }

    /// Roles that have not begun, or are over.
    fn later(&self) -> Vec<String> {
        let (now, account) = (self.asker.now, self.asker.account());
        let line = |held: &Held| {
            let role = format!("{} {}", held.role, words::at(held, account));
            match (held.starts_at, held.ends_at) {
                (_, Some(end)) if end <= now => Some(format!("{role} ended on {}", moment(end))),
                (Some(start), _) if start > now => {
                    Some(format!("{role} begins on {}", moment(start)))
                }
                _ => None,
            }
        };
        self.subject.held.iter().filter_map(line).collect()
    }
}
