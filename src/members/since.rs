//! How somebody was left by an act that can be taken back, and what was changed since: told in words to whoever wants to
//! take it back, as far as they manage users there (S6).

use serde::{Deserialize, Serialize};

use super::during;
use super::model::Held;
use crate::access::gate::Demand;
use crate::access::permission::Key;
use crate::access::place::{Account, Place};
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{GrantId, Ts};
use crate::error::{Error, Result};
use crate::users::{self, showing};

/// A role as somebody was left with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Left {
    grant: GrantId,
    starts_at: Option<Ts>,
    ends_at: Option<Ts>,
    /// The same in words; none where whoever acted manages no users.
    words: Option<String>,
}

impl Left {
    /// Whether it is the same role, from and until the same days.
    fn is(&self, other: &Self) -> bool {
        (self.grant, self.starts_at, self.ends_at) == (other.grant, other.starts_at, other.ends_at)
    }

    fn is_over(&self, now: Ts) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

/// How somebody is left who holds these roles.
pub(super) fn left<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    held: &[Held],
) -> Result<Vec<Left>> {
    let reach = users::reach_of(conn, scope.role_table(), scope, Key::UsersManage)?;
    let one = |held: &Held| Left {
        grant: held.grant,
        starts_at: held.starts_at,
        ends_at: held.ends_at,
        words: reach
            .holds(&held.scope)
            .then(|| words(held, scope.account())),
    };
    Ok(held.iter().map(one).collect())
}

/// "Viewer on North until 4 Mar 2026, the last day".
fn words(held: &Held, account: &Account) -> String {
    let place = showing::place(held, account);
    let mut text = format!("{} on {place}", held.role.label());
    if held.is_below() {
        text.push_str(" with everything below it");
    }
    if let Some(start) = held.starts_at {
        let start = during::start_in_words(start, &account.time_zone);
        text.push_str(&format!(" from {start}"));
    }
    match held.ends_at {
        Some(end) => {
            let end = during::end_in_words(end, &account.time_zone);
            text.push_str(&format!(" until {end}"));
        }
        None => text.push_str(" without an end"),
    }
    text
}

/// Refuses, where somebody holds other roles than they were left with, or until another day: both states are told. What
/// has ended by itself meanwhile is no change.
///
/// # Errors
/// A conflict that says what was changed.
pub(super) fn refuse_changed<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    (before, held): (&[Left], &[Held]),
) -> Result<()> {
    let now = left(conn, scope, held)?;
    let not_in = |these: &[Left], others: &[Left]| -> Vec<Left> {
        let current = these.iter().filter(|one| !one.is_over(scope.now()));
        let other = current.filter(|one| !others.iter().any(|other| other.is(one)));
        other.cloned().collect()
    };
    let (was, is) = (not_in(before, &now), not_in(&now, before));
    if was.is_empty() && is.is_empty() {
        return Ok(());
    }
    let told = |these: &[Left]| -> Vec<String> {
        these.iter().filter_map(|one| one.words.clone()).collect()
    };
    let (was, is) = (told(&was), told(&is));
    if was.is_empty() && is.is_empty() {
        return Err(changed());
    }
    let listed = |these: &[String]| match these {
        [] => "nothing".to_owned(),
        these => showing::listed(these),
    };
    Err(Error::Conflict(format!(
        "Somebody changed this since. Nothing was taken back. It was left at: {}. Now it is: {}.",
        listed(&was),
        listed(&is)
    )))
}

/// Somebody was faster, and there is no more to be told of it.
pub(super) fn changed() -> Error {
    Error::Conflict(
        "Somebody changed this since. Nothing was taken back: look at it as it is now.".into(),
    )
}
