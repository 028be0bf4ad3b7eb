//! Invitations whose giver leaves: somebody else stands behind them from now on (rule 15, S14).

use diesel::prelude::*;

use super::model::reach;
use crate::access::custom::AccountRoles;
use crate::access::gate::Somewhere;
use crate::access::give::Act;
use crate::access::grant::Scoped;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::schema::{grants, memberships};
use crate::db::types::{AccountId, GrantId, GroupId, OrganizationId, ProjectId, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Condition, Held, Status};

type Manager = Scope<Whole, Somewhere<UsersManage>>;

/// Grants changed in one statement.
const AT_ONCE: usize = 500;

/// Who waits for an invitation that this person stands behind.
pub fn stood_behind(conn: &mut Conn, account: AccountId, giver: UserId) -> Result<Vec<UserId>> {
    Ok(memberships::table
        .filter(memberships::account_id.eq(account))
        .filter(memberships::invited_by.eq(Some(giver)))
        .filter(memberships::status.eq(Status::Invited.as_str()))
        .order(memberships::user_id.asc())
        .select(memberships::user_id)
        .load(conn)?)
}

/// What was taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// How many people wait for an invitation of somebody else now.
    pub people: usize,
    /// How many of their roles that one may not give: they fall away at acceptance, unless somebody who may confirms
    /// them before.
    pub left: usize,
}

/// A role at a place, as the grants of many people have it.
type Kind = (
    String,
    GrantId,
    String,
    Option<GroupId>,
    Option<OrganizationId>,
    Option<ProjectId>,
    bool,
);

/// From now on `to` stands behind the invitations that `from` sent and nobody has accepted yet: with each role that
/// they may give now, and that `from` or whoever hands over may give, too. A statement or two for each role at a place, whatever the number of people.
pub fn take_over(
    conn: &mut Conn,
    app: &App,
    scope: &Manager,
    (from, to): (UserId, UserId),
) -> Result<TakenOver> {
    let account = scope.account().id;
    let reach = reach(conn, app.roles(), scope)?;
    let waiting = || {
        memberships::table
            .filter(memberships::account_id.eq(account))
            .filter(memberships::status.eq(Status::Invited.as_str()))
    };
    let given = || {
        grants::table
            .filter(grants::account_id.eq(account))
            .filter(grants::given_by.eq(Some(from)))
            .filter(grants::user_id.eq_any(waiting().select(memberships::user_id)))
    };
    let kinds: Vec<Kind> = given()
        .select((
            grants::role,
            grants::scope_id,
            grants::scope,
            grants::group_id,
            grants::organization_id,
            grants::project_id,
            grants::below,
        ))
        .distinct()
        .load(conn)?;
    let known = AccountRoles::load_for(conn, account, kinds.iter().map(|kind| kind.0.as_str()))?;
    let mut taken = TakenOver::default();
    for (role, scope_id, level, group, organization, project, below) in kinds {
        let broken = || Error::internal("a grant without a role or a scope");
        let place = Scoped::from_columns(&level, group, organization, project, below);
        let place = place.ok_or_else(broken)?;
        let held = Held {
            grant: GrantId::nil(),
            user: UserId::nil(),
            role: known.parse(&role).ok_or_else(broken)?,
            scope: place,
            place: None,
            within: None,
            given_by: Some(to),
            given_at: scope.now(),
            starts_at: None,
            ends_at: None,
            condition: Condition::Open,
        };
        let these = given()
            .filter(grants::role.eq(&role))
            .filter(grants::scope_id.eq(scope_id))
            .filter(grants::below.eq(below));
        // What its giver could not give any more falls away at acceptance: nobody's leaving brings it back, unless
        // whoever hands over gives it.
        let may = reach.holds(&place)
            && members::could_give(conn, app, account, (to, &held), scope.now())?
            && (members::could_give(conn, app, account, (from, &held), scope.now())?
                || members::may(conn, app, scope, (Act::Give, &held))?);
        if may {
            let ids: Vec<GrantId> = these.select(grants::id).load(conn)?;
            for some in ids.chunks(AT_ONCE) {
                diesel::update(grants::table.filter(grants::id.eq_any(some)))
                    .set((
                        grants::given_by.eq(Some(to)),
                        grants::given_at.eq(scope.now()),
                    ))
                    .execute(conn)?;
            }
        } else {
            let left: i64 = these.count().get_result(conn)?;
            taken.left = taken
                .left
                .saturating_add(usize::try_from(left).unwrap_or(usize::MAX));
        }
    }
    taken.people = diesel::update(waiting().filter(memberships::invited_by.eq(Some(from))))
        .set(memberships::invited_by.eq(Some(to)))
        .execute(conn)?;
    Ok(taken)
}
