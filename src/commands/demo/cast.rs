//! Who and what the demonstration is made of.

use crate::access::role::Builtin::{
    self, Admin, Auditor, Billing, Manager, Operations, Owner, Reporting, UserManagement, Viewer,
};

/// A company, its places and its people.
pub(super) struct Company {
    pub name: &'static str,
    pub domain: &'static str,
    pub country: &'static str,
    /// What it calls a project, and several.
    pub words: (&'static str, &'static str),
    /// Name, and the one above it.
    pub organizations: &'static [(&'static str, Option<&'static str>)],
    /// Name, and where it lies.
    pub projects: &'static [(&'static str, &'static str)],
    /// Name, and what is in it.
    pub groups: &'static [(&'static str, &'static [&'static str])],
    pub people: &'static [Member],
    /// Roles that it made itself.
    pub roles: &'static [OwnRole],
}

/// A role that a company made itself.
pub(super) struct OwnRole {
    pub name: &'static str,
    pub description: &'static str,
    /// Of the portal, and of the catalogue that is built in.
    pub permissions: &'static [&'static str],
    /// Whose last name, and where.
    pub held_by: &'static [(&'static str, At)],
}

/// A person in a company.
pub(super) struct Member {
    pub first: &'static str,
    pub last: &'static str,
    pub is: Is,
    /// Days since they were added.
    pub days: i64,
    pub roles: &'static [(Builtin, At)],
    /// Where their address is, when not at the company.
    pub domain: Option<&'static str>,
}

/// How somebody stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Active,
    Invited,
    /// Invited, and the link has run out.
    Late,
    Locked,
    Inactive,
}

/// Where a role is held.
pub(super) enum At {
    Account,
    Group(&'static str),
    Organization(&'static str),
    /// An organization with everything below it.
    Below(&'static str),
    Project(&'static str),
}

use At::{Account, Below, Group, Organization, Project};
use Is::{Active, Inactive, Invited, Late, Locked};

impl Member {
    pub(super) fn address(&self, company: &Company) -> String {
        let name = format!("{}.{}", self.first, self.last).to_lowercase();
        format!(
            "{}@{}",
            name.replace(['\'', ' '], ""),
            self.domain.unwrap_or(company.domain)
        )
    }

    /// The first person of the first company runs the platform.
    pub(super) fn operator(&self) -> bool {
        self.days == 400
    }
}

const fn member(
    first: &'static str,
    last: &'static str,
    is: Is,
    days: i64,
    roles: &'static [(Builtin, At)],
) -> Member {
    Member {
        first,
        last,
        is,
        days,
        roles,
        domain: None,
    }
}

/// Reservations at docks.
pub(super) const ACME: Company = Company {
    name: "Acme Warehousing",
    domain: "acme.example",
    country: "DE",
    words: ("Reservation", "Reservations"),
    organizations: &[
        ("North", None),
        ("North Harbor", Some("North")),
        ("North Cold Store", Some("North")),
        ("South", None),
        ("South Yard", Some("South")),
        ("Returns", Some("South Yard")),
    ],
    projects: &[
        ("Dock 4", "North"),
        ("Dock 9", "North"),
        ("Quay 2", "North Harbor"),
        ("Cold Hall 1", "North Cold Store"),
        ("Dock 12", "South"),
        ("Dock 15", "South"),
        ("Yard 3", "South Yard"),
        ("Sorting", "Returns"),
    ],
    groups: &[
        ("Chilled", &["North Cold Store", "Returns"]),
        ("Night shift", &["North Harbor", "South Yard"]),
    ],
    people: &[
        member("Ada", "Berg", Active, 400, &[(Owner, Account)]),
        member("Hugo", "Lang", Active, 398, &[(Owner, Account)]),
        member("Nina", "Okafor", Active, 390, &[(Admin, Account)]),
        member("Omar", "Haddad", Active, 388, &[(Auditor, Account)]),
        member("Petra", "Novak", Active, 371, &[(UserManagement, Account)]),
        member("Jonas", "Weber", Active, 365, &[(Admin, Below("North"))]),
        member("Leila", "Rahimi", Active, 360, &[(Admin, Below("South"))]),
        member(
            "Kofi",
            "Mensah",
            Active,
            352,
            &[(Manager, Organization("North"))],
        ),
        member(
            "Maja",
            "Larsen",
            Active,
            350,
            &[(Manager, Organization("South"))],
        ),
        member(
            "Tomas",
            "Horvat",
            Active,
            333,
            &[(Manager, Group("Chilled"))],
        ),
        member(
            "Wei",
            "Chen",
            Active,
            330,
            &[(Operations, Group("Night shift"))],
        ),
        member(
            "Sara",
            "O'Neill",
            Active,
            320,
            &[(Operations, Project("Dock 4")), (Viewer, Project("Dock 9"))],
        ),
        member(
            "Rahul",
            "Gupta",
            Active,
            311,
            &[(Operations, Project("Dock 9"))],
        ),
        member(
            "Elena",
            "Ricci",
            Active,
            300,
            &[(Manager, Project("Dock 12"))],
        ),
        member(
            "Erik",
            "Dahl",
            Active,
            290,
            &[
                (Operations, Project("Dock 12")),
                (Operations, Project("Dock 15")),
            ],
        ),
        member("Fatima", "Kaya", Active, 280, &[(Billing, Account)]),
        member(
            "Daniel",
            "Fraser",
            Active,
            270,
            &[(Billing, Organization("South"))],
        ),
        member(
            "Greta",
            "Vogel",
            Active,
            260,
            &[(Reporting, Organization("North"))],
        ),
        member("Ivan", "Petrov", Active, 250, &[(Reporting, Account)]),
        member("Lucia", "Santos", Active, 240, &[(Viewer, Account)]),
        member(
            "Mateo",
            "Diaz",
            Active,
            230,
            &[(UserManagement, Organization("North"))],
        ),
        member(
            "Yara",
            "Costa",
            Active,
            220,
            &[(UserManagement, Project("Dock 15"))],
        ),
        member("Samuel", "Quinn", Active, 210, &[(Auditor, Below("South"))]),
        member(
            "Priya",
            "Rao",
            Active,
            200,
            &[(Operations, Project("Quay 2"))],
        ),
        member(
            "Oscar",
            "Nielsen",
            Active,
            190,
            &[(Operations, Project("Cold Hall 1"))],
        ),
        member("Hana", "Sato", Active, 180, &[(Viewer, Project("Yard 3"))]),
        member(
            "Viktor",
            "Sokolov",
            Locked,
            170,
            &[(Operations, Project("Yard 3"))],
        ),
        member(
            "Chloe",
            "Dubois",
            Locked,
            160,
            &[(Viewer, Organization("North Harbor"))],
        ),
        member(
            "Marco",
            "Bianchi",
            Invited,
            0,
            &[(Operations, Project("Dock 4"))],
        ),
        member(
            "Astrid",
            "Olsen",
            Invited,
            0,
            &[(Manager, Organization("North Cold Store"))],
        ),
        member(
            "Yusuf",
            "Farah",
            Invited,
            0,
            &[(Viewer, Project("Sorting"))],
        ),
        member(
            "Nora",
            "Fischer",
            Late,
            3,
            &[(Reporting, Organization("South"))],
        ),
        member(
            "Tariq",
            "Aziz",
            Late,
            3,
            &[(Operations, Project("Dock 15"))],
        ),
        member(
            "Zoe",
            "Walker",
            Inactive,
            150,
            &[(Manager, Organization("South"))],
        ),
        member(
            "Lars",
            "Jensen",
            Inactive,
            140,
            &[(Operations, Project("Dock 9"))],
        ),
        member("Mina", "Park", Inactive, 130, &[(Billing, Account)]),
    ],
    roles: &[OwnRole {
        name: "Night lead",
        description: "Keeps the docks going at night: sees who is on shift, books orders, looks after the devices.",
        permissions: &[
            "organizations.view",
            "projects.view",
            "users.view",
            "devices.view",
            "devices.manage",
            "orders.write",
        ],
        held_by: &[("Chen", Group("Night shift")), ("Rao", Project("Quay 2"))],
    }],
};

/// Another company of the same portal; one of its people is a guest of the first.
pub(super) const GLOBEX: Company = Company {
    name: "Globex",
    domain: "globex.example",
    country: "NL",
    words: ("Project", "Projects"),
    organizations: &[("Rotterdam", None), ("Antwerp", None)],
    projects: &[
        ("Terminal", "Rotterdam"),
        ("Customs", "Rotterdam"),
        ("Barges", "Antwerp"),
    ],
    groups: &[],
    people: &[
        member("Ines", "de Wit", Active, 300, &[(Owner, Account)]),
        member(
            "Willem",
            "Bakker",
            Active,
            290,
            &[(Admin, Organization("Rotterdam"))],
        ),
        member(
            "Noah",
            "Peeters",
            Active,
            200,
            &[(Manager, Organization("Antwerp"))],
        ),
        member(
            "Julia",
            "Smit",
            Active,
            150,
            &[(Operations, Project("Terminal"))],
        ),
        member("Bela", "Kovacs", Invited, 0, &[(Viewer, Project("Barges"))]),
        Member {
            domain: Some("acme.example"),
            ..member("Omar", "Haddad", Active, 90, &[(Auditor, Account)])
        },
    ],
    roles: &[],
};
