//! Names that people chose, made harmless for a mail: no control characters, no addresses that a mail program would
//! turn into a link, bounded. Strangers type names; a mail of ours must never carry their advertisement.

use unicode_normalization::UnicodeNormalization;

/// Longest name that a mail shows, in characters.
pub const LONGEST: usize = 60;

/// The name as a mail may show it, in subject and body alike; `otherwise` if nothing of it is left.
///
/// Whole addresses (`https://…`, `www.…`, `host.tld/path`) go. A dot between letters gets a space behind it, so that
/// `Booking.com` stays readable as `Booking. com` and is not linked.
pub fn name(raw: &str, otherwise: &str) -> String {
    words(raw, LONGEST).unwrap_or_else(|| otherwise.to_owned())
}

/// What a person wrote, as a mail may show it: as harmless as a name, and longer. None if nothing of it is left.
pub fn words(raw: &str, longest: usize) -> Option<String> {
    let visible: String = raw
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() || c.is_control() => Some(' '),
            c if unseen(c) => None,
            c => Some(c),
        })
        .collect();
    let words: Vec<String> = visible
        .split_whitespace()
        .filter(|word| !is_address(word))
        .map(break_dots)
        .collect();
    let kept = words.join(" ");
    let says = kept.chars().any(char::is_alphanumeric);
    says.then(|| shortened(&kept, longest))
}

/// Text that somebody typed, to be quoted in a mail: one line, without addresses that a mail program would turn into
/// a link, at most so many characters.
pub fn quoted(raw: &str, longest: usize) -> String {
    let words: Vec<String> = line(raw, longest)
        .split(' ')
        .map(|word| {
            if is_address(word) {
                "(address left out)".to_owned()
            } else {
                break_dots(word)
            }
        })
        .collect();
    words.join(" ")
}

/// At most so many characters, with an ellipsis where something was cut.
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// One line without control characters or reordering marks: for text of a machine (a server's reply, a browser).
pub fn line(raw: &str, longest: usize) -> String {
    let clean: String = raw
        .chars()
        .filter(|c| !unseen(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    shortened(&words.join(" "), longest)
}

/// An address as a log may show it: `j…@example.com`.
pub fn masked(address: &str) -> String {
    let (local, host) = address.rsplit_once('@').unwrap_or((address, "…"));
    let first: String = local.chars().take(1).collect();
    line(&format!("{first}…@{host}"), 80)
}

/// Characters that change what is seen and are not seen themselves. The joiners U+200C and U+200D stay: Persian and
/// Indic names are spelled with them.
const fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The marks that host names may be written with.
const fn is_dot(c: char) -> bool {
    matches!(
        c,
        '.' | '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}'
    )
}

fn is_address(word: &str) -> bool {
    const SCHEMES: [&str; 8] = [
        "http:",
        "https:",
        "mailto:",
        "ftp:",
        "tel:",
        "sms:",
        "data:",
        "javascript:",
    ];
    let folded: String = word.nfkc().flat_map(char::to_lowercase).collect();
    let bare = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    let has_path = folded
        .split_once(is_dot)
        .is_some_and(|(_, rest)| rest.contains(['/', '\\', '?', '#']));
    folded.contains("//")
        || has_path
        || bare
            .strip_prefix("www")
            .is_some_and(|rest| rest.starts_with(is_dot))
        || SCHEMES.iter().any(|scheme| bare.starts_with(scheme))
}

fn break_dots(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 4);
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if is_dot(c) && rest.peek().is_some_and(|next| next.is_alphabetic()) {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for kept in [
            "Ada Lovelace",
            "O'Neil & Söhne GmbH",
            "A.",
            "Müller-Lüdenscheidt",
            "علی‌رضا",
            "3.5 Grad",
        ] {
            assert_eq!(name(kept, "?"), kept);
        }
        assert_eq!(name("J.R. Smith", "?"), "J. R. Smith");
    }

    #[test]
    fn addresses_go_and_host_names_are_broken() {
        for (raw, shown) in [
            ("Booking.com", "Booking. com"),
            ("win at https://evil.example/x now", "win at now"),
            ("(www.evil.example)", "?"),
            ("evil.example/prize Bob", "Bob"),
            ("HTTPS://EVIL.EXAMPLE", "?"),
            ("https\u{ff1a}\u{ff0f}\u{ff0f}evil.example", "?"),
            ("evil\u{3002}example", "evil\u{3002} example"),
            ("me@evil.example", "me@evil. example"),
            ("  \u{202e}gpj.exe  ", "gpj. exe"),
            ("a\r\nBcc: b@c.example", "a Bcc: b@c. example"),
            ("\u{0}", "?"),
            ("…", "?"),
        ] {
            assert_eq!(name(raw, "?"), shown, "{raw:?}");
        }
    }

    #[test]
    fn a_quotation_keeps_its_words_and_loses_its_links() {
        let raw = "She runs the night shift.\r\nSee https://evil.example/x and evil.example now";
        assert_eq!(
            quoted(raw, 500),
            "She runs the night shift. See (address left out) and evil. example now"
        );
        assert_eq!(quoted(&"ü ".repeat(500), 20).chars().count(), 20);
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let long = name(&"ü".repeat(500), "?");
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn an_address_in_a_log_is_masked() {
        assert_eq!(masked("jane.doe@example.com"), "j…@example.com");
        assert_eq!(masked("nonsense\r\n"), "n…@…");
    }
}
