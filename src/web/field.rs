//! Fields: from what a person typed to a value that may be stored, or to the message that stands beside the field
//! and says what to do. This is the one layer that keeps control characters, hidden characters and text of the
//! wrong length away from the database.

mod email;
mod slug;

pub use email::{Email, address_key, email};
pub use slug::{RESERVED, numbered, slug, slug_from_name};

use unicode_normalization::UnicodeNormalization;

/// Longest first or last name.
pub const PERSON_NAME: usize = 80;

/// Longest name of a company, an organization, a group or a project.
pub const NAME: usize = 120;

/// A first or last name: 1 to 80 characters. The label is what the field is called, in lower case: "first name".
///
/// # Errors
/// The message beside the field.
pub fn person_name(label: &str, raw: &str) -> Result<String, String> {
    name_of(label, PERSON_NAME, raw)
}

/// The name of a company: 1 to 120 characters.
///
/// # Errors
/// The message beside the field.
pub fn company_name(raw: &str) -> Result<String, String> {
    name("company name", raw)
}

/// The name of an organization, a group or a project: 1 to 120 characters.
///
/// # Errors
/// The message beside the field.
pub fn name(label: &str, raw: &str) -> Result<String, String> {
    name_of(label, NAME, raw)
}

/// A name of this many characters at most: it has to have a letter or a number.
///
/// # Errors
/// The message beside the field.
pub fn name_of(label: &str, most: usize, raw: &str) -> Result<String, String> {
    let name = line(label, most, raw)?;
    if name.is_empty() {
        Err(missing(label))
    } else if !name.contains(char::is_alphanumeric) {
        Err(format!(
            "{} must have at least one letter or number",
            capital(label)
        ))
    } else {
        Ok(name)
    }
}

/// Optional text of one line: NFC, without spaces at its ends, single spaces inside, at most so many characters.
///
/// # Errors
/// The message beside the field.
pub fn line(label: &str, most: usize, raw: &str) -> Result<String, String> {
    clean(label, raw, |c| c.is_control())?;
    let text = raw.nfc().collect::<String>();
    bounded(
        label,
        most,
        text.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

/// Optional text of several lines: NFC, trimmed, line ends as `\n`, at most so many characters.
///
/// # Errors
/// The message beside the field.
pub fn paragraphs(label: &str, most: usize, raw: &str) -> Result<String, String> {
    let text = raw.replace("\r\n", "\n");
    clean(label, &text, |c| c.is_control() && c != '\n' && c != '\t')?;
    let text = text.nfc().collect::<String>();
    bounded(label, most, text.trim().to_owned())
}

/// Text as it is compared, sorted and searched, for every `*_key` column: NFKC, lower case, trimmed, single spaces,
/// without the joiners and selectors that only shape letters.
pub fn fold(text: &str) -> String {
    // Letter by letter, so that a prefix folds to a prefix: as a whole, Σ at the end of a word would differ.
    // A key holds no control characters, whatever was typed: PostgreSQL takes no NUL.
    let no_key = |c: &char| c.is_control() && !c.is_whitespace();
    let seen = text
        .nfkc()
        .filter(|c| !is_shaping(*c) && !is_hidden(*c) && !no_key(c));
    let lower = seen.flat_map(char::to_lowercase).nfkc();
    let one_sigma = lower.map(|c| if c == 'ς' { 'σ' } else { c });
    one_sigma
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn bounded(label: &str, most: usize, text: String) -> Result<String, String> {
    if text.chars().count() > most {
        return Err(too_long(label, most));
    }
    Ok(text)
}

fn missing(label: &str) -> String {
    let article = if label.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("Enter {article} {label}")
}

fn too_long(label: &str, most: usize) -> String {
    format!("{} must be {most} characters or fewer", capital(label))
}

/// The text with a capital at its beginning.
pub(crate) fn capital(label: &str) -> String {
    let mut letters = label.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Refuses what cannot be seen: it breaks mails, logs and the database, or makes one name look like another.
fn clean(label: &str, text: &str, refused: impl Fn(char) -> bool) -> Result<(), String> {
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let stray = if is_selector(letter) {
            !shapes(before) || is_selector(before)
        } else {
            is_shaping(letter) && !(shapes(before) && letters.peek().is_some_and(|c| shapes(*c)))
        };
        if refused(letter) || is_hidden(letter) || stray {
            return Err(format!(
                "{} has a hidden character. Type it in by hand instead of pasting it",
                capital(label)
            ));
        }
        before = letter;
    }
    Ok(())
}

/// Joiners and variation selectors: needed inside Persian, Indic, Mongolian and Japanese names and in emoji, junk
/// elsewhere.
fn is_shaping(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}') || is_selector(c)
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A character that joiners and selectors can belong to. A selector may stand before a joiner, as emoji have it.
fn shapes(c: char) -> bool {
    !c.is_ascii() && !c.is_whitespace() && !matches!(c, '\u{200c}' | '\u{200d}')
}

/// Characters without a face: marks and overrides of direction, zero-width spaces, soft hyphens, fillers, separators
/// of lines, tags, annotations, what stands for unreadable input, and code points that are none.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests;
