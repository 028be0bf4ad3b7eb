//! Roles that a company of the demonstration made itself, and who holds them.

use diesel::prelude::*;
use serde_json::json;

use super::cast::{Company, OwnRole};
use super::{Filling, Places, unknown};
use crate::audit::{self, Action, Event, Target};
use crate::db::Conn;
use crate::db::schema::{custom_roles, users};
use crate::db::types::{AccountId, RoleId, UserId};
use crate::error::Result;
use crate::web::field::{email, fold};

impl Filling<'_> {
    /// The company's own roles: to be called once its people are there.
    pub(super) fn own_roles(
        &self,
        conn: &mut Conn,
        (company, account): (&Company, AccountId),
        places: &Places,
    ) -> Result<()> {
        for role in company.roles {
            let id = self.own_role(conn, account, role)?.to_string();
            for (last, at) in role.held_by {
                let mut people = company.people.iter();
                let member = people.find(|member| member.last == *last);
                let member = member.ok_or_else(|| unknown(last))?;
                let address =
                    email(&member.address(company)).map_err(crate::error::Error::internal)?;
                let user: UserId = users::table
                    .filter(users::email_key.eq(address.key))
                    .select(users::id)
                    .first(conn)?;
                self.role(conn, account, places, (member, user), (&id, at))?;
            }
        }
        Ok(())
    }

    fn own_role(&self, conn: &mut Conn, account: AccountId, role: &OwnRole) -> Result<RoleId> {
        let (id, made) = (RoleId::new(), self.days_ago(120));
        diesel::insert_into(custom_roles::table)
            .values((
                custom_roles::id.eq(id),
                custom_roles::account_id.eq(account),
                custom_roles::name.eq(role.name),
                custom_roles::name_key.eq(fold(role.name)),
                custom_roles::description.eq(role.description),
                custom_roles::permissions.eq(role.permissions.join(" ")),
                custom_roles::version.eq(1_i64),
                custom_roles::created_at.eq(made),
                custom_roles::changed_at.eq(made),
            ))
            .execute(conn)?;
        let event = Event::new(account, Action::CustomRoleCreated, self.now).on(Target::role(id));
        let after = json!({
            "name": role.name, "description": role.description, "permissions": role.permissions,
        });
        audit::record(conn, &event.details(json!({ "after": after })))?;
        Ok(id)
    }
}
