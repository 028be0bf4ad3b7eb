//! Hashes of passwords: `v1$` and bcrypt over base64(HMAC-SHA-384(pepper, NFC(password))).
//!
//! bcrypt reads no more than 72 bytes; the HMAC makes 64 of any length, so that every byte of a long password
//! counts. Its key, the pepper, lives outside the database, and a stolen table of hashes cannot be tried without
//! it. NFC lets one password typed on two systems be one password; nothing else is trimmed or folded. The scheme
//! stands in front for the day when there is another.

pub use super::pool::Busy;
use super::pool::Pool;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::HashParts;
use hmac::{Hmac, Mac};
use sha2::Sha384;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;

/// The scheme of every hash made today.
const SCHEME: &str = "v1$";
/// The most that is hashed; forms stop at 128 characters, which are fewer bytes.
pub const MAX_BYTES: usize = 1024;
/// What one step of bcrypt took on a common machine; only the first hashes are judged by it.
const NANOS_PER_ROUND: u64 = 93_000;

/// Hashes and checks passwords on threads of its own. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    pool: Pool,
    scheme: Arc<Scheme>,
}

/// What a thread needs for one hash.
struct Scheme {
    pepper: [u8; 32],
    cost: u32,
    done: AtomicU64,
}

impl Hasher {
    /// Starts the threads. Whoever would wait longer than `longest_wait` is refused as [`Busy`].
    pub fn start(
        pepper: [u8; 32],
        cost: u32,
        threads: usize,
        longest_wait: Duration,
    ) -> std::io::Result<Self> {
        let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
        let guess = Duration::from_nanos(NANOS_PER_ROUND.checked_shl(cost).unwrap_or(u64::MAX));
        let pool = Pool::start(threads, longest_wait, guess)?;
        let scheme = Arc::new(Scheme {
            pepper,
            cost,
            done: AtomicU64::new(0),
        });
        Ok(Self(Arc::new(Inner { pool, scheme })))
    }

    /// A hash to keep. The password has passed [`strength::check`](super::strength::check), which bounds its
    /// length; one beyond [`MAX_BYTES`] is not hashed and answered as [`Busy`].
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        let scheme = Arc::clone(&self.0.scheme);
        self.0
            .pool
            .run(move || scheme.hash(&password))
            .await?
            .ok_or(Busy { retry_after: 1 })
    }

    /// Whether the password is the one behind this hash. Without a hash, with a broken one and with a password
    /// that is too long, a dummy of the same cost is checked: the answer is no, for the same work.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Busy> {
        let scheme = Arc::clone(&self.0.scheme);
        self.0
            .pool
            .run(move || scheme.verify(&password, stored.as_deref()))
            .await
    }

    /// Whether a hash was made with another cost or scheme than today's. After a right password, make a new one.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        parts(stored).is_none_or(|parts| parts.get_cost() != self.0.scheme.cost)
    }

    /// How many hashes have been worked out, dummies among them.
    pub fn count(&self) -> u64 {
        self.0.scheme.done.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher")
            .field("cost", &self.0.scheme.cost)
            .finish_non_exhaustive()
    }
}

impl Scheme {
    fn hash(&self, password: &str) -> Option<String> {
        if password.len() > MAX_BYTES {
            tracing::error!("a password beyond the limit reached the hasher unchecked");
            return None;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        let hashed = bcrypt::non_truncating_hash(self.shortened(password), self.cost).ok()?;
        Some(format!("{SCHEME}{hashed}"))
    }

    fn verify(&self, password: &str, stored: Option<&str>) -> bool {
        let stored = stored.filter(|stored| password.len() <= MAX_BYTES && parts(stored).is_some());
        let bare = stored.and_then(|stored| stored.strip_prefix(SCHEME));
        let (password, against) = match bare {
            Some(bare) => (password, bare.to_owned()),
            None => ("", self.dummy()),
        };
        self.done.fetch_add(1, Ordering::Relaxed);
        let right = bcrypt::non_truncating_verify(self.shortened(password), &against);
        bare.is_some() && right.unwrap_or(false)
    }

    /// A well-formed hash of today's cost that belongs to nothing; to check it costs what any other does.
    fn dummy(&self) -> String {
        // 22 characters of salt and 31 of hash; base 64 wants the unused bits of each last one to be zero.
        let (salt, hash) = ("TenantryTenantryTenanu", "TenantryTenantryTenantryTenant.");
        format!("$2b${:02}${salt}{hash}", self.cost)
    }

    /// Any password as 64 characters that only this installation can make.
    fn shortened(&self, password: &str) -> String {
        let mut block = hmac::digest::Key::<Hmac<Sha384>>::default();
        block
            .iter_mut()
            .zip(self.pepper)
            .for_each(|(to, from)| *to = from);
        let mut mac = <Hmac<Sha384> as hmac::digest::KeyInit>::new(&block);
        mac.update(password.nfc().collect::<String>().as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

fn parts(stored: &str) -> Option<HashParts> {
    stored.strip_prefix(SCHEME)?.parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn hasher(pepper: u8, cost: u32) -> Hasher {
        Hasher::start([pepper; 32], cost, 2, Duration::from_secs(10)).unwrap()
    }

    async fn hash(hasher: &Hasher, password: &str) -> String {
        hasher.hash(password.to_owned()).await.unwrap()
    }

    async fn right(hasher: &Hasher, password: &str, stored: &str) -> bool {
        hasher
            .verify(password.to_owned(), Some(stored.to_owned()))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn right_passwords_pass_and_wrong_ones_do_not() {
        let hasher = hasher(1, 4);
        let stored = hash(&hasher, "correct horse").await;
        assert!(stored.starts_with("v1$$2b$04$"), "{stored}");
        assert!(right(&hasher, "correct horse", &stored).await);
        for wrong in [
            "Correct horse",
            "correct horse ",
            " correct horse",
            "correct hors",
            "",
        ] {
            assert!(!right(&hasher, wrong, &stored).await, "{wrong:?}");
        }
        assert_ne!(
            stored,
            hash(&hasher, "correct horse").await,
            "each hash has its own salt"
        );
    }

    #[tokio::test]
    async fn every_byte_counts_beyond_bcrypts_72_and_in_any_script() {
        let hasher = hasher(1, 4);
        let stored = hash(&hasher, &format!("{}X", "a".repeat(72))).await;
        assert!(right(&hasher, &format!("{}X", "a".repeat(72)), &stored).await);
        assert!(!right(&hasher, &format!("{}Y", "a".repeat(72)), &stored).await);
        let horses = "\u{1f40e}".repeat(64);
        let stored = hash(&hasher, &horses).await;
        assert!(right(&hasher, &horses, &stored).await);
        assert!(!right(&hasher, &"\u{1f40e}".repeat(63), &stored).await);
        let stored = hash(&hasher, "with\0nul").await;
        assert!(
            !right(&hasher, "with\0lun", &stored).await
                && right(&hasher, "with\0nul", &stored).await
        );
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_the_same_password() {
        let hasher = hasher(1, 4);
        let stored = hash(&hasher, "caf\u{e9} noir").await;
        assert!(right(&hasher, "cafe\u{301} noir", &stored).await);
        assert!(!right(&hasher, "cafe noir", &stored).await);
    }

    #[tokio::test]
    async fn whatever_is_asked_costs_one_hash() {
        let hasher = hasher(1, 4);
        let stored = hash(&hasher, "correct horse").await;
        let long = "a".repeat(MAX_BYTES + 1);
        let broken = Some("v1$not a hash".to_owned());
        let untagged = stored.strip_prefix("v1$").map(str::to_owned);
        let dummy = Some(format!("v1${}", hasher.0.scheme.dummy()));
        let cases = [
            ("wrong", Some(stored.clone())),
            ("correct horse", None),
            ("", None),
            ("x", broken),
            ("correct horse", untagged),
            (long.as_str(), Some(stored)),
            ("x", dummy),
        ];
        for (password, stored) in cases {
            let before = hasher.count();
            assert!(
                !hasher
                    .verify(password.to_owned(), stored.clone())
                    .await
                    .unwrap(),
                "{stored:?}"
            );
            assert_eq!(hasher.count() - before, 1, "{stored:?}");
        }
        assert!(hasher.hash(long).await.is_err());
    }

    #[tokio::test]
    async fn the_dummy_costs_what_a_hash_costs_and_really_runs() {
        for cost in [4, 12] {
            let dummy = format!("v1${}", hasher(1, cost).0.scheme.dummy());
            assert_eq!(parts(&dummy).map(|parts| parts.get_cost()), Some(cost));
        }
        let dummy = hasher(1, 4).0.scheme.dummy();
        assert!(matches!(
            bcrypt::non_truncating_verify("x", &dummy),
            Ok(false)
        ));
    }

    #[tokio::test]
    async fn another_pepper_opens_nothing() {
        let stored = hash(&hasher(1, 4), "correct horse").await;
        assert!(!right(&hasher(2, 4), "correct horse", &stored).await);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_renewed_and_still_opens() {
        let (old, new) = (hasher(1, 4), hasher(1, 5));
        let stored = hash(&old, "correct horse").await;
        assert!(!old.needs_rehash(&stored) && new.needs_rehash(&stored));
        assert!(right(&new, "correct horse", &stored).await);
        assert!(old.needs_rehash("") && old.needs_rehash("v2$x"));
    }

    #[tokio::test]
    async fn a_flood_is_refused_and_not_queued() {
        // At cost 10 a hash takes a tenth of a second here or more, and the queue holds two seconds of them.
        let hasher = Hasher::start([1; 32], 10, 1, Duration::from_secs(2)).unwrap();
        let asked = (0..200).map(|_| hasher.verify("x".to_owned(), None));
        let begun = std::time::Instant::now();
        let answers = futures_util::future::join_all(asked).await;
        let busy = answers.iter().filter(|answer| answer.is_err()).count();
        assert!(busy > 100 && busy < 200, "{busy} of 200 refused");
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(
            hasher.clone().verify("x".to_owned(), None).await.is_ok(),
            "open again at once"
        );
    }
}
