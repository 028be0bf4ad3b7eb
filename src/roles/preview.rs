//! Who gains and loses what by another content of a role, or by another role in its place (beyond B).

use crate::access::impact::load::{Holders, picture};
use crate::access::impact::{Most, Picture, Side, Spot, compare, shown};
use crate::access::role::Role;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::roles::model::Composing;

/// The preview: in words, and a sentence about those for whom nothing changes.
pub struct Preview {
    /// Who gains and loses what.
    pub shown: shown::Shown,
    /// How many hold the role, and how many of them keep their access by another way.
    pub sentence: String,
}

/// The places at which anything can change: those that a grant of the role reaches.
fn spots(before: &Picture, role: &Role) -> Vec<Spot> {
    let grants = before.people.values().flat_map(|member| &member.grants);
    let mut scopes: Vec<_> = grants
        .filter(|grant| grant.role == *role)
        .map(|grant| grant.scope)
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    let mut all: Vec<Spot> = scopes.iter().flat_map(|at| before.reach(at)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Works it out: three statements for the picture and three for the names, and more only by the few hundred people.
pub fn preview(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (old, new): (&Role, &Role),
) -> Result<Preview> {
    let account = scope.account();
    let before = picture(conn, account.id, &Holders::Role(old.clone()))?;
    let after = before.clone().replaced(old, new, scope.now());
    let spots = spots(&before, old);
    let side = |picture| Side {
        picture,
        roles: app.roles(),
    };
    let (was, will) = (side(&before), side(&after));
    let impact = compare(&was, &will, &spots, scope.now(), Most::PAGE);
    let named = (account.id, account.name.as_str());
    let shown = shown::words(conn, named, app.catalogue(), &impact)?;
    let all = before.people.len();
    let kept = all.saturating_sub(impact.people);
    Ok(Preview {
        shown,
        sentence: sentence(all, kept),
    })
}

fn people(number: usize) -> String {
    match number {
        1 => "1 person".to_owned(),
        several => format!("{several} people"),
    }
}

/// How many hold a role.
pub fn holders(number: usize) -> String {
    match number {
        0 => "Nobody holds this role.".into(),
        1 => "1 person holds this role.".into(),
        several => format!("{} hold this role.", people(several)),
    }
}

fn sentence(number: usize, kept: usize) -> String {
    let all = holders(number);
    match kept {
        0 => all,
        kept => format!(
            "{all} For {} of them nothing changes now: another role gives them the same, or theirs does not count at present.",
            people(kept),
        ),
    }
}
