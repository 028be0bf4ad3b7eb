//! A page of a list, and the ways on and back: by key and id, never by counting.

use std::fmt::Display;
use std::str::FromStr;

use super::Asked;
use super::keyset::Walk;
use crate::db::types::Ts;
use crate::error::Result;
use crate::web::field::fold;
use crate::web::form::Form;

/// Longer than any key.
const LONGEST_KEY: usize = 600;

/// A place in a list: behind or before a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor<I> {
    pub(super) stretch: usize,
    pub(super) key: String,
    pub(super) id: I,
    pub(super) back: bool,
}

impl<I: FromStr + Display + Clone> Cursor<I> {
    /// From the query; anything malformed is no place at all.
    pub(super) fn read(query: &Form) -> Result<Option<Self>> {
        let (after, before) = (query.text("after")?, query.text("before")?);
        let (id, stretch) = (query.text("id")?, query.text("part")?);
        let back = !query.has("after") && query.has("before");
        let key = if back { before } else { after };
        let is_key = !key.contains('\0') && key.len() <= LONGEST_KEY;
        let id = id.parse().ok().filter(|_| is_key);
        Ok(id.map(|id| Self {
            stretch: stretch.parse().unwrap_or(0),
            key,
            id,
            back,
        }))
    }

    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let way = if self.back { "before" } else { "after" };
        let mut pairs = vec![(way, self.key.clone()), ("id", self.id.to_string())];
        if self.stretch > 0 {
            pairs.push(("part", self.stretch.to_string()));
        }
        pairs
    }
}

/// A piece of a list that one index carries: what to load of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<I> {
    /// Which one.
    pub number: usize,
    pub(super) from: Option<(String, I)>,
    pub(super) falling: bool,
    pub(super) limit: i64,
}

impl<I: Clone> Stretch<I> {
    /// Whether it goes from the last to the first.
    pub const fn is_falling(&self) -> bool {
        self.falling
    }

    /// The folded key and the id behind which it begins.
    pub fn from_text(&self) -> Option<(String, I)> {
        let from = self.from.as_ref();
        from.map(|(key, id)| (fold(key), id.clone()))
    }

    /// Along a folded key.
    pub fn by_text(&self) -> Walk<String, I> {
        Walk::new(self.from_text(), self.falling, self.limit)
    }

    /// Along a time.
    pub fn by_time(&self) -> Walk<Ts, I> {
        let from = self.from.clone();
        let from = from.and_then(|(key, id)| Some((Ts::parse(&key)?, id)));
        Walk::new(from, self.falling, self.limit)
    }
}

/// The rows of a page, and where the pages before and after it are.
#[derive(Clone, Debug)]
pub struct Found<T, I> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// The page before.
    pub previous: Option<Cursor<I>>,
    /// The page after.
    pub next: Option<Cursor<I>>,
    /// Whether they are too many for the order that was asked for, and come in the usual one ([`Asked::sorted`]).
    pub too_many: bool,
}

impl<T, I> Found<T, I> {
    /// Nothing, and nothing around it.
    pub fn nothing() -> Self {
        Self {
            rows: Vec::new(),
            previous: None,
            next: None,
            too_many: false,
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Found<U, I> {
        let (rows, page) = self.apart();
        page.with(rows.into_iter().map(f).collect())
    }

    /// The rows, and the page without them.
    pub fn apart(self) -> (Vec<T>, Found<T, I>) {
        let empty = Self {
            rows: Vec::new(),
            ..self
        };
        (self.rows, empty)
    }

    /// The same page with these rows.
    pub fn with<U>(self, rows: Vec<U>) -> Found<U, I> {
        Found {
            rows,
            previous: self.previous,
            next: self.next,
            too_many: self.too_many,
        }
    }
}

impl<I: FromStr + Display + Clone> Asked<I> {
    /// Loads the page that is asked for, stretch after stretch until it is full; `key` gives what a row of a stretch is
    /// sorted by there. Behind the last page comes the first one.
    pub fn page<T>(
        &self,
        stretches: usize,
        mut load: impl FnMut(&Stretch<I>) -> Result<Vec<T>>,
        key: impl Fn(usize, &T) -> (String, I),
    ) -> Result<Found<T, I>> {
        let cursor = self
            .cursor
            .as_ref()
            .filter(|cursor| cursor.stretch < stretches);
        let mut rows = self.walk(cursor, stretches, &mut load)?;
        let cursor = cursor.filter(|_| !rows.is_empty());
        if rows.is_empty() && self.cursor.is_some() {
            rows = self.walk(None, stretches, &mut load)?;
        }
        let more = rows.len() > self.per;
        rows.truncate(self.per);
        let back = cursor.is_some_and(|cursor| cursor.back);
        if back {
            rows.reverse();
        }
        let place = |back: bool, (stretch, row): &(usize, T)| {
            let (key, id) = key(*stretch, row);
            let stretch = *stretch;
            Cursor {
                stretch,
                key,
                id,
                back,
            }
        };
        let (has_previous, has_next) = if back {
            (more, true)
        } else {
            (cursor.is_some(), more)
        };
        let (first, last) = (rows.first(), rows.last());
        let previous = first.filter(|_| has_previous).map(|row| place(true, row));
        let next = last.filter(|_| has_next).map(|row| place(false, row));
        Ok(Found {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            previous,
            next,
            too_many: false,
        })
    }

    /// One row more than a page has, from a place on, each with its stretch; backwards in the order of the walk.
    fn walk<T>(
        &self,
        cursor: Option<&Cursor<I>>,
        stretches: usize,
        load: &mut impl FnMut(&Stretch<I>) -> Result<Vec<T>>,
    ) -> Result<Vec<(usize, T)>> {
        let back = cursor.is_some_and(|cursor| cursor.back);
        let here = cursor.map_or(0, |cursor| cursor.stretch);
        let order: Vec<usize> = if back {
            (0..=here).rev().collect()
        } else {
            (here..stretches).collect()
        };
        let mut rows = Vec::new();
        for number in order {
            let room = self.per.saturating_add(1).saturating_sub(rows.len());
            if room == 0 {
                break;
            }
            let from = cursor.filter(|_| number == here);
            let stretch = Stretch {
                number,
                from: from.map(|cursor| (cursor.key.clone(), cursor.id.clone())),
                falling: self.falling != back,
                limit: i64::try_from(room).unwrap_or(i64::MAX),
            };
            rows.extend(load(&stretch)?.into_iter().map(|row| (number, row)));
        }
        Ok(rows)
    }
}
