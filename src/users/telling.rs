//! The mail about one's access to the account: that it ended, or is there again.

use super::model::Shown;
use crate::access::gate::Somewhere;
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::MailId;
use crate::error::Result;
use crate::mail::templates::{Ended, Letter};
use crate::mail::{self, outbox};

/// Tells the person that their access ended, or that they have it again.
pub fn tell(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<Whole, Somewhere<UsersManage>>,
    (mail, shown): (MailId, &Shown),
    back: bool,
) -> Result<()> {
    let facts = Ended {
        account: scope.account().into(),
        person: shown.row.first_name.clone(),
        by: scope.person().name.clone(),
    };
    let letter = if back {
        Letter::AccessBack(facts)
    } else {
        Letter::AccessEnded(facts)
    };
    let new = outbox::NewMail {
        id: mail,
        account: Some(scope.account().id),
        link: None,
        reader: None,
        recipient: shown.row.email.clone(),
        letter,
        sealed_token: None,
        message_id: mail::letterhead(app.config()).message_id(mail),
        due_at: scope.now(),
        created_at: scope.now(),
    };
    outbox::enqueue(conn, new)?;
    Ok(())
}
