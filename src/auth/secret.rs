//! The installation's one secret, and the keys drawn from it.
//!
//! It lives in a file outside the database, so that a stolen database alone opens nothing. Every use has a key
//! of its own: what leaks in one place says nothing about another.

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// 32 random bytes that never leave the process.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Reads the secret, or makes it (32 random bytes, mode 600) where there is no file. A file of another
    /// length, or of one repeated byte, is refused; one that others may read is used with a warning, since
    /// mounted secrets often cannot be otherwise.
    pub fn open(path: &Path) -> Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => Self::checked(&bytes, path),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create(path)?;
                // Whoever was first has won; all read the same.
                Self::checked(&std::fs::read(path)?, path)
            }
            Err(error) => Err(error),
        }
    }

    fn checked(bytes: &[u8], path: &Path) -> Result<Self> {
        let wrong = |what| {
            Err(Error::new(
                ErrorKind::InvalidData,
                format!("{}: {what}", path.display()),
            ))
        };
        let Ok(secret) = <[u8; 32]>::try_from(bytes) else {
            return wrong("a secret has exactly 32 bytes");
        };
        if bytes.windows(2).all(|pair| pair.first() == pair.last()) {
            return wrong("this is an example, not a secret");
        }
        if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            tracing::warn!(path = %path.display(), "others on this machine may read the secret; chmod 600 ends that");
        }
        Ok(Self(secret))
    }

    /// The key for one purpose, by HKDF-SHA-256.
    pub fn key(&self, purpose: &'static str) -> [u8; 32] {
        let mut key = [0; 32];
        // Fails only for more than 255 × 32 bytes of key.
        let drawn = Hkdf::<Sha256>::new(None, &self.0).expand(purpose.as_bytes(), &mut key);
        debug_assert!(drawn.is_ok());
        key
    }

    /// HMAC-SHA-256 of a message under the key for this purpose: a name for it that only this installation
    /// can work out.
    pub fn mac(&self, purpose: &'static str, message: &[u8]) -> [u8; 32] {
        keyed(&self.key(purpose), message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// Whether `mac` is [`Secret::mac`] of this message; takes the same time for every wrong answer.
    pub fn is_mac(&self, purpose: &'static str, message: &[u8], mac: &[u8]) -> bool {
        keyed(&self.key(purpose), message).verify_slice(mac).is_ok()
    }

    /// What the database keeps to know the secret again without knowing it.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.key("tenantry fingerprint")
    }
}

fn keyed(key: &[u8; 32], message: &[u8]) -> Hmac<Sha256> {
    // The longest key that goes in unhashed is one block, and this is half of it.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block);
    mac.update(message);
    mac
}

/// Writes a new secret beside its place and links it there: no process ever sees half of it, and of two at once
/// one wins.
fn create(path: &Path) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", uuid::Uuid::now_v7().simple()));
    let beside = Path::new(&name);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(beside)?;
    let written = file
        .write_all(&super::random::<32>())
        .and_then(|()| file.sync_all());
    let linked = written.and_then(|()| std::fs::hard_link(beside, path));
    std::fs::remove_file(beside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(path),
    }
}

/// Makes the new name survive a loss of power.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
impl Secret {
    pub(crate) const fn for_tests(byte: u8) -> Self {
        Self([byte; 32])
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_for_its_owner_alone_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let made = Secret::open(&path).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(
            (metadata.len(), metadata.permissions().mode() & 0o777),
            (32, 0o600)
        );
        assert_eq!(
            Secret::open(&path).unwrap().fingerprint(),
            made.fingerprint()
        );
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing left beside it"
        );
        let other = Secret::open(&folder.path().join("other")).unwrap();
        assert_ne!(other.fingerprint(), made.fingerprint());
    }

    #[test]
    fn of_many_that_make_it_at_once_all_hold_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let open = || Secret::open(&path).unwrap().fingerprint();
        let seen: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(seen.windows(2).all(|pair| pair.first() == pair.last()));
    }

    #[test]
    fn a_file_that_is_no_secret_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        for content in [&b"changeme"[..], &[], &[b'x'; 32], &[7; 33]] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(
                Secret::open(&path).unwrap_err().kind(),
                ErrorKind::InvalidData
            );
            assert_eq!(std::fs::read(&path).unwrap(), content);
        }
        assert!(Secret::open(&folder.path().join("no/such/folder")).is_err());
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own_and_nothing_prints_the_secret() {
        let secret = Secret::for_tests(1);
        assert_eq!(secret.key("a"), secret.key("a"));
        assert_ne!(secret.key("a"), secret.key("b"));
        let mac = secret.mac("a", b"message");
        assert!(secret.is_mac("a", b"message", &mac));
        assert!(!secret.is_mac("b", b"message", &mac) && !secret.is_mac("a", b"massage", &mac));
        assert!(!secret.is_mac("a", b"message", &[]));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
