//! What a seeded installation is made of: a pure function of the three numbers. Nothing is random, so that two
//! machines measure the same rows.
//!
//! The first account, Acme, has the first tenth of the people, so that its lists grow with the whole; the others
//! share the rest evenly, and every fourth person is a guest in a second account.

use chrono::{DateTime, Duration};
use uuid::Uuid;

use super::names::{FIRST, LAST};
use super::rows;
use crate::access::role::Builtin;
use crate::db::types::{AccountId, GroupId, Id, Kind, OrganizationId, Ts, UserId};
use crate::members::sort_key;
use crate::web::field::fold;

/// 2025-01-01, in seconds: the time that everything is counted from.
const EPOCH: i64 = 1_735_689_600;

/// People up to here are all active: whoever measures signs in as one of them.
const ALWAYS_ACTIVE: u64 = 256;

/// Accounts that have groups.
const WITH_GROUPS: u64 = 100;

/// Groups of such an account.
const GROUPS: [&str; 3] = ["North", "South", "Night shift"];

/// Organizations of a group, at most.
const IN_GROUP: u64 = 40;

/// Organizations right below another.
const BELOW: u64 = 6;

/// Projects of an organization.
const DOCKS: u64 = 2;

/// How large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Accounts, Acme among them.
    pub accounts: u64,
    /// Organizations of all accounts together.
    pub organizations: u64,
    /// People.
    pub users: u64,
}

/// The rows of an installation of these sizes.
pub(super) struct Plan {
    sizes: Sizes,
    /// People of Acme: the first so many.
    big: u64,
    first: Vec<&'static str>,
    last: Vec<&'static str>,
}

/// Who somebody is.
pub(super) struct Person {
    pub first: &'static str,
    pub last: &'static str,
    pub email: String,
}

/// How somebody stands, wherever they belong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Active,
    Invited,
    Deactivated,
}

/// The tag that keeps ids of different tables apart.
#[derive(Clone, Copy)]
enum Table {
    Account,
    Organization,
    Group,
    Project,
    User,
    Grant,
    Session,
}

/// An id in the form of a UUIDv7 that only its table and number decide: ids sort as the numbers do.
fn id<K: Kind>(table: Table, number: u64) -> Id<K> {
    let tag = table.tag();
    let milliseconds = 1_735_689_600_000_u64 + number;
    // Splitmix64: every bit of the number moves every bit of the tail.
    let mut tail = number.wrapping_add((tag + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    tail = (tail ^ (tail >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    tail = (tail ^ (tail >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    tail ^= tail >> 31;
    let high = (u128::from(milliseconds) << 16) | 0x7000 | u128::from(tag);
    let low = u128::from(tail & 0x3fff_ffff_ffff_ffff) | (0b10 << 62);
    Id::from_uuid(Uuid::from_u128((high << 64) | low))
}

impl Table {
    const fn tag(self) -> u64 {
        match self {
            Self::Account => 1,
            Self::Organization => 2,
            Self::Group => 3,
            Self::Project => 4,
            Self::User => 5,
            Self::Grant => 6,
            Self::Session => 7,
        }
    }
}

/// The id of person number `u`.
pub(super) fn user_id(u: u64) -> UserId {
    id(Table::User, u)
}

fn account_id(a: u64) -> AccountId {
    id(Table::Account, a)
}

fn organization_id(o: u64) -> OrganizationId {
    id(Table::Organization, o)
}

fn group_id(account: u64, group: u64) -> GroupId {
    id(Table::Group, account * 8 + group)
}

/// A membership's number is its person's, twice: at home, and as a guest.
fn grant_number(u: u64, second: bool) -> u64 {
    2 * u + u64::from(second)
}

fn pick(list: &[&'static str], number: u64) -> &'static str {
    let length = u64::try_from(list.len()).unwrap_or(1).max(1);
    let at = usize::try_from(number % length).unwrap_or(0);
    list.get(at).copied().unwrap_or("Ada")
}

impl Plan {
    pub(super) fn new(sizes: Sizes) -> Result<Self, String> {
        let Sizes {
            accounts,
            organizations,
            users,
        } = sizes;
        if accounts == 0 || users < 10 || organizations < accounts {
            return Err(
                "there must be an account, an organization for each account, and ten users".into(),
            );
        }
        let big = if accounts == 1 { users } else { users / 10 };
        Ok(Self {
            sizes,
            big,
            first: FIRST.split_whitespace().collect(),
            last: LAST.split_whitespace().collect(),
        })
    }

    pub(super) fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    pub(super) fn base(&self) -> Ts {
        self.day(0)
    }

    fn day(&self, days: u64) -> Ts {
        let epoch = DateTime::from_timestamp(EPOCH, 0).unwrap_or_default();
        Ts::new(epoch).plus(Duration::days(i64::try_from(days).unwrap_or(0)))
    }

    // Accounts and what is in them.

    pub(super) fn account(&self, a: u64) -> rows::Account {
        let (name, slug) = match a {
            1 => ("Acme".to_owned(), "acme".to_owned()),
            _ => (format!("Account {a}"), format!("account-{a}")),
        };
        rows::Account::new(account_id(a), slug, name, self.base())
    }

    /// The account of organization `o`, and how many of its organizations came before.
    fn within(&self, o: u64) -> (u64, u64) {
        let accounts = self.sizes.accounts;
        (1 + (o - 1) % accounts, (o - 1) / accounts)
    }

    /// The organization of account `a` at `index`, as far as there are so many.
    fn organization_of(&self, a: u64, index: u64) -> u64 {
        let (accounts, all) = (self.sizes.accounts, self.sizes.organizations);
        let count = (all - a) / accounts + 1;
        a + (index % count) * accounts
    }

    /// One tree an account, six below each: five thousand stand on six levels.
    fn parent(&self, o: u64) -> Option<u64> {
        let (account, index) = self.within(o);
        let above = index.checked_sub(1)? / BELOW;
        Some(self.organization_of(account, above))
    }

    pub(super) fn organization(&self, o: u64) -> rows::Organization {
        let kind = pick(&["Works", "Labs", "Group", "Partners"], o);
        let (name, slug) = match o {
            1 => ("Acme".to_owned(), "acme".to_owned()),
            _ => (
                format!("{} {kind} {o}", pick(&self.last, o)),
                format!("org-{o}"),
            ),
        };
        rows::Organization {
            id: organization_id(o),
            account_id: account_id(self.within(o).0),
            parent_id: self.parent(o).map(organization_id),
            name_key: fold(&name),
            slug,
            name,
            description: "",
            status: "active",
            version: 1,
            created_at: self.base(),
        }
    }

    pub(super) fn projects(&self, o: u64) -> impl Iterator<Item = rows::Project> {
        let account = account_id(self.within(o).0);
        let base = self.base();
        (1..=DOCKS).map(move |dock| {
            let name = format!("Dock {dock}");
            rows::Project {
                id: id(Table::Project, o * DOCKS + dock - 1),
                account_id: account,
                organization_id: organization_id(o),
                slug: format!("dock-{dock}"),
                name_key: fold(&name),
                name,
                status: "active",
                version: 1,
                created_at: base,
            }
        })
    }

    fn grouping(&self) -> impl Iterator<Item = (u64, u64)> {
        let accounts = self.sizes.accounts.min(WITH_GROUPS);
        (1..=accounts).flat_map(|a| (0..3).map(move |group| (a, group)))
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = rows::Group> {
        self.grouping().map(|(a, group)| {
            let name = pick(&GROUPS, group);
            rows::Group {
                id: group_id(a, group),
                account_id: account_id(a),
                name,
                name_key: fold(name),
                description: "",
                created_at: self.base(),
            }
        })
    }

    pub(super) fn group_organizations(&self) -> impl Iterator<Item = rows::GroupOrganization> {
        self.grouping().flat_map(move |(a, group)| {
            let (accounts, all) = (self.sizes.accounts, self.sizes.organizations);
            let count = ((all - a) / accounts + 1).min(IN_GROUP);
            (0..count)
                .filter(move |index| index % 3 == group)
                .map(move |index| rows::GroupOrganization {
                    account_id: account_id(a),
                    group_id: group_id(a, group),
                    organization_id: organization_id(self.organization_of(a, index)),
                })
        })
    }

    // People.

    pub(super) fn person(&self, u: u64) -> Person {
        let first = pick(&self.first, u * 7 + u / 89);
        let last = pick(&self.last, u * 13 + u / 97);
        let words = format!("{first}.{last}").to_lowercase().replace('\'', "");
        Person {
            first,
            last,
            email: format!("{words}.{u}@example.test"),
        }
    }

    fn stands(&self, u: u64) -> Stands {
        match u {
            0..=ALWAYS_ACTIVE => Stands::Active,
            _ if u % 29 == 11 => Stands::Deactivated,
            _ if u % 31 == 5 => Stands::Invited,
            _ => Stands::Active,
        }
    }

    fn home(&self, u: u64) -> u64 {
        if u <= self.big {
            1
        } else {
            2 + (u - self.big - 1) % (self.sizes.accounts - 1)
        }
    }

    /// Where person `u` is a guest, if anywhere.
    fn second(&self, u: u64) -> Option<u64> {
        if !u.is_multiple_of(4) || self.sizes.accounts < 2 {
            return None;
        }
        let second = 2 + (u * 7919) % (self.sizes.accounts - 1);
        (second != self.home(u)).then_some(second)
    }

    pub(super) fn user(&self, u: u64, hash: &str) -> rows::User {
        let Person { first, last, email } = self.person(u);
        let inside = self.stands(u) != Stands::Invited;
        rows::User {
            id: user_id(u),
            email_key: email.clone(),
            email,
            first_name: first,
            last_name: last,
            password_hash: inside.then(|| hash.to_owned()),
            password_set_at: inside.then(|| self.base()),
            home_account_id: inside.then(|| account_id(self.home(u))),
            verified_at: inside.then(|| self.base()),
            operator: u == 1,
            locked_until: None,
            last_sign_in_at: self.last_sign_in(u),
            version: 1,
            created_at: self.day(u * 37 % 300),
        }
    }

    pub(super) fn memberships(&self, u: u64) -> impl Iterator<Item = rows::Membership> {
        let home = std::iter::once((self.home(u), "home"));
        let guest = self.second(u).map(|account| (account, "guest"));
        home.chain(guest)
            .map(move |(account, kind)| self.membership(u, account, kind))
    }

    fn membership(&self, u: u64, account: u64, kind: &'static str) -> rows::Membership {
        let Person { first, last, email } = self.person(u);
        let (stands, joined) = (self.stands(u), self.day(u * 41 % 300));
        rows::Membership {
            account_id: account_id(account),
            user_id: user_id(u),
            kind,
            status: match stands {
                Stands::Active => "active",
                Stands::Invited => "invited",
                Stands::Deactivated => "deactivated",
            },
            sort_key: sort_key(first, last),
            last_key: fold(last),
            email_key: email.clone(),
            link_expires_at: (stands == Stands::Invited).then(|| joined.plus(Duration::hours(48))),
            joined_at: (stands != Stands::Invited).then_some(joined),
            deactivated_at: (stands == Stands::Deactivated).then(|| self.day(305)),
            version: 1,
            created_at: joined,
            last_sign_in_at: self.last_sign_in(u),
            first_name: first,
            last_name: last,
            email,
        }
    }

    fn last_sign_in(&self, u: u64) -> Option<Ts> {
        let has = self.stands(u) != Stands::Invited && !u.is_multiple_of(11);
        has.then(|| self.day(u * 53 % 310))
    }

    /// Each person holds one role in each account that they belong to.
    pub(super) fn grants(&self, u: u64) -> impl Iterator<Item = rows::Grant<'static>> {
        let home = std::iter::once((self.home(u), false));
        let guest = self.second(u).map(|account| (account, true));
        home.chain(guest).map(move |(account, second)| {
            // The first person of an account owns it.
            let owner = u == 1 || (!second && u > self.big && u - self.big < self.sizes.accounts);
            let Person { first, last, .. } = self.person(u);
            let mut grant = rows::Grant {
                id: id(Table::Grant, grant_number(u, second)),
                account_id: account_id(account),
                user_id: user_id(u),
                role: if owner { Builtin::Owner } else { rows::role(u) }.key(),
                custom_role_id: None,
                scope: "account",
                scope_id: Id::from_uuid(account_id(account).uuid()),
                group_id: None,
                organization_id: None,
                project_id: None,
                below: false,
                sort_key: sort_key(first, last),
                given_at: self.day(u * 41 % 300),
            };
            if !owner {
                self.place(u, account, &mut grant);
            }
            grant
        })
    }

    /// One in twenty in the whole account, one in twenty in a group (where there are any), half of the rest in an
    /// organization, every fourth of these with everything below, half in a project.
    fn place(&self, u: u64, account: u64, grant: &mut rows::Grant<'_>) {
        let o = self.organization_of(account, u / 3);
        match u % 20 {
            7 => {}
            11 if account <= WITH_GROUPS => {
                let group = group_id(account, u % 3);
                grant.scope = "group";
                grant.scope_id = Id::from_uuid(group.uuid());
                grant.group_id = Some(group);
            }
            even if even.is_multiple_of(2) => {
                grant.scope = "organization";
                grant.scope_id = Id::from_uuid(organization_id(o).uuid());
                grant.organization_id = Some(organization_id(o));
                grant.below = u.is_multiple_of(8);
            }
            _ => {
                let project = id(Table::Project, o * DOCKS + u % DOCKS);
                grant.scope = "project";
                grant.scope_id = Id::from_uuid(project.uuid());
                grant.organization_id = Some(organization_id(o));
                grant.project_id = Some(project);
            }
        }
    }

    pub(super) fn session(&self, number: u64, key_hash: Vec<u8>) -> rows::Session {
        rows::Session {
            key_hash,
            id: id(Table::Session, number),
            user_id: user_id(number),
            created_at: self.day(300),
            last_seen_at: self.day(300),
            // So far off that the purge leaves it lying; idle for too long, it lets nobody in.
            expires_at: self.day(20_000),
            user_agent: "",
            address: "",
        }
    }
}
