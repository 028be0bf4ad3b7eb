//! How many are meant by *all who match* (ux 6.9), beside the box that takes them.

use super::reading::Reading;
use crate::access::gate::Somewhere;
use crate::access::permission::UsersView;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::users::bulk::MOST;
use crate::users::counting::Counts;
use crate::users::{self, Which};

/// How many an act on everybody who matches would be about.
pub(super) enum Matching {
    /// So many, without the reader.
    These(usize),
    /// More than one act takes.
    TooMany,
}

impl Reading {
    /// Counts just those whom the review will have, and no further than one act takes. What the links above the list
    /// are counted with says it already; where more narrows the list, it is asked.
    pub(super) fn matching(
        &self,
        conn: &mut Conn,
        scope: &Scope<Whole, Somewhere<UsersView>>,
        counts: Option<&Counts>,
    ) -> Result<Matching> {
        let me = scope.person().id;
        let alike = self.see == self.manage;
        if let Some(number) = counts.filter(|_| alike).and_then(|all| self.counted(all)) {
            return Ok(number);
        }
        let list = self.list.clone().unsorted().from_start().always(MOST);
        let found = self.of(scope, self.which).page(conn, &list)?;
        if found.next.is_some() {
            return Ok(Matching::TooMany);
        }
        let mut ids: Vec<UserId> = found.rows.iter().map(|row| row.id).collect();
        ids.retain(|id| *id != me);
        let number = if alike {
            ids.len()
        } else {
            users::among(conn, scope.account().id, &self.manage, &ids)?.len()
        };
        Ok(Matching::These(number))
    }

    /// From the counts, where they say it: the reader is one of those who have come in, and not meant.
    fn counted(&self, all: &Counts) -> Option<Matching> {
        let (number, with_me) = match self.which {
            Which::Current => (all.active.saturating_add(all.invited), true),
            Which::Active => (all.active, true),
            Which::Invited => (all.invited, false),
            Which::Inactive => (all.inactive, false),
            Which::Anybody | Which::Locked => return None,
        };
        let number = usize::try_from(number).ok()?;
        Some(if number > MOST {
            Matching::TooMany
        } else {
            Matching::These(number.saturating_sub(usize::from(with_me)))
        })
    }
}
