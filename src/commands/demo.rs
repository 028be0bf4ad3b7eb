//! `tenantry demo`: a small installation with two accounts to look around in.

mod cast;
mod own_roles;

use diesel::prelude::*;
use serde_json::json;

use self::cast::{ACME, At, Company, GLOBEX, Is, Member};
use super::seed::{self, rows};
use super::{Failed, config, open};
use crate::access::role::Builtin;
use crate::app::App;
use crate::audit::{self, Action, Event, Target};
use crate::auth::token::Token;
use crate::db::Conn;
use crate::db::schema::{grants, installation, users};
use crate::db::types::{AccountId, GrantId, GroupId, Id, OrganizationId, ProjectId, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::sort_key;
use crate::web::field::{email, fold, slug_from_name};
use crate::welcome::{self, Fresh, NewLink, Purpose};

/// Fills an empty installation, and says how to look at it.
pub fn run() -> Result<String, Failed> {
    let config = config()?;
    let _alone = super::serve::alone(&config)?;
    config.make_data_dir()?;
    seed::refuse_filled(&config.database)?;
    let app = open(config)?;
    super::serve::known_secret(&app)?;
    let password = password();
    fill(&app, &password).map_err(|cause| Failed::Broke(cause.to_string()))?;
    Ok(said(&app, &password))
}

/// Stores both companies in one transaction; everybody who is in has this password.
pub(crate) fn fill(app: &App, password: &str) -> Result<()> {
    let hash = actix_web::rt::System::new()
        .block_on(app.hasher().hash(password.to_owned()))
        .map_err(|busy| Error::Unavailable {
            retry_after: busy.retry_after,
        })?;
    let inner = app.clone();
    app.db().write_now(move |conn| {
        let filling = Filling {
            app: &inner,
            hash: &hash,
            now: inner.now(),
        };
        filling.claim(conn)?;
        filling.company(conn, &ACME)?;
        filling.company(conn, &GLOBEX)?;
        crate::members::rebuilding::rebuild(conn)
    })
}

/// Random, long, and easy to copy.
fn password() -> String {
    let token = Token::new();
    let letters: String = token
        .text()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let half = |from: usize| letters.get(from..from + 6).unwrap_or("demonstrate");
    format!("{}-{}-{}", half(0), half(6), half(12))
}

fn said(app: &App, password: &str) -> String {
    let mut text = String::from("Two accounts to look at; both people have the same password.\n\n");
    for company in [&ACME, &GLOBEX] {
        if let Some(owner) = company.people.first() {
            text.push_str(&format!(
                "  {:18} {} (Owner)\n",
                company.name,
                owner.address(company)
            ));
        }
    }
    text.push_str(&format!("  {:18} {password}\n\n", "Password"));
    text.push_str(&format!(
        "The password is not shown again. Start the portal with `tenantry serve` and open {}\n",
        app.config().public_url.join("/sign-in")
    ));
    text
}

/// One filling: what every row of it needs.
struct Filling<'a> {
    app: &'a App,
    hash: &'a str,
    now: Ts,
}

/// The places of a company, by their names.
#[derive(Default)]
struct Places {
    organizations: Vec<(&'static str, OrganizationId)>,
    groups: Vec<(&'static str, GroupId)>,
    projects: Vec<(&'static str, OrganizationId, ProjectId)>,
}

fn unknown(name: &str) -> Error {
    Error::internal(format!("the demonstration has no {name}"))
}

impl Places {
    fn organization(&self, name: &str) -> Result<OrganizationId> {
        let mut all = self.organizations.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, id)| *id)
            .ok_or_else(|| unknown(name))
    }

    fn group(&self, name: &str) -> Result<GroupId> {
        let mut all = self.groups.iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, id)| *id)
            .ok_or_else(|| unknown(name))
    }

    fn project(&self, name: &str) -> Result<(OrganizationId, ProjectId)> {
        let mut all = self.projects.iter();
        all.find(|(known, ..)| *known == name)
            .map(|(_, organization, id)| (*organization, *id))
            .ok_or_else(|| unknown(name))
    }
}

/// Who sent the invitations of a company: its first Owner.
fn sender(conn: &mut Conn, account: AccountId) -> Result<Option<UserId>> {
    Ok(grants::table
        .filter(grants::account_id.eq(account))
        .filter(grants::role.eq(Builtin::Owner.key()))
        .order(grants::user_id.asc())
        .select(grants::user_id)
        .first(conn)
        .optional()?)
}

impl Filling<'_> {
    fn days_ago(&self, days: i64) -> Ts {
        self.now.plus(-chrono::Duration::days(days))
    }

    /// Nobody else can claim it any more.
    fn claim(&self, conn: &mut Conn) -> Result<()> {
        diesel::update(installation::table.filter(installation::claimed_at.is_null()))
            .set((
                installation::claimed_at.eq(Some(self.now)),
                installation::setup_token_hash.eq(None::<Vec<u8>>),
                installation::setup_expires_at.eq(None::<Ts>),
            ))
            .execute(conn)?;
        let event = Event::new(audit::INSTALLATION, Action::InstallationClaimed, self.now);
        audit::record(conn, &event)?;
        Ok(())
    }

    fn company(&self, conn: &mut Conn, company: &Company) -> Result<()> {
        let id = AccountId::new();
        let created = self.days_ago(400);
        let mut account = rows::Account::new(
            id,
            slug_from_name(company.name, "account"),
            company.name.to_owned(),
            created,
        );
        (account.word_singular, account.word_plural) = company.words;
        account.country = company.country;
        rows::accounts(conn, std::iter::once(account))?;
        let event = Event::new(id, Action::AccountCreated, self.now);
        audit::record(conn, &event.details(json!({ "name": company.name })))?;
        let places = self.places(conn, company, id)?;
        for member in company.people {
            self.member(conn, (company, id), &places, member)?;
        }
        self.own_roles(conn, (company, id), &places)
    }

    fn places(&self, conn: &mut Conn, company: &Company, account: AccountId) -> Result<Places> {
        let mut places = Places::default();
        let created_at = self.days_ago(390);
        for (name, parent) in company.organizations {
            let id = OrganizationId::new();
            let row = rows::Organization {
                id,
                account_id: account,
                parent_id: parent.map(|above| places.organization(above)).transpose()?,
                slug: slug_from_name(name, "place"),
                name: (*name).to_owned(),
                name_key: fold(name),
                description: "",
                status: "active",
                version: 1,
                created_at,
            };
            rows::organizations(conn, std::iter::once(row))?;
            let event = Event::new(account, Action::OrganizationCreated, self.now);
            let event = event.in_organization(id).on(Target::organization(id));
            audit::record(conn, &event.details(json!({ "name": name })))?;
            places.organizations.push((name, id));
        }
        for (name, home) in company.projects {
            self.project(conn, account, &mut places, (name, home))?;
        }
        for (name, members) in company.groups {
            let id = GroupId::new();
            let row = rows::Group {
                id,
                account_id: account,
                name,
                name_key: fold(name),
                description: "",
                created_at,
            };
            rows::groups(conn, std::iter::once(row))?;
            let inside: Result<Vec<_>> = members
                .iter()
                .map(|member| places.organization(member))
                .collect();
            let row = |organization_id| rows::GroupOrganization {
                account_id: account,
                group_id: id,
                organization_id,
            };
            rows::group_organizations(conn, inside?.into_iter().map(row))?;
            let event = Event::new(account, Action::GroupCreated, self.now);
            audit::record(conn, &event.on(Target::group(id)))?;
            places.groups.push((name, id));
        }
        Ok(places)
    }

    fn project(
        &self,
        conn: &mut Conn,
        account: AccountId,
        places: &mut Places,
        (name, home): (&'static str, &str),
    ) -> Result<()> {
        let (id, organization) = (ProjectId::new(), places.organization(home)?);
        let row = rows::Project {
            id,
            account_id: account,
            organization_id: organization,
            slug: slug_from_name(name, "place"),
            name: name.to_owned(),
            name_key: fold(name),
            status: "active",
            version: 1,
            created_at: self.days_ago(380),
        };
        rows::projects(conn, std::iter::once(row))?;
        let event = Event::new(account, Action::ProjectCreated, self.now)
            .in_organization(organization)
            .in_project(id)
            .on(Target::project(id));
        audit::record(conn, &event.details(json!({ "name": name })))?;
        places.projects.push((name, organization, id));
        Ok(())
    }

    /// A person with their membership, roles and, as long as they have not come in, link.
    fn member(
        &self,
        conn: &mut Conn,
        (company, account): (&Company, AccountId),
        places: &Places,
        member: &Member,
    ) -> Result<()> {
        let address = member.address(company);
        let key = email(&address).map_err(Error::internal)?.key;
        let known: Option<UserId> = users::table
            .filter(users::email_key.eq(&key))
            .select(users::id)
            .first(conn)
            .optional()?;
        let user = known.unwrap_or_default();
        if known.is_none() {
            let person = self.person(user, account, member, address.clone(), key.clone());
            rows::users(conn, std::iter::once(person))?;
        }
        let joined = self.days_ago(member.days);
        let until = self.now.plus(chrono::Duration::hours(match member.is {
            Is::Late => -20,
            _ => 41,
        }));
        let inside = !matches!(member.is, Is::Invited | Is::Late);
        let row = rows::Membership {
            account_id: account,
            user_id: user,
            kind: if known.is_some() { "guest" } else { "home" },
            status: match member.is {
                Is::Invited | Is::Late => "invited",
                Is::Inactive => "deactivated",
                Is::Active | Is::Locked => "active",
            },
            sort_key: sort_key(member.first, member.last),
            last_key: fold(member.last),
            email_key: key,
            link_expires_at: (!inside).then_some(until),
            joined_at: inside.then_some(joined),
            deactivated_at: (member.is == Is::Inactive).then(|| self.days_ago(3)),
            version: 1,
            created_at: joined,
            last_sign_in_at: inside.then(|| self.days_ago(member.days % 17)),
            first_name: member.first,
            last_name: member.last,
            email: address.clone(),
        };
        rows::memberships(conn, std::iter::once(row))?;
        let event = Event::new(account, Action::UserInvited, self.now)
            .on(Target::user(user))
            .about(member.first, member.last, &address);
        audit::record(conn, &event)?;
        for (role, at) in member.roles {
            self.role(conn, account, places, (member, user), (role.key(), at))?;
        }
        if !inside {
            let new = NewLink {
                purpose: Purpose::Welcome,
                user,
                account: Some(account),
                email: &address,
                expires_at: until,
                sent_by: sender(conn, account)?,
                mailed: true,
            };
            let fresh = Fresh::mailed_and_copied(self.app.sealer());
            welcome::mint(conn, &fresh, &new, joined)?;
        }
        Ok(())
    }

    fn person(
        &self,
        id: UserId,
        account: AccountId,
        member: &Member,
        email: String,
        email_key: String,
    ) -> rows::User {
        let inside = !matches!(member.is, Is::Invited | Is::Late);
        rows::User {
            id,
            email,
            email_key,
            first_name: member.first,
            last_name: member.last,
            password_hash: inside.then(|| self.hash.to_owned()),
            password_set_at: inside.then_some(self.now),
            home_account_id: inside.then_some(account),
            verified_at: inside.then_some(self.now),
            operator: member.operator(),
            locked_until: (member.is == Is::Locked)
                .then(|| self.now.plus(chrono::Duration::days(1))),
            last_sign_in_at: inside.then(|| self.days_ago(member.days % 17)),
            version: 1,
            created_at: self.days_ago(member.days),
        }
    }

    fn role(
        &self,
        conn: &mut Conn,
        account: AccountId,
        places: &Places,
        (member, user): (&Member, UserId),
        (role, at): (&str, &At),
    ) -> Result<()> {
        let mut row = rows::Grant {
            id: GrantId::new(),
            account_id: account,
            user_id: user,
            role,
            custom_role_id: role.parse().ok(),
            scope: "account",
            scope_id: Id::from_uuid(account.uuid()),
            group_id: None,
            organization_id: None,
            project_id: None,
            below: false,
            sort_key: sort_key(member.first, member.last),
            given_at: self.days_ago(member.days),
        };
        match at {
            At::Account => {}
            At::Group(name) => {
                let id = places.group(name)?;
                (row.scope, row.scope_id) = ("group", Id::from_uuid(id.uuid()));
                row.group_id = Some(id);
            }
            At::Organization(name) | At::Below(name) => {
                let id = places.organization(name)?;
                (row.scope, row.scope_id) = ("organization", Id::from_uuid(id.uuid()));
                row.organization_id = Some(id);
                row.below = matches!(at, At::Below(_));
            }
            At::Project(name) => {
                let (organization, id) = places.project(name)?;
                (row.scope, row.scope_id) = ("project", Id::from_uuid(id.uuid()));
                row.organization_id = Some(organization);
                row.project_id = Some(id);
            }
        }
        let event = Event::new(account, Action::RoleGranted, self.now)
            .on(Target::user(user))
            .in_organization(row.organization_id)
            .in_project(row.project_id)
            .details(json!({ "role": role, "scope": row.scope }));
        rows::grants(conn, std::iter::once(row))?;
        audit::record(conn, &event)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
