//! What a setting is. The table of them all stands in `table.rs`.

use std::time::Duration;

/// One setting: everything that a person or the program needs to know about it.
#[derive(Debug)]
pub struct Setting {
    /// Name in the environment.
    pub name: &'static str,
    /// What holds when nobody says otherwise.
    pub default: Usual,
    /// What it decides, in words for the operator.
    pub meaning: &'static str,
    /// What a value must look like.
    pub form: Form,
    /// Whether its value may carry a password, which is then never shown.
    pub secret: bool,
    /// Whether it may stand in `tenantry.toml` too.
    pub in_file: bool,
}

/// What holds when a setting is not given.
#[derive(Debug, Clone, Copy)]
pub enum Usual {
    /// This value, as an operator would write it.
    Fixed(&'static str),
    /// A value worked out from other settings or the machine; the words say how.
    Derived(&'static str),
}

/// What a value must look like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text with rules of its own.
    Text,
    /// A whole number within these bounds.
    Number(u32, u32),
    /// A length of time (`30s`, `15m`, `48h`, `30d`) within these bounds.
    Time(Duration, Duration),
}

impl Setting {
    /// Its key in `tenantry.toml`: lower case, without the prefix.
    pub fn key(&self) -> String {
        let bare = self.name.strip_prefix(PREFIX).unwrap_or(self.name);
        bare.to_ascii_lowercase()
    }

    /// The bounds in words, empty where there are none.
    pub fn bounds(&self) -> String {
        match self.form {
            Form::Text => String::new(),
            Form::Number(least, most) => format!("{least} to {most}"),
            Form::Time(least, most) => format!("{} to {}", time_text(least), time_text(most)),
        }
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) const fn environment_only(mut self) -> Self {
        self.in_file = false;
        self
    }
}

/// What every variable of ours starts with, save the two that go by their common names.
pub const PREFIX: &str = "TENANTRY_";

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// Reads `30s`, `15m`, `48h` or `30d`.
pub fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    // `parse` would take a leading plus.
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    Some(Duration::from_secs(seconds))
}

/// Writes a length of time in the largest unit that shows it whole; days only from a week on.
pub fn time_text(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        s if s >= 7 * DAY && s % DAY == 0 => format!("{}d", s / DAY),
        s if s >= HOUR && s % HOUR == 0 => format!("{}h", s / HOUR),
        s if s >= MINUTE && s % MINUTE == 0 => format!("{}m", s / MINUTE),
        s => format!("{s}s"),
    }
}

pub(super) const fn text(name: &'static str, default: Usual, meaning: &'static str) -> Setting {
    let form = Form::Text;
    Setting {
        name,
        default,
        meaning,
        form,
        secret: false,
        in_file: true,
    }
}

pub(super) const fn number(
    name: &'static str,
    default: Usual,
    (least, most): (u32, u32),
    meaning: &'static str,
) -> Setting {
    let form = Form::Number(least, most);
    Setting {
        name,
        default,
        meaning,
        form,
        secret: false,
        in_file: true,
    }
}

pub(super) const fn length(
    name: &'static str,
    default: &'static str,
    (least, most): (u64, u64),
    meaning: &'static str,
) -> Setting {
    let form = Form::Time(Duration::from_secs(least), Duration::from_secs(most));
    Setting {
        name,
        default: Usual::Fixed(default),
        meaning,
        form,
        secret: false,
        in_file: true,
    }
}
