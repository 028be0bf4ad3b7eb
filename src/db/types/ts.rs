//! Points in time, as both databases keep them and as pages write them.

use chrono::{DateTime, Datelike, SubsecRound, Timelike, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::Instant;
use crate::db::conn::MultiBackend;

/// A point in time: UTC, whole microseconds (what PostgreSQL keeps).
#[derive(
    AsExpression,
    FromSqlRow,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[diesel(sql_type = Instant)]
#[serde(transparent)]
pub struct Ts(DateTime<Utc>);

const ON_SQLITE: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

impl Ts {
    /// This instant, cut to microseconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The beginning of 1970: stands for "never" in a column to sort by.
    pub const fn never() -> Self {
        Self(DateTime::UNIX_EPOCH)
    }

    /// As chrono knows it.
    pub const fn utc(&self) -> DateTime<Utc> {
        self.0
    }

    /// So much later (or earlier, when negative); at the ends of time, this instant itself.
    pub fn plus(self, by: chrono::Duration) -> Self {
        self.0.checked_add_signed(by).map_or(self, Self)
    }

    /// From its fixed-width text.
    pub fn parse(text: &str) -> Option<Self> {
        read_fixed(text)
    }

    /// Fixed-width text, microseconds, `Z`: sorts as it reads.
    pub fn text(&self) -> String {
        self.to_string()
    }
}

impl Ts {
    /// Its [`text`](Self::text), written where it stands.
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let (at, year) = (self.0, self.0.year());
        let Some(year) = u32::try_from(year).ok().filter(|year| *year <= 9999) else {
            return write!(out, "{}", at.format(ON_SQLITE));
        };
        // By hand, since it stands in every row and every statement; the general way costs twenty times as much.
        let digit = |value: u32| b'0' + u8::try_from(value % 10).unwrap_or_default();
        let two = |value: u32| [digit(value / 10), digit(value)];
        let ([y1, y2], [y3, y4]) = (two(year / 100), two(year));
        let ([o1, o2], [d1, d2]) = (two(at.month()), two(at.day()));
        let ([h1, h2], [m1, m2], [s1, s2]) = (two(at.hour()), two(at.minute()), two(at.second()));
        let micros = at.nanosecond() / 1000;
        let ([u1, u2], [u3, u4], [u5, u6]) = (two(micros / 10_000), two(micros / 100), two(micros));
        let text = [
            y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2,
            b'.', u1, u2, u3, u4, u5, u6, b'Z',
        ];
        out.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Its [`text`](Ts::text).
impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}
impl askama::filters::HtmlSafe for Ts {}
impl askama::FastWritable for Ts {
    fn write_into(&self, page: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(self.write(page)?)
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl ToSql<Instant, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <DateTime<Utc> as ToSql<diesel::sql_types::Timestamptz, Pg>>::to_sql(&self.0, out)
    }
}
impl ToSql<Instant, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text());
        Ok(IsNull::No)
    }
}
impl ToSql<Instant, MultiBackend> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Instant, self));
        Ok(IsNull::No)
    }
}
impl FromSql<Instant, Pg> for Ts {
    fn from_sql(raw: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<DateTime<Utc> as FromSql<
            diesel::sql_types::Timestamptz,
            Pg,
        >>::from_sql(raw)?))
    }
}

/// Stands for a digit where there is none.
const NO_DIGIT: u32 = 1_000;

/// Reads the fixed-width form; a general parser costs ten times as much and this stands in every row.
fn read_fixed(text: &str) -> Option<Ts> {
    let text: &[u8; 27] = text.as_bytes().try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        _,
        o1,
        o2,
        _,
        d1,
        d2,
        _,
        h1,
        h2,
        _,
        m1,
        m2,
        _,
        s1,
        s2,
        _,
        u @ ..,
    ] = text;
    let [u1, u2, u3, u4, u5, u6, _] = u;
    // What is no digit makes a number that is larger than any of two digits.
    let digit = |byte: &u8| match byte.wrapping_sub(b'0') {
        digit @ 0..10 => u32::from(digit),
        _ => NO_DIGIT,
    };
    let two = |tens: &u8, ones: &u8| digit(tens) * 10 + digit(ones);
    let (century, years) = (two(y1, y2), two(y3, y4));
    let (high, middle, low) = (two(u1, u2), two(u3, u4), two(u5, u6));
    if [century, years, high, middle, low]
        .iter()
        .any(|two| *two >= NO_DIGIT)
    {
        return None;
    }
    let year = i32::try_from(century * 100 + years).ok()?;
    // The other ones are refused as months, days, hours, minutes and seconds that there are none of.
    let date = chrono::NaiveDate::from_ymd_opt(year, two(o1, o2), two(d1, d2))?;
    let micros = (high * 100 + middle) * 100 + low;
    let at = date.and_hms_micro_opt(two(h1, h2), two(m1, m2), two(s1, s2), micros)?;
    Some(Ts(at.and_utc()))
}

impl FromSql<Instant, Sqlite> for Ts {
    fn from_sql(mut raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = raw.read_text();
        match read_fixed(text) {
            Some(at) => Ok(at),
            None => Ok(Self(DateTime::parse_from_rfc3339(text)?.to_utc())),
        }
    }
}
impl FromSql<Instant, MultiBackend> for Ts {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Self, Instant>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_back_from_its_text() {
        let at = Ts::new(Utc::now());
        assert_eq!(read_fixed(&at.text()), Some(at));
        assert_eq!(at.text().len(), 27);
        assert_eq!(at.text(), at.utc().format(ON_SQLITE).to_string());
        for wrong in [
            "",
            "2026-05-03",
            "2026-05-03T14:05:0x.000000Z",
            "2026-13-03T14:05:00.000000Z",
        ] {
            assert_eq!(read_fixed(wrong), None, "{wrong}");
        }
        for (place, letter) in at.text().char_indices() {
            for wrong in ["/", ":", "x"] {
                let mut text = at.text();
                text.replace_range(place..=place, wrong);
                let is_digit = letter.is_ascii_digit();
                assert_eq!(read_fixed(&text).is_none(), is_digit, "{text}");
            }
        }
        let early = Ts::new(DateTime::from_timestamp(-1, 1_000).unwrap_or_default());
        assert_eq!(early.text(), "1969-12-31T23:59:59.000001Z");
    }
}
