//! Reads settings from the environment and from `tenantry.toml`, remembers where each came from, and gathers
//! every problem instead of stopping at the first.

use super::settings::{self, Form, PREFIX, Setting, Usual};
use super::table::SETTINGS;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// `tenantry.toml` in the data folder.
    File,
    /// A variable of the environment, which wins over the file.
    Environment,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "tenantry.toml",
            Self::Environment => "environment",
        })
    }
}

/// A setting as it holds, fit to be shown: a password in it is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Name of the setting.
    pub name: &'static str,
    /// Its value, masked.
    pub value: String,
    /// Where the value comes from.
    pub source: Source,
}

/// Why the settings cannot be used: one line per problem, each naming the setting and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    pub(super) const fn new(lines: Vec<String>) -> Self {
        Self(lines)
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}
impl std::error::Error for Problems {}

/// The values that were given, what became of them, and what is wrong with them.
pub(super) struct Reader {
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    file_name: String,
    pub(super) problems: Vec<String>,
    in_force: Vec<InForce>,
}

impl Reader {
    /// Starts with the environment; names that look like ours and are not are problems at once.
    pub(super) fn new(environment: BTreeMap<String, String>) -> Self {
        let known = |name: &str| SETTINGS.iter().any(|setting| setting.name == name);
        let problems = environment
            .keys()
            .filter(|name| name.starts_with(PREFIX) && !known(name))
            .map(|name| format!("{name} is not a setting; the README lists them all."))
            .collect();
        Self {
            environment,
            file: BTreeMap::new(),
            file_name: String::new(),
            problems,
            in_force: Vec::new(),
        }
    }

    /// Adds `tenantry.toml`, if there is one. Its keys are the names in lower case without the prefix.
    pub(super) fn add_file(&mut self, path: &Path) {
        self.file_name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if absent(&error) => return,
            Err(error) => {
                let line = format!("{} cannot be read: {error}.", self.file_name);
                return self.problems.push(line);
            }
        };
        match text.parse::<toml::Table>() {
            Ok(table) => table
                .into_iter()
                .for_each(|(key, value)| self.add_entry(key, &value)),
            // The parser's own text would repeat the line at fault, and a password may stand in it.
            Err(error) => {
                let before = error.span().and_then(|span| text.get(..span.start));
                let line = before.map_or(1, |before| before.matches('\n').count() + 1);
                let what = error.message();
                self.problems
                    .push(format!("{}, line {line}: {what}.", self.file_name));
            }
        }
    }

    fn add_entry(&mut self, key: String, value: &toml::Value) {
        let name = &self.file_name;
        let problem = match SETTINGS.iter().find(|setting| setting.key() == key) {
            None => format!("{key} in {name} is not a setting; the README lists them all."),
            Some(setting) if !setting.in_file => format!(
                "{key} cannot stand in {name}, which lies in that very folder; set {} instead.",
                setting.name
            ),
            Some(_) => match plain(value) {
                Some(value) => {
                    self.file.insert(key, value);
                    return;
                }
                None => {
                    format!("{key} in {name} must be a text, a whole number or a list of texts.")
                }
            },
        };
        self.problems.push(problem);
    }

    /// The value that was given, how a message names it, and where it comes from.
    fn given(&self, setting: &Setting) -> Option<(String, String, Source)> {
        if let Some(value) = self.environment.get(setting.name) {
            return Some((value.clone(), setting.name.to_owned(), Source::Environment));
        }
        let key = setting.key();
        let value = self.file.get(&key)?.clone();
        Some((value, format!("{key} in {}", self.file_name), Source::File))
    }

    /// Whether somebody set it.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.given(setting).is_some()
    }

    /// Reads one setting. `parse` says what is wrong in words that follow the name ("must be …"); without a
    /// value at all the answer is `derived`.
    pub(super) fn read<T>(
        &mut self,
        setting: &'static Setting,
        derived: Option<String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (value, called, source) = match (self.given(setting), setting.default) {
            (Some(given), _) => given,
            (None, Usual::Fixed(value)) => {
                (value.to_owned(), setting.name.to_owned(), Source::Default)
            }
            (None, Usual::Derived(words)) => {
                let Some(value) = derived else {
                    self.note(setting, words.replace('`', ""), Source::Default);
                    return None;
                };
                (value, setting.name.to_owned(), Source::Default)
            }
        };
        if value.trim().is_empty() {
            self.problems.push(format!(
                "{called} is empty; give it a value or leave it out."
            ));
            return None;
        }
        match parse(&value) {
            Ok(parsed) => {
                self.note(
                    setting,
                    if setting.secret {
                        masked(&value)
                    } else {
                        value
                    },
                    source,
                );
                Some(parsed)
            }
            // A value that may hold a password is not repeated, not even a malformed one.
            Err(wrong) if setting.secret => {
                self.problems.push(format!("{called} {wrong}."));
                None
            }
            Err(wrong) => {
                self.problems
                    .push(format!("{called} {wrong}; it is {value:?}."));
                None
            }
        }
    }

    /// Reads a whole number; 0 when there is a problem, which ends the start anyway.
    pub(super) fn number(&mut self, setting: &'static Setting, derived: Option<String>) -> u32 {
        let Form::Number(least, most) = setting.form else {
            return 0;
        };
        let wrong = || format!("must be a whole number from {least} to {most}");
        let parse = |text: &str| match text.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number),
            _ => Err(wrong()),
        };
        self.read(setting, derived, parse).unwrap_or_default()
    }

    /// Reads a length of time; zero when there is a problem, which ends the start anyway.
    pub(super) fn time(&mut self, setting: &'static Setting) -> Duration {
        let Form::Time(least, most) = setting.form else {
            return Duration::ZERO;
        };
        let parse = |text: &str| match settings::time(text) {
            Some(time) if (least..=most).contains(&time) => Ok(time),
            _ => Err(format!(
                "must be a length of time from {} to {}, such as 30s, 15m or 48h",
                settings::time_text(least),
                settings::time_text(most)
            )),
        };
        self.read(setting, None, parse).unwrap_or_default()
    }

    fn note(&mut self, setting: &Setting, value: String, source: Source) {
        self.in_force.push(InForce {
            name: setting.name,
            value,
            source,
        });
    }

    /// What is in force, in the order of the table; or the problems.
    pub(super) fn finish(mut self) -> Result<Vec<InForce>, Problems> {
        if !self.problems.is_empty() {
            return Err(Problems::new(self.problems));
        }
        let place = |row: &InForce| SETTINGS.iter().position(|setting| setting.name == row.name);
        self.in_force.sort_by_key(place);
        Ok(self.in_force)
    }
}

/// A folder on the way may be missing or be no folder; that is for the check of the data folder to say.
fn absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

/// An address without its password. Done on the text, so that an address too odd for a parser is masked too;
/// in doubt more is hidden than needed.
pub(super) fn masked(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = address.split_at(start);
    let rest = match (rest.find(':'), rest.rfind('@')) {
        (Some(colon), Some(at)) if colon < at => {
            let (user, _) = rest.split_at(colon);
            let (_, host) = rest.split_at(at);
            format!("{user}:***{host}")
        }
        _ => rest.to_owned(),
    };
    let Some((place, query)) = rest.split_once('?') else {
        return format!("{scheme}{rest}");
    };
    let query: Vec<_> = query.split('&').map(masked_parameter).collect();
    format!("{scheme}{place}?{}", query.join("&"))
}

fn masked_parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=***"),
        _ => pair.to_owned(),
    }
}
