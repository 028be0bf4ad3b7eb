//! ISO 3166-1: which countries there are, from the crate that keeps the list.

use super::view::Choice;

/// Every country by name, with the one of this code chosen.
pub fn choices(chosen: &str) -> Vec<Choice> {
    let mut all: Vec<Choice> = rust_iso3166::ALL
        .iter()
        .map(|country| Choice::new(country.alpha2, country.name, country.alpha2 == chosen))
        .collect();
    all.sort_by_cached_key(|choice| super::field::fold(&choice.label));
    all
}

/// The code, if it is a country's.
pub fn code(text: &str) -> Result<String, String> {
    match rust_iso3166::from_alpha2(text) {
        Some(country) => Ok(country.alpha2.to_owned()),
        None => Err("Select a country".to_owned()),
    }
}

/// A country's name; the code itself where the list knows it no longer.
pub fn name(code: &str) -> String {
    rust_iso3166::from_alpha2(code)
        .map_or(code, |country| country.name)
        .to_owned()
}
