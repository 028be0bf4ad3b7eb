//! Lists, all of them: search, filters in the address, sorting, pages by key, CSV of exactly this view.
//!
//! A list is declared once, read from the query into [`Asked`], loaded through [`Asked::page`] and shown through a
//! [`Frame`]. No offset and no count: a page costs the same wherever it stands, and a sort is offered where an index
//! carries it or what is found is little. Whoever adds a list writes four things.
//!
//! **What it is** (filters and sorts by their names in the query; the first sort is the usual one):
//!
//! ```ignore
//! pub static DEVICES: List = List {
//!     name: "devices",
//!     filters: &[Filter { name: "status", label: "Status", values: Values::These(&[("online", "Online")]), select: true }],
//!     sort: Sort { name: "name", falling: false },
//!     sorts: &[Sort { name: "seen", falling: true }],
//! };
//! ```
//!
//! **How it is loaded**, in the model, the same for the page and for the CSV. `keyset` gives the condition, the order
//! and the limit; a search has one *stretch* for each index in which it looks (names that begin so, then addresses
//! that begin so and whose name does not), and pages go through them one after the other:
//!
//! ```ignore
//! let by_seen = asked.is_by("seen");
//! asked.page(1, |stretch| {
//!     let query = in_scope(scope); // filtered by asked.filter("status"), asked.prefix() …
//!     if by_seen {
//!         let walk = stretch.by_time();
//!         let query = query.filter(walk.behind(devices::seen_at, devices::id));
//!         Ok(query.order(walk.order(devices::seen_at, devices::id)).limit(walk.limit).load(conn)?)
//!     } else { /* stretch.by_text() over devices::name_key */ }
//! }, |_, row: &Listed| (if by_seen { row.seen_at.text() } else { row.name_key.clone() }, row.id))
//! ```
//!
//! A search narrows each stretch: `stretch.by_text().within(asked.prefix())`, and leaves out what an earlier stretch has
//! found (`organizations::page` is a short example, `users::People` a long one). Where something narrows the list, no index
//! carries another sort: `asked.sorted_here()` says so, and [`Asked::sorted`] puts what was found in order as long as it is
//! little. `asked.unsorted()` puts the list in its usual order and takes the links off its heads. What is not served page by
//! page by an index is read on the pool: `gate.unbounded()`.
//!
//! **The page**: `let asked = Asked::read(&query, &DEVICES)?;`, then `asked.frame(&found, Face { … })` into the page's
//! struct as `list: Frame`; the template imports `shared/list.html` and calls `l::filters(list)` above the table,
//! `t::head(list.columns)` in it, `l::foot(list)` below it, `l::nothing(list)` in its place when nothing matches, and
//! puts `{{ list.page() }}` into its title.
//!
//! **The CSV** at the page's address with `.csv` behind it: the same gate, [`csv::export`] with a closure that gives
//! `found.map(|row| vec![row.name.as_str().into(), …])`; a `download` row in `routes.rs`, a row in the test of access, and
//! the orders and filters of page and file among the `variants` of `tests/portal/plans.rs`.
//!
//! *All that match*: a form that carries [`Asked::pairs`] as hidden fields is read with the same [`Asked::read`] and
//! walked with [`Asked::whole`] and [`Asked::at`], so that an act on everything that matches is run on the server.

mod asked;
pub mod csv;
mod found;
mod frame;
pub mod keyset;
mod sorted;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

pub use asked::{Asked, PER_PAGE};
pub use found::{Cursor, Found, Stretch};
pub use frame::{Face, Frame, Select};
pub use sorted::MOST_SORTED;

/// A list, as it is declared.
#[derive(Debug)]
pub struct List {
    /// In names of files and in the audit log.
    pub name: &'static str,
    /// What it can be narrowed by.
    pub filters: &'static [Filter],
    /// How it is sorted unless asked otherwise.
    pub sort: Sort,
    /// How else it can be sorted: each is carried by an index.
    pub sorts: &'static [Sort],
}

/// Something that a list can be narrowed by.
#[derive(Debug)]
pub struct Filter {
    /// In the query.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it may be.
    pub values: Values,
    /// Whether the form shows it; else it is set by links.
    pub select: bool,
}

/// What a filter may be. Anything else is taken as if it had not been asked for.
#[derive(Debug)]
pub enum Values {
    /// One of these: in the query, and for people.
    These(&'static [(&'static str, &'static str)]),
    /// The name of something in an address, or a typed id; the page offers which, and looks it up inside its scope.
    Named,
    /// A line of text that rows have.
    Text,
    /// A day: `2026-05-01`.
    Day,
}

/// A way to sort.
#[derive(Debug, PartialEq, Eq)]
pub struct Sort {
    /// In the query.
    pub name: &'static str,
    /// Whether the first click sorts from the last to the first: times.
    pub falling: bool,
}

impl Filter {
    fn takes(&self, value: &str) -> bool {
        match self.values {
            Values::These(these) => these.iter().any(|(known, _)| *known == value),
            Values::Named => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                (1..=64).contains(&value.len()) && value.chars().all(is_name)
            }
            Values::Text => {
                (1..=480).contains(&value.len()) && !value.chars().any(char::is_control)
            }
            Values::Day => {
                value.len() == 10 && chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok()
            }
        }
    }

    fn words(&self, value: &str) -> Option<&'static str> {
        let Values::These(these) = self.values else {
            return None;
        };
        let found = these.iter().find(|(known, _)| *known == value);
        found.map(|(_, label)| *label)
    }
}
