//! The sections and filters of User Management.

/// What a list of people is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Names and addresses that begin so.
    pub q: String,
    /// Which of them.
    pub which: Which,
}

/// The sections and filters of User Management.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Active Users: everybody who is not shut out, whether in already, invited or locked.
    #[default]
    Current,
    /// Only those who have come in.
    Active,
    /// Only those who have not.
    Invited,
    /// Inactive Users.
    Inactive,
    /// Only those whose sign-in is locked now.
    Locked,
}

impl Which {
    /// From the query.
    pub fn parse(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "invited" => Self::Invited,
            "inactive" => Self::Inactive,
            "locked" => Self::Locked,
            _ => Self::Current,
        }
    }

    /// In the query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "",
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Inactive => "inactive",
            Self::Locked => "locked",
        }
    }
}
