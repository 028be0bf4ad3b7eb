//! From about where somebody signed in (ux 6.12): the town and country of a network address, by a file that the operator
//! brings. Without one nothing is said; nothing leaves the machine either way.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::OnceLock;

use maxminddb::{Reader, path};

/// Which address is where, by a file in the MaxMind DB format, of towns or of countries.
#[derive(Debug, Default)]
pub struct GeoIp {
    file: Option<PathBuf>,
    /// The file as it is, in memory: read by whoever looks somebody up, and not by every command.
    reader: OnceLock<Reader<Vec<u8>>>,
}

impl GeoIp {
    /// By this file; none: it knows no place.
    pub const fn new(file: Option<PathBuf>) -> Self {
        Self {
            file,
            reader: OnceLock::new(),
        }
    }

    /// Reads the file, once.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn load(&self) -> Result<(), String> {
        if let Some(file) = self.file.as_ref().filter(|_| self.reader.get().is_none()) {
            let wrong = |error| format!("{} is no MaxMind DB file: {error}", file.display());
            let reader = Reader::open_readfile(file).map_err(wrong)?;
            // Of two at once one is kept, and both have read the same.
            let _ = self.reader.set(reader);
        }
        Ok(())
    }

    /// "Rotterdam, Netherlands"; "Netherlands". None: the file does not have the address, or there is no file.
    pub fn place(&self, address: &str) -> Option<String> {
        self.load().ok()?;
        let found = self.reader.get()?.lookup(address.parse::<IpAddr>().ok()?);
        let found = found.ok()?;
        let named = |what: &str| -> Option<&str> {
            let name = found.decode_path(&path![what, "names", "en"]);
            name.ok().flatten().filter(|name: &&str| !name.is_empty())
        };
        let names: Vec<&str> = ["city", "country"].into_iter().filter_map(named).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}
