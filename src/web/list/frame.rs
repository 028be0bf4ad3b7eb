//! What a list shows around its rows: search, filters, heads to sort by, ways on and back, CSV. See
//! `templates/shared/list.html`.

use std::fmt::Display;
use std::str::FromStr;

use indicatif::HumanCount;

use super::{Asked, Filter, Found, MOST_SORTED, PER_PAGE, Values};
use crate::web::view::{Choice, Column, Pager};

/// Lists of more entries than this get a search field.
const FILTER_FROM: usize = 7;

/// What a page says of its list.
pub struct Face<'a> {
    /// Its address.
    pub path: &'a str,
    /// What it lists, in the plural and in small letters: "organizations".
    pub noun: &'a str,
    /// What can be searched for: "Find an organization by its name, short name or id".
    pub find: &'a str,
    /// Heads of the columns, each with the sort that it offers; `""`: none.
    pub columns: &'a [(&'a str, &'a str)],
    /// Where its CSV is; none: it has none.
    pub csv: Option<&'a str>,
    /// Choices of the filters whose values are names: the filter, its label, what may be chosen.
    pub options: Vec<(&'static str, String, Vec<Choice>)>,
}

/// A filter to choose from.
#[derive(Clone, Debug)]
pub struct Select {
    /// In the query.
    pub name: &'static str,
    /// For people.
    pub label: String,
    /// What may be chosen; the first is nothing.
    pub choices: Vec<Choice>,
}

/// What stands around the rows.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What is searched for.
    pub q: String,
    /// What can be searched for.
    pub find: String,
    /// Whether the form is shown.
    pub searchable: bool,
    /// Filters to choose from.
    pub selects: Vec<Select>,
    /// Days to filter by, where they are offered: name, label, and what is chosen.
    pub days: Vec<(&'static str, &'static str, String)>,
    /// What is searched for among places to filter by, where not all are listed, and what to know of that.
    pub places: Option<(String, &'static str)>,
    /// What the form carries along.
    pub hidden: Vec<(&'static str, String)>,
    /// What narrows the list, each with the page without it.
    pub picked: Vec<(String, String)>,
    /// The page without filters; the search stays.
    pub clear: String,
    /// The page without the search; the filters stay.
    pub clear_search: String,
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The pages around this one.
    pub pager: Option<Pager>,
    /// How many rows a page may have, each with where that is; none: it is so now.
    pub sizes: Vec<(usize, Option<String>)>,
    /// This view as CSV.
    pub csv: Option<String>,
    /// What is not there, when nothing matches.
    pub none: String,
    /// Whether more rows match than are put in another order than the usual one: the order that was asked for is not
    /// this one.
    pub too_many: Option<String>,
    /// Whether something narrows the list.
    pub narrowed: bool,
    /// Which page it is, counted from the first.
    pub number: usize,
}

impl Frame {
    /// Puts a column below another: both stand in the same cells.
    #[must_use]
    pub fn under(mut self, upper: &str, lower: &str) -> Self {
        let is_lower = |column: &Column| column.label == lower;
        let Some(at) = self.columns.iter().position(is_lower) else {
            return self;
        };
        let moved = self.columns.remove(at);
        let found = self.columns.iter_mut().find(|it| it.label == upper);
        if let Some(column) = found {
            column.under = Some(Box::new(moved));
        }
        self
    }

    /// Behind the page's name in its title.
    pub fn page(&self) -> String {
        if self.number > 1 {
            format!(" (page {})", self.number)
        } else {
            String::new()
        }
    }
}

impl<I: FromStr + Display + Clone> Asked<I> {
    /// What stands around the rows that were found.
    pub fn frame<T>(&self, found: &Found<T, I>, face: Face<'_>) -> Frame {
        if found.too_many {
            let noun = face.noun.to_owned();
            let usual = self.clone().unsorted().framed(found, face);
            let most = HumanCount(u64::try_from(MOST_SORTED).unwrap_or(u64::MAX));
            return Frame {
                too_many: Some(format!(
                    "More than {most} {noun} match, too many to sort: narrow the list down first."
                )),
                ..usual
            };
        }
        self.framed(found, face)
    }

    fn framed<T>(&self, found: &Found<T, I>, face: Face<'_>) -> Frame {
        let number = if found.previous.is_some() {
            self.number.max(2)
        } else {
            1
        };
        let is_long = found.rows.len() > FILTER_FROM;
        let narrowed = !self.is_whole();
        let around = found.previous.is_some() || found.next.is_some();
        let words = self.words(&face.options);
        let picked = words.iter().map(|(filter, label)| {
            (
                label.clone(),
                self.clone().without(filter.name).href(face.path),
            )
        });
        let mut cleared = self.clone().from_start();
        cleared.filters.clear();
        let mut unsearched = self.clone().from_start();
        unsearched.q.clear();
        let shown = |name: &str| {
            let mut selects = self.list.filters.iter().filter(|filter| filter.select);
            name == "q" || selects.any(|filter| filter.name == name)
        };
        Frame {
            q: self.q.clone(),
            find: face.find.to_owned(),
            searchable: is_long || narrowed || around,
            hidden: self
                .pairs()
                .into_iter()
                .filter(|(name, _)| !shown(name))
                .collect(),
            picked: picked.collect(),
            clear: cleared.href(face.path),
            clear_search: unsearched.href(face.path),
            columns: self.columns(&face),
            pager: around.then(|| self.pager(found, face.path, number)),
            sizes: if PER_PAGE.contains(&self.per)
                && is_long
                && (around || found.rows.len() > PER_PAGE[0])
            {
                self.sizes(face.path)
            } else {
                Vec::new()
            },
            csv: face.csv.map(|csv| self.clone().from_start().href(csv)),
            none: self.none(face.noun, &words),
            selects: self.selects(face.options),
            days: Vec::new(),
            places: None,
            too_many: None,
            narrowed,
            number,
        }
    }

    /// The filters that are set, in words.
    fn words(
        &self,
        options: &[(&'static str, String, Vec<Choice>)],
    ) -> Vec<(&'static Filter, String)> {
        let label = |filter: &Filter, value: &str| {
            let mut known = options.iter().filter(|(name, ..)| *name == filter.name);
            let offered = known.find_map(|(_, _, choices)| {
                let chosen = choices.iter().find(|choice| choice.value == value)?;
                Some(chosen.label.clone())
            });
            let words = filter.words(value).map(str::to_owned).or(offered);
            words.unwrap_or_else(|| match filter.values {
                Values::Day => format!("{} {value}", filter.label),
                _ => value.to_owned(),
            })
        };
        let set = self.filters.iter();
        set.map(|(filter, value)| (*filter, label(filter, value)))
            .collect()
    }

    /// "No users match ‘smit’ and Billing."
    fn none(&self, noun: &str, words: &[(&Filter, String)]) -> String {
        let q = (!self.q.is_empty()).then(|| format!("‘{}’", self.q));
        let all: Vec<String> = q
            .into_iter()
            .chain(words.iter().map(|(_, label)| label.clone()))
            .collect();
        format!("No {noun} match {}", all.join(" and "))
    }

    /// The days that the list can be filtered by.
    pub fn days(&self) -> Vec<(&'static str, &'static str, String)> {
        let all = self.list.filters.iter();
        let days = all.filter(|filter| matches!(filter.values, Values::Day));
        let chosen = |name: &str| self.filter(name).unwrap_or_default().to_owned();
        days.map(|filter| (filter.name, filter.label, chosen(filter.name)))
            .collect()
    }

    fn columns(&self, face: &Face<'_>) -> Vec<Column> {
        let column = |(label, name): &(&str, &str)| {
            let mut sorts = self.list.sorts.iter().chain([&self.list.sort]);
            let sort = sorts.find(|sort| sort.name == *name && !sort.name.is_empty());
            let Some(sort) = sort else {
                return Column::plain(*label);
            };
            let current = *sort == *self.sort && (self.chosen || !self.matched);
            let mut other = self.clone().from_start();
            other.chosen = true;
            other.sort = sort;
            other.falling = if current { !self.falling } else { sort.falling };
            Column {
                label: (*label).to_owned(),
                href: self.sortable.then(|| other.href(face.path)),
                sorted: match (current && self.sortable, self.falling) {
                    (false, _) => "",
                    (true, false) => "ascending",
                    (true, true) => "descending",
                },
                under: None,
            }
        };
        face.columns.iter().map(column).collect()
    }

    fn pager<T>(&self, found: &Found<T, I>, path: &str, number: usize) -> Pager {
        let at = |cursor: &super::Cursor<I>, number: usize| {
            let mut there = self.clone().at(cursor.clone());
            there.number = number;
            there.href(path)
        };
        Pager {
            text: format!("Page {number}"),
            previous: found
                .previous
                .as_ref()
                .map(|c| at(c, number.saturating_sub(1))),
            next: found.next.as_ref().map(|c| at(c, number.saturating_add(1))),
        }
    }

    fn sizes(&self, path: &str) -> Vec<(usize, Option<String>)> {
        let size = |per: usize| {
            let other = Self {
                per,
                ..self.clone().from_start()
            };
            (per, (per != self.per).then(|| other.href(path)))
        };
        PER_PAGE.into_iter().map(size).collect()
    }

    fn selects(&self, options: Vec<(&'static str, String, Vec<Choice>)>) -> Vec<Select> {
        let any = |label: &str| Choice::new("", format!("{label}: any"), false);
        let of_list = self.list.filters.iter().filter(|filter| filter.select);
        let fixed = of_list.filter_map(|filter| match filter.values {
            Values::These(these) => {
                let choice = |(value, label): &(&str, &str)| {
                    Choice::new(*value, *label, self.filter(filter.name) == Some(*value))
                };
                let choices = these.iter().map(choice).collect();
                Some((filter.name, filter.label.to_owned(), choices))
            }
            Values::Named | Values::Text | Values::Day => None,
        });
        let all = fixed.collect::<Vec<_>>().into_iter().chain(options);
        let select = |(name, label, choices): (&'static str, String, Vec<Choice>)| Select {
            name,
            choices: [any(&label)].into_iter().chain(choices).collect(),
            label,
        };
        all.map(select).collect()
    }
}
