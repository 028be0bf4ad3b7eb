//! From which day on a role holds, and until which: as it is typed, in days of the account's time zone.

use chrono::{Days, NaiveDate};

use super::During;
use crate::access::place::Account;
use crate::db::types::Ts;
use crate::error::Result;
use crate::web::form::{Errors, Form};
use crate::web::view::moment;
use crate::web::zones;

/// No role is given for longer than so many days from now: further away is a slip of the keyboard.
const LONGEST: u64 = 20 * 366;

/// The two fields, as they were typed; empty is at once, and without an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The first day.
    pub starts_on: String,
    /// The last day.
    pub ends_on: String,
}

impl Typed {
    /// The fields.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            starts_on: form.text("starts_on")?,
            ends_on: form.text("ends_on")?,
        })
    }

    /// The same as hidden fields.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        let (first, last) = (self.starts_on.clone(), self.ends_on.clone());
        [("starts_on", first), ("ends_on", last)]
    }

    /// When it begins and ends: with the first moment of the first day, and with the last of the last one. What is
    /// wrong stands beside its field.
    pub fn check(&self, account: &Account, now: Ts, errors: &mut Errors) -> Option<During> {
        let zone = account.time_zone.as_str();
        let today = zones::day(now, zone);
        let first = errors.take("starts_on", day(&self.starts_on, today));
        let last = errors.take("ends_on", day(&self.ends_on, today));
        let (first, last) = (first?, last?);
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            errors.add("ends_on", "Enter a day that is not before the first one");
            return None;
        }
        let starts = first.filter(|first| *first > today);
        let starts = starts.and_then(|first| zones::begin(first, zone));
        Some((starts, last.and_then(|last| end_of(last, zone))))
    }
}

/// First and last day in a sentence; empty: at once, and without an end.
pub fn in_words(during: During, zone: &str) -> String {
    let days = days(during, zone);
    days.map_or_else(String::new, |days| format!("The roles hold {days}."))
}

/// First and last day; none: at once, and without an end.
pub fn days((starts, ends): During, zone: &str) -> Option<String> {
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    let first = starts.map(|starts| format!("from {}", day(zones::day(starts, zone))));
    let last = ends.map(|ends| format!("until {}, the last day", day(last_day(ends, zone))));
    match (first, last) {
        (None, None) => None,
        (Some(first), None) => Some(format!("{first} on")),
        (None, Some(last)) => Some(last),
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
    }
}

/// The end of a last day that stands alone, as in a file; none: there is none.
///
/// # Errors
/// What is wrong with it.
pub fn last(text: &str, account: &Account, now: Ts) -> std::result::Result<Option<Ts>, String> {
    let zone = account.time_zone.as_str();
    let last = day(text, zones::day(now, zone))?;
    Ok(last.and_then(|last| end_of(last, zone)))
}

/// The moment behind the last one of a day.
fn end_of(day: NaiveDate, zone: &str) -> Option<Ts> {
    zones::begin(day.checked_add_days(Days::new(1))?, zone)
}

/// The last day on which a role holds that ends at this moment.
pub fn last_day(ends_at: Ts, zone: &str) -> NaiveDate {
    zones::day(ends_at.plus(chrono::Duration::microseconds(-1)), zone)
}

/// Until when a role holds, as one reads it: "31 Mar 2027, the last day"; the moment itself where it ends within a day.
pub fn end_in_words(ends_at: Ts, zone: &str) -> String {
    let last = last_day(ends_at, zone);
    if end_of(last, zone) == Some(ends_at) {
        format!("{}, the last day", last.format("%-d %b %Y"))
    } else {
        moment(ends_at)
    }
}

/// From when on a role holds, likewise.
pub fn start_in_words(starts_at: Ts, zone: &str) -> String {
    let first = zones::day(starts_at, zone);
    if zones::begin(first, zone) == Some(starts_at) {
        first.format("%-d %b %Y").to_string()
    } else {
        moment(starts_at)
    }
}

/// A day that is not over, or none.
fn day(text: &str, today: NaiveDate) -> std::result::Result<Option<NaiveDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |_| "Enter a day as year, month and day, like 2027-03-31".to_owned();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(wrong)?;
    if day < today {
        return Err("This day is over. Enter today or a later one".into());
    }
    match today.checked_add_days(Days::new(LONGEST)) {
        Some(far) if day <= far => Ok(Some(day)),
        _ => Err("Enter a day within the next 20 years".into()),
    }
}
