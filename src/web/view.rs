//! Small parts that several pages show alike; their looks are in `templates/shared`.

use std::borrow::Cow;
use std::fmt::{self, Display};

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};
use chrono::{Datelike, Timelike};

use crate::db::types::Ts;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// An option of a select, a radio button or a checkbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// One sentence beside it; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether it cannot be chosen; the sentence beside it says why.
    pub refused: bool,
    /// Where one goes instead, behind the sentence: words, and where.
    pub instead: Option<(&'static str, String)>,
}

impl Choice {
    /// An option without a sentence.
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: String::new(),
            chosen,
            refused: false,
            instead: None,
        }
    }
}

/// A column's head.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its words.
    pub label: String,
    /// Where a click sorts by it.
    pub href: Option<String>,
    /// `ascending`, `descending` or nothing.
    pub sorted: &'static str,
    /// What stands below it in the same cells.
    pub under: Option<Box<Self>>,
}

impl Column {
    /// A column that does not sort.
    pub fn plain(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
            sorted: "",
            under: None,
        }
    }
}

/// How a person or a thing stands: words, icon and colour, never colour alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `active`, `invited`, `locked`, `inactive`.
    pub kind: &'static str,
    /// Its word.
    pub label: &'static str,
    /// What belongs to it: "until 5 May, 14:05 UTC".
    pub note: Option<String>,
}

/// Previous and next page of a list.
#[derive(Clone, Debug)]
pub struct Pager {
    /// Where one is, in words.
    pub text: String,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
}

/// Something that can be done with a row.
#[derive(Clone, Debug)]
pub struct Act {
    /// Its words; names whom it is about where the row does not.
    pub label: Cow<'static, str>,
    /// Where it leads or posts.
    pub href: String,
    /// Whether it changes something at once: then it is a form.
    pub post: bool,
    /// What the form sends.
    pub fields: Vec<(&'static str, String)>,
}

impl Act {
    /// A link.
    pub fn link(label: impl Into<Cow<'static, str>>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            post: false,
            fields: Vec::new(),
        }
    }

    /// A form with one button.
    pub fn post(label: impl Into<Cow<'static, str>>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            post: true,
            fields: Vec::new(),
        }
    }

    /// Sends this along.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

/// A role that somebody holds somewhere, for somebody who may not know it.
#[derive(Clone, Debug)]
pub struct GivenRole {
    /// Its name.
    pub label: String,
    /// Where.
    pub place: String,
    /// What it is for.
    pub description: String,
}

/// "3 May 2026, 14:05 UTC".
pub fn moment(at: Ts) -> String {
    let (hour, minute) = (at.utc().hour(), at.utc().minute());
    format!("{}, {hour:02}:{minute:02} UTC", day(at))
}

/// "14:05 UTC", for what happened a moment ago.
pub fn clock(at: Ts) -> String {
    let (hour, minute) = (at.utc().hour(), at.utc().minute());
    format!("{hour:02}:{minute:02} UTC")
}

/// "3 May 2026".
pub fn day(at: Ts) -> String {
    Day(at).to_string()
}

/// "2 days ago", "in 31 hours"; "just now" within a minute.
pub fn relative(at: Ts, now: Ts) -> String {
    Ago(at, now).to_string()
}

/// As text what is written into a page: lists have some in every row, and there it costs a third of formatting.
macro_rules! written {
    ($what:ty) => {
        impl Display for $what {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.write_into(f, askama::NO_VALUES)
                    .map_err(|_| fmt::Error)
            }
        }
    };
}

/// A [`day`], written where it stands: lists have one in every row.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub Ts);

impl FastWritable for Day {
    fn write_into(&self, page: &mut dyn fmt::Write, values: &dyn Values) -> askama::Result<()> {
        let at = self.0.utc();
        let month = usize::try_from(at.month0()).unwrap_or_default();
        at.day().write_into(page, values)?;
        page.write_str(" ")?;
        page.write_str(MONTHS.get(month).copied().unwrap_or_default())?;
        page.write_str(" ")?;
        at.year().write_into(page, values)
    }
}

written!(Day);
impl HtmlSafe for Day {}

/// How long ago something was, or how far off it is, now being the second; written as a [`Day`] is.
#[derive(Clone, Copy, Debug)]
pub struct Ago(pub Ts, pub Ts);

impl FastWritable for Ago {
    fn write_into(&self, page: &mut dyn fmt::Write, values: &dyn Values) -> askama::Result<()> {
        let seconds = (self.1.utc() - self.0.utc()).num_seconds();
        // What is to come is rounded to the nearest: a link that was just sent works for 2 days, and not for 47 hours.
        let of = |unit: i64| {
            let half = if seconds < 0 { unit / 2 } else { 0 };
            seconds.abs().saturating_add(half) / unit
        };
        let (number, noun) = match (of(60), of(3600)) {
            _ if seconds.abs() < 60 => return Ok(page.write_str("just now")?),
            (minutes @ ..60, _) => (minutes, "minute"),
            (_, hours @ ..48) => (hours, "hour"),
            _ => (of(86_400), "day"),
        };
        page.write_str(if seconds > 0 { "" } else { "in " })?;
        number.write_into(page, values)?;
        page.write_str(" ")?;
        page.write_str(noun)?;
        page.write_str(if number == 1 { "" } else { "s" })?;
        Ok(page.write_str(if seconds > 0 { " ago" } else { "" })?)
    }
}

written!(Ago);
impl HtmlSafe for Ago {}

/// "48 hours", "1 hour", "30 minutes".
pub fn length(time: std::time::Duration) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match seconds {
        3600.. if seconds % 3600 == 0 => count(seconds / 3600, "hour"),
        60.. => count(seconds / 60, "minute"),
        _ => count(seconds, "second"),
    }
}

/// "1 person", "2 persons".
pub fn count(number: i64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// "Nobody yet", "1 person", "12 people".
pub fn people(number: i64) -> String {
    match number {
        0 => "Nobody yet".into(),
        1 => "1 person".into(),
        _ => format!("{number} people"),
    }
}

/// "d…a@acme.example": enough to recognize one's own address, too little to learn another's.
pub fn masked(email: &str) -> String {
    let Some((local, domain)) = email.split_once('@') else {
        return String::new();
    };
    let mut letters = local.chars();
    match (letters.next(), letters.next_back()) {
        (Some(first), Some(last)) => format!("{first}…{last}@{domain}"),
        (Some(first), None) => format!("{first}…@{domain}"),
        _ => String::new(),
    }
}

/// First letters of the first two words.
pub fn initials(name: &str) -> String {
    Initials(name, "").to_string()
}

/// The [`initials`] of a first and a last name, written where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Initials<'a>(pub &'a str, pub &'a str);

impl FastWritable for Initials<'_> {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        let words = self.0.split_whitespace().chain(self.1.split_whitespace());
        let letters = words.filter_map(|word| word.chars().next()).take(2);
        for letter in letters.flat_map(char::to_uppercase) {
            page.write_char(letter)?;
        }
        Ok(())
    }
}

written!(Initials<'_>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        let now = Ts::new(chrono::DateTime::from_timestamp(1_777_816_800, 0).unwrap_or_default());
        let hours = |n| now.plus(chrono::Duration::hours(n));
        assert_eq!(moment(now), "3 May 2026, 14:00 UTC");
        assert_eq!(relative(hours(-48), now), "2 days ago");
        assert_eq!(relative(hours(31), now), "in 31 hours");
        assert_eq!(relative(now, now), "just now");
        let seconds = |n| now.plus(chrono::Duration::seconds(n));
        assert_eq!(relative(seconds(48 * 3600 - 5), now), "in 2 days");
        assert_eq!(relative(seconds(47 * 3600 + 5), now), "in 47 hours");
        assert_eq!(relative(seconds(3600 - 5), now), "in 1 hour");
        assert_eq!(relative(seconds(60), now), "in 1 minute");
        assert_eq!(relative(seconds(5 - 3600), now), "59 minutes ago");
        assert_eq!(relative(seconds(5 - 48 * 3600), now), "47 hours ago");
        assert_eq!(length(std::time::Duration::from_secs(172_800)), "48 hours");
        assert_eq!(length(std::time::Duration::from_secs(5400)), "90 minutes");
    }

    #[test]
    fn a_masked_address_keeps_two_letters() {
        assert_eq!(masked("dana@acme.example"), "d…a@acme.example");
        assert_eq!(masked("d@acme.example"), "d…@acme.example");
        assert_eq!(masked("nonsense"), "");
    }
}
