//! Seals secrets that the database must give back, such as the token of a mail that is still to be sent.
//!
//! AES-256-GCM with a random nonce. What the secret is about (its row's id) goes in as associated data, so that
//! a sealed value moved to another row does not open. Form: key id (1 byte), nonce (12), ciphertext and tag.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use sha2::{Digest, Sha256};

/// Seals with one key, and opens with that one and with those before it.
#[derive(Clone)]
pub struct Sealer {
    current: Keyed,
    former: Vec<Keyed>,
}

#[derive(Clone)]
struct Keyed {
    id: u8,
    cipher: Aes256Gcm,
}

impl Keyed {
    fn new(key: [u8; 32]) -> Self {
        let [id, ..]: [u8; 32] = Sha256::new()
            .chain_update(b"key id")
            .chain_update(key)
            .finalize()
            .into();
        Self {
            id,
            cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)),
        }
    }
}

impl Sealer {
    /// Seals and opens with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            current: Keyed::new(key),
            former: Vec::new(),
        }
    }

    /// Opens what this key has sealed too: for the time in which a key is replaced.
    #[must_use]
    pub fn opening(mut self, former: [u8; 32]) -> Self {
        self.former.push(Keyed::new(former));
        self
    }

    /// Seals a secret about something; the same `about` opens it again.
    pub fn seal(&self, about: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; 12] = super::random();
        let payload = Payload {
            msg: plain,
            aad: about,
        };
        // Fails only beyond 64 GiB; what nobody can open is then the safe answer.
        let Ok(sealed) = self.current.cipher.encrypt(&Nonce::from(nonce), payload) else {
            return Vec::new();
        };
        let mut out = Vec::with_capacity(1 + nonce.len() + sealed.len());
        out.push(self.current.id);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        out
    }

    /// The secret, or nothing: altered, about something else, and sealed by a stranger look the same.
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = sealed.split_first()?;
        let (nonce, msg) = rest.split_first_chunk::<12>()?;
        let nonce = Nonce::from(*nonce);
        let keys = std::iter::once(&self.current)
            .chain(&self.former)
            .filter(|key| key.id == *id);
        keys.filter_map(|key| key.cipher.decrypt(&nonce, Payload { msg, aad: about }).ok())
            .next()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn opens_for_its_own_row_only() {
        let sealer = Sealer::new([1; 32]);
        let sealed = sealer.seal(b"mail 1", b"token");
        assert_eq!(
            sealer.open(b"mail 1", &sealed).as_deref(),
            Some(&b"token"[..])
        );
        assert_eq!(
            sealer.open(b"mail 2", &sealed),
            None,
            "a swap of rows must not open"
        );
        assert_eq!(Sealer::new([2; 32]).open(b"mail 1", &sealed), None);
        assert_eq!(sealer.open(b"", &sealer.seal(b"", b"")), Some(Vec::new()));
    }

    #[test]
    fn any_altered_or_missing_byte_shuts_it() {
        let sealer = Sealer::new([1; 32]);
        let sealed = sealer.seal(b"row", b"token");
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(sealer.open(b"row", &altered), None, "byte {at}");
            assert_eq!(sealer.open(b"row", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn the_same_secret_is_sealed_anew_each_time() {
        let sealer = Sealer::new([1; 32]);
        let seen: std::collections::HashSet<_> =
            (0..100).map(|_| sealer.seal(b"row", b"x")).collect();
        assert_eq!(seen.len(), 100);
    }

    #[test]
    fn a_former_key_opens_and_no_longer_seals() {
        let (old, new) = ([1; 32], [2; 32]);
        let sealed = Sealer::new(old).seal(b"row", b"token");
        let both = Sealer::new(new).opening(old);
        assert_eq!(both.open(b"row", &sealed).as_deref(), Some(&b"token"[..]));
        let fresh = both.seal(b"row", b"token");
        assert_eq!(Sealer::new(old).open(b"row", &fresh), None);
        assert!(Sealer::new(new).open(b"row", &fresh).is_some());
    }
}
