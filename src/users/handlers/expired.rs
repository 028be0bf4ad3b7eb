//! *Resend to 12 expired*: a new link for everybody in the list of who is invited whose link has expired (ux 7.12).

use super::reading::{Reading, ordered};
use crate::access::gate::Somewhere;
use crate::access::permission::UsersView;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::users::bulk::{Deed, MOST};
use crate::users::pages::BulkForm;
use crate::users::{self, EXPIRED, Which};
use crate::web::urls;

/// Of everybody who matches, as many as one act takes: what is left comes up with the next press.
pub(super) const FIRST: &str = "first";

impl Reading {
    /// The button, in the list of who is invited, where the reader manages any whose link has expired. It counts just
    /// those whom the review will have.
    pub(super) fn expired(
        &self,
        conn: &mut Conn,
        scope: &Scope<Whole, Somewhere<UsersView>>,
    ) -> Result<Option<BulkForm>> {
        if self.which != Which::Invited || !self.adds() {
            return Ok(None);
        }
        let list = ordered(self.list.clone().with(EXPIRED.0, EXPIRED.1)).unsorted();
        let mut people = self.of(scope, Which::Invited);
        people.holding.expired = true;
        let found = people.page(conn, &list.clone().always(MOST))?;
        if found.rows.is_empty() {
            return Ok(None);
        }
        let ids: Vec<UserId> = found.rows.iter().map(|row| row.id).collect();
        let mine = users::among(conn, scope.account().id, &self.manage, &ids)?.len();
        let carried = list.pairs().into_iter().chain([
            ("act", Deed::Resend.as_str().to_owned()),
            ("all", FIRST.to_owned()),
        ]);
        Ok((mine > 0).then(|| BulkForm {
            action: urls::bulk(&scope.account().slug),
            carried: carried.collect(),
            button: if found.next.is_some() {
                format!("Resend to the first {mine} expired")
            } else {
                format!("Resend to {mine} expired")
            },
            strong: false,
        }))
    }
}
