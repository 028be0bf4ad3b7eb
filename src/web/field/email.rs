//! E-mail addresses: one form to show, one to compare, one to write to.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

/// Longest address that mail can carry.
const MOST: usize = 254;

/// Longest part before the `@`.
const MOST_LOCAL: usize = 64;

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// As it was typed: for pages.
    pub shown: String,
    /// As it is compared, for every `email_key` column: the local part in lower case, ASCII letters only (no folding
    /// of dots or of what follows a plus), the domain lower-cased and IDNA-encoded.
    pub key: String,
    /// As mail goes to it: the local part as typed, the domain as in the key. Always ASCII.
    pub to: String,
}

/// An address that a person typed.
///
/// # Errors
/// The message beside the field.
pub fn email(raw: &str) -> Result<Email, String> {
    super::clean("email address", raw, char::is_control)?;
    let typed = raw.trim();
    if typed.is_empty() {
        return Err(super::missing("email address"));
    }
    if typed.chars().count() > MOST {
        return Err(super::too_long("email address", MOST));
    }
    let form = || "Enter an email address in the correct format, like name@example.com".to_owned();
    let (local, domain) = typed.rsplit_once('@').ok_or_else(form)?;
    // Before anything is normalized: U+212A (Kelvin) would become an ordinary K.
    if !local.is_ascii() {
        return Err("Use only unaccented letters, digits and . _ - + before the @".into());
    }
    let domain = encoded(domain).ok_or_else(form)?;
    if !is_local(local) {
        return Err(form());
    }
    if local.len() > MOST_LOCAL {
        return Err(format!(
            "The part before the @ must be {MOST_LOCAL} characters or fewer"
        ));
    }
    let to = format!("{local}@{domain}");
    if to.len() > MOST {
        return Err(super::too_long("email address", MOST));
    }
    // Mail is sent by the mail library, so it has the last word.
    if to.parse::<lettre::Address>().is_err() {
        return Err(form());
    }
    Ok(Email {
        key: format!("{}@{domain}", local.to_ascii_lowercase()),
        to,
        shown: typed.nfc().collect(),
    })
}

/// What was typed to find somebody by, as an `email_key` holds it: the key of an address, and of anything else its folded
/// text.
pub fn address_key(typed: &str) -> String {
    email(typed).map_or_else(|_| super::fold(typed), |email| email.key)
}

/// Words of the letters that the mail standard allows without quotes, joined by single dots.
fn is_local(local: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local
        .split('.')
        .all(|word| !word.is_empty() && word.chars().all(letter))
}

/// The domain as the network knows it: at least two labels, the last not a number. Hyphens in the third and fourth
/// place are in real names, so they pass.
fn encoded(domain: &str) -> Option<String> {
    let checks = (
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), checks.0, checks.1, checks.2)
        .ok()?;
    let (_, last) = ascii.rsplit_once('.')?;
    (!last.bytes().all(|b| b.is_ascii_digit())).then(|| ascii.into_owned())
}
