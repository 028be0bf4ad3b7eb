//! Pages of lists by key: no offset, no count; a page costs the same wherever it stands.

use std::str::FromStr;

use super::field::fold;

/// The last row of the page before: what comes after it, by sort key and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After<I> {
    /// Its sort key.
    pub key: String,
    /// Its id, for rows with equal keys.
    pub id: I,
}

impl<I: FromStr> After<I> {
    /// From the two query parameters `after` and `id`; anything malformed is the first page. Every key to sort by is
    /// a folded one, so a name that somebody typed into the address does as well.
    pub fn read(key: &str, id: &str) -> Option<Self> {
        let id = id.parse().ok()?;
        (!key.contains('\0')).then(|| Self { key: fold(key), id })
    }
}

/// Some rows, and whether there are more.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub more: bool,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            more: false,
        }
    }
}

impl<T> Page<T> {
    /// How many rows to ask for: one more than is shown tells whether there are more.
    pub fn fetch(shown: usize) -> i64 {
        i64::try_from(shown).map_or(i64::MAX, |shown| shown.saturating_add(1))
    }

    /// Cuts what was fetched to what is shown.
    pub fn cut(mut rows: Vec<T>, shown: usize) -> Self {
        let more = rows.len() > shown;
        rows.truncate(shown);
        Self { rows, more }
    }
}
