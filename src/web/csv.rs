//! Reading a table out of a file or out of what was pasted: letters, separators, head and rows. What the cells mean is
//! for whoever asked; what cannot be read is told in a sentence.

use ::csv::{Position, ReaderBuilder, StringRecord};

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
    let (text, skipped, told) = separator_line(text);
    if text.trim().is_empty() {
        return Err("There is nothing in it".into());
    }
    if text.matches('"').count() % 2 == 1 {
        return Err("A quotation mark (\") is opened and never closed".into());
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(told.unwrap_or_else(|| separator(text)))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut sheet = Sheet {
        head: Vec::new(),
        rows: Vec::new(),
    };
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| e.to_string())? {
        let cells: Vec<String> = record.iter().map(plain).collect();
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
        let number = record
            .position()
            .map_or(0, |at| line_of(text, at).saturating_add(skipped));
        sheet.rows.push(Line { number, cells });
    }
    if sheet.rows.is_empty() {
        return Err("There is no row below the first line, which names the columns".into());
    }
    Ok(sheet)
}

/// The line that a record begins on: the reader's place is where it began to look, before lines that hold nothing.
fn line_of(text: &str, at: &Position) -> u64 {
    let from = usize::try_from(at.byte()).ok();
    let ahead = from.and_then(|byte| text.get(byte..)).unwrap_or_default();
    let empty = ahead.chars().take_while(|c| ['\r', '\n'].contains(c));
    let lines = empty.filter(|c| *c == '\n').count();
    at.line()
        .saturating_add(u64::try_from(lines).unwrap_or_default())
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

    #[test]
    fn one_column_has_many_spellings() {
        for word in ["Last seen", "last_seen", " LAST-SEEN "] {
            assert_eq!(column(word), "last_seen");
        }
    }
}
