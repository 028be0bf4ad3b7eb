//! Lists as CSV: all rows of exactly the view that the page shows, read portion by portion behind the same gate and
//! sent as they are read. RFC 4180, UTF-8; `?bom=1` puts a byte order mark before it, `?titles=1` heads for people.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use std::fmt::Display;
use std::str::FromStr;

use super::{Asked, Cursor, Found};
use crate::access::gate::{Demand, Gate, Job};
use crate::access::place::Place;
use crate::access::scope::Scope;
use crate::app::App;
use crate::audit::{Action, Event, Personal};
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::{Error, Result};
use crate::web::form::Form;

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// What somebody may have typed.
    Text(String),
    /// A number, left as it is: a minus is no formula.
    Number(i64),
    /// A time with its zone; none is empty.
    Time(Option<Ts>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
impl From<Option<Ts>> for Cell {
    fn from(at: Option<Ts>) -> Self {
        Self::Time(at)
    }
}
impl From<Ts> for Cell {
    fn from(at: Ts) -> Self {
        Self::Time(Some(at))
    }
}

impl Cell {
    /// As it stands in the file. What a spreadsheet would take for a formula gets an apostrophe before it.
    fn text(self) -> String {
        match self {
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                format!("'{text}")
            }
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Time(at) => at.map(|at| at.text()).unwrap_or_default(),
        }
    }
}

/// A column: its name for programs, and for people.
pub type Field = (&'static str, &'static str);

/// How the file is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    bom: bool,
    titles: bool,
}

impl Style {
    /// From the query.
    pub fn read(query: &Form) -> Result<Self> {
        Ok(Self {
            bom: query.text("bom")? == "1",
            titles: query.text("titles")? == "1",
        })
    }
}

/// Rows as bytes of a CSV file.
fn written(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let lines = csv::Terminator::CRLF;
    let mut file = csv::WriterBuilder::new()
        .terminator(lines)
        .from_writer(Vec::new());
    for row in rows {
        file.write_record(&row)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
    }
    file.into_inner()
        .map_err(|cause| Error::internal(cause.to_string()))
}

fn head(fields: &[Field], style: Style) -> Result<Vec<u8>> {
    let word = |(name, title): &Field| (if style.titles { *title } else { *name }).to_owned();
    let line = written([fields.iter().map(word).collect()].into_iter())?;
    let mut start = if style.bom {
        "\u{feff}".into()
    } else {
        Vec::new()
    };
    start.extend(line);
    Ok(start)
}

fn body(rows: Vec<Vec<Cell>>) -> Result<Vec<u8>> {
    written(
        rows.into_iter()
            .map(|row| row.into_iter().map(Cell::text).collect()),
    )
}

/// Answers with a table that is known as a whole; its first row is the head. It tells nothing about people, and so is not
/// written down as taken.
pub fn sheet(name: &str, style: Style, rows: Vec<Vec<Cell>>) -> Result<HttpResponse> {
    let mut file: Vec<u8> = if style.bom {
        "\u{feff}".into()
    } else {
        Vec::new()
    };
    file.extend(body(rows)?);
    let name = format!("attachment; filename=\"{name}.csv\"");
    Ok(HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}

/// What a portion is read with.
type Portion<I> = Found<Vec<Cell>, I>;

/// Answers with all rows of the view. Each portion passes the gate anew: a right that ends meanwhile ends the file.
pub async fn export<P, A, I, F>(
    app: App,
    gate: Gate<P, A>,
    (asked, style): (Asked<I>, Style),
    fields: &'static [Field],
    rows: F,
) -> Result<HttpResponse>
where
    P: Place,
    A: Demand,
    I: FromStr + Display + Clone + Send + 'static,
    F: Fn(&mut Conn, &Scope<P, A>, &Asked<I>) -> Result<Portion<I>> + Clone + Send + 'static,
{
    let gate = gate.unbounded();
    let asked = asked.whole();
    let (first, event) = {
        let (asked, rows) = (asked.clone(), rows.clone());
        let read = move |conn: &mut Conn, scope: &Scope<P, A>| {
            let first = rows(conn, scope, &asked)?;
            Ok((first, exported(scope, &asked)))
        };
        app.read(gate.clone(), read).await?
    };
    let name = format!(
        "{}-{}-{}.csv",
        gate.account_slug(),
        asked.list.name,
        app.now().utc().format("%Y-%m-%d")
    );
    // A frozen account may still be exported (S22), so the event is not written behind its gate.
    let record = move |conn: &mut Conn, _: &_| Ok(crate::audit::record(conn, &event)?);
    app.write(Job::named("export"), record).await?;
    let mut start = head(fields, style)?;
    start.extend(body(first.rows)?);
    let ahead = Ahead {
        app,
        gate,
        asked,
        rows,
        next: first.next,
    };
    let more = stream::try_unfold(Some((Some(start), ahead)), |state| async {
        let Some((start, ahead)) = state else {
            return Ok(None);
        };
        match start {
            Some(bytes) => Ok(Some((Bytes::from(bytes), Some((None, ahead))))),
            None => Ok::<_, std::io::Error>(
                ahead
                    .portion()
                    .await?
                    .map(|(bytes, ahead)| (bytes, Some((None, ahead)))),
            ),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(more))
}

/// What of a file is still to be read.
struct Ahead<P: Place, A: Demand, I, F> {
    app: App,
    gate: Gate<P, A>,
    asked: Asked<I>,
    rows: F,
    next: Option<Cursor<I>>,
}

impl<P, A, I, F> Ahead<P, A, I, F>
where
    P: Place,
    A: Demand,
    I: FromStr + Display + Clone + Send + 'static,
    F: Fn(&mut Conn, &Scope<P, A>, &Asked<I>) -> Result<Portion<I>> + Clone + Send + 'static,
{
    /// The next portion; a failure breaks the file off, which the browser reports.
    async fn portion(mut self) -> std::io::Result<Option<(Bytes, Self)>> {
        let Some(next) = self.next.take() else {
            return Ok(None);
        };
        let (asked, rows) = (self.asked.clone().at(next), self.rows.clone());
        let read = move |conn: &mut Conn, scope: &Scope<P, A>| rows(conn, scope, &asked);
        let broken = |cause: Error| {
            tracing::warn!(%cause, "an export broke off");
            std::io::Error::other("the export broke off")
        };
        let found = self
            .app
            .read(self.gate.clone(), read)
            .await
            .map_err(broken)?;
        let bytes = body(found.rows).map_err(broken)?;
        self.next = found.next;
        Ok(Some((bytes.into(), self)))
    }
}

/// Who took which list along. What was searched for may be a person's name, and stands with what can be erased.
fn exported<P: Place, A: Demand, I>(scope: &Scope<P, A>, asked: &Asked<I>) -> Event {
    let filters = asked.filters.iter();
    let filters: Value = filters
        .map(|(filter, value)| (filter.name.to_owned(), json!(value)))
        .collect();
    let searched = Personal {
        searched: (!asked.q.is_empty()).then(|| asked.q.clone()),
        ..Personal::default()
    };
    scope
        .event(Action::ListExported)
        .in_organization(
            scope
                .place()
                .organization()
                .map(|organization| organization.id),
        )
        .in_project(scope.place().project().map(|project| project.id))
        .personal(searched)
        .details(json!({ "list": asked.list.name, "filters": filters }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn text(rows: Vec<Vec<Cell>>) -> String {
        String::from_utf8(body(rows).unwrap()).unwrap()
    }

    #[test]
    fn what_looks_like_a_formula_is_text_and_a_number_stays_one() {
        for typed in ["=1+1", "+1", "-1", "@a", "\ta"] {
            assert_eq!(
                text(vec![vec![typed.into(), 1.into()]]),
                format!("'{typed},1\r\n")
            );
        }
        assert_eq!(text(vec![vec!["\ra".into()]]), "\"'\ra\"\r\n");
        assert_eq!(
            text(vec![vec![Cell::Number(-5), "a-b=c".into()]]),
            "-5,a-b=c\r\n"
        );
    }

    #[test]
    fn what_would_break_a_row_is_quoted() {
        let row: Vec<Cell> = vec![
            "a,b".into(),
            "say \"hi\"".into(),
            "two\r\nlines".into(),
            "".into(),
        ];
        assert_eq!(
            text(vec![row]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",\r\n"
        );
    }

    #[test]
    fn times_carry_their_zone() {
        let at = Ts::parse("2026-05-03T14:05:00.000000Z");
        assert_eq!(
            text(vec![vec![at.into(), Cell::Time(None)]]),
            "2026-05-03T14:05:00.000000Z,\r\n"
        );
    }

    #[test]
    fn the_head_is_for_programs_or_for_people() {
        let fields: &[Field] = &[("name", "Name"), ("last_seen", "Last seen")];
        let of =
            |bom, titles| String::from_utf8(head(fields, Style { bom, titles }).unwrap()).unwrap();
        assert_eq!(of(false, false), "name,last_seen\r\n");
        assert_eq!(of(true, true), "\u{feff}Name,Last seen\r\n");
    }
}
