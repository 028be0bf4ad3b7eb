//! Who gains and loses what by another content of a role, or by another role in its place (beyond B).

use sha2::{Digest, Sha256};

use crate::access::grant::Grant;
use crate::access::impact::load::{Holders, picture};
use crate::access::impact::{Impact, Most, Picture, Side, Spot, compare_each, shown};
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

/// What another content, or another role in its place, comes to, worked out and not yet put into words.
pub struct Drawn {
    impact: Impact,
    holders: usize,
    /// Tells it from what it comes to after any change of the roles, of who holds them and of where they reach: what is
    /// done is what was looked at.
    pub seen: String,
}

/// Works it out: three statements, and more only by the few hundred people.
pub fn draw(
    conn: &mut Conn,
    app: &App,
    scope: &Composing,
    (old, new): (&Role, &Role),
) -> Result<Drawn> {
    let before = picture(conn, scope.account().id, &Holders::Role(old.clone()))?;
    let after = before.clone().replaced(old, new, scope.now());
    let spots = spots(&before, old);
    let side = |picture| Side {
        picture,
        roles: app.roles(),
    };
    let (was, will) = (side(&before), side(&after));
    let mut digest = Sha256::new();
    digest.update(format!("{old:?} {new:?}"));
    for (user, member) in &before.people {
        let both = member.grants.iter();
        let both: Vec<&Grant> = both
            .filter(|grant| grant.role == *old || grant.role == *new)
            .collect();
        digest.update(format!("{user} {} {both:?}", member.active));
    }
    let page = (scope.now(), Most::PAGE);
    let impact = compare_each(&was, &will, &spots, page, |user, changes| {
        digest.update(format!("{user} {changes:?}"));
    });
    Ok(Drawn {
        impact,
        holders: before.people.len(),
        seen: hex(digest),
    })
}

/// Puts it into words: three statements for the names.
pub fn preview(conn: &mut Conn, app: &App, scope: &Composing, drawn: &Drawn) -> Result<Preview> {
    let account = scope.account();
    let named = (account.id, account.name.as_str());
    let shown = shown::words(conn, named, app.catalogue(), &drawn.impact)?;
    let kept = drawn.holders.saturating_sub(drawn.impact.people);
    Ok(Preview {
        shown,
        sentence: sentence(drawn.holders, kept),
    })
}

/// As it goes along with a form.
pub fn hex(digest: Sha256) -> String {
    format!("{:x}", digest.finalize())
}

/// "3 people".
pub fn people(number: usize) -> String {
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
        kept => {
            let of = if kept == number && number == 1 {
                "them".to_owned()
            } else if kept == number {
                format!("all {kept} of them")
            } else {
                format!("{kept} of them")
            };
            format!(
                "{all} For {of} nothing changes now: another role gives the same, or theirs does not count at present."
            )
        }
    }
}
