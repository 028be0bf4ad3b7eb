//! From the table in a file to rows of people: which column is which, guessed and corrected.

use crate::access::custom::AccountRoles;
use crate::access::place::Account;
use crate::access::role::Role;
use crate::web::csv::{Line, column};
use crate::web::field::fold;
use crate::web::form::Errors;
use crate::web::import::{self, Known};
use crate::web::view::Choice;

/// The columns of a file, as programs and as people write them. The first three have to be there.
const KNOWN: [Known; 6] = [
    (
        "first_name",
        &["first", "firstname", "given_name", "forename"],
    ),
    ("last_name", &["last", "lastname", "surname", "family_name"]),
    (
        "email",
        &["email_address", "e_mail", "e_mail_address", "mail"],
    ),
    (
        "place",
        &["project", "reservation", "organization", "where"],
    ),
    ("roles", &["role"]),
    (
        "ends_on",
        &[
            "access_ends_on",
            "ends",
            "end",
            "end_date",
            "last_day",
            "until",
        ],
    ),
];
/// How they are called on pages.
const LABELS: [&str; 6] = [
    "First name",
    "Last name",
    "Email address",
    "Place",
    "Roles",
    "Access ends on",
];
/// How many of them have to be there.
const NEEDED: usize = 3;
/// More columns than any list of people has.
pub(super) const MOST_COLUMNS: usize = 30;

/// The template to fill in.
pub(super) const TEMPLATE: &str = "first_name,last_name,email,place,roles,ends_on\r\n";

/// A column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    First,
    Last,
    Email,
    Place,
    Roles,
    EndsOn,
}

/// Which column of a file is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    /// For each column of the file what it is; none: it is not used.
    of: Vec<Option<usize>>,
}

impl Mapping {
    /// As the words of the head say; of two that say the same, the first.
    pub(super) fn guess(head: &[String], account: &Account) -> Self {
        let words = [&account.word_singular, &account.word_plural].map(|word| column(word));
        let mut of = import::columns(head, &KNOWN);
        for (named, word) in of.iter_mut().zip(head) {
            if named.is_none() && words.contains(&column(word)) {
                *named = Some(3);
            }
        }
        let mut seen = Vec::new();
        for named in &mut of {
            match *named {
                Some(field) if seen.contains(&field) => *named = None,
                Some(field) => seen.push(field),
                None => {}
            }
        }
        Self { of }
    }

    /// As somebody chose, column by column.
    pub(super) fn chosen(head: &[String], chosen: &[String]) -> Self {
        let of = head.iter().enumerate().map(|(at, _)| {
            let value = chosen.get(at)?;
            KNOWN.iter().position(|(name, _)| name == value)
        });
        Self { of: of.collect() }
    }

    /// What is missing, or there twice.
    pub(super) fn check(&self) -> Errors {
        let mut errors = Errors::new();
        for (field, label) in LABELS.iter().enumerate() {
            let times = self.of.iter().filter(|of| **of == Some(field)).count();
            let label = label.to_lowercase();
            if times == 0 && field < NEEDED {
                errors.add("column", format!("Choose which column is the {label}"));
            } else if times > 1 {
                let message = format!("Two columns are the {label}. Choose one of them");
                errors.add("column", message);
            }
        }
        errors
    }

    /// The columns with what each may be: its head, and the choices.
    pub(super) fn choices(&self, head: &[String]) -> Vec<(String, Vec<Choice>)> {
        let column = |(word, of): (&String, &Option<usize>)| {
            let known = KNOWN.iter().zip(LABELS).enumerate();
            let known = known
                .map(|(field, ((name, _), label))| Choice::new(*name, label, *of == Some(field)));
            let none = Choice::new("none", "Not used", of.is_none());
            (
                import::shown(word),
                [none].into_iter().chain(known).collect(),
            )
        };
        head.iter().zip(&self.of).map(column).collect()
    }

    /// What was chosen or guessed, as a form carries it.
    pub(super) fn values(&self) -> Vec<&'static str> {
        let value = |of: &Option<usize>| of.and_then(|field| KNOWN.get(field));
        let values = self.of.iter().map(value);
        values
            .map(|known| known.map_or("none", |(name, _)| name))
            .collect()
    }

    /// A cell of a row; empty where there is no such column.
    pub(super) fn cell<'a>(&self, row: &'a Line, field: Field) -> &'a str {
        let at = self.of.iter().position(|of| *of == Some(field.number()));
        let cell = at.and_then(|at| row.cells.get(at));
        cell.map_or("", String::as_str)
    }

    /// The columns of the file that are used, each with its name on pages.
    pub(super) fn labels(&self) -> Vec<(usize, &'static str)> {
        let used = self.of.iter().enumerate();
        used.filter_map(|(at, of)| Some((at, *LABELS.get((*of)?)?)))
            .collect()
    }

    /// How many cells a row has to have.
    pub(super) fn width(&self) -> usize {
        self.of.len()
    }
}

impl Field {
    const fn number(self) -> usize {
        match self {
            Self::First => 0,
            Self::Last => 1,
            Self::Email => 2,
            Self::Place => 3,
            Self::Roles => 4,
            Self::EndsOn => 5,
        }
    }
}

/// The roles in a cell, each once: by their names as pages write them, or as the API does.
///
/// # Errors
/// What is wrong with the cell.
pub(super) fn roles(known: &AccountRoles, cell: &str) -> Result<Vec<Role>, String> {
    let mut roles = Vec::new();
    for word in cell.split([',', ';', '|', '/', '\n']) {
        if fold(word).is_empty() {
            continue;
        }
        let found = known.named(word);
        let role =
            found.ok_or_else(|| format!("There is no role “{}”", import::shown(word.trim())))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn words(head: &[&str]) -> Vec<String> {
        head.iter().map(|word| (*word).to_owned()).collect()
    }

    fn account() -> Account {
        Account {
            id: crate::db::types::AccountId::nil(),
            slug: "acme".into(),
            name: "Acme".into(),
            word_singular: "Berth".into(),
            word_plural: "Berths".into(),
            notifications: true,
            plan: "active".into(),
            support: None,
            time_zone: "UTC".into(),
        }
    }

    #[test]
    fn columns_are_guessed_from_many_spellings_and_the_accounts_word() {
        let head = words(&[
            "E-Mail",
            "Surname",
            "First name",
            "berth",
            "Role",
            "Phone",
            "mail",
        ]);
        let mapping = Mapping::guess(&head, &account());
        assert_eq!(
            mapping.values(),
            [
                "email",
                "last_name",
                "first_name",
                "place",
                "roles",
                "none",
                "none"
            ]
        );
        assert!(mapping.check().is_empty());
    }

    #[test]
    fn what_is_missing_or_there_twice_is_told() {
        let head = words(&["a", "b", "c"]);
        let none = Mapping::guess(&head, &account());
        let told = none.check();
        assert_eq!(
            told.of("column"),
            Some("Choose which column is the first name")
        );
        let chosen = words(&["first_name", "last_name", "last_name"]);
        let told = Mapping::chosen(&head, &chosen).check();
        assert_eq!(
            told.of("column"),
            Some("Two columns are the last name. Choose one of them")
        );
        // What no page offers is no column.
        let forged = Mapping::chosen(&head, &words(&["first_name", "king"]));
        assert_eq!(forged.values(), ["first_name", "none", "none"]);
    }

    #[test]
    fn roles_are_known_by_their_names_and_keys() {
        let roles = |cell: &str| roles(&AccountRoles::default(), cell);
        let read = roles("Viewer; user_management,USER MANAGEMENT | billing ").unwrap();
        let labels: Vec<&str> = read.iter().map(Role::label).collect();
        assert_eq!(labels, ["Viewer", "User Management", "Billing"]);
        assert_eq!(roles("king"), Err("There is no role “king”".into()));
        assert_eq!(roles(" , "), Ok(Vec::new()));
    }

    #[test]
    fn the_template_names_the_columns() {
        let head: Vec<String> = TEMPLATE.trim().split(',').map(str::to_owned).collect();
        assert!(Mapping::guess(&head, &account()).check().is_empty());
        assert_eq!(head, KNOWN.map(|(name, _)| name));
    }
}
