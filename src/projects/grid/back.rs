//! Where one comes back to after a change of the people of a project: the project's own page, or the place on User
//! Management at which the form stood.

use crate::access::gate::Demand;
use crate::access::place::Project;
use crate::access::scope::Scope;
use crate::error::Result;
use crate::web::form::Form;
use crate::web::{html, urls};

/// The field, and the parameter, that says it.
const FIELD: &str = "return";

/// What a form says of where it stood, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back(String);

impl Back {
    /// From a form or a query.
    ///
    /// # Errors
    /// A field that came twice.
    pub fn read(form: &Form) -> Result<Self> {
        Ok(Self(form.text(FIELD)?))
    }

    /// The page on User Management of this account; none: what came is no such page, or nothing.
    fn given(&self, account: &str) -> Option<&str> {
        let path = html::safe_return(&self.0);
        let rest = path.strip_prefix(&urls::user_management(account))?;
        (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(path)
    }

    /// Where to go: there, or to the project's own page.
    pub fn page<A: Demand>(&self, scope: &Scope<Project, A>) -> String {
        let (account, project) = (&scope.account().slug, scope.place());
        let own = || urls::project_users(account, &project.organization.slug, &project.slug);
        self.given(account).map_or_else(own, str::to_owned)
    }

    /// An address, with where it leads back to.
    pub fn along<A: Demand>(&self, scope: &Scope<Project, A>, href: String) -> String {
        let Some(path) = self.given(&scope.account().slug) else {
            return href;
        };
        let sign = if href.contains('?') { '&' } else { '?' };
        format!("{href}{sign}{FIELD}={}", urls::query(path))
    }

    /// The same as a hidden field.
    pub fn field(&self) -> Option<(&'static str, String)> {
        (!self.0.is_empty()).then(|| (FIELD, self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_user_management_of_the_account_are_come_back_to() {
        let given = |text: &str| Back(text.to_owned()).given("acme").map(str::to_owned);
        for ours in [
            "/accounts/acme/user-management",
            "/accounts/acme/user-management#project_x",
            "/accounts/acme/user-management/projects?q=do#project_x",
        ] {
            assert_eq!(given(ours).as_deref(), Some(ours));
        }
        for other in [
            "",
            "/",
            "/sign-out",
            "//evil.example/accounts/acme/user-management",
            "https://evil.example",
            "/accounts/globex/user-management",
            "/accounts/acme/user-management-elsewhere",
            "/accounts/acme/user-management\r\nx",
        ] {
            assert_eq!(given(other), None, "{other}");
        }
    }
}
