//! The gate of work that no person started.

use super::door::Door;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::Result;

/// A gate for work that no person started: the mail worker, the sealer, the purge.
pub struct Job(&'static str);

/// A job at work, in this transaction.
pub struct JobScope {
    now: Ts,
}

impl Job {
    /// A job by its name in the log. Not an extractor: no request can hold one.
    pub fn named(name: &'static str) -> Self {
        Self(name)
    }
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0
    }
}

impl JobScope {
    /// When it runs.
    pub fn now(&self) -> Ts {
        self.now
    }
}

impl Door for Job {
    type Scope = JobScope;

    fn enter(&self, _: &mut Conn, _: &App, now: Ts) -> Result<JobScope> {
        Ok(JobScope { now })
    }
}
