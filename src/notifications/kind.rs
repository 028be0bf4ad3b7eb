//! The kinds of notices, in the product's words.

/// A kind of notice: what a person turns off, and on again. It is stored by its key: a key, once written, keeps its
/// meaning for ever, since mails that turn it off are kept for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One more place to work.
    Added,
    /// Other roles on a place.
    RolesChanged,
    /// A role of one's own ends soon.
    RoleEnding,
    /// Somebody asks for more time with a role.
    MoreTime,
    /// Somebody joined, declined to, or left.
    People,
    /// An import that one ordered is finished.
    Imports,
}

impl Kind {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::RolesChanged,
        Self::RoleEnding,
        Self::MoreTime,
        Self::People,
        Self::Imports,
    ];

    /// Its name in the database, in links and in `List-Id`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::RolesChanged => "roles_changed",
            Self::RoleEnding => "role_ending",
            Self::MoreTime => "more_time",
            Self::People => "people",
            Self::Imports => "imports",
        }
    }

    /// By that name.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// What its mails are about, behind the words "mails about". The account's word for a project is put in.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Added => "projects that you are added to",
            Self::RolesChanged => "changes of your roles",
            Self::RoleEnding => "roles of yours that will end",
            Self::MoreTime => "requests for more time with a role",
            Self::People => "people who join, decline or leave",
            Self::Imports => "imports of people that are finished",
        }
    }

    /// Who gets them, and when.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Added => "You get them when somebody gives you roles on a project.",
            Self::RolesChanged => {
                "You get them when somebody changes your roles on a project, or takes them away."
            }
            Self::RoleEnding => "You get them a week before a role of yours ends.",
            Self::MoreTime => {
                "You get them if you gave the role, or manage the users of the account."
            }
            Self::People => "You get them if you invited them, or manage the users of the account.",
            Self::Imports => "You get them if you started the import.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_key_of_its_own_and_is_found_by_it() {
        let keys: HashSet<_> = Kind::ALL.into_iter().map(Kind::key).collect();
        assert_eq!(keys.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.key()), Some(kind));
            // What stands in a label of a domain and in the id of an element.
            let fits = |b: u8| b.is_ascii_lowercase() || b == b'_';
            assert!(kind.key().bytes().all(fits) && kind.key().len() <= 64);
        }
        assert_eq!(Kind::parse("sign_in"), None);
    }
}
