//! Orders that no index carries, of what a search or a filter has found: as long as it is little, it is read whole and put
//! in order here.

use std::cmp::Ordering;
use std::fmt::Display;
use std::str::FromStr;

use super::asked::CHUNK;
use super::{Asked, Cursor, Found};
use crate::error::Result;

/// More rows than this are not put in order here: they come in the usual one, and the page says so.
pub const MOST_SORTED: usize = 1_000;

/// The stretch of a place in such an order; no list has as many of its own.
const HERE: usize = 99;

impl<I: FromStr + Display + Clone + Ord> Asked<I> {
    /// A page in the order that is asked for. `usual` reads a page in the usual one, along the index that finds what is
    /// searched or filtered for; `key` gives what a row is sorted by now, so that its text sorts as it reads. At most
    /// [`MOST_SORTED`] rows are read for it. An export takes them all at once: between two portions they could turn.
    pub fn sorted<T>(
        &self,
        mut usual: impl FnMut(&Self) -> Result<Found<T, I>>,
        key: impl Fn(&T) -> (String, I),
    ) -> Result<Found<T, I>> {
        if !self.is_sorted_here() {
            return usual(self);
        }
        let cursor = self.cursor.as_ref();
        let place = cursor.filter(|place| place.stretch == HERE);
        // An export that began in the usual order goes on in it, however many there are by now.
        let goes_on = self.per == CHUNK && cursor.is_some() && place.is_none();
        let first = self.clone().unsorted().from_start();
        let found = if goes_on {
            None
        } else {
            Some(usual(&first.clone().always(MOST_SORTED))?).filter(|found| found.next.is_none())
        };
        let Some(found) = found else {
            let asked = if goes_on {
                self.clone().unsorted()
            } else {
                first
            };
            let found = usual(&asked)?;
            return Ok(Found {
                too_many: true,
                ..found
            });
        };
        let along = |one: &(String, I), other: &(String, I)| {
            if self.falling {
                other.cmp(one)
            } else {
                one.cmp(other)
            }
        };
        let (rows, page) = found.apart();
        let mut rows: Vec<((String, I), T)> =
            rows.into_iter().map(|row| (key(&row), row)).collect();
        rows.sort_by(|(one, _), (other, _)| along(one, other));
        let per = if self.per == CHUNK {
            rows.len()
        } else {
            self.per
        };
        let start = place.map_or(0, |place| {
            let here = (place.key.clone(), place.id.clone());
            let is_before =
                |end: Ordering| rows.partition_point(|(row, _)| along(row, &here) <= end);
            if place.back {
                is_before(Ordering::Less).saturating_sub(per)
            } else {
                is_before(Ordering::Equal)
            }
        });
        // Behind the last page comes the first one.
        let start = if start < rows.len() { start } else { 0 };
        let at = |back: bool, row: Option<&((String, I), T)>| {
            row.map(|((key, id), _)| Cursor {
                stretch: HERE,
                key: key.clone(),
                id: id.clone(),
                back,
            })
        };
        let (end, number) = (start.saturating_add(per), rows.len());
        let previous = at(true, rows.get(start).filter(|_| start > 0));
        let last = rows.get(end.saturating_sub(1)).filter(|_| end < number);
        let next = at(false, last);
        let rows = rows.into_iter().skip(start).take(per);
        Ok(Found {
            previous,
            next,
            ..page.with(rows.map(|(_, row)| row).collect())
        })
    }
}
