//! The subcommands of `tenantry`, one file each.

pub mod check_config;
