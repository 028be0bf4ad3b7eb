//! A browser in words: "Firefox on Linux".

/// What `User-Agent` comes to, for mails and lists of sessions.
pub fn words(user_agent: &str) -> String {
    match woothee::parser::Parser::new().parse(user_agent) {
        Some(found) if found.name != "UNKNOWN" && found.os != "UNKNOWN" => {
            format!("{} on {}", found.name, found.os)
        }
        Some(found) if found.name != "UNKNOWN" => found.name.to_owned(),
        _ => "An unknown browser".to_owned(),
    }
}
