//! Settings: read once at the start from the environment and `tenantry.toml`, checked whole, never changed after.
//!
//! An unknown name, a value outside its bounds and two values that contradict each other all refuse to start,
//! each with a line of its own. [`SETTINGS`] is the one table; everything else follows it.

mod admin_grants;
mod data_dir;
mod database;
mod limits;
mod mail;
mod public_url;
mod reading;
mod settings;
mod table;
#[cfg(test)]
mod tests;

pub use admin_grants::AdminGrants;
pub use database::Database;
pub use limits::Limits;
pub use mail::{Mail, Transport};
pub use public_url::PublicUrl;
pub use reading::{InForce, Problems, Source};
pub use settings::{Form, PREFIX, Setting, Usual, time, time_text};
pub use table::SETTINGS;

use reading::Reader;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use table as s;

/// Everything that an operator decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that people type.
    pub public_url: PublicUrl,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// How mail leaves.
    pub mail: Mail,
    /// File of the installation's secret.
    pub secret_file: PathBuf,
    /// Catalogue of product permissions in place of the one compiled in.
    pub catalogue: Option<PathBuf>,
    /// File that says which network address is where.
    pub geoip: Option<PathBuf>,
    /// Limits.
    pub limits: Limits,
    /// Threads that answer requests.
    pub workers: usize,
    /// Proxies whose word about the client's address counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Name of the portal.
    pub portal_name: String,
    /// Whom to turn to as a last resort.
    pub support: Option<String>,
    /// Who has to approve a request for the role Admin.
    pub admin_grants: AdminGrants,
    /// Whether companies can make accounts of their own.
    pub sign_up: bool,
    /// What is logged, in the words of the log filter.
    pub log: String,
    in_force: Vec<InForce>,
}

impl Config {
    /// Reads the settings from these variables and from `tenantry.toml` in the data folder. Variables that are
    /// not ours are passed over. Changes nothing; see [`Config::make_data_dir`].
    pub fn from(variables: BTreeMap<String, String>) -> Result<Self, Problems> {
        let mut reader = Reader::new(variables);
        let data_dir = reader.read(&s::DATA_DIR, None, |text| {
            let folder = PathBuf::from(text);
            data_dir::check(&folder).map(|()| folder)
        });
        if let Some(folder) = &data_dir {
            reader.add_file(&folder.join("tenantry.toml"));
        }
        // Without a folder the rest is still read, for the sake of its problems.
        Self::read(reader, data_dir.unwrap_or_default())
    }

    /// As [`Config::from`], with the variables of this process.
    pub fn from_environment() -> Result<Self, Problems> {
        let mut variables = BTreeMap::new();
        let mut odd = Vec::new();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if !name.starts_with(PREFIX) && !SETTINGS.iter().any(|one| one.name == name) {
                continue;
            }
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => odd.push(format!("{name} is not valid UTF-8.")),
            }
        }
        match (odd.is_empty(), Self::from(variables)) {
            (true, read) => read,
            (false, Ok(_)) => Err(Problems::new(odd)),
            (false, Err(others)) => {
                odd.extend_from_slice(others.lines());
                Err(Problems::new(odd))
            }
        }
    }

    fn read(mut reader: Reader, data_dir: PathBuf) -> Result<Self, Problems> {
        let listen = reader.read(&s::LISTEN, None, listen);
        let port = listen.map_or(0, |address| address.port());
        let local = Some(format!("http://localhost:{port}"));
        let public_url = reader.read(&s::PUBLIC_URL, local, PublicUrl::parse);
        let file = format!("sqlite:{}", data_dir.join("tenantry.db").display());
        let database = if reader.is_given(&s::DATABASE_URL) {
            reader.read(&s::DATABASE_URL, None, |text| {
                database::parse(text, &data_dir)
            })
        } else {
            let usual = Database::Sqlite(data_dir.join("tenantry.db"));
            reader.read(&s::DATABASE_URL, Some(file), |_| Ok(usual))
        };
        let mail = Mail::read(&mut reader, &data_dir);
        let secret = data_dir.join("secret.key").display().to_string();
        let secret_file = reader.read(&s::SECRET_FILE, Some(secret), secret_file);
        let catalogue = reader.read(&s::CATALOGUE, None, readable_file);
        let geoip = reader.read(&s::GEOIP_FILE, None, readable_file);
        let trusted_proxies = reader.read(&s::TRUSTED_PROXIES, None, addresses);
        let workers = limits::size(reader.number(&s::WORKERS, Some(cores())));
        let portal_name = reader.read(&s::PORTAL_NAME, None, |text| line(text, 60));
        let support = reader.read(&s::SUPPORT, None, |text| line(text, 200));
        let admin_grants = reader.read(&s::ADMIN_GRANTS, None, AdminGrants::parse);
        let sign_up = reader.read(&s::SIGN_UP, None, on_or_off);
        let log = reader.read(&s::LOG, None, log);
        let limits = Limits::read(&mut reader);
        let in_force = reader.finish()?;
        let (Some(listen), Some(public_url), Some(database)) = (listen, public_url, database)
        else {
            return Err(incomplete());
        };
        let (Some(mail), Some(secret_file), Some(portal_name), Some(log)) =
            (mail, secret_file, portal_name, log)
        else {
            return Err(incomplete());
        };
        let trusted_proxies = trusted_proxies.unwrap_or_default();
        Ok(Self {
            listen,
            public_url,
            data_dir,
            database,
            mail,
            secret_file,
            catalogue,
            geoip,
            limits,
            workers,
            trusted_proxies,
            portal_name,
            support,
            admin_grants: admin_grants.unwrap_or_default(),
            sign_up: sign_up.unwrap_or_default(),
            log,
            in_force,
        })
    }

    /// Settings for a test: this data folder, mail kept in memory unless `SMTP_URL` is among the variables,
    /// one worker, and the cheapest hash, which no setting can ask for.
    pub fn for_tests(data_dir: &Path, variables: &[(&str, &str)]) -> Result<Self, Problems> {
        let pairs = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut variables: BTreeMap<_, _> = pairs.collect();
        let workers = variables.contains_key(s::WORKERS.name);
        let smtp = variables.contains_key(s::SMTP_URL.name);
        variables.insert(s::DATA_DIR.name.to_owned(), data_dir.display().to_string());
        let mut config = Self::from(variables)?;
        config.limits.bcrypt_cost = 4;
        if !workers {
            config.workers = 1;
        }
        if !smtp {
            config.mail.transport = Transport::Memory;
        }
        Ok(config)
    }

    /// Makes the data folder (mode 700) if it is not there, and proves that it can be written to.
    pub fn make_data_dir(&self) -> Result<(), Problems> {
        data_dir::make(&self.data_dir).map_err(|error| {
            let folder = self.data_dir.display();
            let name = s::DATA_DIR.name;
            Problems::new(vec![format!(
                "{name} cannot be made or written to: {error}; it is \"{folder}\"."
            )])
        })
    }

    /// These settings with the address that the system gave when port 0 asked for any. The public address
    /// follows unless somebody set it.
    #[must_use]
    pub fn listening_on(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        let follows =
            |row: &&InForce| row.name == s::PUBLIC_URL.name && row.source == Source::Default;
        if self.in_force.iter().any(|row| follows(&row))
            && let Ok(url) = PublicUrl::parse(&format!("http://localhost:{}", listen.port()))
        {
            self.public_url = url;
        }
        self
    }

    /// Connections kept to the database: on PostgreSQL all of them, on SQLite the readers of unbounded pages.
    pub fn database_connections(&self) -> u32 {
        u32::try_from(self.workers.saturating_mul(4))
            .unwrap_or(16)
            .clamp(4, 32)
    }

    /// Every setting with its value, passwords masked, and where it comes from; in the order of [`SETTINGS`].
    pub fn in_force(&self) -> &[InForce] {
        &self.in_force
    }
}

/// All settings as a table in Markdown, for the README.
pub fn markdown() -> String {
    let mut out = String::from("| setting | default | bounds | meaning |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let default = match setting.default {
            Usual::Fixed(value) => format!("`{value}`"),
            Usual::Derived(words) => words.to_owned(),
        };
        let (name, bounds, meaning) = (setting.name, setting.bounds(), setting.meaning);
        out.push_str(&format!(
            "| `{name}` | {default} | {bounds} | {meaning} |\n"
        ));
    }
    out
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".into()),
    }
}

/// Every gap has a problem of its own, so this line is never read; it keeps the reading free of panics.
fn incomplete() -> Problems {
    Problems::new(vec!["The settings are incomplete.".to_owned()])
}

/// As many as the machine has, as a setting's text.
fn cores() -> String {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(256)
        .to_string()
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port such as 127.0.0.1:8080".to_owned())
}

fn secret_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        Err("must name a file".to_owned())
    } else {
        Ok(path)
    }
}

fn readable_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match std::fs::File::open(&path) {
        Ok(_) if path.is_file() => Ok(path),
        Ok(_) => Err("must name a file".to_owned()),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

fn addresses(text: &str) -> Result<Vec<IpAddr>, String> {
    let wrong = |_| "must be addresses such as 10.0.0.5, with commas between".to_owned();
    text.split(',')
        .map(|one| one.trim().parse().map_err(wrong))
        .collect()
}

fn line(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) || text.chars().count() > most {
        return Err(format!("must be one line of at most {most} characters"));
    }
    Ok(text.to_owned())
}

fn log(text: &str) -> Result<String, String> {
    let wrong = |_| "must be a level (error, warn, info, debug, trace) or pairs such as warn,tenantry=debug";
    let filter = tracing_subscriber::EnvFilter::builder()
        .parse(text)
        .map_err(wrong);
    Ok(filter.map(|_| text.to_owned())?)
}
