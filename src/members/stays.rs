//! A role that is given to somebody who holds it for another time already: it stays as it is, and that is said.

use super::During;
use super::during::last_day;
use crate::access::extent::Extent;
use crate::access::place::Account;
use crate::access::role::Role;
use crate::db::types::{GrantId, Ts, UserId};
use crate::web::html::Redirect;
use crate::web::urls;
use crate::web::zones;

/// What is held already, for another time than the one that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stays {
    /// The grant.
    pub grant: GrantId,
    /// From when on, as far as that is still to come, and until when.
    pub during: During,
}

impl Stays {
    /// None: it is held for just the time that was wanted.
    pub fn of(grant: GrantId, held: &Extent, wanted: During, now: Ts) -> Option<Self> {
        let begin = |start: Option<Ts>| start.filter(|start| *start > now);
        let during = (begin(held.starts_at), held.ends_at);
        (during != (begin(wanted.0), wanted.1)).then_some(Self { grant, during })
    }

    /// "Billing: held already until 3 May 2027".
    pub fn words(&self, role: &Role, zone: &str) -> String {
        let day = |day: chrono::NaiveDate| day.format("%-d %B %Y").to_string();
        let first = self.during.0.map(|start| day(zones::day(start, zone)));
        let last = self.during.1.map(|end| day(last_day(end, zone)));
        let time = match (first, last) {
            (None, None) => "without an end".to_owned(),
            (Some(first), None) => format!("from {first} on"),
            (None, Some(last)) => format!("until {last}"),
            (Some(first), Some(last)) => format!("from {first} until {last}"),
        };
        format!("{}: held already {time}", role.label())
    }
}

/// What stayed as it was when roles were given to one person or to several.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    all: Vec<(UserId, String, Role, Stays)>,
}

impl Kept {
    /// Adds what stayed of one person, by their name.
    pub fn add(&mut self, (user, name): (UserId, &str), stays: Vec<(Role, Stays)>) {
        let one = |(role, stays)| (user, name.to_owned(), role, stays);
        self.all.extend(stays.into_iter().map(one));
    }

    /// What is said behind what was done; none: nothing stayed.
    pub fn told(&self, account: &Account) -> Option<Told> {
        let zone = account.time_zone.as_str();
        let (user, name, _, stays) = self.all.first()?;
        let alone = self.all.iter().all(|(other, ..)| other == user);
        let each = self.all.iter().map(|(_, name, role, stays)| {
            let words = stays.words(role, zone);
            if alone {
                words
            } else {
                format!("{name}, {words}")
            }
        });
        let each: Vec<String> = each.collect();
        let each = each.join("; ");
        let (text, way) = match (alone, self.all.as_slice(), stays.during.0) {
            // A beginning that is still to come is no end to change.
            (true, [_], None) => {
                let there = urls::role_end(&account.slug, *user, stays.grant);
                let way = ("When a role ends".to_owned(), there);
                (format!("{each}; change it with"), Some(way))
            }
            (true, ..) => {
                let there = format!("{}#roles", urls::user(&account.slug, *user));
                let way = (format!("Roles of {name}"), there);
                (format!("{each}; change it under"), Some(way))
            }
            _ => (format!("{each}; change it on the page of each."), None),
        };
        Some(Told { text, way })
    }
}

/// What stayed, in a sentence, with where it is changed.
#[derive(Clone, Debug)]
pub struct Told {
    text: String,
    way: Option<(String, String)>,
}

impl Told {
    /// The sentence behind this one.
    pub fn behind(told: Option<&Self>, text: String) -> String {
        match told {
            Some(told) => format!("{text} {}", told.text),
            None => text,
        }
    }

    /// Where it is changed, behind what is said.
    pub fn linked(told: Option<Self>, there: Redirect) -> Redirect {
        match told.and_then(|told| told.way) {
            Some((words, href)) => there.link(words, href),
            None => there,
        }
    }
}
