//! After *Submit*: what is said, and what it takes to take it back.

use super::Managing;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ChangeId, UserId};
use crate::error::Result;
use crate::members::{self, Condition, Found, Held};
use crate::users::handlers::mail_works;
use crate::users::{Submit, showing};
use crate::web::html::Redirect;
use crate::web::urls;

/// Somebody was added.
pub(super) struct Done {
    user: UserId,
    places: String,
    change: Option<ChangeId>,
}

impl Done {
    /// Who, in which places, and under which id it is taken back, if it can be.
    pub(super) fn of(user: UserId, places: &[Found], change: Option<ChangeId>) -> Self {
        let names: Vec<String> = places.iter().map(|place| place.name.clone()).collect();
        Self {
            user,
            places: showing::listed(&names),
            change,
        }
    }
}

/// The sentence, on the page of the person, with *Undo*.
pub(super) fn said(app: &App, account: &str, done: &Done, (name, email): (&str, &str)) -> Redirect {
    let place = &done.places;
    let text = if mail_works(app) {
        format!("{name} added to {place}. Welcome mail queued to {email}.")
    } else {
        format!(
            "{name} added to {place}. Mail is not set up on this portal: hand over the link, or use Copy link."
        )
    };
    let there = Redirect::to(urls::user(account, done.user)).success(text);
    match done.change {
        Some(change) => {
            let undo = urls::undo_user(account, done.user);
            there.undo(undo, &[("change", &change.to_string())])
        }
        None => there,
    }
}

/// Keeps what *Submit* did, so that it can be taken back.
pub(super) fn keep(
    conn: &mut Conn,
    scope: &Managing,
    (change, user): (ChangeId, UserId),
    (submit, places): (&Submit, &[Found]),
) -> Result<()> {
    let (starts_at, ends_at) = submit.during;
    let mut held: Vec<Held> = Vec::new();
    for (place, (_, roles)) in places.iter().zip(&submit.places) {
        for (role, grant) in roles {
            held.push(Held {
                grant: *grant,
                user,
                role: role.clone(),
                scope: place.scope,
                place: Some(place.name.clone()),
                within: place.organization.clone(),
                given_by: Some(scope.person().id),
                given_at: scope.now(),
                starts_at,
                ends_at,
                condition: Condition::Open,
            });
        }
    }
    let added = members::Added {
        submission: submit.submission,
        mail: submit.fresh.mail,
    };
    members::keep_added(conn, scope, (change, user), (added, &held))
}
