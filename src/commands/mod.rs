//! The subcommands of `tenantry`, one file each.

pub mod audit;
pub mod check_config;
pub mod demo;
pub mod hash_rate;
pub mod migrate;
pub mod move_home;
pub mod seed;
pub mod serve;
pub mod setup_link;
pub mod unlock;

use crate::app::{App, Clock};
use crate::config::{Config, Problems};

/// Why a command ends without having done its work.
#[derive(Debug)]
pub enum Failed {
    /// The configuration, the database or the data folder refuses: nothing was changed (exit code 2).
    Refused(Vec<String>),
    /// It was begun and broke off (exit code 1).
    Broke(String),
}

impl From<Problems> for Failed {
    fn from(problems: Problems) -> Self {
        Self::Refused(problems.lines().to_vec())
    }
}

/// The configuration of this process.
pub fn config() -> Result<Config, Failed> {
    Ok(Config::from_environment()?)
}

/// Migrates the database and opens what the configuration names.
pub(crate) fn open(config: Config) -> Result<App, Failed> {
    config.make_data_dir()?;
    crate::db::migrate::run(&config.database).map_err(|why| Failed::Refused(vec![why]))?;
    App::build(config, Clock::System).map_err(|why| Failed::Refused(vec![why]))
}
