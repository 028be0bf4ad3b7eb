//! `tenantry check-config`: what is in force, and where each value comes from.

use super::{Failed, config};
use crate::config::{Config, InForce};
use crate::sessions::GeoIp;

/// Runs it.
///
/// # Errors
/// Refused: what is wrong.
pub fn run() -> Result<String, Failed> {
    let config = config()?;
    geoip(&config)?;
    Ok(text(&config))
}

/// Looks whether the file of places is one, before anything is touched.
pub(super) fn geoip(config: &Config) -> Result<(), Failed> {
    let geoip = GeoIp::new(config.geoip.clone());
    geoip.load().map_err(|why| Failed::Refused(vec![why]))
}

/// One aligned line per setting: name, value with passwords masked, source.
pub fn text(config: &Config) -> String {
    let rows = config.in_force();
    let widest = |cell: fn(&InForce) -> usize| rows.iter().map(cell).max().unwrap_or_default();
    let names = widest(|row| row.name.len());
    let values = widest(|row| row.value.chars().count());
    rows.iter()
        .map(|row| {
            format!(
                "{:names$}  {:values$}  {}\n",
                row.name, row.value, row.source
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn shows_every_setting_with_its_source_and_no_password() {
        let folder = tempfile::tempdir().unwrap();
        let given = [("SMTP_URL", "smtp://me:sesame@mail.example:587?tls=required")];
        let text = text(&Config::for_tests(folder.path(), &given).unwrap());
        assert_eq!(text.lines().count(), crate::config::SETTINGS.len());
        let smtp = text
            .lines()
            .find(|line| line.starts_with("SMTP_URL"))
            .unwrap();
        assert!(
            smtp.contains("smtp://me:***@mail.example:587?tls=required"),
            "{smtp}"
        );
        assert!(smtp.ends_with("environment"), "{smtp}");
        assert!(!text.contains("sesame"));
        let cost = text
            .lines()
            .find(|line| line.starts_with("TENANTRY_BCRYPT_COST"))
            .unwrap();
        assert!(cost.ends_with("default"), "{cost}");
    }
}
