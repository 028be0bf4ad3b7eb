//! Tests of the mail room as a whole, and what they share.

mod letters;
mod outbox;
mod sink;
mod smtp;
mod worker;

use super::message::{Letterhead, Outgoing, Packet, compose};
use super::templates::*;
use crate::db::types::{AccountId, MailId, Ts};

/// A fixed time: 21 November 2026, 14:05 UTC.
pub fn noon() -> Ts {
    Ts::new(chrono::DateTime::from_timestamp(1_795_269_900, 0).unwrap())
}

/// Hours after [`noon`].
pub fn hours(count: i64) -> Ts {
    noon().plus(chrono::Duration::hours(count))
}

pub fn head() -> Letterhead {
    Letterhead {
        portal: "Tenantry".to_owned(),
        url: "https://portal.example/".to_owned(),
        from: "Tenantry <no-reply@portal.example>".parse().unwrap(),
        support: Some("help@portal.example".to_owned()),
    }
}

/// One letter of each kind with the same text in every free field.
#[expect(clippy::too_many_lines, reason = "one list of every letter")]
pub fn letters(text: &str) -> Vec<Letter> {
    let t = || text.to_owned();
    let known = |standing: Option<&str>| {
        Some(Known {
            email: "bob@away.example".to_owned(),
            standing: standing.map(str::to_owned),
        })
    };
    let account = || Account {
        name: t(),
        support: None,
        time_zone: None,
    };
    let project = || Project {
        word: t(),
        name: t(),
    };
    let from = || Origin {
        browser: t(),
        ip: t(),
    };
    let joining = || Joining {
        account: account(),
        person: t(),
        inviter: t(),
        organization: Some(t()),
        project: Some(project()),
        roles: vec![t(), t()],
        during: (None, None),
        note: Some(t()),
        also: vec![Also {
            place: t(),
            organization: Some(t()),
            roles: vec![t()],
        }],
    };
    vec![
        Letter::Welcome(joining()),
        Letter::Invitation(joining()),
        Letter::NewLink(NewLink {
            account: account(),
            person: t(),
            manager: Some(t()),
            sets_password: true,
        }),
        Letter::Reminder(Reminder {
            account: account(),
            person: t(),
            sets_password: true,
        }),
        Letter::Undelivered(Undelivered {
            account: account(),
            person: t(),
            stands_in: false,
            who: t(),
            email: "bob@away.example".to_owned(),
            reply: Some(t()),
            path: "/accounts/acme/users/user_01".to_owned(),
        }),
        Letter::LinkWanted(LinkWanted {
            account: account(),
            person: t(),
            stands_in: false,
            who: t(),
            email: "bob@away.example".to_owned(),
            path: "/accounts/acme/users/user_01".to_owned(),
        }),
        Letter::ResetPassword(Asked {
            person: t(),
            from: Some(from()),
            by: None,
        }),
        Letter::ResetPassword(Asked {
            person: t(),
            from: None,
            by: Some(t()),
        }),
        Letter::PasswordChanged(Happened {
            person: t(),
            at: noon(),
            from: from(),
        }),
        Letter::Locked(Locked {
            person: t(),
            at: noon(),
            until: hours(1),
            from: Some(from()),
            by: None,
        }),
        Letter::Locked(Locked {
            person: t(),
            at: noon(),
            until: hours(1),
            from: None,
            by: Some(t()),
        }),
        Letter::Unlocked(Unlocked {
            account: account(),
            person: t(),
            by: t(),
            at: noon(),
        }),
        Letter::HomeMoved(HomeMoved {
            account: account(),
            person: t(),
            guest: true,
            at: noon(),
        }),
        Letter::Added(Added {
            account: account(),
            person: t(),
            adder: t(),
            organization: t(),
            project: project(),
            roles: vec![t()],
            during: (None, Some(noon())),
            path: "/accounts/acme/organizations/east/projects/fair".to_owned(),
        }),
        Letter::RolesChanged(RolesChanged {
            account: account(),
            person: t(),
            by: t(),
            organization: t(),
            project: project(),
            before: vec![t()],
            after: vec![t()],
            path: "/accounts/acme/organizations/east/projects/fair".to_owned(),
        }),
        Letter::RoleEnding(Lasting {
            account: account(),
            person: t(),
            who: None,
            role: t(),
            place: t(),
            ends_at: noon(),
            path: "/me/more-time?role=grant_01".to_owned(),
        }),
        Letter::MoreTime(Lasting {
            account: account(),
            person: t(),
            who: Some(t()),
            role: t(),
            place: t(),
            ends_at: noon(),
            path: "/accounts/acme/users/user_01/role-ends?role=grant_01".to_owned(),
        }),
        Letter::HomeExclusive(Exclusive {
            account: account(),
            person: t(),
            inviter: t(),
        }),
        Letter::AccessEnded(Ended {
            account: account(),
            person: t(),
            by: t(),
        }),
        Letter::AccessBack(Ended {
            account: account(),
            person: t(),
            by: t(),
        }),
        Letter::RequestWanted(RequestWanted {
            account: account(),
            recipient: t(),
            requester: t(),
            requester_known: known(None),
            taken_over: Some(t()),
            taken_over_known: known(None),
            person: t(),
            person_known: known(Some("guest")),
            about: None,
            role: t(),
            place: t(),
            reason: t(),
            reminder: false,
            until: hours(48),
            path: "/accounts/acme/requests/one".to_owned(),
            as_operator: false,
            sensitive: Some(t()),
        }),
        Letter::RequestWanted(RequestWanted {
            account: account(),
            recipient: t(),
            requester: t(),
            requester_known: None,
            taken_over: None,
            taken_over_known: None,
            person: t(),
            person_known: None,
            about: Some(t()),
            role: t(),
            place: t(),
            reason: t(),
            reminder: true,
            until: hours(48),
            path: "/accounts/acme/requests/one".to_owned(),
            as_operator: false,
            sensitive: None,
        }),
        Letter::RequestDecided(RequestDecided {
            account: account(),
            recipient: t(),
            person: t(),
            invited: false,
            is_own: false,
            role: t(),
            place: t(),
            verdict: Verdict::Refused,
            by: Some(t()),
            words: Some(t()),
            approvals: Vec::new(),
            path: "/accounts/acme/requests/one".to_owned(),
        }),
        Letter::RequestDecided(RequestDecided {
            account: account(),
            recipient: t(),
            person: t(),
            invited: false,
            is_own: true,
            role: t(),
            place: t(),
            verdict: Verdict::Granted,
            by: Some(t()),
            words: None,
            approvals: [false, false, true]
                .map(|confirms| Approval {
                    by: t(),
                    words: Some(t()),
                    confirms,
                })
                .to_vec(),
            path: "/accounts/acme/requests/one".to_owned(),
        }),
        Letter::NewAdmin(NewAdmin {
            account: account(),
            recipient: t(),
            person: t(),
            person_known: known(None),
            invited: false,
            role: t(),
            place: t(),
            requester: t(),
            requester_known: None,
            taken_over: Some(t()),
            taken_over_known: known(None),
            approvers: vec![t()],
            confirmed_by: t(),
            at: noon(),
            path: "/accounts/acme/users/one".to_owned(),
        }),
        Letter::Joined(Joined {
            account: account(),
            person: t(),
            who: t(),
            organization: None,
            dropped: vec![t()],
            path: "/accounts/acme/users/user_01".to_owned(),
        }),
        Letter::Joined(Joined {
            account: account(),
            person: t(),
            who: t(),
            organization: Some("East".to_owned()),
            dropped: Vec::new(),
            path: "/accounts/acme/users/user_01".to_owned(),
        }),
        Letter::Declined(Declined {
            account: account(),
            person: t(),
            who: t(),
            reason: Some(t()),
        }),
        Letter::Left(Left {
            account: account(),
            person: t(),
            who: t(),
            path: "/accounts/acme/user-management".to_owned(),
        }),
        Letter::Imported(Imported {
            account: account(),
            person: t(),
            invited: 41,
            changed: 2,
            skipped: 4,
            failed: 3,
            path: "/accounts/acme/user-management/import/import_01".to_owned(),
        }),
        Letter::OwnershipOffered(OwnershipOffered {
            account: account(),
            person: t(),
            by: t(),
            lays_down: true,
            until: hours(24),
            path: "/me/ownership?offer=offer_01".to_owned(),
        }),
        Letter::OwnershipSettled(OwnershipSettled {
            account: account(),
            person: t(),
            who: t(),
            turn: Turn::Accepted,
            laid_down: Some(t()),
        }),
        Letter::ConfirmAddress(ConfirmAddress {
            person: t(),
            company: t(),
            until: hours(24),
        }),
        Letter::HasLogin(HasLogin { person: t() }),
        Letter::ConfirmNewAddress(address_change(t(), Some(account()))),
        Letter::ConfirmNewAddress(address_change(t(), None)),
        Letter::AddressChanging(address_change(t(), Some(account()))),
        Letter::AddressChanged(address_change(t(), Some(account()))),
        Letter::AddressTaken(HasLogin { person: t() }),
    ]
}

/// Another address, wanted by a manager or by the person.
fn address_change(text: String, account: Option<Account>) -> AddressChange {
    AddressChange {
        person: text.clone(),
        by: account.is_some().then_some(text),
        account,
        new: "ada@new.example".to_owned(),
        confirm_until: hours(24),
        undo_until: hours(168),
    }
}

/// A welcome as it would really be.
pub fn welcome() -> Letter {
    Letter::Welcome(Joining {
        account: Account {
            name: "Acme Ltd".to_owned(),
            support: Some("it@acme.example".to_owned()),
            time_zone: None,
        },
        person: "Ada".to_owned(),
        inviter: "Grace Hopper".to_owned(),
        organization: Some("East".to_owned()),
        project: Some(Project {
            word: "Reservation".to_owned(),
            name: "Spring Fair".to_owned(),
        }),
        roles: vec!["Manager".to_owned(), "Billing".to_owned()],
        during: (None, None),
        note: None,
        also: Vec::new(),
    })
}

/// The account that sends.
pub const ACCOUNT: AccountId = AccountId::nil();

/// Where notices of the tests are turned off.
pub const STOP: &str = "/unsubscribe/kFv3-Zq_9aBc";

/// The token that the tests mail.
pub const TOKEN: &str = "kFv3-Zq_9aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456A";

pub fn packet(letter: &Letter) -> Packet {
    let id = MailId::new();
    // Of these the link is a row of its own; the others say themselves when theirs ends.
    let has_row = matches!(
        letter,
        Letter::Welcome(_)
            | Letter::Invitation(_)
            | Letter::NewLink(_)
            | Letter::Reminder(_)
            | Letter::ResetPassword(_)
            | Letter::Locked(_)
    );
    let outgoing = Outgoing {
        id,
        message_id: &head().message_id(id),
        account: Some(ACCOUNT),
        letter,
        occasion: Occasion {
            recipient: "ada@example.com",
            token: Some(TOKEN),
            expires_at: has_row.then(|| hours(48)),
            stop: matches!(letter.class(), Class::Notice(_)).then_some(STOP),
            now: noon(),
        },
    };
    compose(&head(), &outgoing).unwrap()
}
