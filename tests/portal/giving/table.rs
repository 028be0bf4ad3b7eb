//! Who may give which role, as the product's paper has it ("Can be given by"; rules 17 and 18).

use super::Spot;
use crate::support::cast;

/// Somebody who wants to give a role.
pub struct Giver {
    /// The column of the table.
    pub word: &'static str,
    /// Who it is.
    pub email: &'static str,
}

/// Holds a role of the account's own, on the whole of it, which does not include managing users.
pub const NOOR: &str = "noor@acme.example";
/// Manages the users of South.
pub const ELLA: &str = "ella@acme.example";

/// On the whole account all of them, but for Ella.
pub const GIVERS: [Giver; 6] = [
    Giver {
        word: "owner",
        email: "olga@acme.example",
    },
    Giver {
        word: "admin",
        email: "anna.admin.acme@acme.example",
    },
    Giver {
        word: "user-management",
        email: "ravi@acme.example",
    },
    Giver {
        word: "manager",
        email: "mia.manager.acme@acme.example",
    },
    Giver {
        word: "own",
        email: NOOR,
    },
    Giver {
        word: "elsewhere",
        email: ELLA,
    },
];

/// The built-in roles, and two of the account's own: whoever manages users holds all that is in the first, and only
/// part of what is in the second.
pub const ROLES: [&str; 11] = [
    "owner",
    "admin",
    "auditor",
    "user_management",
    "manager",
    "viewer",
    "billing",
    "operations",
    "reporting",
    "Front desk",
    "Night shift",
];

/// What each may give at a place that they reach: ● at once; else the gate that refuses. An Owner makes an Owner, who
/// accepts: on a page of its own.
const CAN_BE_GIVEN_BY: &str = "
    | role            | owner    | admin    | user-management | manager | own  |
    | owner           | approval | role     | role            | role    | role |
    | admin           | approval | approval | approval        | role    | role |
    | auditor         | ●        | ●        | role            | role    | role |
    | user_management | ●        | ●        | role            | role    | role |
    | manager         | ●        | ●        | ●               | role    | role |
    | viewer          | ●        | ●        | ●               | role    | role |
    | billing         | ●        | ●        | ●               | role    | role |
    | operations      | ●        | ●        | ●               | role    | role |
    | reporting       | ●        | ●        | ●               | role    | role |
    | Front desk      | ●        | ●        | ●               | role    | role |
    | Night shift     | ●        | ●        | role            | role    | role |";

/// How a request has to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The role is held afterwards.
    Given,
    /// This gate refuses.
    Refused(&'static str),
    /// As if there were no such place.
    NotThere,
}

/// What forms and rows call the role.
pub fn key(role: &str) -> String {
    if role.contains(' ') {
        cast::role(role).to_string()
    } else {
        role.to_owned()
    }
}

fn cell(giver: &Giver, role: &str) -> &'static str {
    let lines = CAN_BE_GIVEN_BY.lines().filter(|line| line.contains('|'));
    let mut lines = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = head.iter().position(|word| *word == giver.word).unwrap();
    lines.find(|cells| cells[1] == role).unwrap()[column]
}

/// Whether this giver could give the role at a place that they reach.
pub fn gives(giver: &Giver, role: &str) -> bool {
    giver.word != "elsewhere" && cell(giver, role) == "●"
}

/// Whether they could take it away: as to give it, and any Admin or Owner takes Admin at once.
pub fn takes(giver: &Giver, role: &str) -> bool {
    gives(giver, role) || role == "admin" && ["owner", "admin"].contains(&giver.word)
}

/// How it has to end when this giver gives this role there; `newcomer`: to somebody who has not come in yet.
pub fn fate(giver: &Giver, role: &str, spot: Spot, newcomer: bool) -> Fate {
    if giver.word == "elsewhere" {
        return match spot {
            // The account can be seen by everybody in it, and its pages refuse; a form that chooses the place offers only
            // those where users are managed, and knows no other (S6).
            Spot::Account if !newcomer => Fate::Refused("role"),
            _ => Fate::NotThere,
        };
    }
    let manages = !["manager", "own"].contains(&giver.word);
    match cell(giver, role) {
        // Ownership is of the whole account.
        _ if role == "owner" && spot != Spot::Account && manages => Fate::Refused("scope"),
        "●" => Fate::Given,
        gate => Fate::Refused(gate),
    }
}

#[test]
fn the_table_is_read_as_it_is_written() {
    let [owner, admin, manages, manager, own, elsewhere] = &GIVERS;
    assert!(gives(owner, "Night shift") && !gives(manages, "Night shift"));
    assert!(gives(manages, "Front desk") && !gives(manager, "viewer") && !gives(own, "viewer"));
    assert!(takes(admin, "admin") && !gives(admin, "admin") && !takes(manages, "admin"));
    assert!(!gives(elsewhere, "viewer") && !takes(elsewhere, "viewer"));
    assert_eq!(
        fate(owner, "owner", Spot::Account, true),
        Fate::Refused("approval")
    );
    assert_eq!(
        fate(owner, "owner", Spot::North, true),
        Fate::Refused("scope")
    );
    assert_eq!(fate(elsewhere, "viewer", Spot::North, true), Fate::NotThere);
}
