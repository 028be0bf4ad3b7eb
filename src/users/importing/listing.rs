//! The rows of an import as a list: by what became of them, page by page, and as a file.

use diesel::prelude::*;

use crate::access::custom::AccountRoles;
use crate::db::schema::people_import_rows as rows;
use crate::db::types::{ImportId, SubmissionId, UserId};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::web::list::keyset::Walk;
use crate::web::list::{Asked, Filter, Found, List, Sort, Values};

/// What became of a row, as stored and as lists call it.
pub(super) const FATES: [(&str, &str); 7] = [
    ("waiting", "Waiting"),
    ("invited", "Invited"),
    ("changed", "Roles added"),
    ("skipped", "Skipped"),
    ("failed", "Failed"),
    ("withdrawn", "Withdrawn"),
    ("kept", "Kept"),
];

/// The rows of an import, as a list.
pub(super) static ROWS: List = List {
    name: "import",
    filters: &[Filter {
        name: "status",
        label: "Result",
        values: Values::These(&FATES),
        select: true,
    }],
    sort: Sort {
        name: "line",
        falling: false,
    },
    sorts: &[],
};

/// A row, as lists and files show it.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Shown {
    pub(super) line: i64,
    pub(super) id: SubmissionId,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) place: String,
    pub(super) roles: String,
    pub(super) ends_on: String,
    pub(super) state: String,
    pub(super) detail: String,
    pub(super) user: Option<UserId>,
}

impl Shown {
    /// The roles by their names.
    pub(super) fn roles_in_words(&self, known: &AccountRoles) -> String {
        let labels: Vec<String> = self.roles.split(',').map(|key| known.label(key)).collect();
        labels.join(", ")
    }
}

/// A page of the rows, in the order of the file.
pub(super) fn page(
    conn: &mut Conn,
    import: ImportId,
    asked: &Asked<SubmissionId>,
) -> Result<Found<Shown, SubmissionId>> {
    let state = asked.filter("status").map(str::to_owned);
    asked.page(
        1,
        |stretch| {
            let from = stretch.from_text();
            let from = from.and_then(|(line, id)| Some((line.parse::<i64>().ok()?, id)));
            let walk = Walk::new(from, stretch.is_falling(), stretch.by_text().limit);
            let mut query = rows::table
                .select((
                    rows::line,
                    rows::id,
                    rows::first_name,
                    rows::last_name,
                    rows::email,
                    rows::place,
                    rows::roles,
                    rows::ends_on,
                    rows::state,
                    rows::detail,
                    rows::user_id,
                ))
                .into_boxed::<MultiBackend>()
                .filter(rows::import_id.eq(import));
            if let Some(state) = &state {
                query = query.filter(rows::state.eq(state.clone()));
            }
            let query = query.filter(walk.behind(rows::line, rows::id));
            Ok(query
                .order(walk.order(rows::line, rows::id))
                .limit(walk.limit)
                .load(conn)?)
        },
        |_, row: &Shown| (row.line.to_string(), row.id),
    )
}
