//! Words that say how something stands: few, known, and in every row that a list reads.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use crate::db::conn::MultiBackend;

/// A stored state, as its word. A word that nobody here knows is an error, and never taken for another; and nothing is
/// copied, which pays where a page reads a hundred of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromSqlRow)]
pub struct Word(&'static str);

/// Every word that is stored as the state of a membership, an organization or a project, or as the kind of a membership.
const KNOWN: [&str; 7] = [
    "active",
    "invited",
    "deactivated",
    "home",
    "guest",
    "archived",
    "deleted",
];

impl Word {
    /// The word as it is stored; none: nobody knows it.
    pub fn known(text: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|word| **word == text);
        known.copied().map(Self)
    }

    /// As stored.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }

    fn read(text: &str) -> deserialize::Result<Self> {
        Self::known(text).ok_or_else(|| format!("a state that nobody knows: {text:?}").into())
    }
}

impl std::ops::Deref for Word {
    type Target = str;
    fn deref(&self) -> &str {
        self.0
    }
}
impl PartialEq<str> for Word {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}
impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl FromSql<Text, Sqlite> for Word {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Self::read(raw.read_text())
    }
}
impl FromSql<Text, Pg> for Word {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Self::read(std::str::from_utf8(raw.as_bytes())?)
    }
}
impl FromSql<Text, MultiBackend> for Word {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, Text>()
    }
}

#[cfg(test)]
mod tests {
    use super::Word;

    #[test]
    fn a_state_that_nobody_knows_is_no_other() {
        assert_eq!(
            Word::known("active").map(|word| word.as_str()),
            Some("active")
        );
        assert_eq!(Word::known("Active"), None);
        assert_eq!(Word::known(""), None);
    }
}
