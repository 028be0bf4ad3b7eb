//! Tokens of links, sessions and keys: 32 random bytes for the holder, a SHA-256 of them for the database.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A new token, in the clear. It is shown once to whom it is for and kept nowhere.
pub struct Token([u8; 32]);

impl Token {
    /// A token that nobody can guess.
    #[expect(
        clippy::new_without_default,
        reason = "a default value that differs each time would surprise"
    )]
    pub fn new() -> Self {
        Self(super::random())
    }

    /// As it stands in a link: 43 characters of `A-Z a-z 0-9 - _`.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.text())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A token's hash: rows are found by it, so that neither a leaked database nor the time of a comparison gives a
/// token away. Plain SHA-256 is enough since there is nothing to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token as it came in; anything else hashes too, and is found nowhere.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl std::ops::Deref for TokenHash {
    type Target = [u8; 32];
    fn deref(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_their_hash_is_that_of_their_text() {
        let tokens: Vec<_> = (0..1000).map(|_| Token::new()).collect();
        let texts: std::collections::HashSet<_> = tokens.iter().map(Token::text).collect();
        assert_eq!(texts.len(), tokens.len());
        for token in &tokens {
            let text = token.text();
            assert!(
                text.len() == 43 && !text.contains(['+', '/', '=']),
                "{text}"
            );
            assert_eq!(TokenHash::of(&text), token.hash());
            assert_eq!(token.hash().to_vec().len(), 32);
        }
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hex: String = TokenHash::of("abc")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, known);
        assert_eq!(format!("{:?}", Token::new()), "Token(…)");
    }
}
