//! What a change of a group's organizations does to people, and whether it may be done (S11).

use super::model::{Listed, Tickable};
use crate::access::impact::load::{Holders, picture};
use crate::access::impact::{Most, Side, Spot, compare, shown};
use crate::access::permission::OrganizationsManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::members;

/// Refusals that are told one by one.
const TOLD: usize = 50;

/// Who gains and loses what, and why it may not be; nothing in the second if it may.
pub fn preview(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, OrganizationsManage>,
    group: &Listed,
    (ins, outs): (&[Tickable], &[Tickable]),
) -> Result<(shown::Shown, Vec<String>)> {
    let account = scope.account();
    let before = picture(conn, account.id, &Holders::Group(group.id))?;
    let after = ins
        .iter()
        .fold(before.clone(), |after, one| after.joined(one.id, group.id));
    let after = outs
        .iter()
        .fold(after, |after, one| after.left(one.id, group.id));
    let changed = ins.iter().chain(outs);
    let spots: Vec<Spot> = changed.map(|one| Spot::Organization(one.id)).collect();
    let side = |picture| Side {
        picture,
        roles: app.roles(),
    };
    let impact = compare(
        &side(&before),
        &side(&after),
        &spots,
        scope.now(),
        Most::PAGE,
    );
    let refused = members::refused_by(conn, app, scope, (&before, &after), &spots)?;
    let named = (account.id, account.name.as_str());
    let words = shown::words(conn, named, app.catalogue(), &impact)?;
    Ok((words, shown::refusals(conn, named, &refused, TOLD)?))
}
