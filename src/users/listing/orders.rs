//! The orders of the list of people, each along an index of its own.

use diesel::prelude::*;

use super::People;
use super::email_key;
use crate::db::Conn;
use crate::db::or_never::{never, or_never};
use crate::db::schema::memberships;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::users::model::Listed;
use crate::web::list::{Asked, Stretch};

/// Whether rows come by a time.
pub(super) fn is_by_time(asked: &Asked<UserId>) -> bool {
    let times = ["joined", "seen", "ends", "deactivated", "unlocks"];
    times.iter().any(|sort| asked.is_by(sort))
}

/// What a row is sorted by, and found again.
pub(super) fn key(asked: &Asked<UserId>, row: &Listed) -> String {
    if let Some(at) = time(asked, row) {
        at.text()
    } else if asked.is_by("email") {
        email_key(row)
    } else {
        row.sort_key.clone()
    }
}

/// The time by which it is; none: the order goes by no time.
fn time(asked: &Asked<UserId>, row: &Listed) -> Option<Ts> {
    let at = if asked.is_by("joined") {
        row.joined_at
    } else if asked.is_by("ends") {
        row.link_expires_at
    } else if asked.is_by("deactivated") {
        row.deactivated_at
    } else if asked.is_by("unlocks") {
        row.locked_until
    } else {
        row.last_sign_in_at
    };
    is_by_time(asked).then(|| at.unwrap_or_else(never))
}

impl People<'_> {
    pub(super) fn by_name(
        &self,
        conn: &mut Conn,
        stretch: &Stretch<UserId>,
    ) -> Result<Vec<Listed>> {
        let (walk, key, id) = (
            stretch.by_text(),
            memberships::sort_key,
            memberships::user_id,
        );
        let query = self.searched().filter(walk.behind(key, id));
        Ok(query
            .order(walk.order(key, id))
            .limit(walk.limit)
            .load(conn)?)
    }

    pub(super) fn by_email(
        &self,
        conn: &mut Conn,
        stretch: &Stretch<UserId>,
    ) -> Result<Vec<Listed>> {
        let (walk, key, id) = (
            stretch.by_text(),
            memberships::email_key,
            memberships::user_id,
        );
        let query = self.members().filter(walk.behind(key, id));
        Ok(query
            .order(walk.order(key, id))
            .limit(walk.limit)
            .load(conn)?)
    }

    pub(super) fn by_time(
        &self,
        conn: &mut Conn,
        asked: &Asked<UserId>,
        stretch: &Stretch<UserId>,
    ) -> Result<Vec<Listed>> {
        let (walk, id) = (stretch.by_time(), memberships::user_id);
        let query = self.searched().limit(walk.limit);
        // One column each, as each is a type of its own.
        macro_rules! along {
            ($walk:expr, $column:expr) => {{
                let (walk, key) = ($walk, or_never($column));
                query
                    .filter(walk.behind(key, id))
                    .order(walk.order(key, id))
                    .load(conn)?
            }};
        }
        Ok(if asked.is_by("joined") {
            along!(walk, memberships::joined_at)
        } else if asked.is_by("deactivated") {
            along!(walk, memberships::deactivated_at)
        } else if asked.is_by("ends") {
            // Behind those who have no link, up to now.
            let range = (never().plus(chrono::Duration::microseconds(1)), self.now);
            let range = self.holding.expired.then_some(range);
            along!(walk.within(range), memberships::link_expires_at)
        } else {
            along!(walk, memberships::last_sign_in_at)
        })
    }
}
