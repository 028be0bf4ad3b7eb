//! Proof of identity: secrets, passwords, tokens, cookies, and the rule against forged requests.

pub mod device_cookie;
pub mod origin;
pub mod password;
pub mod seal;
pub mod secret;
pub mod strength;
pub mod token;
