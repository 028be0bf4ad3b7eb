//! The key in the link that turns a kind of notice off: whose, in which account, which kind, and a seal that this
//! installation alone can make. Nothing is stored for it, and it has no end: it has to work in mails of years ago. All
//! that it can do is to turn that kind off for that person.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::Kind;
use crate::auth::secret::Secret;
use crate::db::types::{AccountId, UserId};

/// What its key is drawn for.
const PURPOSE: &str = "unsubscribe";

/// Which notices a link turns off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Of which account.
    pub account: AccountId,
    /// To whom.
    pub person: UserId,
    /// Of which kind.
    pub kind: Kind,
}

/// The key as it stands in the link: letters, digits, `-` and `_`.
pub fn mint(secret: &Secret, stop: &Stop) -> String {
    let said = said(stop.account, stop.person, stop.kind.key());
    let seal = secret.mac(PURPOSE, &said);
    let (ids, kind) = said.split_at(IDS.min(said.len()));
    URL_SAFE_NO_PAD.encode([ids, &seal, kind].concat())
}

/// What a key turns off; none: it was not made here, or was altered.
pub(super) fn read(secret: &Secret, key: &str) -> Option<Stop> {
    let bytes = URL_SAFE_NO_PAD.decode(key).ok()?;
    let (account, rest) = bytes.split_first_chunk::<16>()?;
    let (person, rest) = rest.split_first_chunk::<16>()?;
    let (seal, kind) = rest.split_first_chunk::<32>()?;
    let kind = std::str::from_utf8(kind).ok()?;
    let stop = Stop {
        account: AccountId::from_uuid(Uuid::from_bytes(*account)),
        person: UserId::from_uuid(Uuid::from_bytes(*person)),
        kind: Kind::parse(kind)?,
    };
    let said = said(stop.account, stop.person, kind);
    secret.is_mac(PURPOSE, &said, seal).then_some(stop)
}

/// Bytes of the two ids.
const IDS: usize = 32;

/// What is sealed: two ids of one length each, and the rest is the kind.
fn said(account: AccountId, person: UserId, kind: &str) -> Vec<u8> {
    let (account, person) = (account.uuid(), person.uuid());
    [account.as_bytes(), person.as_bytes(), kind.as_bytes()].concat()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn says_what_it_turns_off_and_nothing_once_anything_in_it_is_altered() {
        let secret = Secret::for_tests(1);
        let (account, person) = (AccountId::new(), UserId::new());
        for kind in Kind::ALL {
            let stop = Stop {
                account,
                person,
                kind,
            };
            let key = mint(&secret, &stop);
            assert!(
                key.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
            );
            assert_eq!(mint(&secret, &stop), key, "the same in every mail");
            assert_eq!(read(&secret, &key), Some(stop));
            assert_eq!(read(&Secret::for_tests(2), &key), None);
            for at in 0..key.len() {
                let with = if key.as_bytes()[at] == b'A' { "B" } else { "A" };
                let altered = format!("{}{with}{}", &key[..at], &key[at + 1..]);
                assert_eq!(read(&secret, &altered), None, "altered at {at}");
                assert_eq!(read(&secret, &key[..at]), None, "cut at {at}");
            }
        }
        assert_eq!(read(&secret, ""), None);
        assert_eq!(read(&secret, "\u{e4}"), None);
    }
}
