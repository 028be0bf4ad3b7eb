//! From about where somebody signed in (ux 6.12): the town and country of a network address, by a file that the operator
//! brings. Without one nothing is said; nothing leaves the machine either way.

use std::net::IpAddr;
use std::path::Path;

use maxminddb::{Reader, path};

/// Which address is where.
#[derive(Debug, Default)]
pub struct GeoIp(Option<Reader<Vec<u8>>>);

impl GeoIp {
    /// Reads a file in the MaxMind DB format, of towns or of countries; none: it knows no place. The file is held in memory
    /// as it is.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn open(file: Option<&Path>) -> Result<Self, String> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let wrong = |error| format!("{} is no MaxMind DB file: {error}", file.display());
        let reader = Reader::open_readfile(file).map_err(wrong)?;
        Ok(Self(Some(reader)))
    }

    /// "Rotterdam, Netherlands"; "Netherlands". None: the file does not have the address, or there is no file.
    pub fn place(&self, address: &str) -> Option<String> {
        let reader = self.0.as_ref()?;
        let found = reader.lookup(address.parse::<IpAddr>().ok()?).ok()?;
        let named = |what: &str| -> Option<&str> {
            let name = found.decode_path(&path![what, "names", "en"]);
            name.ok().flatten().filter(|name: &&str| !name.is_empty())
        };
        let names: Vec<&str> = ["city", "country"].into_iter().filter_map(named).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}
