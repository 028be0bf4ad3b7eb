//! What is asked of a list, read from the query; it can write itself back for every link that the list shows.

use std::fmt::Display;
use std::str::FromStr;

use super::{Cursor, Filter, List, Sort};
use crate::access::gate::{Demand, Gate};
use crate::access::place::Place;
use crate::error::Result;
use crate::web::field::address_key;
use crate::web::form::Form;
use crate::web::html;

/// How many rows a page has, to choose from; the first unless asked otherwise.
pub const PER_PAGE: [usize; 3] = [25, 50, 100];
/// Rows that an export reads at a time.
pub(super) const CHUNK: usize = 500;
/// Page numbers are shown as far as this.
const MOST_PAGES: usize = 9_999;

/// What is asked of a list of things with ids of the type `I`. What makes no sense is as if it had not been asked.
#[derive(Clone, Debug)]
pub struct Asked<I> {
    pub(super) list: &'static List,
    pub(super) q: String,
    pub(super) filters: Vec<(&'static Filter, String)>,
    pub(super) sort: &'static Sort,
    pub(super) falling: bool,
    /// How it is sorted unless asked otherwise.
    pub(super) usual: &'static Sort,
    /// Whether a sort was asked for.
    pub(super) chosen: bool,
    /// Whether the usual order is that of how well a row matches a search, and so no sort's.
    pub(super) matched: bool,
    /// Whether no index carries another order than the usual one.
    pub(super) here: bool,
    pub(super) sortable: bool,
    pub(super) per: usize,
    pub(super) cursor: Option<Cursor<I>>,
    pub(super) number: usize,
    pub(super) return_to: String,
}

impl<I: FromStr + Display + Clone> Asked<I> {
    /// From a query, or from a form that carries one along. Only a parameter that comes twice is refused.
    pub fn read(query: &Form, list: &'static List) -> Result<Self> {
        let mut filters = Vec::new();
        for filter in list.filters {
            let value = query.text(filter.name)?;
            if filter.takes(&value) {
                filters.push((filter, value));
            }
        }
        let typed = query.text("sort")?;
        let name = typed.strip_prefix('-').unwrap_or(&typed);
        let chosen = list
            .sorts
            .iter()
            .chain([&list.sort])
            .find(|sort| sort.name == name);
        let sort = chosen.unwrap_or(&list.sort);
        let falling = if chosen.is_some() {
            typed.starts_with('-')
        } else {
            sort.falling
        };
        let per = query.text("per")?.parse().ok();
        let cursor = Cursor::read(query)?;
        let number = query
            .text("page")?
            .parse()
            .ok()
            .filter(|_| cursor.is_some());
        let return_to = query.text("return")?;
        Ok(Self {
            list,
            q: query.search("q")?,
            filters,
            sort,
            falling,
            usual: &list.sort,
            chosen: chosen.is_some(),
            matched: false,
            here: false,
            sortable: true,
            per: per
                .filter(|per| PER_PAGE.contains(per))
                .unwrap_or(PER_PAGE[0]),
            number: number.unwrap_or(1).clamp(1, MOST_PAGES),
            cursor,
            // "/" is what remains of an address that is none of ours.
            return_to: match html::safe_return(&return_to) {
                "/" => String::new(),
                path => path.to_owned(),
            },
        })
    }

    /// The first so many of a list, with nothing asked: for a page that shows where a list begins.
    pub fn front(list: &'static List, most: usize) -> Self {
        Self {
            list,
            q: String::new(),
            filters: Vec::new(),
            sort: &list.sort,
            falling: list.sort.falling,
            usual: &list.sort,
            chosen: false,
            matched: false,
            here: false,
            sortable: false,
            per: most,
            cursor: None,
            number: 1,
            return_to: String::new(),
        }
    }

    /// The same, searched for this.
    #[must_use]
    pub fn searching(self, q: &str) -> Self {
        Self {
            q: q.to_owned(),
            ..self.from_start()
        }
    }

    /// With so many rows on a page, and no other number to choose.
    #[must_use]
    pub fn always(self, per: usize) -> Self {
        Self { per, ..self }
    }

    /// What is searched for, as it was typed.
    pub fn q(&self) -> &str {
        &self.q
    }

    /// The range of folded keys that begin with what is searched for; none: nothing is.
    pub fn prefix(&self) -> Option<(String, String)> {
        let key = address_key(&self.q);
        let end = format!("{key}\u{10ffff}");
        (!key.is_empty()).then_some((key, end))
    }

    /// What the list is narrowed to by this filter.
    pub fn filter(&self, name: &str) -> Option<&str> {
        let mut set = self.filters.iter();
        let found = set.find(|(filter, _)| filter.name == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether rows come in the order of this sort.
    pub fn is_by(&self, sort: &str) -> bool {
        self.sort.name == sort
    }

    /// Whether neither search nor filter narrows the list.
    pub fn is_whole(&self) -> bool {
        self.q.is_empty() && self.filters.is_empty()
    }

    /// Whether this filter narrows the list and nothing else does.
    pub fn is_only(&self, filter: &str) -> bool {
        self.q.is_empty() && self.filters.len() == 1 && self.filter(filter).is_some()
    }

    /// Whether it is the first page.
    pub fn is_first(&self) -> bool {
        self.cursor.is_none()
    }

    /// Where one came from, and goes back to; may be empty.
    pub fn return_to(&self) -> &str {
        &self.return_to
    }

    /// In the usual order, and with no other to choose: what is searched or filtered for is not carried by another
    /// sort's index.
    #[must_use]
    pub fn unsorted(mut self) -> Self {
        self.sort = self.usual;
        self.falling = self.sort.falling;
        self.chosen = false;
        self.sortable = false;
        self
    }

    /// In this order unless another is asked for: what is found comes as the one index that finds it has it.
    #[must_use]
    pub fn usually_by(mut self, sort: &str) -> Self {
        let mut all = std::iter::once(&self.list.sort).chain(self.list.sorts);
        if let Some(sort) = all.find(|known| known.name == sort) {
            self.usual = sort;
            if !self.chosen {
                self.sort = sort;
                self.falling = sort.falling;
            }
        }
        self
    }

    /// As it was asked, with nothing said of where its orders come from: a filter that names nothing may have been forgotten
    /// since ([`Asked::ignore`]).
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.usual = &self.list.sort;
        (self.matched, self.here) = (false, false);
        if !self.chosen {
            self.sort = self.usual;
            self.falling = self.sort.falling;
        }
        self
    }

    /// Every order but the usual one is put together by [`Asked::sorted`]: no index carries it for what is asked.
    #[must_use]
    pub fn sorted_here(mut self) -> Self {
        self.matched = !self.q.is_empty();
        self.here = true;
        self
    }

    /// The same where something narrows the list.
    #[must_use]
    pub fn sorted_here_if_narrowed(self) -> Self {
        if self.is_whole() {
            self
        } else {
            self.sorted_here()
        }
    }

    /// Whether [`Asked::sorted`] puts what is found in order: that reads more than a page.
    pub fn is_sorted_here(&self) -> bool {
        self.here && !self.is_usual()
    }

    /// Whether rows come in the usual order.
    pub(super) fn is_usual(&self) -> bool {
        let same = self.sort == self.usual && self.falling == self.usual.falling;
        !self.chosen || (same && !self.matched)
    }

    /// In the usual order or in one of these, and else in the usual one.
    #[must_use]
    pub fn by_one_of(self, sorts: &[&str]) -> Self {
        if self.is_by(self.list.sort.name) || sorts.contains(&self.sort.name) {
            return self;
        }
        let usual = self.unsorted();
        Self {
            sortable: true,
            ..usual
        }
    }

    /// The gate before the read: on the pool where [`Asked::sorted`] puts what is found in order, which reads more than a
    /// page.
    pub fn before<P: Place, A: Demand>(&self, gate: Gate<P, A>) -> Gate<P, A> {
        if self.is_sorted_here() {
            gate.unbounded()
        } else {
            gate
        }
    }

    /// Forgets a filter: what it names is not there.
    pub fn ignore(&mut self, filter: &str) {
        self.filters.retain(|(set, _)| set.name != filter);
    }

    /// The first page of what is left without this filter.
    #[must_use]
    pub fn without(mut self, filter: &str) -> Self {
        self.ignore(filter);
        self.from_start()
    }

    /// The same, narrowed to this.
    #[must_use]
    pub fn with(self, filter: &str, value: &str) -> Self {
        let mut without = self.without(filter);
        let known = without
            .list
            .filters
            .iter()
            .find(|known| known.name == filter);
        if let Some(known) = known.filter(|known| known.takes(value)) {
            without.filters.push((known, value.to_owned()));
        }
        without
    }

    /// From the beginning, in the large portions of an export or of an act on all that match.
    #[must_use]
    pub fn whole(self) -> Self {
        Self {
            per: CHUNK,
            ..self.from_start()
        }
    }

    /// The portion that begins there.
    #[must_use]
    pub fn at(mut self, cursor: Cursor<I>) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// The first page of the same.
    #[must_use]
    pub fn from_start(mut self) -> Self {
        self.cursor = None;
        self.number = 1;
        self
    }

    /// All that was asked, but for the place in the list: names and values as they stand in the query.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        pairs.extend(
            self.filters
                .iter()
                .map(|(filter, value)| (filter.name, value.clone())),
        );
        if !self.is_usual() {
            let sign = if self.falling { "-" } else { "" };
            pairs.push(("sort", format!("{sign}{}", self.sort.name)));
        }
        if PER_PAGE.contains(&self.per) && self.per != PER_PAGE[0] {
            pairs.push(("per", self.per.to_string()));
        }
        if !self.return_to.is_empty() {
            pairs.push(("return", self.return_to.clone()));
        }
        pairs
    }

    /// This view at an address.
    pub fn href(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        if let Some(cursor) = &self.cursor {
            query.extend_pairs(cursor.pairs());
            if self.number > 1 {
                query.append_pair("page", &self.number.to_string());
            }
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }
}
