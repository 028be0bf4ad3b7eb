//! People as rows, of the page and of the CSV.

use super::reading::Reading;
use crate::access::gate::Somewhere;
use crate::access::permission::{Key, UsersView};
use crate::access::place::{Account, Whole};
use crate::access::role::Builtin;
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{ProjectId, Ts, UserId};
use crate::error::Result;
use crate::members::{Brief, Briefs};
use crate::users::bulk::Deed;
use crate::users::pages::{InactiveRow, LackingNote, RowAct, UserRow};
use crate::users::rank::Rank;
use crate::users::{self, Ended, Lacks, Listed, Reach, Which, showing};
use crate::web::html::Escaped;
use crate::web::list::csv::Cell;
use crate::web::urls::{self, Theirs};
use crate::web::view::{Act, Ago, Day, day};
use crate::welcome::{self, Delivery};
use crate::words;

type Reader = Scope<Whole, Somewhere<UsersView>>;

/// The rows of people, of those who are shut out, and what the reader lacks to deactivate people.
type Listing = (Vec<UserRow>, Vec<InactiveRow>, Option<LackingNote>);

impl Reading {
    /// The rows of people with these roles inside the reader's reach (S6), and of those who are shut out, in this way; each
    /// statement once for all of them.
    pub(super) fn rows(
        &self,
        conn: &mut Conn,
        scope: &Reader,
        (people, inactive): (Vec<Listed>, Vec<Listed>),
        (mut held, how): (Vec<Brief>, Vec<Ended>),
    ) -> Result<Listing> {
        // Of who is shut out no role is shown: roles only tell whose manager somebody is who manages a part.
        let parts = inactive.iter().filter(|_| self.manage != Reach::Account);
        let parts: Vec<UserId> = parts.map(|row| row.id).collect();
        let all = people.iter().map(|row| row.id).chain(parts.iter().copied());
        let all: Vec<UserId> = all.collect();
        held.extend(self.held(conn, scope, parts)?);
        let held = Briefs::new(held);
        let ends = self.ends(conn, scope, &all)?;
        let account = scope.account();
        let vouches = users::vouches(scope);
        let sent = self.sent(conn, scope, &people)?;
        let row = |row: Listed| self.row(row, &held, (&ends, vouches), &sent, scope);
        let shut_out = |row: Listed| {
            let back = self.manages(&row, &held, scope) && ends.holds(&row);
            inactive_row(row, back, &how)
        };
        let active = people.into_iter().map(row).collect();
        let inactive = inactive.into_iter().map(shut_out).collect();
        let asked = (Key::UsersManage.as_str(), account.id.to_string());
        let who = urls::access_why(&account.slug, scope.person().id, (asked.0, &asked.1));
        let lacking = ends.lacking.map(|lacks| LackingNote {
            asks: asks(account, &lacks),
            text: lacks.why,
            who,
        });
        Ok((active, inactive, lacking))
    }

    /// What became of the links of who is invited, in the view of just them.
    fn sent(
        &self,
        conn: &mut Conn,
        scope: &Reader,
        people: &[Listed],
    ) -> Result<Option<Vec<Delivery>>> {
        if self.which != Which::Invited {
            return Ok(None);
        }
        let ids: Vec<UserId> = people.iter().map(|row| row.id).collect();
        welcome::deliveries(conn, scope.account().id, &ids).map(Some)
    }

    /// The same for whoever among these people is invited, whatever the view.
    pub(super) fn invited(
        &self,
        conn: &mut Conn,
        scope: &Reader,
        people: &[Listed],
    ) -> Result<Vec<Delivery>> {
        let invited = people.iter().filter(|row| row.status == "invited");
        let ids: Vec<UserId> = invited.map(|row| row.id).collect();
        welcome::deliveries(conn, scope.account().id, &ids)
    }

    /// What became of somebody's invitation, and what the mail server said, for whoever manages them.
    pub(super) fn invitation(
        &self,
        row: &Listed,
        (held, sent): (&Briefs, &[Delivery]),
        scope: &Reader,
    ) -> (String, String) {
        if row.status != "invited" || !self.manages(row, held, scope) {
            return (String::new(), String::new());
        }
        let sent = sent.iter().find(|one| one.user == row.id);
        let reply = sent.and_then(|sent| sent.mail_error.clone());
        (
            delivery(row, sent, (self.mails, false)),
            reply.unwrap_or_default(),
        )
    }

    /// Whether the reader manages this person: they hold the permission where the person holds a role (S6).
    fn manages(&self, row: &Listed, held: &Briefs, scope: &Reader) -> bool {
        let mut mine = held.of(row.id).iter();
        row.id != scope.person().id
            && (self.manage == Reach::Account || mine.any(|held| self.manage.holds(&held.scope)))
    }

    /// Whom of these people the reader can deactivate, as far as a list says it (S4).
    fn ends(&self, conn: &mut Conn, scope: &Reader, people: &[UserId]) -> Result<Ends> {
        let rank = Rank::of(scope);
        let nothing = Ends {
            lacking: None,
            still: Vec::new(),
            rank,
        };
        if self.manage == Reach::Account || !self.adds() {
            return Ok(nothing);
        }
        let lacking = users::lacking_in(conn, scope.account(), &self.manage)?;
        Ok(match lacking {
            None => nothing,
            Some(why) => Ends {
                lacking: Some(why),
                still: users::at_home_in(conn, &self.manage, people)?,
                rank,
            },
        })
    }

    fn row(
        &self,
        person: Listed,
        held: &Briefs,
        (ends, vouches): (&Ends, bool),
        sent: &Option<Vec<Delivery>>,
        scope: &Reader,
    ) -> UserRow {
        let (account, now, row) = (scope.account(), scope.now(), &person);
        let you = row.id == scope.person().id;
        let mine = held.of(row.id);
        let managed = self.manages(row, held, scope);
        let (roles, places) = showing::in_short(mine, account);
        UserRow {
            id: Escaped::id(row.id),
            name: Escaped::of(&[&row.first_name, " ", &row.last_name]),
            pick: managed,
            roles,
            places,
            spread: showing::spread(mine, account),
            source: showing::source(mine),
            you,
            admin: showing::is_admin(mine.iter().map(|held| (&held.role, held.extent())), now),
            status: showing::status(row, now),
            delivery: sent.as_ref().filter(|_| managed).map(|sent| {
                delivery(
                    row,
                    sent.iter().find(|one| one.user == row.id),
                    (self.mails, true),
                )
            }),
            seen: seen(row).map(|at| Ago(at, now)),
            joined: row.joined_at.map(Day),
            acts: if managed {
                let barred = mine.iter().any(|held| ends.bars(row, held));
                acts(row, account, now, (ends, barred, sent.is_some()))
            } else if vouches && !you && row.status == "active" && showing::is_locked(row, now) {
                // Whether just this reader may for just them is said there.
                vec![RowAct::Link(words!("Vouch for them"), Theirs::Vouch)]
            } else {
                Vec::new()
            },
            person,
        }
    }
}

/// Where User Management on each of the projects is asked for that the reader lacks to deactivate people (S4): its name,
/// and the form.
pub(super) fn asks(account: &Account, lacks: &Lacks) -> Vec<(String, String)> {
    if account.is_frozen() {
        return Vec::new();
    }
    let role = Builtin::UserManagement.key();
    let ask = |(id, name): &(ProjectId, String)| {
        let form = urls::new_request_role(&account.slug, role, id);
        (name.clone(), form)
    };
    lacks.missing.iter().map(ask).collect()
}

/// Whom the reader can deactivate and reactivate.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    /// Why not people whose home is the account; none: everybody whom they manage.
    lacking: Option<Lacks>,
    /// Whom they can all the same: those at home in an organization whose users they manage.
    still: Vec<UserId>,
    /// Whose roles stand in the way.
    rank: Rank,
}

impl Ends {
    /// Whether the reader can end, and restore, this person's membership.
    fn holds(&self, row: &Listed) -> bool {
        self.lacking.is_none() || self.still.contains(&row.id)
    }

    /// Whether this role keeps them from shutting the person out, or from withdrawing their invitation.
    fn bars(&self, row: &Listed, held: &Brief) -> bool {
        if row.status == "invited" {
            !self.rank.takes(&held.role)
        } else {
            !self.rank.ends(&held.role)
        }
    }
}

/// When somebody last signed in. Of who has not come in yet nothing is told: their login may be another account's.
fn seen(row: &Listed) -> Option<Ts> {
    row.last_sign_in_at.filter(|_| row.status == "active")
}

/// Longest answer of a mail server that a list shows, in characters; the person's page has all of it.
const REPLY: usize = 80;

/// What became of somebody's invitation, in words, with the mail server's reply or without. Of an address whose home is
/// exclusive the mail carries no link; it is told no differently (S16).
fn delivery(row: &Listed, sent: Option<&Delivery>, (mails, reply): (bool, bool)) -> String {
    let Some(sent) = sent else {
        return "No link works: resend".into();
    };
    if sent.used_at.is_some() {
        return "Password set, first sign-in to come".into();
    }
    let mut text = match sent.mail_state.as_deref() {
        Some("queued" | "sent") if !mails => "Mail is not set up: copy the link".to_owned(),
        Some("queued") => "Mail queued".to_owned(),
        Some("sent") => "Mail sent".to_owned(),
        Some("failed") => match sent.mail_error.as_deref().filter(|_| reply) {
            Some(reply) => format!("Mail failed: {}", short(reply)),
            None => "Mail failed".to_owned(),
        },
        Some(_) => "Mail not sent: the link had ended".to_owned(),
        None if sent.handed_at.is_some() => String::new(),
        None => "Not mailed: copy the link".to_owned(),
    };
    if let Some(at) = sent.handed_at {
        let handed = format!("Link handed over on {}", day(at));
        text = if text.is_empty() {
            handed
        } else {
            format!("{text}. {handed}")
        };
    }
    if sent.sent_by.is_none() && sent.mail_state.is_some() {
        text = format!("{text}. New link requested by {}", row.first_name);
    }
    if let Some(at) = sent.asked_at {
        text = format!(
            "{text}. New link asked for by {} on {}",
            row.first_name,
            day(at)
        );
    }
    text
}

fn short(reply: &str) -> String {
    let mut letters = reply.chars();
    let start: String = letters.by_ref().take(REPLY).collect();
    if letters.next().is_some() {
        format!("{}…", start.trim_end())
    } else {
        start
    }
}

/// What can be done with a row at once.
fn acts(
    row: &Listed,
    account: &Account,
    now: Ts,
    (ends, barred, invitations): (&Ends, bool, bool),
) -> Vec<RowAct> {
    let mut acts = Vec::with_capacity(2);
    acts.push(RowAct::Link(words!("Change roles"), Theirs::Roles));
    if row.status == "invited" {
        acts.push(RowAct::Post(words!("Resend"), Theirs::Resend));
    }
    if row.status == "invited" && invitations {
        acts.push(RowAct::Post(words!("Copy link"), Theirs::CopyLink));
        if !barred {
            acts.push(RowAct::Post(words!("Withdraw invitation"), Theirs::Cancel));
        }
    }
    if showing::is_locked(row, now) {
        acts.push(RowAct::Post(words!("Send unlock mail"), Theirs::MailUnlock));
        acts.push(RowAct::Post(words!("Unlock"), Theirs::Unlock));
    }
    if !ends.holds(row) {
        let words = format!("Remove from {}…", account.word_singular.to_lowercase());
        let act = Act::post(words, urls::bulk(&account.slug));
        let act = act.with("act", Deed::Leave.as_str());
        acts.push(RowAct::Other(act.with("person", row.id.to_string())));
    } else if row.status == "active" && !barred {
        acts.push(RowAct::Link(words!("Deactivate User"), Theirs::Deactivate));
    }
    acts
}

fn inactive_row(person: Listed, managed: bool, ended: &[Ended]) -> InactiveRow {
    let how = ended.iter().find(|one| one.user == person.id);
    InactiveRow {
        id: Escaped::id(person.id),
        managed,
        since: person.deactivated_at.map(Day),
        by: how.and_then(|how| how.by.clone()),
        why: how.and_then(|how| how.why.clone()),
        person,
    }
}

/// A row of the CSV: whole where the page is short.
pub(super) fn record(
    row: &Listed,
    (held, ended, (mail, reply)): (&Briefs, &[Ended], (String, String)),
    scope: &Reader,
) -> Vec<Cell> {
    let how = ended.iter().find(|one| one.user == row.id);
    let text = |of: fn(&Ended) -> Option<&str>| how.and_then(of).unwrap_or_default().into();
    let mine = held.of(row.id);
    let (roles, places) = showing::in_full(mine, scope.account());
    vec![
        row.first_name.as_str().into(),
        row.last_name.as_str().into(),
        row.email.as_str().into(),
        showing::status(row, scope.now()).label.into(),
        roles.into(),
        places.into(),
        showing::source_in_full(mine).unwrap_or_default().into(),
        seen(row).into(),
        row.joined_at.into(),
        row.deactivated_at.filter(|_| how.is_some()).into(),
        text(|how| how.by.as_deref()),
        text(|how| how.why.as_deref()),
        row.locked_until
            .filter(|_| showing::is_locked(row, scope.now()))
            .into(),
        row.link_expires_at
            .filter(|_| row.status == "invited")
            .into(),
        mail.into(),
        reply.into(),
        row.id.to_string().into(),
    ]
}
