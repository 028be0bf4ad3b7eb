//! Reading a table out of a file or out of what was pasted: letters, separators, head and rows. What the cells mean is
//! for whoever asked; what cannot be read is told in a sentence.

use ::csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use std::collections::BTreeMap;
use std::ops::Range;

use super::field::fold;

/// The text of a file, and what to know about how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its letters, line ends as `\n`.
    pub text: String,
    /// A sentence, where it had to be guessed.
    pub note: Option<&'static str>,
}

const GUESSED: &str = "The file is not in UTF-8. It was read as Windows-1252 (Latin-1): check letters such as ä, é and €.";
const SPREADSHEET: &str =
    "This is a spreadsheet, not a CSV file. Open it, save it as CSV, and choose that file";
const NOT_TEXT: &str = "This file is not text. Choose a CSV file";

/// The letters of a file: UTF-8 with or without a mark, UTF-16, or else what older spreadsheets write.
pub fn decode(bytes: &[u8]) -> Result<Text, &'static str> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(SPREADSHEET);
    }
    let read = |(text, _, broken): (std::borrow::Cow<'_, str>, _, bool), note| {
        let unreadable = broken || text.contains('\0');
        let plain = || Text {
            text: lines(&text),
            note,
        };
        (!unreadable).then(plain).ok_or(NOT_TEXT)
    };
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => read(encoding_rs::UTF_8.decode(bytes), None),
        [0xff, 0xfe, ..] | [_, 0, _, 0, ..] => read(encoding_rs::UTF_16LE.decode(bytes), None),
        [0xfe, 0xff, ..] | [0, _, 0, _, ..] => read(encoding_rs::UTF_16BE.decode(bytes), None),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) if text.contains('\0') => Err(NOT_TEXT),
            Ok(text) => Ok(Text {
                text: lines(text),
                note: None,
            }),
            Err(_) => read(encoding_rs::WINDOWS_1252.decode(bytes), Some(GUESSED)),
        },
    }
}

/// Line ends as forms and files of all systems have them, made one.
fn lines(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A table: its head, and its rows with their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The words of the head, as they stand there.
    pub head: Vec<String>,
    /// The rows that hold anything.
    pub rows: Vec<Line>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the file that it begins on; the head is on the first.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// The table in a text: the first line is its head. More than `most` rows are too many.
pub fn read(text: &str, most: usize) -> Result<Sheet, String> {
    let (rest, ..) = separator_line(text);
    if rest.trim().is_empty() {
        return Err("There is nothing in it".into());
    }
    if rest.matches('"').count() % 2 == 1 {
        return Err("A quotation mark (\") is opened and never closed".into());
    }
    let mut sheet = Sheet {
        head: Vec::new(),
        rows: Vec::new(),
    };
    let (_, records) = records(text);
    for record in records {
        let record = record?;
        let cells: Vec<String> = record.cells.iter().map(plain).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if sheet.head.is_empty() {
            sheet.head = cells;
            continue;
        }
        if sheet.rows.len() == most {
            return Err(format!(
                "It has more than {most} rows. Split it, and send one part after the other"
            ));
        }
        let number = record.number;
        sheet.rows.push(Line { number, cells });
    }
    if sheet.rows.is_empty() {
        return Err("There is no row below the first line, which names the columns".into());
    }
    Ok(sheet)
}

/// Other cells for some records: by the line that a record begins on, and by column.
pub type Changes = BTreeMap<u64, BTreeMap<usize, String>>;

/// The text with these cells changed. The records are written anew, with the text's separator and at
/// least `width` cells; every other byte stays as it was.
pub fn replaced(text: &str, changes: &Changes, width: usize) -> Result<String, String> {
    let (delimiter, records) = records(text);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0_usize;
    for record in records {
        let record = record?;
        let Some(changed) = changes.get(&record.number) else {
            continue;
        };
        // As they stand there: an apostrophe that guards a cell goes on guarding it.
        let mut cells: Vec<&str> = record.cells.iter().collect();
        if cells.len() < width {
            cells.resize(width, "");
        }
        for (column, value) in changed {
            if let Some(cell) = cells.get_mut(*column) {
                *cell = value;
            }
        }
        out.push_str(text.get(copied..record.place.start).unwrap_or_default());
        out.push_str(&written(&cells, delimiter)?);
        copied = record.place.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// A record as it stands in a text, without the end of its line.
fn written(cells: &[&str], delimiter: u8) -> Result<String, String> {
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| e.to_string())?;
    let bytes = writer.into_inner().map_err(|e| e.to_string())?;
    let mut line = String::from_utf8(bytes).map_err(|e| e.to_string())?;
    line.truncate(line.trim_end_matches('\n').len());
    Ok(line)
}

/// A record of a text.
struct Record {
    /// The line that it begins on.
    number: u64,
    /// Its bytes, without the end of its line.
    place: Range<usize>,
    /// Its cells, as they stand there.
    cells: StringRecord,
}

/// The separator of a text, and its records one after the other, the head among them. The first that cannot be read is
/// the last.
fn records(text: &str) -> (u8, impl Iterator<Item = Result<Record, String>> + '_) {
    let (rest, skipped, told) = separator_line(text);
    let before = text.len().saturating_sub(rest.len());
    let delimiter = told.unwrap_or_else(|| separator(rest));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(rest.as_bytes());
    let place = move |byte: u64| {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        byte.saturating_add(before).min(text.len())
    };
    let next = move || {
        let mut cells = StringRecord::new();
        match reader.read_record(&mut cells) {
            Ok(false) => return None,
            Ok(true) => {}
            Err(e) => return Some(Err(e.to_string())),
        }
        // The reader's place is where it began to look, before lines that hold nothing.
        let at = cells.position()?;
        let (line, start) = (at.line(), place(at.byte()));
        let found = text.get(start..place(reader.position().byte()))?;
        let own = found.trim_start_matches(['\r', '\n']);
        let empty = found.get(..found.len().saturating_sub(own.len()))?;
        let lines = u64::try_from(empty.matches('\n').count()).unwrap_or_default();
        let start = start.saturating_add(empty.len());
        let own = own.strip_suffix('\n').unwrap_or(own);
        Some(Ok(Record {
            number: line.saturating_add(lines).saturating_add(skipped),
            place: start..start.saturating_add(own.len()),
            cells,
        }))
    };
    (delimiter, std::iter::from_fn(next))
}

/// A cell without the spaces around it, and without the apostrophe that keeps spreadsheets from reckoning with it.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

/// Some spreadsheets name the separator in a line of its own: `sep=;`.
fn separator_line(text: &str) -> (&str, u64, Option<u8>) {
    let Some((first, rest)) = text.split_once('\n') else {
        return (text, 0, None);
    };
    match first.trim().strip_prefix("sep=").map(str::as_bytes) {
        Some([byte]) if b",;\t|".contains(byte) => (rest, 1, Some(*byte)),
        _ => (text, 0, None),
    }
}

/// The separator that stands most often in the first line, outside of quotation marks; a comma if none does.
fn separator(text: &str) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(own, _)| *own == byte) {
                    *count = count.saturating_add(1);
                }
            }
        }
    }
    // The first of equals: a comma before all others.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(byte, _)| *byte)
}

/// The name of a column as programs compare it: `Last seen`, `last-seen` and `last_seen` are one.
pub fn column(word: &str) -> String {
    fold(word).replace([' ', '-'], "_")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn utf_16(text: &str, little: bool) -> Vec<u8> {
        let order = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_usual_way_of_writing_letters_is_read() {
        let text = "identifier,name\nS1,Größe €\n";
        let windows = b"identifier,name\r\nS1,Gr\xf6\xdfe \x80\r\n".to_vec();
        for (bytes, guessed) in [
            (text.as_bytes().to_vec(), false),
            (text.replace('\n', "\r\n").into_bytes(), false),
            (text.replace('\n', "\r").into_bytes(), false),
            (format!("\u{feff}{text}").into_bytes(), false),
            (utf_16(&format!("\u{feff}{text}"), true), false),
            (utf_16(&format!("\u{feff}{text}"), false), false),
            (utf_16(text, true), false),
            (utf_16(text, false), false),
            (windows, true),
        ] {
            let read = decode(&bytes).unwrap();
            assert_eq!(read.text, text);
            assert_eq!(read.note.is_some(), guessed);
        }
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        assert_eq!(decode(b"PK\x03\x04rest"), Err(SPREADSHEET));
        assert_eq!(decode(b"\xd0\xcf\x11\xe0\xa1"), Err(SPREADSHEET));
        for bytes in [
            &b"ab\0cd"[..],
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\xff\xfea",
        ] {
            assert_eq!(decode(bytes), Err(NOT_TEXT), "{bytes:?}");
        }
    }

    #[test]
    fn separators_and_quotes_are_found_out() {
        for text in [
            "a,b\n1,\"x; y\"\n",
            "a;b\n1;\"x; y\"\n",
            "a\tb\n1\tx; y\n",
            "sep=;\na;b\n1;\"x; y\"\n",
            "\"a\";\"b\"\n\"1\";\"x; y\"",
            "\n\na|b\n1|x; y\n\n",
        ] {
            let sheet = read(text, 10).unwrap();
            assert_eq!(sheet.head, ["a", "b"], "{text:?}");
            assert_eq!(sheet.rows.len(), 1, "{text:?}");
            assert_eq!(sheet.rows[0].cells, ["1", "x; y"], "{text:?}");
        }
    }

    #[test]
    fn rows_know_their_lines_and_guarded_cells_lose_their_apostrophe() {
        let sheet = read("a,b\n\n1,\"two\nlines\"\n'=2,'quoted'\n", 10).unwrap();
        let lines: Vec<u64> = sheet.rows.iter().map(|row| row.number).collect();
        assert_eq!(lines, [3, 5]);
        assert_eq!(sheet.rows[1].cells, ["=2", "'quoted'"]);
    }

    #[test]
    fn what_is_no_table_is_told_in_a_sentence() {
        for (text, words) in [
            ("", "nothing in it"),
            (" \n ", "nothing in it"),
            ("a,b\n", "no row below"),
            ("a,b\n1,\"2\n3,4\n", "never closed"),
            ("a\n1\n2\n3\n", "more than 2 rows"),
        ] {
            let told = read(text, 2).unwrap_err();
            assert!(told.contains(words), "{text:?}: {told}");
        }
    }

    fn changes(all: &[(u64, usize, &str)]) -> Changes {
        let mut changes = Changes::new();
        for (line, column, value) in all {
            let row = changes.entry(*line).or_default();
            row.insert(*column, (*value).to_owned());
        }
        changes
    }

    #[test]
    fn a_cell_is_changed_and_every_other_byte_stays_as_it_was() {
        for (text, change, right) in [
            ("a,b\n1, 2 \n3,4\n", (3, 1, "x"), "a,b\n1, 2 \n3,x\n"),
            (
                "sep=;\na;b\n1;2\n3;4",
                (4, 1, "x,y"),
                "sep=;\na;b\n1;2\n3;x,y",
            ),
            ("a;b\n1;2\n", (2, 1, "x;y"), "a;b\n1;\"x;y\"\n"),
            (
                "\n\na\tb\n\n\n1\t2\n\n\n",
                (6, 0, "x"),
                "\n\na\tb\n\n\nx\t2\n\n\n",
            ),
            (
                "a,b\n\"1\n1\",2\n3,4\n",
                (2, 1, "x"),
                "a,b\n\"1\n1\",x\n3,4\n",
            ),
            (
                "a,b\n\"1\n1\",2\n3,4\n",
                (4, 0, "x"),
                "a,b\n\"1\n1\",2\nx,4\n",
            ),
            (
                "a,b\n\"1\n1\",2\n3,4\n",
                (3, 0, "x"),
                "a,b\n\"1\n1\",2\n3,4\n",
            ),
            (
                "a,b\n1,\"2\"\"\"\n",
                (2, 0, "say \"x\""),
                "a,b\n\"say \"\"x\"\"\",\"2\"\"\"\n",
            ),
            ("a,b\n''=1,2\n", (2, 1, "ä€"), "a,b\n''=1,ä€\n"),
            ("a,b\n1,2\n", (2, 7, "x"), "a,b\n1,2\n"),
            ("a,b\n1,2\n", (9, 0, "x"), "a,b\n1,2\n"),
            ("a,b\n1\n", (2, 1, "x"), "a,b\n1,x\n"),
            ("a,b\n1,2,3\n", (2, 0, "x"), "a,b\nx,2,3\n"),
        ] {
            let got = replaced(text, &changes(&[change]), 2).unwrap();
            assert_eq!(got, right, "{text:?} {change:?}");
            // What was written is read as what was meant.
            let row = read(&got, 10).unwrap().rows;
            let there = row.iter().find(|row| row.number == change.0);
            if let Some(cell) = there.and_then(|row| row.cells.get(change.1)) {
                assert_eq!(cell, change.2, "{text:?} {change:?}");
            }
        }
    }

    #[test]
    fn several_records_are_changed_at_once() {
        let text = "sep=|\n\na|b\n1|2\n\n3|\"4\n4\"\n5|6";
        let all = changes(&[(4, 0, ""), (4, 1, ""), (6, 1, "x"), (8, 0, "y")]);
        let right = "sep=|\n\na|b\n|\n\n3|x\ny|6";
        assert_eq!(replaced(text, &all, 2).unwrap(), right);
        assert_eq!(replaced(text, &Changes::new(), 2).unwrap(), text);
    }

    #[test]
    fn one_column_has_many_spellings() {
        for word in ["Last seen", "last_seen", " LAST-SEEN "] {
            assert_eq!(column(word), "last_seen");
        }
    }
}
