//! `tenantry hash-rate`: how many passwords a second this machine can check, and so how many people can sign in.

use std::time::{Duration, Instant};

use super::{Failed, config};
use crate::auth::password::Hasher;

/// How long is measured, at least.
const LENGTH: Duration = Duration::from_secs(4);

/// Hashes on as many threads, and at the cost, that are configured.
pub fn run() -> Result<String, Failed> {
    let limits = config()?.limits;
    let broke = |cause: String| Failed::Broke(cause);
    let hasher = Hasher::start(
        [0; 32],
        limits.bcrypt_cost,
        limits.hash_threads,
        limits.hash_wait,
    )
    .map_err(|cause| broke(cause.to_string()))?;
    let began = Instant::now();
    let work = async {
        while began.elapsed() < LENGTH {
            let some =
                (0..limits.hash_threads).map(|_| hasher.verify("a password".to_owned(), None));
            for checked in futures_util::future::join_all(some).await {
                checked?;
            }
        }
        Ok::<(), crate::auth::password::Busy>(())
    };
    actix_web::rt::System::new()
        .block_on(work)
        .map_err(|_| broke("the queue of hashes is full".into()))?;
    let count = u32::try_from(hasher.count()).unwrap_or(u32::MAX);
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    Ok(format!(
        "{rate:.2} a second: bcrypt at cost {} on {} threads.\n",
        limits.bcrypt_cost, limits.hash_threads
    ))
}
