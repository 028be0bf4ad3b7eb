//! The rows of roles: what each may do, and those that the account makes.

use super::{Row, page, post, wide};
use crate::roles::handlers as roles;

/// They are part of the [`table`](super::table).
#[rustfmt::skip]
pub(super) fn rows() -> Vec<Row> {
    vec![
        page("/accounts/{account}/roles", roles::index),
        page("/accounts/{account}/roles.csv", roles::download),
        page("/accounts/{account}/roles/new", roles::new),
        post("/accounts/{account}/roles/new", roles::create),
        page("/accounts/{account}/roles/{role}", roles::show),
        page("/accounts/{account}/roles/{role}/edit", roles::edit),
        post("/accounts/{account}/roles/{role}/edit", roles::change),
        wide("/accounts/{account}/roles/{role}/delete", roles::confirm),
        post("/accounts/{account}/roles/{role}/delete", roles::delete),
    ]
}
