//! First run: a fresh installation, claimed with its one-time link.
