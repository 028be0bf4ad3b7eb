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
        // By hand, since it stands in every row and every statement; the general way costs ten times as much.
        let mut text = [0_u8; 27];
        let mut free = text.iter_mut();
        let micros = at.nanosecond() / 1000;
        for (value, first, end) in [
            (year, 1000, b'-'),
            (at.month(), 10, b'-'),
            (at.day(), 10, b'T'),
            (at.hour(), 10, b':'),
            (at.minute(), 10, b':'),
            (at.second(), 10, b'.'),
            (micros, 100_000, b'Z'),
        ] {
            let mut place = first;
            while place > 0 {
                let digit = u8::try_from(value / place % 10).unwrap_or_default();
                free.by_ref().take(1).for_each(|slot| *slot = b'0' + digit);
                place /= 10;
            }
            free.by_ref().take(1).for_each(|slot| *slot = end);
        }
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
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + u32::from(digit))
        })
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let date = chrono::NaiveDate::from_ymd_opt(year, number(&[o1, o2])?, number(&[d1, d2])?)?;
    let at = date.and_hms_micro_opt(
        number(&[h1, h2])?,
        number(&[m1, m2])?,
        number(&[s1, s2])?,
        number(&[u1, u2, u3, u4, u5, u6])?,
    )?;
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
        let early = Ts::new(DateTime::from_timestamp(-1, 1_000).unwrap_or_default());
        assert_eq!(early.text(), "1969-12-31T23:59:59.000001Z");
    }
}
