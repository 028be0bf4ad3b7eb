//! Requests in words, the same for the account, the person and the operators.

use super::deciding::File;
use super::decisions::Decision;
use super::model::{Request, State};
use super::pages::{RequestRow, Said};
use crate::access::grant::Level;
use crate::access::permission::{AnyKey, Key, PermissionSet};
use crate::app::App;
use crate::config::AdminGrants;
use crate::db::types::{Ts, UserId};
use crate::mail::name::shortened;
use crate::web::view::{Status, moment, relative};

/// Names by id.
pub(super) type Names = Vec<(UserId, String)>;

/// The name of one of them.
pub(super) fn named(names: &Names, id: UserId) -> String {
    names
        .iter()
        .find(|(known, _)| *known == id)
        .map_or_else(|| "Somebody".to_owned(), |(_, name)| name.clone())
}

/// How a request stands: Waiting, Approved by …, Refused by …, Withdrawn, Expired.
pub(super) fn status(request: &Request, names: &Names) -> Status {
    let by = request.decided_by.map(|by| named(names, by));
    let by_whom = by.as_ref().map(|by| format!("by {by}"));
    let (kind, label, note) = match request.state {
        State::Waiting => (
            "invited",
            "Waiting",
            by.map(|by| format!("approved by {by}, one more has to approve")),
        ),
        State::Approved => (
            "invited",
            "Waiting",
            by.map(|by| format!("approved by {by}, an operator has to confirm")),
        ),
        State::Granted => ("active", "Approved", by_whom),
        State::Refused => ("locked", "Refused", by_whom),
        State::Withdrawn => ("inactive", "Withdrawn", None),
        State::Expired => ("inactive", "Expired", None),
    };
    Status { kind, label, note }
}

/// A row of a list.
pub(super) fn row(request: &Request, href: String, names: &Names, now: Ts) -> RequestRow {
    let person = named(names, request.person);
    let requester = if request.person == request.asker() {
        "themself".to_owned()
    } else {
        named(names, request.asker())
    };
    RequestRow {
        href,
        person,
        requester,
        role: request.role.label().to_owned(),
        place: request.place_in_words(),
        account: None,
        reason: shortened(&request.reason.replace('\n', " "), 120),
        age: (request.created_at.text(), relative(request.created_at, now)),
        status: status(request, names),
    }
}

/// What was decided so far, in order.
pub(super) fn said(decisions: &[Decision], names: &Names) -> Vec<Said> {
    let one = |decision: &Decision| {
        let did = if decision.verdict == "approved" {
            "Approved"
        } else {
            "Refused"
        };
        let part = match decision.part.as_str() {
            "operator" => " (operator)",
            "request" => ", an Owner, by asking: nobody else could approve",
            _ => "",
        };
        let method = if decision.method == "password" {
            "password entered for it"
        } else {
            "signed in shortly before"
        };
        Said {
            heading: format!("{did} by {}{part}", named(names, decision.decider)),
            words: (decision.part != "request").then(|| decision.words.clone()),
            when: format!("{}, {method}", moment(decision.at)),
        }
    };
    decisions.iter().map(one).collect()
}

/// What the role would add to what the person holds there: the part of the matrix that matters.
pub(super) fn gains(app: &App, file: &File, held: PermissionSet) -> Vec<(String, Vec<String>)> {
    let level = file.request.scope.level();
    let Some(role) = &file.role else {
        return Vec::new();
    };
    let role = app.roles().permissions(role, level);
    // What is about the account itself is done by nobody whose role is on a part of it.
    let whole = [Key::AccountEdit, Key::RolesManage].map(AnyKey::from);
    let reached = |key: &AnyKey| level == Level::Account || !whole.contains(key);
    let gains = |key: AnyKey| role.contains(key) && !held.contains(key) && reached(&key);
    let portal = Key::ALL
        .into_iter()
        .filter(|key| gains((*key).into()))
        .map(|key| key.label().to_owned());
    let catalogue = app.catalogue();
    let products = catalogue.products().iter().filter_map(|product| {
        let key = catalogue.product(&product.key)?;
        gains(key.into()).then(|| product.label.clone())
    });
    [
        ("In this portal".to_owned(), portal.collect::<Vec<_>>()),
        (catalogue.heading(), products.collect()),
    ]
    .into_iter()
    .filter(|(_, keys)| !keys.is_empty())
    .collect()
}

/// What happens next with an open request.
pub(super) fn next(file: &File) -> Option<String> {
    let request = &file.request;
    let until = moment(request.expires_at);
    match request.state {
        State::Approved => Some(format!(
            "The account has approved. An operator of the portal confirms, and that gives the role. Without an answer the request expires on {until}."
        )),
        State::Waiting => {
            let case = file.case();
            let asked: Vec<&str> = case.to_ask().iter().map(|one| one.name.as_str()).collect();
            let who = if request.is_hidden() && !asked.is_empty() {
                "Those who may give it there were asked to approve.".to_owned()
            } else {
                listed(&asked)
            };
            let then = after(request.policy);
            Some(format!(
                "{who} {then} Without an answer the request expires on {until}."
            ))
        }
        _ => None,
    }
}

/// "Anna Admin, Olga Owner or Omar Owner has to approve."
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => "There is nobody in the account who could approve now.".to_owned(),
        [one] => format!("{one} was asked to approve."),
        [first @ .., last] if first.len() < 5 => {
            format!("{} and {last} were asked to approve.", first.join(", "))
        }
        [first, second, rest @ ..] => {
            let more = rest.len();
            format!("{first}, {second} and {more} more were asked to approve.")
        }
    }
}

/// What follows an approval.
pub(super) const fn after(policy: AdminGrants) -> &'static str {
    match policy {
        AdminGrants::Operator => {
            "One approval is enough; then an operator of the portal confirms, and that gives the role."
        }
        AdminGrants::TwoPerson => "Two have to approve; the second approval gives the role.",
        AdminGrants::ExistingAdmin => "One approval is enough, and gives the role.",
    }
}
