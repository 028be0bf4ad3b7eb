//! Time zones by the names that IANA keeps, from the crate that carries them.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::view::Choice;
use crate::db::types::Ts;

/// The zone of whoever has chosen none.
pub const UTC: &str = "UTC";

/// Every zone of a place, by continent, and UTC before them; with the one of this name chosen, whichever it is.
pub fn choices(chosen: &str) -> Vec<(String, Vec<Choice>)> {
    let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
    let one = |name: &str| Choice::new(name, name.replace('_', " "), name == chosen);
    groups.push(("Everywhere".into(), vec![one(UTC)]));
    for name in TZ_VARIANTS.iter().map(|zone| zone.name()) {
        let Some((area, _)) = name.split_once('/').filter(|(area, _)| is_area(area)) else {
            continue;
        };
        match groups.iter_mut().find(|(label, _)| label == area) {
            Some((_, zones)) => zones.push(one(name)),
            None => groups.push((area.to_owned(), vec![one(name)])),
        }
    }
    if !groups
        .iter()
        .any(|(_, zones)| zones.iter().any(|zone| zone.chosen))
        && code(chosen).is_ok()
    {
        groups.push(("Chosen now".into(), vec![one(chosen)]));
    }
    groups
}

/// Areas of the world; what else the list has are old names and offsets.
fn is_area(area: &str) -> bool {
    const AREAS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    AREAS.contains(&area)
}

/// The name, if it is a zone's.
///
/// # Errors
/// The message beside the field.
pub fn code(text: &str) -> Result<String, String> {
    match text.parse::<Tz>() {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => Err("Select a time zone".to_owned()),
    }
}

/// The time on the clocks of a zone, and how they call it: "15:05 CET". None for UTC, which is said anyway, and for
/// a name that is no zone's.
pub fn clock(at: Ts, zone: &str) -> Option<String> {
    let zone: Tz = zone.parse().ok().filter(|zone| *zone != Tz::UTC)?;
    let there = at.utc().with_timezone(&zone);
    Some(there.format("%-d %B %Y, %H:%M %Z").to_string())
}

/// The time of day on the clocks of a zone, and how they call it: "15:05 CET". A name that is no zone's is UTC's.
pub fn time_of_day(at: Ts, zone: &str) -> String {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    at.utc().with_timezone(&zone).format("%H:%M %Z").to_string()
}

/// The day on the calendars of a zone; a name that is no zone's is UTC's.
pub fn day(at: Ts, zone: &str) -> NaiveDate {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    at.utc().with_timezone(&zone).date_naive()
}

/// When a day begins there: at midnight, or at the first moment that the clocks have behind it.
pub fn begin(day: NaiveDate, zone: &str) -> Option<Ts> {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let hours = (0..=3).filter_map(|hour| day.and_hms_opt(hour, 0, 0));
    let mut there = hours.filter_map(|clock| zone.from_local_datetime(&clock).earliest());
    there.next().map(|at| Ts::new(at.to_utc()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_and_offered_once() {
        assert_eq!(code("Europe/Berlin").unwrap(), "Europe/Berlin");
        for wrong in ["", "Berlin", "Europe/Nowhere", "../etc", "UTC\0"] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
        for zone in ["Europe/Berlin", "UTC", "EST5EDT"] {
            let groups = choices(zone);
            let chosen = groups
                .iter()
                .flat_map(|(_, zones)| zones)
                .filter(|one| one.chosen);
            assert_eq!(
                chosen.map(|one| one.value.as_str()).collect::<Vec<_>>(),
                [zone]
            );
        }
        assert!(
            choices("nonsense")
                .iter()
                .all(|(_, zones)| zones.iter().all(|one| !one.chosen))
        );
    }

    #[test]
    fn a_day_begins_when_the_clocks_of_the_zone_say_so() {
        let begins = |day: &str, zone| begin(day.parse().unwrap(), zone).unwrap().text();
        for (date, zone, at) in [
            ("2026-03-02", "UTC", "2026-03-02T00:00:00.000000Z"),
            ("2026-03-02", "Europe/Berlin", "2026-03-01T23:00:00.000000Z"),
            ("2026-07-02", "Europe/Berlin", "2026-07-01T22:00:00.000000Z"),
            // There the clocks went from midnight to one.
            (
                "2018-11-04",
                "America/Sao_Paulo",
                "2018-11-04T03:00:00.000000Z",
            ),
        ] {
            assert_eq!(begins(date, zone), at, "{date} in {zone}");
        }
        let late = Ts::new("2026-03-02T23:30:00Z".parse().unwrap());
        assert_eq!(day(late, "Europe/Berlin").to_string(), "2026-03-03");
        assert_eq!(day(late, "UTC").to_string(), "2026-03-02");
    }

    #[test]
    fn a_clock_is_read_in_winter_and_in_summer() {
        let at = |text: &str| Ts::new(text.parse().unwrap());
        let berlin = |text| clock(at(text), "Europe/Berlin");
        assert_eq!(
            berlin("2026-01-02T09:00:00Z").unwrap(),
            "2 January 2026, 10:00 CET"
        );
        assert_eq!(
            berlin("2026-07-02T23:00:00Z").unwrap(),
            "3 July 2026, 01:00 CEST"
        );
        assert_eq!(clock(at("2026-01-02T09:00:00Z"), "UTC"), None);
        assert_eq!(clock(at("2026-01-02T09:00:00Z"), "Moon/Base"), None);
    }
}
