//! The pages of User Management.

mod about;
mod acting;
mod aliases;
mod already;
mod bulk;
mod bulk_pages;
mod ending;
mod expired;
mod index;
mod login;
mod managed;
mod matching;
mod naming;
mod new;
mod readdressing;
mod reading;
mod returning;
mod roles;
mod rows;
mod section;
mod show;
mod undoing;
mod until;
mod vouching;

use serde::Deserialize;

use crate::db::types::{GrantId, UserId};
use crate::error::{Error, Result};
use crate::users::Again;
use crate::welcome::Fresh;

pub use acting::{ask_link, cancel, confirm, link, resend, unlock};
pub use aliases::{access, invitations};
pub use bulk::{bulk, bulk_done};
pub use ending::{ask_deactivate, ask_remove, deactivate, remove};
pub use index::{download, index};
pub use login::{mail_reset, mail_unlock, sign_out};
pub use naming::{edit_name, rename};
pub use new::{add, new, submit};
pub use readdressing::{ask_address, readdress};
pub use returning::{ask_reactivate, confirm_role, discard_role, reactivate};
pub use section::{projects, projects_download};
pub use show::show;
pub use undoing::{undo, undo_bulk};
pub use until::{ask_until, until};
pub use vouching::{ask_vouch, vouch};

/// The person that the address names.
#[derive(Clone, Debug, Deserialize)]
pub struct InUrl {
    user: String,
}

impl InUrl {
    /// Their id; what is none names nobody.
    pub(crate) fn user(&self) -> Result<UserId> {
        self.user.parse().map_err(|_| Error::NotFound)
    }
}

/// A setting's time, as times are counted with.
fn life(app: &crate::app::App) -> chrono::Duration {
    crate::sessions::span(app.config().limits.welcome_link)
}

/// A fresh link for this person, mailed and to be copied; the roles of an old invitation are confirmed with it, or not.
fn again(app: &crate::app::App, user: UserId, confirmed: Option<Vec<GrantId>>) -> Again {
    Again {
        user,
        fresh: Fresh::mailed_and_copied(app.sealer()),
        life: life(app),
        confirmed,
    }
}

/// Whether mail leaves the machine at all.
fn mail_works(app: &crate::app::App) -> bool {
    use crate::config::Transport;
    !matches!(app.config().mail.transport, Transport::Directory(_))
}

/// What became of the mail of a link. Without a mail server a mail is only written to a file, and nobody has got it. Of an
/// address whose home is exclusive the mail carries no link; it is told no differently (S16).
const fn mail_in_words(works: bool, state: Option<&str>) -> &'static str {
    let Some(state) = state else {
        return "Not mailed";
    };
    match state.as_bytes() {
        b"failed" => "Failed",
        b"dropped" => "Not sent: the link had ended before",
        _ if !works => "Not sent: mail is not set up",
        b"queued" => "Queued",
        _ => "Sent",
    }
}

#[cfg(test)]
mod tests {
    use super::mail_in_words;

    #[test]
    fn nothing_counts_as_sent_that_only_went_to_a_file() {
        for state in ["queued", "sent"] {
            let words = mail_in_words(false, Some(state));
            assert_eq!(words, "Not sent: mail is not set up", "{state}");
        }
        assert_eq!(mail_in_words(true, Some("sent")), "Sent");
        for works in [false, true] {
            assert_eq!(mail_in_words(works, None), "Not mailed");
            assert_eq!(mail_in_words(works, Some("failed")), "Failed");
        }
    }
}
