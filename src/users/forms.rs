//! The forms about people: from what was typed to what may be stored.

use crate::access::custom::AccountRoles;
use crate::access::place::Account;
use crate::access::role::Role;
use crate::db::types::{OrganizationId, SubmissionId, Ts};
use crate::error::{Error, Result};
use crate::members::during::Typed;
use crate::members::{During, Target};
use crate::users::NewPerson;
use crate::web::field::{self, Email};
use crate::web::form::{Errors, Form};
use crate::web::word::with_article;

/// Longest personal note, in characters.
const NOTE: usize = 300;

/// The first page of Add New User, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct PersonForm {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// What whoever adds them says to them in the mail; may be empty.
    pub note: String,
}

impl PersonForm {
    /// The fields.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            first_name: form.text("first_name")?,
            last_name: form.text("last_name")?,
            email: form.text("email")?,
            note: form.text("note")?,
        })
    }

    /// The personal note, in one line.
    ///
    /// # Errors
    /// The message beside it.
    pub fn note(&self) -> std::result::Result<String, String> {
        field::line("personal note", NOTE, &self.note)
    }

    /// Checks every field, so that every message is there at once.
    ///
    /// # Errors
    /// What to correct.
    pub fn check(&self) -> std::result::Result<NewPerson, Errors> {
        let mut errors = Errors::new();
        let first = field::person_name("first name", &self.first_name);
        let first_name = errors.take("first_name", first);
        let last = field::person_name("last name", &self.last_name);
        let last_name = errors.take("last_name", last);
        let email: Option<Email> = errors.take("email", field::email(&self.email));
        let note = errors.take("note", self.note());
        match (first_name, last_name, email, note) {
            (Some(first_name), Some(last_name), Some(email), Some(_)) => Ok(NewPerson {
                first_name,
                last_name,
                email,
            }),
            _ => Err(errors),
        }
    }
}

/// Names of the fields of a place and of the roles there, for each place that one form takes.
pub const PLACES: [(&str, &str); 5] = [
    ("place", "role"),
    ("place2", "role2"),
    ("place3", "role3"),
    ("place4", "role4"),
    ("place5", "role5"),
];

/// A place, and the roles there, as they were chosen.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The place.
    pub place: String,
    /// The roles.
    pub roles: Vec<String>,
}

impl Wanted {
    /// Every place of a form, at least one. Of the further ones those count that the form has.
    ///
    /// # Errors
    /// A place that came twice.
    pub fn read(form: &Form) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (place, role) in PLACES {
            if all.is_empty() || form.has(place) || form.has(role) {
                all.push(Self {
                    place: form.text(place)?,
                    roles: form.list(role),
                });
            }
        }
        Ok(all)
    }

    /// Whether nothing was chosen: a further place that was opened and left alone.
    fn is_blank(&self) -> bool {
        self.place.is_empty() && self.roles.is_empty()
    }
}

/// The second page of Add New User, as it was chosen.
#[derive(Clone, Debug)]
pub struct RolesForm {
    /// Which sending of the form this is, as it came: looked at behind the gate.
    pub submission: String,
    /// The places, at least one and at most as many as [`PLACES`], with the roles at each.
    pub wanted: Vec<Wanted>,
    /// The organization that becomes the home (S2), when the person is added from its Members page; else nothing.
    pub home: String,
    /// From which day on, and until which: for all of them.
    pub during: Typed,
    /// What a place is searched for with.
    pub place_q: String,
}

/// The second page of Add New User, checked: where, as what, from when on and until when.
pub type Chosen = (Vec<(Target, Vec<Role>)>, During);

impl RolesForm {
    /// The fields.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            submission: form.text("submission")?,
            wanted: Wanted::read(form)?,
            home: form.text("home")?,
            during: Typed::read(form)?,
            place_q: form.search("place_q")?,
        })
    }

    /// Which sending of the form this is.
    ///
    /// # Errors
    /// No submission of ours.
    pub fn number(&self) -> Result<SubmissionId> {
        let lost = |_| Error::BadRequest("The form has lost its number.".into());
        self.submission.parse().map_err(lost)
    }

    /// The organization that becomes the home, if any. What is no id names none.
    ///
    /// # Errors
    /// "Not found".
    pub fn home(&self) -> Result<Option<OrganizationId>> {
        match self.home.as_str() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| Error::NotFound),
        }
    }

    /// Places, roles and days, if all are well chosen. A place that no list of ours names does not exist.
    ///
    /// # Errors
    /// What to correct, or "not found", or the refusal of a role that is none.
    pub fn check(
        &self,
        known: &AccountRoles,
        account: &Account,
        now: Ts,
    ) -> Result<std::result::Result<Chosen, Errors>> {
        let mut errors = Errors::new();
        let mut chosen: Vec<(Target, Vec<Role>)> = Vec::new();
        for (number, (wanted, (place, role))) in self.wanted.iter().zip(PLACES).enumerate() {
            if number > 0 && wanted.is_blank() {
                continue;
            }
            let target = match wanted.place.as_str() {
                "" => {
                    let word = with_article(&account.word_singular);
                    let message = format!("Choose where the roles hold: {word} or another place");
                    errors.add(place, message);
                    None
                }
                id => Some(Target::parse(id).ok_or(Error::NotFound)?),
            };
            let target = target.filter(|target| {
                let again = chosen.iter().any(|(other, _)| other == target);
                if again {
                    let message = "This place is chosen above already. Tick all roles there";
                    errors.add(place, message);
                }
                !again
            });
            let roles = errors.take(role, roles(known, &wanted.roles)?);
            chosen.extend(target.zip(roles));
        }
        let during = self.during.check(account, now, &mut errors);
        Ok(match during {
            Some(during) if errors.is_empty() => Ok((chosen, during)),
            _ => Err(errors),
        })
    }
}

/// The ticked roles, each once.
///
/// # Errors
/// The message beside the roles, or the refusal of one that is none.
pub fn roles(
    known: &AccountRoles,
    keys: &[String],
) -> Result<std::result::Result<Vec<Role>, String>> {
    let mut roles: Vec<Role> = Vec::new();
    for key in keys {
        let role = known.sent(key)?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(if roles.is_empty() {
        Err("Select at least one role".into())
    } else {
        Ok(roles)
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::access::role::Builtin;
    use crate::db::types::AccountId;

    #[test]
    fn every_message_of_the_first_page_comes_at_once() {
        let errors = PersonForm::default().check().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["first_name", "last_name", "email"]);
    }

    #[test]
    fn roles_count_once_and_at_least_one_is_needed() {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let roles = |keys: &[String]| roles(&AccountRoles::default(), keys);
        let none = roles(&keys(&[])).unwrap();
        assert_eq!(none, Err("Select at least one role".into()));
        let once = roles(&keys(&["viewer", "viewer"])).unwrap();
        assert_eq!(once, Ok(vec![Builtin::Viewer.into()]));
        let forged = roles(&keys(&["viewer", "king"])).unwrap_err();
        assert!(matches!(forged, Error::Forbidden(refusal) if refusal.gate == "role"));
    }

    #[test]
    fn a_place_that_is_no_place_is_not_found_and_none_is_asked_for() {
        let form = |place: &str| RolesForm {
            submission: SubmissionId::new().to_string(),
            wanted: vec![Wanted {
                place: place.into(),
                roles: vec!["viewer".into()],
            }],
            home: String::new(),
            during: Typed::default(),
            place_q: String::new(),
        };
        let account = Account {
            id: AccountId::nil(),
            slug: "acme".into(),
            name: "Acme".into(),
            word_singular: "Site".into(),
            word_plural: "Sites".into(),
            notifications: true,
            plan: "active".into(),
            support: None,
            time_zone: "UTC".into(),
        };
        let known = AccountRoles::default();
        let check = |place: &str| form(place).check(&known, &account, Ts::never());
        assert!(matches!(check("nonsense"), Err(Error::NotFound)));
        let errors = check("").unwrap().unwrap_err();
        assert_eq!(
            errors.of("place"),
            Some("Choose where the roles hold: a site or another place")
        );
        assert!(errors.of("role").is_none());
    }
}
