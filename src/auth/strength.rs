//! Which passwords are taken. Length, guessability and words about the person decide; there are no rules about
//! digits or capitals, which make passwords worse and people angry.

use crate::auth::password::MAX_BYTES;
use unicode_normalization::UnicodeNormalization;

/// The longest password, in code points.
pub const MAX_LENGTH: usize = 128;

/// Whether the password may be set, or what to do instead. `about` is what an attacker who knows the person
/// would try: names, e-mail address, company, the portal's name and host. Takes some milliseconds: call it where
/// a thread may wait.
pub fn check(password: &str, about: &[&str], min: usize) -> Result<(), String> {
    // As it is hashed, so that a letter counts once however it was typed.
    let password: String = password.nfc().collect();
    let length = password.chars().count();
    if length < min {
        return Err(format!("Use at least {min} characters; this has {length}."));
    }
    if length > MAX_LENGTH || password.len() > MAX_BYTES {
        return Err(format!(
            "Use at most {MAX_LENGTH} characters; this has {length}."
        ));
    }
    let words = words(about);
    if is_mostly(&password, &words) {
        return Err(
            "This is mostly your name, your email address, your company or the portal's name. \
                    Use words that have nothing to do with you or the portal."
                .to_owned(),
        );
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let entropy = zxcvbn::zxcvbn(&password, &words);
    if entropy.score() >= zxcvbn::Score::Two {
        return Ok(());
    }
    let why = entropy
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning);
    let why = why.map_or_else(String::new, |why| format!("{why} "));
    Err(format!(
        "This is too easy to guess. {why}Use three or four uncommon words, or let a password manager make it."
    ))
}

/// The texts and their parts (`ada@navigator.example` gives the whole, `ada`, `navigator` and `example`), lower
/// case, longest first. Parts under four letters say too little to count.
fn words(about: &[&str]) -> Vec<String> {
    let about: Vec<String> = about.iter().map(|text| folded(text)).collect();
    let parts = about
        .iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    let mut words: Vec<String> = parts
        .filter(|part| part.chars().count() >= 4)
        .map(str::to_owned)
        .chain(
            about
                .iter()
                .filter(|text| text.chars().count() >= 3)
                .cloned(),
        )
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

/// Whether less than half of the password is left without those words.
fn is_mostly(password: &str, words: &[String]) -> bool {
    let password = folded(password);
    let left = words.iter().fold(password.clone(), |left, word| {
        left.replace(word.as_str(), "")
    });
    left.chars().count() * 2 < password.chars().count()
}

fn folded(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [&str; 5] = [
        "Ada",
        "Lovelace",
        "ada.lovelace@navigator.example",
        "Navigator Freight Ltd",
        "Tenantry",
    ];

    #[test]
    fn takes_any_script_and_any_composition() {
        let good = [
            "correct horse battery staple",
            "plover mint gasket tide",
            "  river lamp 9 quartz  ",
            "\u{1f40e} \u{1f50b} \u{1f4ce} \u{1f30a} \u{1f9ca} \u{1f9f2} \u{1f33d} \u{1f980} \u{1f951} \u{1f3ba}",
            "зелёный чайник на луне",
            "navigator plover mint gasket",
            "xK9#mQ2$vL7&",
        ];
        for password in good {
            assert_eq!(check(password, &ABOUT, 12), Ok(()), "{password}");
        }
        assert_eq!(
            check(&"plover mint gasket tide ".repeat(5), &[], 12),
            Ok(())
        );
        assert_eq!(
            check("correct horse battery staple", &["", " ", "a"], 12),
            Ok(())
        );
    }

    #[test]
    fn refuses_the_guessable_and_says_why_and_what_to_do() {
        let bad = [
            "passwordpassword",
            "123456789012",
            "qwertyuiopas",
            "aaaaaaaaaaaaaaaa",
            "Password1234",
            "            ",
        ];
        for password in bad {
            let message = check(password, &ABOUT, 12).err().unwrap_or_default();
            assert!(
                message.starts_with("This is too easy to guess."),
                "{password}: {message}"
            );
            assert!(
                message.contains("Use three or four uncommon words"),
                "{message}"
            );
            assert!(!message.contains(password.trim()) || password.trim().is_empty());
        }
        let message = check("aaaaaaaaaaaaaaaa", &[], 12).err().unwrap_or_default();
        assert!(message.contains("Repeats like"), "{message}");
    }

    #[test]
    fn refuses_what_is_mostly_about_the_person() {
        let bad = [
            "ada.lovelace@navigator.example",
            "ADA.Lovelace@Navigator.example1",
            "lovelace12345",
            "Navigator Freight Ltd!",
            "navigatorfreight",
            "tenantrytenantry",
            "Lovelace-Tenantry-77",
            "\u{ff34}\u{ff25}nantry-2026",
        ];
        for password in bad {
            let message = check(password, &ABOUT, 12).err().unwrap_or_default();
            assert!(
                message.starts_with("This is mostly your name"),
                "{password}: {message}"
            );
        }
    }

    #[test]
    fn length_is_counted_in_characters_as_they_are_hashed() {
        assert_eq!(
            check("short", &[], 12),
            Err("Use at least 12 characters; this has 5.".to_owned())
        );
        assert_eq!(
            check("", &[], 8),
            Err("Use at least 8 characters; this has 0.".to_owned())
        );
        // Eleven letters, typed as twelve code points.
        let accented = "xq plov mie\u{301}";
        assert_eq!(
            check(accented, &[], 12),
            Err("Use at least 12 characters; this has 11.".to_owned())
        );
        let long = "a plover minted gaskets ".repeat(6);
        assert_eq!(
            check(&long, &[], 12),
            Err("Use at most 128 characters; this has 144.".to_owned())
        );
        let most: String = long.chars().take(MAX_LENGTH).collect();
        assert_eq!(check(&most, &[], 12), Ok(()));
    }
}
