//! Proof of identity: secrets, passwords, tokens, cookies, and the rule against forged requests.

pub mod client;
pub mod device_cookie;
pub mod origin;
pub mod password;
mod pool;
pub mod seal;
pub mod secret;
pub mod session;
pub mod strength;
pub mod token;

/// Random bytes of the system, good enough for keys.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    use aes_gcm::aead::rand_core::RngCore;
    let mut bytes = [0; N];
    aes_gcm::aead::OsRng.fill_bytes(&mut bytes);
    bytes
}
