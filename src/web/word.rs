//! The account's own word for a project, put into the texts that the portal brings along: descriptions of roles,
//! labels of permissions, sentences of refusals (S9). Never for text that a person typed.

/// The text with the account's words in place of project and projects, small or large as there, and with the article
/// that the word needs.
pub fn put(text: &str, one: &str, many: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
        let rest = piece.get(word.len()..).unwrap_or_default();
        let own = match word {
            "project" => one.to_lowercase(),
            "projects" => many.to_lowercase(),
            "Project" => one.to_owned(),
            "Projects" => many.to_owned(),
            other => other.to_owned(),
        };
        if own != word && begins_with_vowel(&own) {
            mend_article(&mut told);
        }
        told.push_str(&own);
        told.push_str(rest);
    }
    told
}

/// "a site", "an oasis": the word, small, behind its article.
pub fn with_article(word: &str) -> String {
    let word = word.to_lowercase();
    let article = if begins_with_vowel(&word) { "an" } else { "a" };
    format!("{article} {word}")
}

fn begins_with_vowel(word: &str) -> bool {
    word.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U'])
}

fn mend_article(told: &mut String) {
    let stands_alone =
        |before: &str| before.is_empty() || before.ends_with(|c: char| !c.is_alphabetic());
    for article in ["a ", "A "] {
        if told.strip_suffix(article).is_some_and(stands_alone) {
            told.pop();
            told.push_str("n ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_takes_the_place_of_project_and_nothing_else() {
        let put = |text| put(text, "Oasis", "Oases");
        assert_eq!(
            put("Sees people, projects, devices."),
            "Sees people, oases, devices."
        );
        assert_eq!(put("View projects"), "View oases");
        assert_eq!(
            put("on a project or a single project"),
            "on an oasis or a single oasis"
        );
        assert_eq!(
            put("A project. Projects, projector"),
            "An oasis. Oases, projector"
        );
        assert_eq!(super::put("a project", "Site", "Sites"), "a site");
        assert_eq!(put(""), "");
    }

    #[test]
    fn a_word_stands_behind_its_article() {
        assert_eq!(with_article("Reservation"), "a reservation");
        assert_eq!(with_article("Area"), "an area");
    }
}
