//! Free metadata: keys and values that an organization's people note about it, typed as lines or as a JSON object.

use serde_json::{Map, Value};

/// The most keys.
const KEYS: usize = 50;
/// The longest key, in characters.
const KEY: usize = 64;
/// The longest value, in characters.
const VALUE: usize = 500;
/// The longest text that is kept, in characters of JSON; as the database's own bound.
const ALL: usize = 16_000;

/// What may be stored: a JSON object of texts, numbers and yes or no.
///
/// # Errors
/// The message beside the field.
pub fn parse(raw: &str) -> Result<String, String> {
    let text = raw.replace("\r\n", "\n");
    let hidden = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(hidden) {
        return Err("Metadata must not have control characters".into());
    }
    let pairs = if text.trim_start().starts_with('{') {
        object(&text)?
    } else {
        lines(&text)?
    };
    if pairs.len() > KEYS {
        return Err(format!("Metadata must have {KEYS} keys or fewer"));
    }
    for (key, value) in &pairs {
        bounded(key, value)?;
    }
    let json = Value::Object(pairs).to_string();
    if json.chars().count() > ALL {
        return Err(format!("Metadata must be {ALL} characters or fewer"));
    }
    Ok(json)
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(pairs)) => Ok(pairs),
        Ok(_) => Err("Metadata must be one JSON object, or lines such as “region: west”".into()),
        Err(cause) => Err(format!("Metadata begins like JSON and is not: {cause}")),
    }
}

fn lines(text: &str) -> Result<Map<String, Value>, String> {
    let mut pairs = Map::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(format!(
                "Line {number} has no colon: write each line as “region: west”"
            ));
        };
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        if pairs.insert(key.clone(), Value::String(value)).is_some() {
            return Err(format!("“{key}” comes twice"));
        }
    }
    Ok(pairs)
}

fn bounded(key: &str, value: &Value) -> Result<(), String> {
    let length = key.chars().count();
    if length == 0 || length > KEY || key.contains(['\n', ':']) {
        return Err(format!(
            "A key must be 1 to {KEY} characters on one line, without a colon"
        ));
    }
    let fits = match value {
        Value::String(text) => text.chars().count() <= VALUE,
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(format!(
                "The value of “{key}” must be a text, a number, true or false"
            ));
        }
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "The value of “{key}” must be {VALUE} characters or fewer"
        ))
    }
}

/// What is stored, as it is typed: a line for each key, or JSON where a value is not one line of text.
pub fn shown(json: &str) -> String {
    let Ok(Value::Object(pairs)) = serde_json::from_str(json) else {
        return String::new();
    };
    let plain = |value: &Value| match value {
        Value::String(text) => text.trim() == text && !text.contains('\n'),
        _ => false,
    };
    let is_json = pairs
        .iter()
        .any(|(key, value)| !plain(value) || key.trim() != key || key.starts_with('{'));
    if is_json {
        return serde_json::to_string_pretty(&Value::Object(pairs)).unwrap_or_default();
    }
    let lines = pairs.iter().map(|(key, value)| {
        let text = value.as_str().unwrap_or_default();
        format!("{key}: {text}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lines_and_an_object_say_the_same() {
        let lines = parse("region: west\r\n\r\n  cost center:  4711: b \n").unwrap();
        let object = parse(r#" {"region": "west", "cost center": "4711: b"}"#).unwrap();
        assert_eq!(lines, object);
        assert_eq!(shown(&lines), "cost center: 4711: b\nregion: west");
        assert_eq!(parse(&shown(&lines)).unwrap(), lines);
        assert_eq!(parse("").unwrap(), "{}");
        assert_eq!(shown("{}"), "");
    }

    #[test]
    fn what_is_no_line_of_text_is_shown_as_json() {
        let json = parse(r#"{"open": true, "docks": 4, "note": "a\nb"}"#).unwrap();
        assert!(shown(&json).starts_with('{'));
        assert_eq!(parse(&shown(&json)).unwrap(), json);
    }

    #[test]
    fn metadata_has_limits() {
        let many: String = (0..51).map(|n| format!("k{n}: v\n")).collect();
        let long = format!("k: {}", "x".repeat(501));
        let nested = r#"{"a": {"b": 1}}"#;
        for (raw, says) in [
            (many.as_str(), "50 keys"),
            (long.as_str(), "500 characters"),
            (nested, "must be a text"),
            ("[1]", "no colon"),
            ("{\"a\": 1", "begins like JSON"),
            ("a: 1\na: 2", "comes twice"),
            (": x", "A key must be"),
            ("a:\u{0}", "control characters"),
        ] {
            let message = parse(raw).unwrap_err();
            assert!(message.contains(says), "{raw}: {message}");
        }
    }
}
