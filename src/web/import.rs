//! What every import of a file has in common: the file or the pasted rows as a table, which column is which, and the
//! words that rows are shown with. What a row means is for whoever asked.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::csv::{self, Changes, Line, Sheet, Text, column};
use super::form::Form;
use super::upload::Upload;
use super::view::{Status, count};
use crate::config::Limits;
use crate::error::Result;

/// What was sent, as text and as a table, and the field that it came in.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its letters.
    pub text: Text,
    /// Its rows.
    pub sheet: Sheet,
    /// `file` or `rows`.
    pub field: &'static str,
}

/// What is wrong with all of it: the field, and the message beside it.
pub type Wrong = (&'static str, String);

/// The table in a form with a file or pasted rows in it; or what is wrong with it as a whole.
///
/// # Errors
/// A form that is none of ours.
pub fn sent(upload: &Upload, limits: &Limits) -> Result<std::result::Result<Sent, Wrong>> {
    if upload.too_large {
        let most = limits.import_bytes / 1024;
        let words = format!("The file is larger than {most} KiB. Split it");
        return Ok(Err(("file", words)));
    }
    let pasted = upload.form.text("rows")?;
    let (bytes, field) = if !upload.file.is_empty() {
        (upload.file.as_slice(), "file")
    } else if pasted.trim().is_empty() {
        return Ok(Err(("file", "Choose a file, or paste rows below".into())));
    } else {
        (pasted.as_bytes(), "rows")
    };
    let read = csv::decode(bytes)
        .map_err(str::to_owned)
        .and_then(|text| Ok((csv::read(&text.text, limits.import_rows)?, text)));
    let read = match read {
        Ok((sheet, mut text)) if field == "rows" => {
            let changes = changes(&upload.form, &sheet);
            if changes.is_empty() {
                Ok((sheet, text))
            } else {
                csv::replaced(&text.text, &changes, sheet.head.len()).and_then(|changed| {
                    text.text = changed;
                    Ok((csv::read(&text.text, limits.import_rows)?, text))
                })
            }
        }
        read => read,
    };
    Ok(match read {
        Ok((sheet, text)) => Ok(Sent { text, sheet, field }),
        Err(message) => Err((field, message)),
    })
}

/// Rows that have fields of their own to be corrected in; the others are corrected in the text. `upload` takes as many.
pub const FIXES: usize = 20;
/// The longest cell that has a field of its own, in characters.
const LONGEST: usize = 120;

/// A row with a problem, as fields to correct it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its line, and the problem.
    pub legend: String,
    /// What the row was, as a form carries it: a name and a value.
    pub was: (String, String),
    /// The fields: name, label and value.
    pub cells: Vec<(String, &'static str, String)>,
}

/// The fields to correct a row in: these columns, with their labels, of a table so many columns wide. None for a row that
/// its fields could not show as it is.
pub fn fix(row: &Line, why: &str, columns: &[(usize, &'static str)], width: usize) -> Option<Fix> {
    // A quotation mark in the midst of a cell may be half of what makes the whole text readable.
    let fits = |cell: &String| cell.chars().count() <= LONGEST && !cell.contains('"');
    if row.cells.len() > width || !row.cells.iter().all(fits) {
        return None;
    }
    let line = row.number;
    let cell = |(at, label): &(usize, &'static str)| {
        let value = typed(row.cells.get(*at).map_or("", String::as_str));
        (format!("cell-{line}-{at}"), *label, value)
    };
    Some(Fix {
        legend: format!("Line {line}: {why}"),
        was: (format!("was-{line}"), digest(&row.cells)),
        cells: columns.iter().map(cell).collect(),
    })
}

/// A cell as a field holds it.
fn typed(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_control()).collect()
}

/// Tells a row from all others.
fn digest(cells: &[String]) -> String {
    let mut digest = Sha256::new();
    for cell in cells {
        digest.update(cell);
        digest.update([0]);
    }
    let mut digest = format!("{:x}", digest.finalize());
    digest.truncate(24);
    digest
}

/// Which cells the fields of [`fix`] change. A row that was moved meanwhile is found by what it was; fields of a row that
/// is not there any more, or is another one by now, change nothing.
fn changes(form: &Form, sheet: &Sheet) -> Changes {
    let mut was: BTreeMap<u64, &str> = BTreeMap::new();
    let mut cells: BTreeMap<u64, Vec<(usize, String)>> = BTreeMap::new();
    for (name, value) in form.pairs() {
        if let Some(line) = name.strip_prefix("was-").and_then(|line| line.parse().ok()) {
            was.insert(line, value);
            continue;
        }
        let named = name.strip_prefix("cell-").and_then(|at| at.split_once('-'));
        let named = named.and_then(|(line, at)| Some((line.parse().ok()?, at.parse().ok()?)));
        if let Some((line, at)) = named {
            let of_line: &mut Vec<_> = cells.entry(line).or_default();
            of_line.push((at, typed(value)));
        }
    }
    let mut changes = Changes::new();
    if was.is_empty() || cells.is_empty() {
        return changes;
    }
    let digests: Vec<String> = sheet.rows.iter().map(|row| digest(&row.cells)).collect();
    let rows = || sheet.rows.iter().zip(&digests);
    let mut found: BTreeMap<u64, u64> = BTreeMap::new();
    for in_place in [true, false] {
        for (line, was) in &was {
            let is_it = |(row, digest): &(&Line, &String)| {
                digest.as_str() == *was
                    && (row.number == *line || !in_place)
                    && !found.contains_key(&row.number)
            };
            if !found.values().any(|from| from == line)
                && let Some((row, _)) = rows().find(is_it)
            {
                found.insert(row.number, *line);
            }
        }
    }
    for row in &sheet.rows {
        let Some(new) = found.get(&row.number).and_then(|line| cells.get(line)) else {
            continue;
        };
        for (at, value) in new {
            let now = typed(row.cells.get(*at).map_or("", String::as_str));
            if *at < sheet.head.len() && now != *value {
                let changed = changes.entry(row.number).or_default();
                changed.insert(*at, value.clone());
            }
        }
    }
    changes
}

/// A column that is known: its name, and what else it is called, all as [`column`] writes them.
pub type Known = (&'static str, &'static [&'static str]);

/// Which known column each word of a head names, by its place in `known`.
pub fn columns(head: &[String], known: &[Known]) -> Vec<Option<usize>> {
    let named = |word: &String| {
        let name = column(word);
        known
            .iter()
            .position(|(own, others)| *own == name || others.contains(&name.as_str()))
    };
    head.iter().map(named).collect()
}

/// A cell as a page shows it: it may hold anything yet.
pub fn shown(cell: &str) -> String {
    cell.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// What a row does or did.
pub fn tag(kind: &'static str, label: &'static str, note: &str) -> Status {
    Status {
        kind,
        label,
        note: (!note.is_empty()).then(|| note.to_owned()),
    }
}

/// "5 rows: 3 added, 2 left out." What is none is not told.
pub fn summary(parts: &[(i64, &str)]) -> String {
    let all = parts.iter().map(|(number, _)| number).sum();
    let told: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    format!("{}: {}.", count(all, "row"), told.join(", "))
}
