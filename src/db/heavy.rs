//! The one thread of reads that hold a whole file in memory.

use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};

/// The thread, one for the process: made for the first of them, and gone when there was none for a while.
///
/// # Errors
/// The system gives no more threads.
pub(super) fn threads() -> Result<Handle> {
    static ONE: OnceLock<Option<Runtime>> = OnceLock::new();
    let made = ONE.get_or_init(|| {
        Builder::new_current_thread()
            .max_blocking_threads(1)
            .thread_keep_alive(Duration::from_secs(60))
            .thread_name("heavy-reads")
            .build()
            .ok()
    });
    let unavailable = Error::Unavailable { retry_after: 5 };
    made.as_ref()
        .map(|it| it.handle().clone())
        .ok_or(unavailable)
}
