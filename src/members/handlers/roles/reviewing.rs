//! What a change of one person's roles comes to, and the page that says so before it is done.

use super::{Managing, Posted, Standing, Wanted, Wish, wanted};
use crate::access::give::is_powerful;
use crate::access::role::Role;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::members::handlers::{HasRoles, key, parse};
use crate::members::pages::{Change, NotYet, ReviewRolesPage};
use crate::members::{self, Held, during};
use crate::notifications::Kind;

const BELOW_TOO: &str = " with everything below it";

impl Standing {
    /// What is given, and what is taken away, when just these roles are to be held.
    pub(super) fn differences(
        &self,
        wanted: &Wanted,
        posted: &Posted,
        now: Ts,
    ) -> (Vec<Wish>, Vec<&Held>) {
        let is_over = |held: &&Held| match wanted.get(&held.role) {
            // With everything below is more than without: it takes the place of it, and nothing is taken away.
            Some((below, _)) => held.is_below() && !below,
            None => true,
        };
        // A box that cannot be unticked is not sent, and named beside the others: what may not be taken stays.
        let unticked = self.direct.iter().filter(is_over);
        let unticked = unticked.filter(|held| !posted.kept.contains(&key(held)));
        let taken: Vec<&Held> = unticked.collect();
        let is_new = |role: &Role, below: bool| {
            let mut held = self.direct.iter().filter(|held| held.role == *role);
            held.all(|held| {
                taken.iter().any(|it| it.grant == held.grant) || below && !held.is_below()
            })
        };
        let given = wanted
            .iter()
            .filter(|(role, (below, _))| is_new(role, *below))
            .map(|(role, (below, grant))| {
                let during = self.during(role, now);
                (role.clone(), *below, during, *grant)
            });
        (given.collect(), taken)
    }

    /// Which of these roles the person would be refused, whose address nobody has proven, and why (S15).
    fn unproven<P: HasRoles>(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Managing<P>,
        (user, given): (UserId, &[Wish]),
    ) -> Result<Vec<(Role, String)>> {
        let mut all = Vec::new();
        for (role, below, ..) in given {
            let found = self.found.clone();
            let found = if *below { found.with_below() } else { found };
            let people = [user];
            let asked = (role, &found.scope, people.as_slice());
            let why = members::unproven(conn, app, scope.account().id, asked, scope.now())?;
            all.extend(why.into_iter().map(|(_, why)| (role.clone(), why)));
        }
        Ok(all)
    }

    /// The form without these roles: each stays as it is held, if it is.
    fn without(&self, posted: &Posted, roles: &[(Role, String)]) -> Result<Posted> {
        let mut posted = posted.clone();
        let mut ticked = Vec::new();
        for text in posted.ticked {
            let (role, _) = parse(&self.known, &text)?;
            if !roles.iter().any(|(one, _)| *one == role) {
                ticked.push(text);
            }
        }
        let held = self.direct.iter();
        let held = held.filter(|held| roles.iter().any(|(one, _)| *one == held.role));
        ticked.extend(held.map(key));
        posted.ticked = ticked;
        Ok(posted)
    }
}

/// The page. What would be refused is left out of it, and said; the act asks once more.
pub(super) fn review<P: HasRoles>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing<P>,
    (user, standing): (UserId, &Standing),
    (posted, asked): (&Posted, &[Wish]),
) -> Result<ReviewRolesPage> {
    let account = scope.account();
    let unproven = standing.unproven(conn, app, scope, (user, asked))?;
    let posted = standing.without(posted, &unproven)?;
    let all = wanted(&standing.known, &posted)?;
    let (given, taken) = standing.differences(&all, &posted, scope.now());
    let sends = !(given.is_empty() && taken.is_empty());
    let not_yet = unproven.into_iter().map(|(_, why)| {
        let who = (user, standing.name.clone());
        NotYet::new(account, who, why)
    });
    let (label, list) = P::list(scope);
    Ok(ReviewRolesPage {
        shell: scope
            .shell("Review")
            .named(format!("Change the roles of {}?", standing.name))
            .crumb(label, &list)
            .here(),
        action: P::person(scope, user),
        name: standing.name.clone(),
        place: scope.place().name(account).to_owned(),
        changes: if sends {
            let told = [(&standing.row, Kind::RolesChanged)];
            let told = members::foretold(conn, account, &told)?;
            in_words(scope, standing, (&given, &taken), told)
        } else {
            vec![Change::plain("Nothing changes.")]
        },
        roles: posted.ticked,
        seen: posted.seen,
        kept: posted.kept,
        not_yet: not_yet.collect(),
        sends,
        cancel: list,
    })
}

/// What happens, a sentence each.
fn in_words<P: HasRoles>(
    scope: &Managing<P>,
    standing: &Standing,
    (given, taken): (&[Wish], &[&Held]),
    told: String,
) -> Vec<Change> {
    let account = scope.account();
    let name = &standing.name;
    let level = standing.found.scope.level();
    let much = |role: &Role| is_powerful(scope.role_table(), role, level);
    let mut changes: Vec<Change> = Vec::new();
    for held in taken {
        let below = if held.is_below() { BELOW_TOO } else { "" };
        let role = (held.role.label(), much(&held.role));
        changes.push(Change::of(
            format!("{name} loses "),
            role,
            format!("{below}."),
        ));
    }
    for (role, below, during, _) in given {
        let below = if *below { BELOW_TOO } else { "" };
        let days = during::in_words(*during, &account.time_zone);
        let days = if days.is_empty() {
            days
        } else {
            format!(" As before: {days}")
        };
        let rest = match account.says_of(scope.role_table(), role).as_str() {
            "" => format!("{below}.{days}"),
            what_for => format!("{below}: {what_for}{days}"),
        };
        let role = (role.label(), much(role));
        changes.push(Change::of(format!("{name} gets "), role, rest));
    }
    for kept in &standing.otherwise {
        changes.push(Change::plain(format!("{name} keeps {kept}.")));
    }
    let left = standing.direct.len().saturating_add(given.len()) == taken.len();
    if left && standing.otherwise.is_empty() {
        changes.push(Change::plain(format!(
            "{name} then holds no role on {} itself. Roles on a part of it stay.",
            scope.place().name(account)
        )));
    }
    changes.push(Change::plain(P::REACHES));
    changes.push(Change::plain(told));
    changes
}
