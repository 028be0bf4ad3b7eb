//! How the role Admin comes to be granted (rule 18).

/// Who has to approve a request for the role Admin; the last of them makes the grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdminGrants {
    /// An Admin or Owner of the account, then an operator of the platform.
    #[default]
    Operator,
    /// Two Admins or Owners of the account.
    TwoPerson,
    /// One Admin or Owner of the account.
    ExistingAdmin,
}

impl AdminGrants {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Operator, Self::TwoPerson, Self::ExistingAdmin];

    /// As the setting and the table of requests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::TwoPerson => "two-person",
            Self::ExistingAdmin => "existing-admin",
        }
    }

    /// From what a setting or a row says.
    ///
    /// # Errors
    /// What a value must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str() == text)
            .ok_or_else(|| "must be operator, two-person or existing-admin".to_owned())
    }

    /// How many people of the account have to approve.
    pub const fn approvals(self) -> usize {
        match self {
            Self::Operator | Self::ExistingAdmin => 1,
            Self::TwoPerson => 2,
        }
    }
}
