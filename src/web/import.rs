//! What every import of a file has in common: the file or the pasted rows as a table, which column is which, and the
//! words that rows are shown with. What a row means is for whoever asked.

use super::csv::{self, Sheet, Text, column};
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
    Ok(match read {
        Ok((sheet, text)) => Ok(Sent { text, sheet, field }),
        Err(message) => Err((field, message)),
    })
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
